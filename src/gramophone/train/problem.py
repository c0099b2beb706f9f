"""A classification problem: features, targets and split, bound to a network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Float16, Float64, Int64
from torch import Tensor, nn

from gramophone.datasets import Collection, Features
from gramophone.datasets.clips import Split
from gramophone.errors import InputError
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import ModelConfig

CHUNK = 64
CLASS = "class"
CENTROID = "centroid"


def centroids(values: Float[np.ndarray, "clip frequency frame"]) -> Float64[np.ndarray, " clip"]:
    """Computes the spectral centroid of log spectrograms, from 0 at 0 Hz to 1 at the highest frequency."""
    found = np.zeros(len(values))
    height = np.linspace(0, 1, values.shape[1])
    for first in range(0, len(values), CHUNK):
        magnitude = np.expm1(values[first : first + CHUNK].astype(np.float32)).sum(2)
        found[first : first + CHUNK] = (magnitude @ height) / np.maximum(magnitude.sum(1), 1e-9)
    return found


def balanced_edges(centroid: Float[np.ndarray, " clip"], classes: int) -> Float64[np.ndarray, " edge"]:
    """Returns the edges of classes that hold equally many of these clips (Wyse 2017)."""
    return np.quantile(centroid, np.arange(1, classes) / classes)


def centroid_classes(
    centroid: Float[np.ndarray, " clip"], edges: Float[np.ndarray, " edge"]
) -> Int64[np.ndarray, " clip"]:
    """Returns the class of each clip, 0 for the lowest centroids."""
    return np.searchsorted(edges, centroid, side="right").astype(np.int64)


def standardisation(
    values: Float[np.ndarray, "clip frequency frame"], places: Sequence[int]
) -> tuple[Float64[np.ndarray, " frequency"], Float64[np.ndarray, " frequency"]]:
    """Returns mean and standard deviation (at least 0.05) of every frequency over the clips at these positions."""
    total = np.zeros(values.shape[1])
    squares = np.zeros(values.shape[1])
    order = sorted(places)
    for first, last in pairwise([*range(0, len(order), CHUNK), len(order)]):
        part = values[order[first:last]].astype(np.float32)
        total += part.mean(2, dtype=np.float64).sum(0)
        squares += np.square(part).mean(2, dtype=np.float64).sum(0)
    mean = total / len(order)
    return mean, np.sqrt(np.maximum(squares / len(order) - mean**2, 0.0025))


@dataclass(frozen=True)
class Problem:
    """A classification problem.

    Attributes:
        design: configuration of the network, with a head for each target.
        values: log spectrograms of all clips, at least as long as the network's input.
        targets: class numbers of all clips, for each head.
        split: training and test clips.
        classes: class names of the first head.
    """

    design: ModelConfig
    values: Float16[np.ndarray, "clip frequency frame"]
    targets: dict[str, Int64[np.ndarray, " clip"]]
    split: Split
    classes: tuple[str, ...]

    def classifier(self, seed: int, *, published_start: bool = False) -> Classifier:
        """Initialises a network whose input is standardised by the training clips."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Classifier(self.design.architecture)
            (_initialise_as_published if published_start else _initialise)(network)
        mean, spread = standardisation(self.values, self.split.train)
        network.centre[0] = torch.from_numpy(mean)
        network.spread[0] = torch.from_numpy(spread)
        if self.design.representation.deltas:
            # The standard deviation of a slope over 9 frames of independent values.
            network.spread[1] = torch.from_numpy(spread) / 60**0.5
        return network


def problem(
    collection: Collection, features: Features, split: Split, design: ModelConfig, *, centroids_of: int = 0
) -> Problem:
    """Assembles a problem.

    Args:
        collection: clips and their labels.
        features: log spectrograms of the clips.
        split: training and test clips; damaged clips are removed.
        design: configuration of the network, without heads.
        centroids_of: number of centroid classes of the second task; 0 for none.

    Raises:
        InputError: clips are shorter than the network's input, or a side of the split is empty.
    """
    if features.values.shape[2] < design.architecture.frames:
        raise InputError(
            f"clips have {features.values.shape[2]} frames, but {design.architecture.name} takes "
            f"{design.architecture.frames}; give clips of {design.representation.duration_s:.2f} s or more"
        )
    damaged = set(features.damaged)
    split = replace(split, train=_without(split.train, damaged), test=_without(split.test, damaged))
    targets = {CLASS: np.array([clip.label for clip in collection.clips], dtype=np.int64)}
    if centroids_of:
        centroid = centroids(features.values)
        targets[CENTROID] = centroid_classes(centroid, balanced_edges(centroid[list(split.train)], centroids_of))
    heads = {CLASS: len(collection.classes), **({CENTROID: centroids_of} if centroids_of else {})}
    return Problem(design.with_heads(heads), features.values, targets, split, collection.classes)


def _without(places: Sequence[int], damaged: set[int]) -> tuple[int, ...]:
    return tuple(place for place in places if place not in damaged)


def _initialise(network: Classifier) -> None:
    """Draws weights that preserve the variance of activations (He et al. 2015); torch's default shrinks it."""
    for layer in (*network.convolutions, *network.dense):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)


def _initialise_as_published(network: Classifier) -> None:
    """Draws weights as Piczak 2015: uniform in convolutions, normal in fully connected layers."""
    for place, limit in enumerate((0.001, 0.1)):
        convolution = cast("nn.Conv2d", network.convolutions[place])
        nn.init.uniform_(convolution.weight, -limit, limit)
        nn.init.constant_(cast("Tensor", convolution.bias), 0.1 if place == 0 else 0.0)
    for layer in (*network.dense, *network.heads.values()):
        nn.init.normal_(layer.weight, 0.0, 0.01)
        nn.init.constant_(layer.bias, 0.1 if layer in list(network.dense) else 0.0)
