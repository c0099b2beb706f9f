"""The run record: a JSON file beside every result, with all that is needed to make it again."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from gramophone.audio import Sound, Written
from gramophone.errors import GramophoneError, InputError, LimitError, ModelError, UsageError
from gramophone.files import atomic_write, sha256_of

if TYPE_CHECKING:
    import gramophone.synthesis

FORMAT = 1
MAX_BYTES = 100_000_000
# Fields that readers may rely on.
FIELDS: tuple[tuple[str, type], ...] = (
    ("task", str),
    ("parameters", dict),
    ("settings", dict),
    ("seed", int),
    ("versions", dict),
    ("stopped", str),
    ("stages_s", dict),
    ("losses", list),
    ("created", str),
    ("command", list),
    ("inputs", list),
    ("output", dict),
)


@dataclass(frozen=True)
class Source:
    """A recording that was read.

    Attributes:
        path: path as it was given.
        sha256: checksum of the file.
        rate_hz: sample rate in Hz.
        channels: number of channels.
        duration_s: length in seconds.
    """

    path: str
    sha256: str
    rate_hz: int
    channels: int
    duration_s: float


def source_of(path: Path, sound: Sound) -> Source:
    """Describes the file of a sound that was just written there; `audio.read.load_hashed` reads one of others.

    Raises:
        InputError: the file cannot be read any more.
    """
    return Source(str(path), sha256_of(path), sound.rate_hz, sound.channels, sound.duration_s)


def run_record(
    result: "gramophone.synthesis.Result | gramophone.synthesis.Streamed",
    *,
    command: Sequence[str],
    inputs: Sequence[Source],
    written: Written,
) -> dict[str, Any]:
    """Makes the run record of a result.

    Args:
        result: result of the task.
        command: the command line, word by word; empty for a result made otherwise.
        inputs: the recordings, in the order of the command line.
        written: return value of `audio.save`; the file is read for its checksum.

    Returns:
        Plain values for JSON.
    """
    return {
        "format": FORMAT,
        **result.record(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "inputs": [asdict(source) for source in inputs],
        "output": {
            "path": str(written.path),
            "sha256": sha256_of(written.path),
            "gain_db": written.gain_db,
            "peak": written.peak,
            "rate_hz": written.rate_hz,
            "duration_s": written.frames / written.rate_hz,
        },
        "platform": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
    }


def write_record(path: Path, record: dict[str, Any], *, overwrite: bool) -> None:
    """Writes a record, whole or not at all.

    Raises:
        ModelError: it holds a number that is not finite, which JSON cannot say.
        UsageError: the file cannot or must not be written.
    """
    try:
        text = json.dumps(record, indent=1, allow_nan=False)
    except ValueError as error:
        raise ModelError(
            f"{path} was not written: it would hold a number that is not finite; try fewer iterations"
        ) from error
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")


def read_record(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Reads a record.

    Args:
        path: file of the record.
        max_bytes: largest size of the file.

    Raises:
        InputError: the file cannot be read, or is no run record of this format.
        LimitError: it is too large for one.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path} is not a file; name the .json file that lies beside a result")
        if path.stat().st_size > max_bytes:
            raise LimitError(f"{path} is larger than {max_bytes:,} bytes, too large for a run record")
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON; name the .json file that lies beside a result") from error
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise InputError(f"{path} is not a run record; name the .json file that lies beside a result")
    if record["format"] != FORMAT:
        raise InputError(
            f"{path} has format {record['format']}, not {FORMAT}; read it with the version that wrote it"
        )
    missing = [name for name, kind in FIELDS if not isinstance(record.get(name), kind)]
    if missing:
        raise InputError(f"{path} is damaged: it lacks {', '.join(missing)}; make the result again")
    return record


def check_record_is_own(path: Path, output: Path) -> None:
    """Refuses a record's place that is taken by the record of another sound beside it, such as a.flac beside a.wav.

    Raises:
        UsageError: it is.
    """
    if not path.is_file():
        return
    try:
        name = PureWindowsPath(str(read_record(path)["output"]["path"])).name
    except (GramophoneError, KeyError, TypeError):
        return  # no record, or a damaged one
    if name != output.name and (path.parent / name).is_file():
        raise UsageError(
            f"{path} is the run record of {path.parent / name}, and would be that of {output.name}, too; choose "
            "another name for the output"
        )


def is_complete(record: dict[str, Any], inputs: Sequence[str], output: str) -> bool:
    """Whether a record is that of a finished run with these files.

    Args:
        record: as `read_record` returns it.
        inputs: SHA-256 of the recordings, in the order of the command line.
        output: SHA-256 of the result.
    """
    try:
        sources = [source["sha256"] for source in record["inputs"]]
        return (record["stopped"], sources, record["output"]["sha256"]) == ("finished", list(inputs), output)
    except (KeyError, TypeError):
        return False
