"""The state of a training in one file, from which it goes on as if it had never stopped."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gramophone.errors import ModelError, UsageError
from gramophone.files import atomic_write

FORMAT = 1


@dataclass
class Progressed:
    """How far a training is, besides its weights.

    Attributes:
        step: steps done.
        seconds: time they took, over all runs.
        sums: of the epoch under way: loss, right answers, clips.
        epochs: what is known about each finished epoch.
    """

    step: int = 0
    seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    epochs: list[dict[str, float]] = field(default_factory=list)


def save(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, progressed: Progressed, order: dict[str, Any]
) -> None:
    """Writes a checkpoint, whole or not at all.

    Args:
        path: replaced if it exists.
        network: its weights.
        optimiser: its state.
        progressed: how far it is.
        order: what was asked for; a training that was asked for something else does not go on from it.

    Raises:
        UsageError: it cannot be written.
    """
    tensors = {f"network.{name}": value.contiguous() for name, value in network.state_dict().items()}
    for place, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"optimiser.{place}.{name}"] = torch.as_tensor(value).contiguous()
    progress = {name: getattr(progressed, name) for name in ("step", "seconds", "sums", "epochs")}
    header = json.dumps({"format": FORMAT, "order": order, "progress": progress})
    with atomic_write(path, overwrite=True) as temporary:
        save_file(tensors, temporary, metadata={"checkpoint": header})


def resume(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, order: dict[str, Any]) -> Progressed:
    """Brings network and optimiser to the state of a checkpoint.

    Raises:
        ModelError: the file is damaged, or of another network.
        UsageError: it belongs to a training that was asked for something else.
    """
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["checkpoint"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        found, progress = header["order"], Progressed(**header["progress"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the checkpoint {path} cannot be read ({error}); remove it to begin again") from error
    changed = [name for name in {*found, *order} if found.get(name) != json.loads(json.dumps(order)).get(name)]
    if changed:
        raise UsageError(
            f"the checkpoint {path} is of a training with another {', '.join(sorted(changed))}; "
            "ask for the same, or remove it to begin again"
        )
    try:
        network.load_state_dict(_part(tensors, "network."))
        optimiser.load_state_dict(_optimiser_state(tensors, optimiser))
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelError(f"the checkpoint {path} does not fit the network; remove it to begin again") from error
    return progress


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimiser_state(tensors: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimiser.").items():
        place, key = name.split(".", 1)
        state.setdefault(int(place), {})[key] = value
    return {"state": state, "param_groups": optimiser.state_dict()["param_groups"]}
