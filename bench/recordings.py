"""Recordings to measure on: the project's own sounds, and real ones where GRAMOPHONE_DATA names a folder of them."""

import os
from pathlib import Path

import numpy as np

from gramophone.audio import Sound, load
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain

RATE_HZ = 22050
BESIDE = Path(__file__).parents[2] / "shared" / "data"


def clips() -> Path | None:
    """The folder of real recordings, if there is one."""
    folder = Path(os.environ.get("GRAMOPHONE_DATA", BESIDE)) / "clips"
    return folder if folder.is_dir() else None


def clip(name: str) -> Sound:
    """A real recording, one channel at 22,050 Hz."""
    folder = clips()
    if folder is None:
        raise FileNotFoundError("set GRAMOPHONE_DATA to a folder that has clips/*.flac")
    return load(folder / f"{name}.flac").mono().resampled(RATE_HZ)


def made(name: str, duration_s: float) -> Sound:
    """A sound of the project's own: `rain`, `fire` or `phrase`."""
    maker = {"rain": rain, "fire": fire, "phrase": spoken_phrase}[name]
    return Sound(maker(RATE_HZ, duration_s, 0), RATE_HZ)


FRAME_S, DEPTH_DB = 0.05, 40.0


def liveliest(sound: Sound, duration_s: float) -> Sound:
    """The excerpt in which most is heard, by content and not cut blindly: a clip may begin with seconds of silence.

    Levels of 50 ms count from 0 (40 dB below the loudest, or less) to 1; the excerpt with the largest sum is taken,
    the earliest of equals.

    Args:
        sound: a recording; the whole of it if it is no longer than the excerpt.
        duration_s: length of the excerpt in seconds.
    """
    frame = round(FRAME_S * sound.rate_hz)
    count, whole = sound.samples.shape[1] // frame, round(duration_s / FRAME_S)
    if count <= whole:
        return sound
    energy = (sound.samples[:, : count * frame].astype(np.float64) ** 2).mean(0).reshape(count, frame).mean(1)
    level_db = 10 * np.log10(np.maximum(energy, 1e-20) / max(float(energy.max()), 1e-20))
    heard = np.concatenate([[0.0], np.cumsum(np.clip(1 + level_db / DEPTH_DB, 0, 1))])
    start = int(np.argmax(np.round(heard[whole:] - heard[:-whole], 9))) * frame
    return Sound(sound.samples[:, start : start + round(duration_s * sound.rate_hz)], sound.rate_hz)
