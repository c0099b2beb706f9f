"""What a finished training leaves: the network as it is kept, measured as it is kept, with its card."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import torch

from gramophone import __version__
from gramophone.datasets import Collection
from gramophone.networks.pretrained.classifier import Classifier, fold_batchnorm
from gramophone.train.evaluate import Evaluation, evaluate
from gramophone.train.loop import Training


@dataclass(frozen=True)
class Outcome:
    """A trained network.

    Attributes:
        network: without normalisations, its filters rounded to 16 bits.
        evaluation: of this very network on the test clips.
        card: what its file says about it.
        epochs: the learning curve.
    """

    network: Classifier
    evaluation: Evaluation
    card: dict[str, Any]
    epochs: list[dict[str, float]]


def outcome(training: Training, collection: Collection, command: Sequence[str]) -> Outcome:
    """Puts together what a finished training leaves."""
    network = rounded(fold_batchnorm(training.network.cpu()))
    found = evaluate(network, training.problem, torch.device("cpu"))
    return Outcome(network, found, card(training, collection, found, command), training.progressed.epochs)


@torch.no_grad()
def rounded(network: Classifier) -> Classifier:
    """The same network with its filters and matrices as 16 bits hold them."""
    for value in network.parameters():
        if value.ndim > 1:
            value.copy_(value.half().float())
    for name in ("centre", "spread"):
        value = getattr(network, name)
        value.copy_(value.half().float())
    return network


def card(training: Training, collection: Collection, found: Evaluation, command: Sequence[str]) -> dict[str, Any]:
    """What is known about a trained network, as plain values."""
    problem, recipe = training.problem, training.recipe
    return {
        "network": problem.design.architecture.name,
        "description": problem.design.description,
        "data": collection.name,
        "licence": collection.licence,
        "classes": list(problem.classes),
        "split": problem.split.name,
        "clips": {"train": len(problem.split.train), "test": len(problem.split.test)},
        "accuracy": found.accuracy,
        "loss": found.loss,
        "recipe": recipe.as_dict(),
        "seed": training.seed,
        "seconds": round(training.progressed.seconds, 1),
        "machine": machine(training),
        "command": " ".join(command),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"gramophone": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }


def machine(training: Training) -> str:
    """The machine in words."""
    where = torch.cuda.get_device_name() if training.device.type == "cuda" else platform.machine()
    processes = f", {training.world.size} processes" if training.world.size > 1 else ""
    return f"{where}, {torch.get_num_threads()} threads of {os.cpu_count()} processors{processes}"
