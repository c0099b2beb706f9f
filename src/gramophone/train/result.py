"""Result of a training: the network as it is stored, its evaluation, its model card and its learning curve."""

import math
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
from gramophone.plotting.line_chart import Chart, Series, charts_png
from gramophone.train.evaluate import Evaluation, evaluate
from gramophone.train.loop import Training


@dataclass(frozen=True)
class TrainedModel:
    """A trained network, ready to be stored.

    Attributes:
        network: network with folded normalisations and weights rounded to 16 bits.
        evaluation: metrics of this rounded network on the test clips.
        card: model card, as plain values.
        epochs: learning curve.
    """

    network: Classifier
    evaluation: Evaluation
    card: dict[str, Any]
    epochs: list[dict[str, float]]


def trained_model(training: Training, collection: Collection, command: Sequence[str]) -> TrainedModel:
    """Folds, rounds and evaluates the network of a finished training."""
    network = round_to_half(fold_batchnorm(training.network.cpu()))
    evaluation = evaluate(network, training.problem, torch.device("cpu"))
    return TrainedModel(network, evaluation, card(training, collection, evaluation, command), training.state.epochs)


@torch.no_grad()
def round_to_half(network: Classifier) -> Classifier:
    """Rounds filters and matrices to 16 bits, in place."""
    for value in network.parameters():
        if value.ndim > 1:
            value.copy_(value.half().float())
    for name in ("centre", "spread"):
        value = getattr(network, name)
        value.copy_(value.half().float())
    return network


def card(
    training: Training, collection: Collection, evaluation: Evaluation, command: Sequence[str]
) -> dict[str, Any]:
    """Returns the model card of a trained network, as plain values."""
    problem, recipe = training.problem, training.recipe
    return {
        "network": problem.design.architecture.name,
        "description": problem.design.description,
        "data": collection.name,
        "licence": collection.licence,
        "classes": list(problem.classes),
        "split": problem.split.name,
        "clips": {"train": len(problem.split.train), "test": len(problem.split.test)},
        "accuracy": evaluation.accuracy,
        "loss": evaluation.loss,
        "recipe": recipe.as_dict(),
        "seed": training.seed,
        "seconds": round(training.state.seconds, 1),
        "machine": machine(training.device, training.world.size),
        "command": " ".join(command),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"gramophone": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }


def machine(device: torch.device, count: int = 1) -> str:
    """Describes the machine of a training in so many processes, in words."""
    where = torch.cuda.get_device_name() if device.type == "cuda" else platform.machine()
    processes = f", {count} processes" if count > 1 else ""
    return f"{where}, {torch.get_num_threads()} threads of {os.cpu_count()} processors{processes}"


def learning_curve_png(epochs: Sequence[dict[str, float]], title: str) -> bytes:
    """Draws loss and accuracy over epochs, of training and test clips, as a PNG file."""

    def chart(name: str, label: str, scale: float, top: float | None = None) -> Chart:
        lines = [
            Series(words, tuple((e["epoch"], scale * e[key]) for e in epochs if key in e))
            for words, key in (("training", name), ("test", f"test_{name}"))
        ]
        last = max((epoch["epoch"] for epoch in epochs), default=1.0)
        highest = max((y for line in lines for _, y in line.points if y is not None), default=1.0)
        y_range = (0.0, math.ceil(highest) if top is None else top)
        return Chart(lines, "epoch", label, (0.0, last), y_range, x_steps=min(6, int(last)))

    return charts_png([chart("loss", "cross-entropy", 1.0), chart("accuracy", "accuracy in %", 100.0, 100.0)], title)
