"""VGG-19 [1] on spectrograms as images, and its weights: located, read, checked, and converted to one convention.

Groups of 3 x 3 convolutions with ReLU, halved in size after each group. The published style layers [2] are the first
convolutions of the five groups, the content layer is the second of the fourth. No code of a file of weights is run.

[1] K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014.
[2] L. A. Gatys, A. S. Ecker, M. Bethge, "A neural algorithm of artistic style", 2015.
[3] E. Grinstein et al., "Audio style transfer", ICASSP 2018.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors import safe_open
from torch import Tensor

from gramophone.errors import InputError, LimitError, ModelError
from gramophone.foreign_files import DamagedError, check_pickle_sizes, parsing, read_npz
from gramophone.networks.gram import GramNetwork

LAYERS = (
    *("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv3_4"),
    *("conv4_1", "conv4_2", "conv4_3", "conv4_4", "conv5_1"),
)
"""Up to the last one that is used."""
CHANNELS = {name: min(512, 64 * 2 ** (int(name[4]) - 1)) for name in LAYERS}
TORCHVISION = dict(zip(LAYERS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28), strict=True))
PUBLISHED_FILE = "vgg19-dcbb9e9d.pth"
ADDRESS = f"https://download.pytorch.org/models/{PUBLISHED_FILE}"
MOST_BYTES = 700_000_000
SUFFIXES = (".npz", ".safetensors", ".pth")

CAFFE_MEAN = (123.68, 116.779, 103.939)
IMAGENET_MEAN, IMAGENET_SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv4_2"
HIGHEST = 9.21
"""Log magnitude of white: a scale of gain 316 then spans 80 dB, from 30 dB above the mean level down."""

LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class VggWeights:
    """Convolutions for red, green and blue, and the normalisation of images from 0 to 255.

    Attributes:
        layers: weight and bias by name.
        mean: mean of each colour, which is subtracted.
        spread: standard deviation of each colour, which divides.
    """

    layers: Mapping[str, tuple[Float[Tensor, "output input 3 3"], Float[Tensor, " output"]]]
    mean: Float[Tensor, " 3"]
    spread: Float[Tensor, " 3"]


class VggNetwork(GramNetwork):
    """The first 13 convolutions, with average pooling between the groups.

    Images have three channels (red, green, blue) or one, which is copied to three. Average pooling is preferred for
    synthesis [2]; the weights were learnt with maximum pooling.

    Args:
        weights: weights of the layers, for red, green and blue from 0 to 255.
    """

    def __init__(self, weights: VggWeights) -> None:
        super().__init__([(LAYERS.index(name), 1.0) for name in STYLE_LAYERS], [LAYERS.index(CONTENT_LAYER)])
        self.weights = weights

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """ReLU outputs of the first `count` convolutions."""
        x = spectrogram.expand(3, -1, -1) if len(spectrogram) == 1 else spectrogram
        offset = self.weights.mean.to(x)[:, None, None]
        x = ((x * (255 / HIGHEST) - offset) / self.weights.spread.to(x)[:, None, None])[None]
        found = []
        for place, name in enumerate(LAYERS[:count]):
            if name.endswith("_1") and place:
                x = torch.nn.functional.avg_pool2d(x, 2)
            weight, bias = self.weights.layers[name]
            x = torch.relu(torch.nn.functional.conv2d(x, weight.to(x), bias.to(x), padding=1))
            found.append(x[0].flatten(1))
        return found


def luma(image: Float[Tensor, "colour frequency frame"]) -> Float[Tensor, "1 frequency frame"]:
    """Luma of an image (ITU-R BT.601, as published [3])."""
    weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device)
    return (image * weights[:, None, None]).sum(0, keepdim=True)


def random_weights(seed: int) -> VggWeights:
    """Random weights of the same shapes, with the variance of He et al. 2015."""
    generator = torch.Generator().manual_seed(seed)
    layers, inputs = {}, 3
    for name in LAYERS:
        weight = torch.randn(CHANNELS[name], inputs, 3, 3, generator=generator) * (2 / (9 * inputs)) ** 0.5
        layers[name] = weight, torch.zeros(CHANNELS[name])
        inputs = CHANNELS[name]
    return VggWeights(layers, torch.zeros(3), torch.full((3,), 255.0))


def published_place() -> Path:
    """Path of torchvision's published file in its cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / PUBLISHED_FILE


