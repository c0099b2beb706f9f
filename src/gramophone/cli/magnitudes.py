"""Reading magnitudes from .npy and .npz files; sizes in their headers are checked before anything is allocated."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Shaped

from gramophone.errors import InputError, LimitError, UsageError
from gramophone.foreign_files import DamagedError, read_npy, read_npz

MAX_VALUES = 1 << 27
SUFFIXES = (".npy", ".npz")
FIELDS = ("n_fft", "hop_samples", "rate_hz", "window")


@dataclass(frozen=True)
class Magnitudes:
    """Magnitudes and their transform, from a file or the command line.

    Attributes:
        values: `[channel, frequency, frame]`.
        n_fft: window and transform length in samples.
        hop_samples: step between frames.
        rate_hz: sample rate.
        window: name of the window.
    """

    values: Float32[np.ndarray, "channel frequency frame"]
    n_fft: int
    hop_samples: int
    rate_hz: int
    window: str


def read_magnitudes(path: Path, given: Mapping[str, int | str | None]) -> Magnitudes:
    """Reads a file with magnitudes `[frequency, frame]` or `[channel, frequency, frame]`.

    Args:
        path: .npy, or .npz with an array `magnitude` and perhaps `n_fft`, `hop_samples`, `rate_hz`, `window`.
        given: values of these four on the command line; None for those that are not given.

    Raises:
        InputError: the file cannot be read, or is not of that form.
        LimitError: more than 134,217,728 values.
        UsageError: a value is missing, or differs from that of the file.
    """
    found = _arrays(path)
    values = found.pop("magnitude", None)
    if values is None:
        raise InputError(
            f"{path} has no array 'magnitude', only {', '.join(found) or 'others'}; save the magnitudes by that name"
        )
    if values.dtype.kind not in "fui":
        raise InputError(
            f"{path} holds values of type {values.dtype}; save real magnitudes (np.abs of a spectrogram)"
        )
    if values.ndim not in (2, 3) or values.size == 0:
        raise InputError(f"{path} holds an array of shape {values.shape}; give [frequency, frame], not empty")
    stored = {name: _scalar(path, name, value) for name, value in found.items() if name in FIELDS}
    stored.setdefault("n_fft", 2 * (values.shape[-2] - 1))
    known = {name: _one(path, name, stored.get(name), given[name]) for name in FIELDS}
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(values, np.float32).reshape(-1, *values.shape[-2:])
    return Magnitudes(
        single, int(known["n_fft"]), int(known["hop_samples"]), int(known["rate_hz"]), str(known["window"])
    )


def _one(path: Path, name: str, stored: int | str | None, given: int | str | None) -> int | str:
    flag = "--" + {"n_fft": "n-fft", "hop_samples": "hop", "rate_hz": "rate", "window": "window"}[name]
    if stored is not None and given is not None and stored != given:
        raise UsageError(f"{path} has {name} {stored}, but {flag} is {given}; leave out {flag}")
    value = given if stored is None else stored
    if value is None and name == "window":
        return "hann"
    if value is None:
        raise UsageError(f"{path} has no {name}; add {flag}")
    return value


def _arrays(path: Path) -> dict[str, Shaped[np.ndarray, "..."]]:
    def check(_name: str, shape: tuple[int, ...], _kind: np.dtype) -> None:
        if prod(shape) > MAX_VALUES:
            raise LimitError(
                f"{path} claims {prod(shape):,} values; the limit is {MAX_VALUES:,}: cut it into pieces of fewer "
                "frames"
            )

    try:
        with path.open("rb") as file:
            if path.suffix.lower() == ".npy":
                return {"magnitude": read_npy(file, path.stat().st_size, "magnitude", check)}
            return read_npz(file, _NAMES.__contains__, check)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; check the name") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error
    except DamagedError as error:
        raise InputError(f"{path} is not a readable {path.suffix} file ({error}); save it with numpy") from error


_NAMES = ("magnitude", *FIELDS)


def _scalar(path: Path, name: str, value: Shaped[np.ndarray, "..."]) -> int | str:
    one = value.item() if value.size == 1 else None
    if name == "window" and isinstance(one, str):
        return one
    if name != "window" and isinstance(one, int | float) and float(one).is_integer():
        return int(one)
    raise InputError(f"{path} has a {name} of {value.tolist()!r}; save one integer, or a name for the window")
