"""Checkpoints: the full state of a training in one file, from which it resumes bit for bit."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from gramophone.errors import ModelError, UsageError
from gramophone.files import atomic_write

FORMAT = 1


@dataclass
class TrainingState:
    """Progress of a training, besides weights and optimiser.

    Attributes:
        step: number of finished steps.
        seconds: computing time of these steps over all runs, in seconds.
        sums: totals of the current epoch: loss, correct classifications, clips.
        epochs: metrics of each finished epoch.
    """

    step: int = 0
    seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    epochs: list[dict[str, float]] = field(default_factory=list)


def save(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    state: TrainingState,
    configuration: dict[str, Any],
) -> None:
    """Writes a checkpoint atomically.

    Args:
        path: file to write; replaced if it exists.
        network: network whose weights are saved.
        optimiser: optimiser whose state is saved.
        state: progress of the training.
        configuration: what identifies the training; one with another configuration cannot resume from the file.

    Raises:
        UsageError: the file cannot be written.
    """
    tensors = {f"network.{name}": value.contiguous() for name, value in network.state_dict().items()}
    for place, values in optimiser.state_dict()["state"].items():
        for name, value in values.items():
            tensors[f"optimiser.{place}.{name}"] = torch.as_tensor(value).contiguous()
    progress = {name: getattr(state, name) for name in ("step", "seconds", "sums", "epochs")}
    header = json.dumps({"format": FORMAT, "order": configuration, "progress": progress})
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(to_bytes(tensors, {"checkpoint": header}))


def resume(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, configuration: dict[str, Any]
) -> TrainingState:
    """Restores network and optimiser from a checkpoint.

    Raises:
        ModelError: the file is damaged or belongs to another network.
        UsageError: the file belongs to a training with another configuration.
    """
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["checkpoint"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        found, state = header["order"], TrainingState(**header["progress"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"checkpoint {path} cannot be read ({error}); remove it to start over") from error
    wanted = json.loads(json.dumps(configuration))
    changed = [name for name in {*found, *wanted} if found.get(name) != wanted.get(name)]
    if changed:
        raise UsageError(
            f"checkpoint {path} belongs to a training with another {', '.join(sorted(changed))}; "
            "use the same settings, or remove it to start over"
        )
    try:
        network.load_state_dict(_part(tensors, "network."))
        optimiser.load_state_dict(_optimiser_state(tensors, optimiser))
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelError(f"checkpoint {path} does not fit the network; remove it to start over") from error
    return state


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimiser_state(tensors: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimiser.").items():
        place, key = name.split(".", 1)
        states.setdefault(int(place), {})[key] = value
    return {"state": states, "param_groups": optimiser.state_dict()["param_groups"]}
