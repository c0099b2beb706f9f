"""Style files: safetensors with the samples of a style, and its provenance as JSON in the metadata.

The file holds sound and nothing computed from it, so a style works with every representation, rate and network. A
file may come from anybody, so every field is checked before use.
"""

import json
import re
from dataclasses import asdict
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from gramophone.audio.formats import check_claims, check_size
from gramophone.audio.sound import Excerpt, Provenance, Selection, Sound, Style, StyleSource
from gramophone.errors import InputError, LimitError, UsageError
from gramophone.files import atomic_write

SUFFIX = ".safetensors"
FORMAT = 1
MAX_HEADER_BYTES = 4_000_000
# One entry for everything: the library writes several in an order that changes from time to time.
KEY = "gramophone_style"
TENSOR = "samples"
_REMEDY = "make it again with 'gramophone style'"
METHODS = ("all", "herding")
LARGEST = 1e12
_SLACK_S = 1e-3


def provenance_from(facts: dict[str, Any], duration_s: float) -> Provenance:
    """Parses the provenance of a style.

    Args:
        facts: metadata of the file, from JSON.
        duration_s: duration of the samples in seconds.

    Raises:
        ValueError: a field is missing, of the wrong type, not finite, or inconsistent.
    """
    sources = tuple(_source(entry) for entry in _list(facts, "sources"))
    excerpts = tuple(_excerpt(entry, sources) for entry in _list(facts, "excerpts"))
    kept_s = sum(excerpt.duration_s for excerpt in excerpts)
    if duration_s > kept_s + _SLACK_S:
        raise ValueError(f"its samples last {duration_s:.3f} s, but its excerpts {kept_s:.3f} s")
    choice = _dict(facts.get("choice"), "choice")
    return Provenance(sources, excerpts, _choice(choice), _text(facts, "version"))


def _source(entry: object) -> StyleSource:
    source = _dict(entry, "sources")
    sha256 = source.get("sha256")
    if sha256 is not None and not (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise ValueError("the sha256 of a source is invalid")
    return StyleSource(_text(source, "name"), sha256, _number(source, "duration_s"))


def _excerpt(entry: object, sources: tuple[StyleSource, ...]) -> Excerpt:
    excerpt = _dict(entry, "excerpts")
    place = excerpt.get("source")
    if type(place) is not int or not 0 <= place < len(sources):
        raise ValueError("an excerpt refers to no source")
    start_s, duration_s = _number(excerpt, "start_s"), _number(excerpt, "duration_s")
    if start_s + duration_s > sources[place].duration_s + _SLACK_S:
        raise ValueError(f"an excerpt ends at {start_s + duration_s:.3f} s, after its source")
    return Excerpt(place, start_s, duration_s)


def _choice(choice: dict[str, Any]) -> Selection:
    method, candidates = choice.get("method"), choice.get("candidates")
    if method not in METHODS:
        raise ValueError(f"the method of the choice is not one of {', '.join(METHODS)}")
    if type(candidates) is not int or candidates < 1:
        raise ValueError("the choice has no valid number of candidates")
    return Selection(method, candidates, _number(choice, "distance"), _number(choice, "random_distance"))


def _list(facts: dict[str, Any], name: str) -> list[Any]:
    found = facts.get(name)
    if not isinstance(found, list) or not found:
        raise ValueError(f"{name}: missing or empty")
    return found


def _dict(found: object, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"{name}: not a JSON object")  # noqa: TRY004 (one exception for all faults)
    return found


def _text(entry: dict[str, Any], name: str) -> str:
    found = entry.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"a {name} is not text")
    return found


def _number(entry: dict[str, Any], name: str) -> float:
    found = entry.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < LARGEST:
        raise ValueError(f"a {name} is not a number of at least 0")
    return float(found)


def looks_like_style(file: BufferedIOBase) -> bool:
    """Returns whether a file starts like safetensors: a header length, and the first two characters of JSON.

    No audio format begins so. The position stays at the beginning.
    """
    file.seek(0)
    head = file.read(10)
    file.seek(0)
    return head[6:8] == b"\0\0" and head[8:] == b'{"'


