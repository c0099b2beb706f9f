"""Sounds as data URIs that every browser plays: FLAC, or Opus for long ones."""

import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio import Sound, limit_gain_db, peak, rms_db
from gramophone.audio.reproducible import make_reproducible

LOSSLESS_S = 60.0
LONGEST_S = 600.0
CEILING = 0.999
LOSSY_CEILING = 0.891
# What browsers decode at all, and what nobody hears beyond.
LOWEST_HZ, HIGHEST_HZ = 8_000, 48_000
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
# The encoders keep a whole write on the stack and crash on a long one.
BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class Audio:
    """A sound as it is embedded.

    Attributes:
        source: a data URI.
        duration_s: of what is embedded.
        level_db: root mean square of what is heard, for listening at equal loudness.
        notes: what was changed on the way.
    """

    source: str
    duration_s: float
    level_db: float
    notes: tuple[str, ...]


def embedded(sound: Sound) -> Audio:
    """Encodes a sound: FLAC with 16 bits up to a minute, Ogg Opus up to ten, of which longer ones keep the first."""
    notes = []
    if sound.duration_s > LONGEST_S:
        notes.append(f"only the first {LONGEST_S / 60:g} of {sound.duration_s / 60:.1f} minutes are in this page")
        sound = sound.trimmed(LONGEST_S)
    if sound.channels > 2:
        notes.append(f"its {sound.channels} channels are mixed to one here")
        sound = sound.mono()
    lossless = sound.duration_s <= LOSSLESS_S
    if not lossless:
        notes.append("longer than a minute, so compressed with loss here")
    playable = sound.resampled(_rate(sound.rate_hz, lossless))
    gain_db = limit_gain_db(peak(playable.samples), CEILING if lossless else LOSSY_CEILING)
    data = _encode(playable, gain_db, lossless)
    kind = "audio/flac" if lossless else "audio/ogg; codecs=opus"
    source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return Audio(source, playable.duration_s, rms_db(playable.samples) + gain_db, tuple(notes))


def _rate(rate_hz: int, lossless: bool) -> int:
    if lossless:
        return min(max(rate_hz, LOWEST_HZ), HIGHEST_HZ)
    return next((one for one in OPUS_RATES_HZ if one >= rate_hz), HIGHEST_HZ)


def _encode(sound: Sound, gain_db: float, lossless: bool) -> bytes:
    gain = np.float32(10 ** (gain_db / 20))
    form, subtype = ("FLAC", "PCM_16") if lossless else ("OGG", "OPUS")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        with soundfile.SoundFile(path, "w", sound.rate_hz, sound.channels, subtype, format=form) as file:
            for start in range(0, sound.samples.shape[1], BLOCK_FRAMES):
                file.write(np.ascontiguousarray(sound.samples[:, start : start + BLOCK_FRAMES].T) * gain)
        make_reproducible(path)
        return path.read_bytes()
