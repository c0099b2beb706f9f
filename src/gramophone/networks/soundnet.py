"""SoundNet: convolutions of the waveform as features of style, random or trained.

[1] Y. Aytar, C. Vondrick, A. Torralba, "SoundNet: learning sound representations from unlabeled video", NIPS 2016.
[2] E. Grinstein et al., "Audio style transfer", ICASSP 2018.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError, LimitError, ModelError
from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.configs import SOUNDNET_LAYERS
from gramophone.networks.pretrained.packaged import opened
from gramophone.networks.pretrained.torch7 import TorchObject, read_torch7
from gramophone.networks.waveform_models import Branch, MultiBranchWaveformModel
from gramophone.settings import DRAWN

Layers = list[tuple[Float[Tensor, "_ _ _"], Float[Tensor, " _"]]]
"""Weights `[output, input, width]` and biases of the convolutions."""

STYLE_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
"""conv1 to conv5: what is deeper sees more than half a second at once."""
CONTENT_LAYER = 4
PUBLISHED_RATE_HZ = 22_050
PUBLISHED_LEVEL = 25.6
"""Samples are given from -256 to 256 in [1]; a recording at -20 dB of full scale has this level."""
MOST_BYTES = 500_000_000
TORCH7 = ".t7"


class SoundNet(GramNetwork):
    """conv1 to conv7 with ReLU and maximum pooling, on a waveform at level 1 as a spectrogram of one row.

    Args:
        layers: weights and biases of the convolutions, batch normalisation folded in.
        style_weights: weight of each layer in the style; layers of weight 0 are left out.
    """

    def __init__(self, layers: Layers, style_weights: Sequence[float] = STYLE_WEIGHTS) -> None:
        style = [(place, weight) for place, weight in enumerate(style_weights) if weight]
        super().__init__(style, [CONTENT_LAYER])
        self.layers = layers

    def features(self, spectrogram: Float[Tensor, "1 1 sample"], count: int) -> list[Float[Tensor, "feature _"]]:
        """ReLU outputs of the first `count` convolutions."""
        x, found = spectrogram, []
        for block, (weight, bias) in zip(SOUNDNET_LAYERS[:count], self.layers, strict=False):
            padding = block.padding()[0]
            x = torch.nn.functional.conv1d(x, weight.to(x), bias.to(x), block.stride, padding)
            x = torch.relu(x)
            found.append(x[0])
            if block.pool:
                x = torch.nn.functional.max_pool1d(x, block.pool[0])
        return found


def soundnet(weights: str, seed: int, style_weights: Sequence[float] = ()) -> SoundNet:
    """The network with weights from a source.

    Args:
        weights: `trained` (that of the package), `random`, a `.safetensors` file of `gramophone train`, or the
            published file (`.t7`).
        seed: seed of random weights.
        style_weights: weight of each layer in the style; the network's own by default.

    Raises:
        InputError: the file does not exist.
        LimitError: the file is too large.
        ModelError: the file holds another network, or is damaged.
    """
    if weights == DRAWN:
        layers = drawn_layers(seed)
    elif weights.endswith(TORCH7):
        layers = published_layers(Path(weights))
    else:
        tensors = opened("soundnet", weights).tensors
        names = [f"convolutions.{place}" for place in range(len(SOUNDNET_LAYERS))]
        layers = [(tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in names]
        centre, spread = float(tensors["centre"][0, 0]), float(tensors["spread"][0, 0])
        weight, bias = layers[0]
        layers[0] = weight / spread, bias - weight.sum((1, 2)) * centre / spread
    return SoundNet(layers, tuple(style_weights) or STYLE_WEIGHTS)


def one_row(waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "1 1 sample"]:
    """Mean of the channels, as a spectrogram of one row."""
    return waveform.mean(0)[None, None]


def soundnet_model(weights: str, seed: int, style_weights: Sequence[float] = ()) -> MultiBranchWaveformModel:
    """The network as a model of waveforms; see `soundnet`."""
    branch = Branch(one_row, soundnet(weights, seed, style_weights))
    return MultiBranchWaveformModel((branch,), branch)


def rate_of(weights: str) -> int | None:
    """Sampling rate in Hz on which weights were trained; None for random ones, which take any.

    Raises:
        GramophoneError: as `soundnet`.
    """
    if weights == DRAWN:
        return None
    return PUBLISHED_RATE_HZ if weights.endswith(TORCH7) else opened("soundnet", weights).representation.rate_hz


def drawn_layers(seed: int) -> Layers:
    """Random weights of the variance of He et al. 2015."""
    generator = torch.Generator().manual_seed(seed)
    layers, inputs = [], 1
    for block in SOUNDNET_LAYERS:
        shape = (block.channels, inputs, block.kernel[0])
        weight = torch.randn(shape, generator=generator) * (2 / (inputs * block.kernel[0])) ** 0.5
        layers.append((weight, torch.zeros(block.channels)))
        inputs = block.channels
    return layers


def published_layers(path: Path, most_bytes: int = MOST_BYTES) -> Layers:
    """conv1 to conv7 of the published file, normalisation folded in, for waveforms at level 1.

    Args:
        path: the authors' file, such as `soundnet8_final.t7`.
        most_bytes: size of a file that is read, at most.

    Raises:
        InputError: the file does not exist.
        LimitError: the file is too large.
        ModelError: the file is damaged or holds another network.
    """
    if not path.is_file():
        raise InputError(
            f"the weights of SoundNet are not at {path}; name the authors' file, or say --weights random"
        )
    if path.stat().st_size > most_bytes:
        raise LimitError(f"{path} has {path.stat().st_size} bytes; the limit for SoundNet is {most_bytes}")
    try:
        modules = list(_modules(read_torch7(path.read_bytes())))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    convolutions = [one for one in modules if one.kind.endswith("Convolution")]
    norms = [one for one in modules if one.kind.endswith("BatchNormalization")]
    layers, inputs = [], 1
    for place, block in enumerate(SOUNDNET_LAYERS):
        shape = (block.channels, inputs, block.kernel[0])
        if place >= min(len(convolutions), len(norms)):
            raise ModelError(f"{path} has no conv{place + 1} with its normalisation, so it is not SoundNet")
        layers.append(_folded(path, f"conv{place + 1}", convolutions[place].fields, norms[place].fields, shape))
        inputs = block.channels
    layers[0] = layers[0][0] * PUBLISHED_LEVEL, layers[0][1]
    return layers


def _modules(found: Any, depth: int = 0) -> Iterator[TorchObject]:  # noqa: ANN401 - whatever a file holds
    """All modules in the order of computation: those of containers by their number."""
    if isinstance(found, TorchObject) and depth < 20:
        yield found
        contained = found.fields.get("modules")
        if isinstance(contained, dict):
            for place in sorted(key for key in contained if isinstance(key, float)):
                yield from _modules(contained[place], depth + 1)


def _folded(
    path: Path, name: str, convolution: Mapping[Any, Any], norm: Mapping[Any, Any], shape: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    def values(fields: Mapping[Any, Any], key: str, size: int) -> Tensor:
        array = fields.get(key)
        if not isinstance(array, np.ndarray) or array.size != size or not np.isfinite(array).all():
            raise ModelError(f"{path}: {name} has no {key} of {size} finite numbers, so it is not SoundNet")
        return torch.from_numpy(array.astype(np.float32).reshape(-1))

    channels = shape[0]
    weight = values(convolution, "weight", int(np.prod(shape))).reshape(shape)
    bias = values(convolution, "bias", channels)
    variance = values(norm, "running_var", channels)
    factor = values(norm, "weight", channels) / (variance + float(norm.get("eps", 1e-5))).sqrt()
    shift = values(norm, "bias", channels) - values(norm, "running_mean", channels) * factor
    return weight * factor[:, None, None], bias * factor + shift