def check_style_name(path: Path) -> None:
    """Raises UsageError for a name that does not end in `.safetensors`."""
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"{path} does not end in {SUFFIX}; end the name of a style file in .style{SUFFIX}")


def write_style(style: Style, path: Path, *, overwrite: bool) -> None:
    """Writes a style file; equal styles give equal bytes.

    Raises:
        LimitError: the header cannot hold all recordings and excerpts.
        UsageError: the file exists or cannot be written.
    """
    check_style_name(path)
    facts = {"format": FORMAT, "rate_hz": style.rate_hz, **asdict(style.provenance)}
    text = json.dumps(facts, allow_nan=False)
    # The library encodes the text as JSON once more.
    if len(json.dumps(text)) > MAX_HEADER_BYTES - 1000:
        raise LimitError(
            f"{path} was not written: {len(style.provenance.sources)} recordings are too many for one style; "
            "join some of them first"
        )
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(to_bytes({TENSOR: style.samples}, {KEY: text}))


def read_style(path: Path, *, limit_s: float) -> Style:
    """Reads a style file.

    Args:
        path: file to read.
        limit_s: largest size of the samples, in seconds of stereo at 48 kHz.

    Raises:
        InputError: the file is damaged or not a style file of this format.
        LimitError: header, rate, channels or samples exceed the limits.
    """
    _check_header_length(path)
    try:
        with safe_open(str(path), framework="numpy") as file:
            facts = _facts(path, (file.metadata() or {}).get(KEY))
            _check_tensor(path, file, facts["rate_hz"], limit_s)
            samples = file.get_tensor(TENSOR)
    except SafetensorError as error:
        raise InputError(f"{path} is a damaged style file ({error}); {_REMEDY}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error
    wrong = samples.size - int(np.count_nonzero(np.isfinite(samples)))
    if wrong:
        raise InputError(f"{path} holds {wrong} samples of {samples.size} that are not finite numbers; {_REMEDY}")
    sound = Sound(samples, facts["rate_hz"])
    try:
        provenance = provenance_from(facts, sound.duration_s)
    except ValueError as error:
        raise InputError(f"{path} is a damaged style file ({error}); {_REMEDY}") from error
    return Style(samples, sound.rate_hz, provenance)


def _check_header_length(path: Path) -> None:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if length > MAX_HEADER_BYTES:
        raise LimitError(
            f"{path} has a header of {length} bytes; the limit is {MAX_HEADER_BYTES}: it is not a style file, "
            "give one made by 'gramophone style'"
        )


def _facts(path: Path, text: str | None) -> dict[str, Any]:
    if text is None:
        raise InputError(f"{path} is a safetensors file without a style; give one made by 'gramophone style'")
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is a damaged style file (its description is not JSON); {_REMEDY}") from error
    if not isinstance(facts, dict) or type(facts.get("format")) is not int:
        raise InputError(f"{path} is a damaged style file (its description has no format); {_REMEDY}")
    if facts["format"] != FORMAT:
        raise InputError(
            f"{path} has style format {facts['format']}, not {FORMAT}; read it with the version that wrote it"
        )
    if type(facts.get("rate_hz")) is not int:
        raise InputError(f"{path} is a damaged style file (its sample rate is not an integer); {_REMEDY}")
    return facts


def _check_tensor(path: Path, file: safe_open, rate_hz: int, limit_s: float) -> None:
    names = list(file.keys())  # type: ignore[no-untyped-call]
    if names != [TENSOR]:
        raise InputError(f"{path} holds {len(names)} arrays, not one with the name '{TENSOR}'; {_REMEDY}")
    tensor = file.get_slice(TENSOR)  # type: ignore[no-untyped-call]
    shape, kind = tensor.get_shape(), tensor.get_dtype()
    if kind != "F32":
        raise InputError(f"{path} holds samples of type {kind}, not F32; {_REMEDY}")
    if len(shape) != 2 or 0 in shape:
        raise InputError(f"{path} holds samples of shape {shape}, not [channel, sample]; {_REMEDY}")
    check_claims(path, rate_hz, shape[0])
    check_size(path, shape[0], shape[1], limit_s)