def read_vgg(weights: str, most_bytes: int = MOST_BYTES) -> VggWeights:
    """Reads weights in either convention, told apart by their names.

    `conv1_1.weight` ... are Caffe's (blue, green, red; 0 to 255), `features.0.weight` ... torchvision's (red, green,
    blue; 0 to 1, standardised).

    Args:
        weights: path of a file, or `trained` for torchvision's published file in its cache.
        most_bytes: size of a file that is read, at most.

    Raises:
        InputError: the file does not exist.
        LimitError: the file is too large.
        ModelError: the file is damaged, or contains another network.
    """
    path = published_place() if weights == "trained" else Path(weights)
    if not path.is_file():
        raise InputError(
            f"the weights of VGG-19 are not at {path}; fetch {ADDRESS} to {published_place()}, or name a .pth, "
            ".npz or .safetensors file of them with --weights, or say --weights random"
        )
    if path.stat().st_size > most_bytes:
        raise LimitError(f"{path} has {path.stat().st_size} bytes; the limit for VGG-19 is {most_bytes}")
    try:
        arrays = _arrays(path)
    except (OSError, DamagedError) as error:
        raise ModelError(f"{path} cannot be read as weights of VGG-19; fetch it again") from error
    is_caffe = "conv1_1.bias" in arrays
    layers, inputs = {}, 3
    for name in LAYERS:
        key = name if is_caffe else f"features.{TORCHVISION[name]}"
        weight, bias = arrays.get(f"{key}.weight"), arrays.get(f"{key}.bias")
        _check(path, key, weight, (CHANNELS[name], inputs, 3, 3))
        _check(path, key, bias, (CHANNELS[name],))
        if weight is not None and bias is not None:
            layers[name] = weight.float().contiguous(), bias.float()
        inputs = CHANNELS[name]
    if not is_caffe:
        mean, spread = (255 * torch.tensor(values) for values in (IMAGENET_MEAN, IMAGENET_SPREAD))
        return VggWeights(layers, mean, spread)
    first, bias = layers["conv1_1"]
    layers["conv1_1"] = first.flip(1).contiguous(), bias
    return VggWeights(layers, torch.tensor(CAFFE_MEAN), torch.ones(3))


def _wanted() -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays of both conventions, by name."""
    found: dict[str, tuple[int, ...]] = {}
    inputs = 3
    for name in LAYERS:
        for key in (name, f"features.{TORCHVISION[name]}"):
            found[f"{key}.weight"] = found[f"{key}.weight_q"] = (CHANNELS[name], inputs, 3, 3)
            found[f"{key}.bias"] = (CHANNELS[name],)
            found[f"{key}.scale_min"] = (2,)
        inputs = CHANNELS[name]
    return found


def _arrays(path: Path) -> Mapping[str, Tensor]:
    wanted = _wanted()

    def check(name: str, shape: tuple[int, ...], kind: np.dtype) -> None:
        _check_shape(path, name, shape, wanted[name])
        if kind.kind not in "fu" or kind.itemsize > 8:
            raise DamagedError(f"{name} is of type {kind}")

    if path.suffix == ".safetensors":
        with parsing(), safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name in wanted]  # noqa: SIM118 - not a mapping
            for name in names:
                _check_shape(path, name, tuple(file.get_slice(name).get_shape()), wanted[name])
            return {name: file.get_tensor(name) for name in names}
    if path.suffix == ".npz":
        with path.open("rb") as raw:
            arrays = read_npz(raw, wanted.__contains__, check)
        with parsing():
            return {name: torch.from_numpy(value) for name, value in _whole(arrays).items()}
    if path.suffix != ".pth":
        raise DamagedError(f"{path.suffix or 'no suffix'} is none of {', '.join(SUFFIXES)}")
    check_pickle_sizes(path)
    # Tensors only: anything else in the file is refused, and nothing in it is run.
    with parsing(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of odd protocols, which are refused or read anyway
        found = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(found, dict):
        raise DamagedError("no table of tensors")
    return {str(name): value for name, value in found.items() if isinstance(value, Tensor) and name in wanted}


def _whole(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Dequantised 8-bit kernels (`weight_q`, with step and minimum in `scale_min`)."""
    found = dict(arrays)
    for name, steps in arrays.items():
        layer, _, part = name.rpartition(".")
        if part == "weight_q":
            step, least = arrays[f"{layer}.scale_min"]
            found[f"{layer}.weight"] = (steps * step + least).astype(np.float32)
    return found


def _check(path: Path, key: str, value: Tensor | None, shape: tuple[int, ...]) -> None:
    if value is None:
        raise ModelError(f"{path} lacks {key}, so it is not VGG-19; choose another file")
    _check_shape(path, key, tuple(value.shape), shape)
    if not value.is_floating_point():
        raise ModelError(f"{path}: {key} has values of type {value.dtype}; it is not VGG-19")
    if not bool(torch.isfinite(value).all()):
        raise ModelError(f"{path}: {key} has values that are not finite numbers; fetch it again")


def _check_shape(path: Path, key: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if shape != wanted:
        raise ModelError(f"{path}: {key} has the shape {list(shape)}, not {list(wanted)}; it is not VGG-19")
