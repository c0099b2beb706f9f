"""Players beside spectrograms, with sounds as data URIs that every browser plays: FLAC, or Opus for long ones."""

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio import Sound, limit_gain_db, peak, rms_db
from gramophone.audio.write import make_reproducible
from gramophone.plotting.html import axis_labels, element, percent, text, void
from gramophone.plotting.preview import Gallery, Picture, spectrogram_gallery
from gramophone.report.entry import Track

LOSSLESS_S = 60.0
LONGEST_S = 600.0
CEILING = 0.999
LOSSY_CEILING = 0.891
# What every browser decodes, and beyond which nothing is audible.
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 48_000
OPUS_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
# The encoders hold a whole write on the stack and crash on a long one.
BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class EmbeddedAudio:
    """An encoded sound.

    Attributes:
        source: data URI.
        duration_s: duration of the encoded part, in seconds.
        level_db: RMS level in dB, for listening at equal level.
        notes: how the encoded sound differs from the original, a sentence each.
    """

    source: str
    duration_s: float
    level_db: float
    notes: tuple[str, ...]


def embed(sound: Sound) -> EmbeddedAudio:
    """Encodes a sound as 16-bit FLAC up to one minute, as Ogg Opus beyond, cut off after ten minutes."""
    notes = []
    if sound.duration_s > LONGEST_S:
        notes.append(
            f"only the first {LONGEST_S / 60:g} of {sound.duration_s / 60:.1f} minutes are included in this page"
        )
        sound = sound.trimmed(LONGEST_S)
    if sound.channels > 2:
        notes.append(f"mixed down from {sound.channels} channels for this page")
        sound = sound.mono()
    lossless = sound.duration_s <= LOSSLESS_S
    if not lossless:
        notes.append("longer than a minute, so lossily compressed for this page")
    playable = sound.resampled(_rate(sound.rate_hz, lossless))
    gain_db = limit_gain_db(peak(playable.samples), CEILING if lossless else LOSSY_CEILING)
    data = _encode(playable, gain_db, lossless)
    kind = "audio/flac" if lossless else "audio/ogg; codecs=opus"
    source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return EmbeddedAudio(source, playable.duration_s, rms_db(playable.samples) + gain_db, tuple(notes))


def _rate(rate_hz: int, lossless: bool) -> int:
    if lossless:
        return min(max(rate_hz, LOWEST_RATE_HZ), HIGHEST_RATE_HZ)
    return next((one for one in OPUS_RATES_HZ if one >= rate_hz), HIGHEST_RATE_HZ)


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


PLAY = "M8 5v14l11-7z"
PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z"


def listening(tracks: Sequence[Track]) -> str:
    """Shows sounds as players with spectrograms, and missing sounds as a sentence."""
    sounds = [track.sound for track in tracks if track.sound is not None]
    gallery = spectrogram_gallery(sounds) if sounds else None
    pictures = iter(gallery.pictures if gallery else ())
    rows = [
        _missing(number, track)
        if track.sound is None or gallery is None
        else _player(number, track, embed(track.sound), next(pictures), gallery)
        for number, track in enumerate(tracks, 1)
    ]
    axis = ""
    if gallery:
        axis = element("div", axis_labels(gallery.time, vertical=False), element("div", "seconds", class_="label-x"))
    return element("div", *rows, element("div", axis, class_="time"), class_="tracks")


def _player(number: int, track: Track, audio: EmbeddedAudio, picture: Picture, gallery: Gallery) -> str:
    name = f"{track.role} {track.name}"
    button = element(
        "button",
        _icon(PLAY, "play"),
        _icon(PAUSE, "pause"),
        type="button",
        class_="toggle",
        hidden=True,
        aria_label=f"Play {name}",
        data_name=name,
    )
    sound = element("audio", src=audio.source, controls=True, preload="auto", aria_label=name)
    return element(
        "div",
        element("div", button, _details(number, track, audio), class_="who"),
        element(
            "div", axis_labels(gallery.frequency, vertical=True), _spectrogram(picture, name, audio), class_="panel"
        ),
        sound,
        class_="track",
        data_number=number,
        data_level_db=f"{audio.level_db:.2f}",
    )


def _spectrogram(picture: Picture, name: str, audio: EmbeddedAudio) -> str:
    image = void("img", src=picture.source, alt=f"spectrogram of {name}", draggable="false")
    return element(
        "div",
        image,
        element("div", class_="head"),
        class_="seek",
        style=f"width:{percent(picture.width)}",
        data_label=f"Position in {name}",
        data_duration_s=f"{audio.duration_s:.3f}",
    )


def _details(number: int, track: Track, audio: EmbeddedAudio) -> str:
    sound = track.sound
    shape = ""
    if sound is not None:
        channels = {1: "mono", 2: "stereo"}.get(sound.channels, f"{sound.channels} channels")
        rate = f"{sound.rate_hz / 1000:g} kHz {channels}"
        shape = element("span", f"{sound.duration_s:.2f} s") + element("span", rate)
    return element(
        "div",
        _heading(number, track),
        element("div", shape, class_="quiet shape"),
        _notes(track.notes),
        _notes(audio.notes, "quiet note"),
        class_="words",
    )


def _missing(number: int, track: Track) -> str:
    words = element("div", _heading(number, track), class_="words")
    notes = _notes(track.notes or ("its audio is not available",))
    return element("div", element("div", words, class_="who"), notes, class_="track missing")


def _heading(number: int, track: Track) -> str:
    role = element("div", element("kbd", str(number)), " ", track.role, class_="role")
    return role + element("div", text(track.name), class_="name", title=track.name)


def _notes(notes: Sequence[str], kind: str = "note") -> str:
    return "".join(element("p", text(note), class_=kind) for note in notes)


def _icon(path: str, name: str) -> str:
    return element("svg", element("path", d=path), viewBox="0 0 24 24", class_=name, aria_hidden="true")
