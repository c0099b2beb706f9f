"""Evaluation of a classifier on test clips."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from gramophone.networks.pretrained.classifier import Classifier
from gramophone.train.batches import with_channels
from gramophone.train.problem import CLASS, Problem

BATCH_CLIPS = 32


@dataclass(frozen=True)
class Evaluation:
    """Metrics on the test clips.

    Attributes:
        loss: mean cross-entropy of the class head.
        accuracy: fraction of clips that are classified correctly, for each head.
        confusion: number of clips of each class (row) that were classified as each class (column).
    """

    loss: float
    accuracy: dict[str, float]
    confusion: Int64[np.ndarray, "class class"]


def evaluate(network: Classifier, problem: Problem, device: torch.device, precision: str = "float32") -> Evaluation:
    """Classifies every test clip by the mean probability over its segments, which overlap by half."""
    places = np.array(problem.split.test)
    probabilities = _probabilities(network, problem, places, device, precision)
    targets = {name: torch.from_numpy(target[places]) for name, target in problem.targets.items()}
    predicted = {name: likely.argmax(1) for name, likely in probabilities.items()}
    correct = probabilities[CLASS].gather(1, targets[CLASS][:, None]).clamp_min(1e-9)
    confusion = np.zeros((len(problem.classes),) * 2, dtype=np.int64)
    np.add.at(confusion, (targets[CLASS].numpy(), predicted[CLASS].numpy()), 1)
    accuracy = {name: float((predicted[name] == targets[name]).float().mean()) for name in targets}
    return Evaluation(float(-correct.log().mean()), accuracy, confusion)


def segments(frames: int, length: int) -> list[int]:
    """Returns the first frames of segments that overlap by half; the last segment ends with the clip."""
    last = frames - length
    return sorted({*range(0, last + 1, max(1, length // 2)), last})


@torch.no_grad()
def _probabilities(
    network: Classifier, problem: Problem, places: Int64[np.ndarray, " clip"], device: torch.device, precision: str
) -> dict[str, Float[Tensor, "clip _"]]:
    length = problem.design.architecture.frames
    starts = segments(problem.values.shape[2], length)
    was_training = network.training
    network.eval()
    parts: dict[str, list[Tensor]] = {name: [] for name in problem.targets}
    for first in range(0, len(places), BATCH_CLIPS):
        values = torch.from_numpy(problem.values[places[first : first + BATCH_CLIPS]].astype("float32"))
        total: dict[str, Tensor] = {}
        for start in starts:
            inputs = with_channels(values[:, :, start : start + length], problem).to(device)
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
                logits = network(inputs)
            for name, logit in logits.items():
                total[name] = total.get(name, torch.zeros(())) + logit.float().softmax(1).cpu() / len(starts)
        for name, likely in total.items():
            parts[name].append(likely)
    network.train(was_training)
    return {name: torch.cat(part) for name, part in parts.items()}
