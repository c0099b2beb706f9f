"""Trained networks of the package: their names, files and cards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from gramophone.errors import ModelError, UsageError
from gramophone.files import check_sha256
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.architecture import Architecture
from gramophone.networks.pretrained.checkpoint import Checkpoint
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import MODEL_CONFIGS, ModelConfig, sized
from gramophone.networks.pretrained.log_spectrogram import GREY
from gramophone.networks.pretrained.network import TrainedNetwork
from gramophone.settings import DRAWN as DRAWN
from gramophone.settings import TRAINED as TRAINED
from gramophone.settings import Draw

UNIFORM = 0.1
"""Largest weight and bias of `uniform` draws (code of Wyse 2017)."""

FOLDER = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class PackagedNetwork:
    """A trained network of the package.

    Attributes:
        name: name for `--network`.
        path: path of its file.
        sha256: expected hash of the file.
        card: facts about it, with its learning curve and confusion matrix.
    """

    name: str
    path: Path
    sha256: str
    card: dict[str, Any]

    def verify(self) -> None:
        """Checks the hash of the file, and reads it.

        Raises:
            InputError: the file is missing.
            ModelError: the file is another one, or damaged.
        """
        check_sha256(self.path, self.sha256)
        stored.read(self.path)


def shipped(folder: Path | None = None) -> dict[str, PackagedNetwork]:
    """All networks of the package, by name.

    Args:
        folder: folder of their files; that of the package by default.

    Raises:
        ModelError: the list of networks is damaged.
    """
    folder = folder or FOLDER
    try:
        hashes = json.loads((folder / "sha256.json").read_text(encoding="utf-8"))
        return {
            name: PackagedNetwork(
                name,
                folder / f"{name}.safetensors",
                str(sha256),
                json.loads((folder / f"{name}.json").read_text(encoding="utf-8")),
            )
            for name, sha256 in hashes.items()
        }
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"the list of networks in {folder} cannot be read; install the package again") from error


def opened(name: str, weights: str, folder: Path | None = None) -> Checkpoint:
    """Reads the checkpoint of a network: that of the package, or any other.

    Args:
        name: name of the network.
        weights: `trained` or `random` for that of the package, or the path of a file.
        folder: folder of the package's networks; see `shipped`.

    Raises:
        InputError: the file does not exist.
        ModelError: the file contains another network, or is damaged.
        UsageError: the package has no network of that name.
    """
    if weights in {TRAINED, DRAWN}:
        found = shipped(folder)
        if name not in found:
            raise UsageError(
                f"no network '{name}' comes with gramophone; choose one of {', '.join(found)}, or train it "
                f"('gramophone train esc50 --data ESC-50 --network {name} -o FILE.safetensors') and name its file "
                "with --weights, or say --weights random"
            )
        return stored.read(found[name].path)
    kept = stored.read(Path(weights))
    wanted = MODEL_CONFIGS[name]().architecture if name in MODEL_CONFIGS else kept.architecture
    if (kept.architecture.name, kept.architecture.orientation) != (wanted.name, wanted.orientation):
        raise ModelError(
            f"{weights} holds a network {kept.architecture.name}{_along(kept.architecture, wanted)}, not "
            f"{wanted.name}{_along(wanted, kept.architecture)}; choose another file"
        )
    return kept


def _along(one: Architecture, other: Architecture) -> str:
    """Orientation in words, where the names are equal."""
    seen = {"frequency": "along time", "time": "along frequency", "both": "along both axes"}
    return f" ({seen[one.orientation]})" if one.name == other.name else ""


def network_of(  # noqa: PLR0913 - what draws a network, and where it may come from
    name: str,
    weights: str,
    seed: int,
    *,
    draw: Draw = "he",
    filters: int = 0,
    frames: int = 0,
    width_frames: int = 0,
    layer_weights: Sequence[float] = (),
    folder: Path | None = None,
) -> TrainedNetwork:
    """The network for synthesis.

    Args:
        name: name of the network.
        weights: `trained`, `random` (the same layers with random weights) or a path.
        seed: seed of random weights.
        draw: how random weights are drawn; see `settings.NetworkSettings`.
        filters: filters of each layer of random weights; 0 for the default.
        frames: frames of the result, for random networks with time frames as channels.
        width_frames: width of the filters of random weights along time; 0 for the default.
        layer_weights: weight of each style layer; the network's own by default.
        folder: folder of the package's networks; see `shipped`.

    Raises:
        InputError: the file does not exist.
        ModelError: the file contains another network, or is damaged.
        UsageError: there is no network of that name.
    """
    design = sized(name, filters, frames, width_frames)
    classifier = opened(name, weights, folder).classifier() if weights != DRAWN else _drawn(design, draw, seed)
    if weights == DRAWN and draw == "he" and name in shipped(folder):
        kept = opened(name, TRAINED, folder).classifier()
        classifier.centre.copy_(kept.centre)
        classifier.spread.copy_(kept.spread)
    layers = design.style_blocks
    if layer_weights:
        layers = tuple((place, one) for (place, _), one in zip(layers, layer_weights, strict=True))
    return TrainedNetwork(classifier, layers, design.content_block)


def _drawn(design: ModelConfig, draw: Draw, seed: int) -> Classifier:
    """The layers of a design with random weights, without batch normalisation, which would do nothing."""
    table = design.with_heads({"class": 2}).architecture
    plain = replace(table, blocks=tuple(replace(block, norm=False) for block in table.blocks))
    classifier = Classifier(plain).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for layer in classifier.convolutions:
        weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
        if draw == "uniform":
            for values in (weight, bias):
                values.copy_(UNIFORM * (2 * torch.rand(values.shape, generator=generator) - 1))
        else:
            weight.copy_(torch.randn(weight.shape, generator=generator) * (2 / weight[0].numel()) ** 0.5)
            bias.zero_()
    if draw == "uniform":
        classifier.spread.fill_(1 / GREY)
    return classifier
