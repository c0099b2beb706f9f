"""What is to be learnt: features, targets and the split, bound to a network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from jaxtyping import Float16, Int64
from torch import Tensor, nn

from gramophone.datasets import Collection, Features
from gramophone.datasets.clips import Split
from gramophone.errors import InputError
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import ModelConfig
from gramophone.train.targets import balanced_edges, centroid_classes, centroids, standardisation

CLASS = "class"
CENTROID = "centroid"


@dataclass(frozen=True)
class Problem:
    """A classification to be learnt.

    Attributes:
        design: the network, with a head for each target.
        values: log spectrograms of all clips, at least as long as the network's input.
        targets: class numbers of all clips, for each head.
        split: which clips are learnt from, and which measured on.
        classes: names of the classes of the first head.
    """

    design: ModelConfig
    values: Float16[np.ndarray, "clip frequency frame"]
    targets: dict[str, Int64[np.ndarray, " clip"]]
    split: Split
    classes: tuple[str, ...]

    def classifier(self, seed: int, *, published_start: bool = False) -> Classifier:
        """A network at its start, its input standardised by the training clips."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Classifier(self.design.architecture)
            (_as_published if published_start else _scaled)(network)
        mean, spread = standardisation(self.values, self.split.train)
        network.centre[0] = torch.from_numpy(mean)
        network.spread[0] = torch.from_numpy(spread)
        if self.design.representation.deltas:
            # A slope over 9 frames of values that were independent would have this deviation.
            network.spread[1] = torch.from_numpy(spread) / 60**0.5
        return network


def problem(
    collection: Collection, features: Features, split: Split, design: ModelConfig, *, centroids_of: int = 0
) -> Problem:
    """Puts a problem together.

    Args:
        collection: the clips.
        features: of them.
        split: of them; damaged clips are taken out.
        design: the network, without heads.
        centroids_of: number of classes of the second task; 0 leaves it out.

    Raises:
        InputError: clips are shorter than the network's input, or the split is left empty.
    """
    if features.values.shape[2] < design.architecture.frames:
        raise InputError(
            f"clips of {features.values.shape[2]} frames are shorter than the {design.architecture.frames} that "
            f"{design.architecture.name} sees; give clips of {design.representation.duration_s:.2f} s"
        )
    damaged = set(features.damaged)
    split = replace(split, train=_without(split.train, damaged), test=_without(split.test, damaged))
    targets = {CLASS: np.array([clip.label for clip in collection.clips], dtype=np.int64)}
    if centroids_of:
        found = centroids(features.values)
        targets[CENTROID] = centroid_classes(found, balanced_edges(found[list(split.train)], centroids_of))
    heads = {CLASS: len(collection.classes), **({CENTROID: centroids_of} if centroids_of else {})}
    return Problem(design.with_heads(heads), features.values, targets, split, collection.classes)


def _without(places: Sequence[int], damaged: set[int]) -> tuple[int, ...]:
    return tuple(place for place in places if place not in damaged)


def _scaled(network: Classifier) -> None:
    """He et al. 2015: every layer keeps the size of what goes through it; torch's own start shrinks it."""
    for layer in (*network.convolutions, *network.dense):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)


def _as_published(network: Classifier) -> None:
    """Piczak 2015: uniform convolutions, normal fully connected layers."""
    for place, limit in enumerate((0.001, 0.1)):
        convolution = cast("nn.Conv2d", network.convolutions[place])
        nn.init.uniform_(convolution.weight, -limit, limit)
        nn.init.constant_(cast("Tensor", convolution.bias), 0.1 if place == 0 else 0.0)
    for layer in (*network.dense, *network.heads.values()):
        nn.init.normal_(layer.weight, 0.0, 0.01)
        nn.init.constant_(layer.bias, 0.1 if layer in list(network.dense) else 0.0)
