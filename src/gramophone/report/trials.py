"""Trials of a blind listening test (ITU-R BS.1534, MUSHRA): hidden reference, anchor, equal loudness."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.signal import butter, sosfiltfilt

from gramophone.audio import Sound, peak
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import InputError
from gramophone.report.entry import Track
from gramophone.report.gather import title_of, tracks_of

Reference = Literal["style", "content"]
HIDDEN, ANCHOR = "hidden reference", "anchor"
"""What the two stimuli that every trial has are called among the systems."""
ANCHOR_HZ, ANCHOR_ORDER = 3500.0, 16
LOUDNESS_LUFS, CEILING = -23.0, 0.99
LONGEST_S = 12.0
MOST_STIMULI = 9
"""Besides the open reference: as many as there are keys, and fewer than the 12 of the Recommendation."""
NOT_THE_SYSTEM = {"output", "seed", "device", "report", "overwrite", "quiet", "json", "duration", "takes"}
"""Flags of a command that say nothing of the system that made a result."""


@dataclass(frozen=True)
class Stimulus:
    """A sound that is rated, and the system that made it."""

    system: str
    sound: Sound


@dataclass(frozen=True)
class Trial:
    """Sounds that are rated beside each other.

    Attributes:
        name: what they are made of, in words.
        reference: the open reference.
        stimuli: results, hidden reference and anchor, all at the loudness of the reference.
    """

    name: str
    reference: Sound
    stimuli: tuple[Stimulus, ...]


def trials_of(records: Sequence[Path], reference: Reference = "style") -> list[Trial]:
    """Trials from run records; results of the same recordings are one trial.

    Args:
        records: run records, whose results and recordings are looked for beside them.
        reference: which recording the results are held against: the style, or the content of transfers.

    Raises:
        InputError: a record or sound cannot be used, a run has none or several such recordings, or a trial is large.
    """
    groups: dict[tuple[str, ...], list[tuple[dict[str, Any], tuple[Track, ...]]]] = {}
    for path in records:
        record, tracks = tracks_of(path)
        key = record["task"], *(str(one.get("sha256")) for one in record["inputs"])
        groups.setdefault(key, []).append((record, tracks))
    return [_trial(runs, reference) for runs in groups.values()]


def _trial(runs: Sequence[tuple[dict[str, Any], tuple[Track, ...]]], reference: Reference) -> Trial:
    record, tracks = runs[0]
    name = title_of(record, tracks)
    if len(runs) + 2 > MOST_STIMULI:
        raise InputError(
            f"'{name}' has {len(runs)} results; a trial has room for {MOST_STIMULI - 2} beside hidden reference and "
            "anchor: give fewer, or make several tests"
        )
    held = [track for track in tracks if track.role == reference]
    if len(held) != 1 or held[0].sound is None:
        why = held[0].notes[0] if len(held) == 1 and held[0].notes else f"it has {len(held)} recordings of that role"
        raise InputError(f"'{name}' has no {reference} to be the reference: {why}; give other runs, or --reference")
    open_reference = held[0].sound.trimmed(LONGEST_S)
    results = [
        Stimulus(system_of(record), track.sound.trimmed(LONGEST_S))
        for record, tracks in runs
        for track in tracks
        if track.role == "result" and track.sound is not None
    ]
    stimuli = [*results, Stimulus(HIDDEN, open_reference), Stimulus(ANCHOR, anchor_of(open_reference))]
    level = common_loudness([one.sound for one in stimuli])
    levelled = tuple(Stimulus(one.system, at_loudness(one.sound, level)) for one in stimuli)
    return Trial(name, at_loudness(open_reference, level), levelled)


def system_of(record: dict[str, Any]) -> str:
    """What made a result, in words: the flags of its command that are not about the recordings.

    Example:
        >>> system_of({"command": ["gramophone", "transfer", "a.wav", "b.wav", "--preset", "wyse2017"]})
        'preset wyse2017'
        >>> system_of({"command": ["gramophone", "texture", "a.wav", "-o", "c.wav", "--seed", "3"]})
        'default'
    """
    words, found = [str(word) for word in record.get("command", [])], []
    for place, word in enumerate(words):
        name = word.removeprefix("--")
        if not word.startswith("--") or name in NOT_THE_SYSTEM:
            continue
        value = words[place + 1] if place + 1 < len(words) and not words[place + 1].startswith("-") else ""
        found.append(f"{name} {value}".strip())
    return ", ".join(sorted(found)) or "default"


def anchor_of(sound: Sound) -> Sound:
    """The sound without what lies above 3.5 kHz: the low anchor of the Recommendation.

    Sounds whose rate holds nothing above are returned as they are.
    """
    if sound.rate_hz <= 2 * ANCHOR_HZ:
        return sound
    filters = butter(ANCHOR_ORDER, ANCHOR_HZ, fs=sound.rate_hz, output="sos")
    cut = sosfiltfilt(filters, sound.samples.astype(np.float64), axis=1)
    return Sound(cut.astype(np.float32), sound.rate_hz)


def common_loudness(sounds: Sequence[Sound]) -> float:
    """Loudness in LUFS that all sounds can have without clipping, at most -23."""
    room = (
        loudness_lufs(sound.samples, sound.rate_hz) + 20 * float(np.log10(CEILING / max(peak(sound.samples), 1e-9)))
        for sound in sounds
    )
    return min(LOUDNESS_LUFS, *room)


def at_loudness(sound: Sound, lufs: float) -> Sound:
    """The sound at an integrated loudness after ITU-R BS.1770."""
    gain_db = lufs - loudness_lufs(sound.samples, sound.rate_hz)
    return Sound(sound.samples * np.float32(10 ** (gain_db / 20)), sound.rate_hz)
