"""A worker that handles sounds for the server, each in a process of its own: `python -m gramophone.web.sound_worker`.

A file from a stranger can crash a decoder, or make it take all memory: the server must survive that, so it decodes
nothing itself. A request has a `verb` (decode, make or report) and its `words`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from gramophone import audio
from gramophone.audio import Sound, Style
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import LimitError, WriteError
from gramophone.files import atomic_write, sha256_of
from gramophone.plotting.preview import peaks, sound_picture
from gramophone.runs.inputs import heard, sound_warnings
from gramophone.web.errors import DISK_FULL
from gramophone.workers.protocol import Frame
from gramophone.workers.sandbox import confine
from gramophone.workers.serve import Reply, serve

MEMORY_BYTES = 3 * 2**30
PROCESSOR_S = 60
FILES = 64
RATE_HZ = 44_100
MADE_S = 5.0
MADE = ("phrase", "melody", "rain", "fire", "rhythm", "flute", "water")


def handle(request: Frame, reply: Reply) -> None:
    """Runs one verb."""
    verbs: dict[str, Callable[..., dict[str, Any]]] = {"decode": decode, "make": make, "report": report}
    try:
        reply(verbs[request.data["verb"]](*request.data["words"]))
    except WriteError:
        raise LimitError(DISK_FULL) from None
    except MemoryError:
        raise LimitError(
            f"this takes more memory than a sound may take here, {MEMORY_BYTES / 2**30:g} GiB; give a shorter one"
        ) from None


def decode(source: str, folder: str, limit_s: str) -> dict[str, Any]:
    """Decodes an untrusted file.

    Raises:
        InputError: it is no readable audio file.
        LimitError: it is more than `limit_s` seconds of stereo at 48 kHz.
    """
    confine(memory_bytes=MEMORY_BYTES, processor_s=PROCESSOR_S, files=FILES)
    path = Path(source)
    digest = sha256_of(path)
    notes: list[str] = []
    with sound_warnings(notes.append):
        sound = audio.load(path, limit_s=float(limit_s))
    sound = heard(sound, path, notes.append)
    return {**lay_out(sound, Path(folder)), "sha256": digest, "notes": notes}


def make(which: str, folder: str) -> dict[str, Any]:
    """Makes a built-in sound."""
    from gramophone.demo.speech import spoken_phrase
    from gramophone.demo.textures import fire, flute, melody, rain, rhythm, water

    making = dict(zip(MADE, (spoken_phrase, melody, rain, fire, rhythm, flute, water), strict=True))
    answer = lay_out(Sound(making[which](RATE_HZ, MADE_S, 0), RATE_HZ), Path(folder))
    return {**answer, "sha256": sha256_of(Path(folder) / "sound.wav"), "notes": []}


def report(folder: str, *sounds: str) -> dict[str, Any]:
    """Writes the report of a job: `role`, `name` and file of each sound follow, the result last."""
    from gramophone.report import entry_with, write_report
    from gramophone.report.entry import Track
    from gramophone.runs.run_record import read_record

    record = read_record(Path(folder) / "result.json")
    tracks = [
        Track(role, name, audio.load(file))  # type: ignore[arg-type]  # the server names the roles
        for role, name, file in zip(sounds[::3], sounds[1::3], sounds[2::3], strict=True)
    ]
    write_report(Path(folder) / "report.html", [entry_with(record, tracks)], overwrite=True)
    return {}


def lay_out(sound: Sound, folder: Path) -> dict[str, Any]:
    """Writes the files of a sound into a folder: the sound, its picture, its outline."""
    written = audio.save(sound, folder / "sound.wav", overwrite=True, subtype="FLOAT")
    shown = show(sound.samples, sound.rate_hz, folder)
    for level in ("level_db", "loudness_lufs"):
        shown[level] += written.gain_db
    return {"kind": "style" if isinstance(sound, Style) else "recording", **shown}


def show(samples: Float32[np.ndarray, "channel sample"], rate_hz: int, folder: Path) -> dict[str, Any]:
    """Writes the picture and the outline of a sound; returns its `SoundFacts`."""
    with atomic_write(folder / "picture.png", overwrite=True) as path:
        path.write_bytes(sound_picture(samples, rate_hz))
    with atomic_write(folder / "peaks.json", overwrite=True) as path:
        path.write_text(json.dumps(peaks(samples)), encoding="utf-8")
    return {
        "rate_hz": rate_hz,
        "channels": samples.shape[0],
        "duration_s": samples.shape[1] / rate_hz,
        "level_db": audio.rms_db(samples),
        "loudness_lufs": loudness_lufs(samples, rate_hz),
    }


if __name__ == "__main__":
    serve(lambda: handle)
