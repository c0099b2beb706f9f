"""What a report relies on in a record beyond what `read_record` has checked."""

from numbers import Real
from pathlib import Path
from typing import Any

from gramophone.errors import InputError


def check_record(path: Path, record: dict[str, Any]) -> None:
    """Refuses a record whose parts have other shapes than those that a run writes.

    Raises:
        InputError: names the file and the first wrong part.
    """
    checks = {
        "inputs": all(isinstance(one, dict) and isinstance(one.get("path"), str) for one in record["inputs"]),
        "output": isinstance(record["output"].get("path"), str),
        "losses": all(_is_loss(one) for one in record["losses"]),
        "stages_s": all(_is_number(value) for value in record["stages_s"].values()),
        "command": all(isinstance(word, str) for word in record["command"]),
        "parameters": _are_parameters(record["parameters"]),
    }
    for name, is_right in checks.items():
        if not is_right:
            raise InputError(f"{path} is damaged, its {name} cannot be understood; make the result again")


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
