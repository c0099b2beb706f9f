"""Recordings to measure on: the project's own sounds, and real ones where GRAMOPHONE_DATA names a folder of them."""

import os
from pathlib import Path

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
