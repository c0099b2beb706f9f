"""Every reader of files, with valid files for it."""

from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest import mock

from bench.fuzz import samples
from gramophone.audio import blocks, load
from gramophone.batch.plan import Planner
from gramophone.batch.rows import read_rows
from gramophone.cli.info import info
from gramophone.cli.magnitudes import read_magnitudes
from gramophone.networks.pretrained import checkpoint, vgg
from gramophone.report.gather import check_sounds
from gramophone.web.requests import read_body
from gramophone.web.routing import parsed

SMALL = dict.fromkeys(vgg.LAYERS, 2)
GIVEN = {"n_fft": None, "hop_samples": None, "rate_hz": None, "window": None}
BARE = {**GIVEN, "hop_samples": 16, "rate_hz": samples.RATE_HZ}


@dataclass(frozen=True)
class Reader:
    """A reader.

    Attributes:
        name: of the reader.
        suffix: of the files that it is given.
        read: reads a file.
        valid: valid files.
        share: of all mutated files, relative to other readers.
    """

    name: str
    suffix: str
    read: Callable[[Path], object]
    valid: list[bytes]
    share: float = 1.0


def readers(folder: Path) -> list[Reader]:
    """All of them.

    Args:
        folder: for files that others refer to.
    """
    sounds, made = samples.recordings(), samples.records(folder)
    plans, magnitudes = samples.plans(), samples.magnitudes()
    return [
        Reader("recordings", ".wav", load, sounds, 6),
        Reader("blocks of recordings", ".flac", lambda path: [None for _ in blocks(path)], sounds, 2),
        Reader("styles", ".safetensors", load, samples.styles(folder)),
        Reader("networks", ".safetensors", checkpoint.read, samples.weights(folder)),
        *(
            Reader(f"VGG-19 as .{form}", f".{form}", _vgg, samples.vgg_weights(form))
            for form in ("npz", "pth", "safetensors")
        ),
        Reader("records, info", ".json", _info, made),
        Reader("records, report", ".json", check_sounds, made),
        Reader("orders", ".json", _order, samples.orders()),
        *(Reader(f"plans as {suffix}", suffix, _plan, valid) for suffix, valid in plans.items()),
        *(
            Reader(
                f"magnitudes as {suffix}",
                suffix,
                lambda path: read_magnitudes(path, BARE if path.suffix == ".npy" else GIVEN),
                valid,
            )
            for suffix, valid in magnitudes.items()
        ),
    ]


def _vgg(path: Path) -> object:
    with mock.patch.object(vgg, "CHANNELS", SMALL):
        return vgg.read_vgg(str(path))


def _info(path: Path) -> int:
    with redirect_stdout(StringIO()):
        return info(path)


def _order(path: Path) -> object:
    values = parsed(path.read_bytes())
    return read_body(values) if isinstance(values, dict) else None


def _plan(path: Path) -> object:
    return Planner("the plan", str(path.parent / "out"), path.parent).plan(read_rows(path))
