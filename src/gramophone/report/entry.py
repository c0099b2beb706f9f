"""Report entries as plain values, and the check of the run records they come from."""

from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, Literal

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.evaluation import MetricResult

Role = Literal["content", "style", "result"]


@dataclass(frozen=True)
class Track:
    """A sound of a run.

    Attributes:
        role: role in the run.
        name: file name, or another display name.
        sound: the sound; None if it could not be found or read.
        notes: remarks for the listener, including why the sound is missing, a sentence each.
    """

    role: Role
    name: str
    sound: Sound | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A run in a report.

    Attributes:
        title: heading.
        record: run record, or `Result.record()` of a result that was not saved.
        tracks: content, style(s) and result, in this order.
        figures: metrics of the result; empty if there is none.
        notes: remarks about the evaluation, a sentence each.
    """

    title: str
    record: dict[str, Any]
    tracks: tuple[Track, ...]
    figures: tuple[MetricResult, ...] = ()
    notes: tuple[str, ...] = ()


def validate_record(path: Path, record: dict[str, Any]) -> None:
    """Checks the fields of a record that `read_record` does not.

    Raises:
        InputError: a field does not have the structure that a run writes.
    """
    checks = {
        "inputs": all(isinstance(one, dict) and isinstance(one.get("path"), str) for one in record["inputs"]),
        "output": isinstance(record["output"].get("path"), str),
        "losses": all(_is_loss(one) for one in record["losses"]),
        "stages_s": all(_is_number(value) for value in record["stages_s"].values()),
        "command": all(isinstance(word, str) for word in record["command"]),
        "parameters": _are_parameters(record["parameters"]),
    }
    for name, is_valid in checks.items():
        if not is_valid:
            raise InputError(f"{path} is damaged: its {name} field is invalid; repeat the run")


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_loss(loss: object) -> bool:
    if not isinstance(loss, dict) or not isinstance(loss.get("terms"), dict):
        return False
    values = (loss.get("total"), *loss["terms"].values())
    return isinstance(loss.get("stage"), str) and all(_is_number(value) for value in values)


def _are_parameters(parameters: dict[str, Any]) -> bool:
    weights, strength = parameters.get("weights"), parameters.get("strength")
    are_weights = weights is None or (isinstance(weights, list) and all(_is_number(one) for one in weights))
    return are_weights and (strength is None or _is_number(strength))
