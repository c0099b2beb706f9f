"""Files of trained networks: safetensors with a card in the header, checked before any module is made."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from gramophone.errors import GramophoneError, InputError, LimitError, ModelError
from gramophone.files import atomic_write
from gramophone.networks.pretrained.architecture import Architecture, architecture_from
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.quantisation import STEP_SUFFIX, SUFFIX, dequantise, quantise
from gramophone.networks.pretrained.waveform_input import Representation, input_from

FORMAT = 1
HEADER = "gramophone"
MOST_BYTES = 1_000_000_000
TYPES = ("F16", "F32")


@dataclass(frozen=True)
class Checkpoint:
    """Contents of a file of a trained network.

    Attributes:
        architecture: layers of the network.
        representation: input of the network.
        card: further facts: data, licence, accuracy, training.
        tensors: parameters, finite float32.
    """

    architecture: Architecture
    representation: Representation
    card: dict[str, Any]
    tensors: dict[str, Tensor]

    def classifier(self) -> Classifier:
        """The network in evaluation mode, with fixed parameters."""
        network = Classifier(self.architecture)
        network.load_state_dict(self.tensors, strict=False)
        return network.eval().requires_grad_(False)


def write(
    path: Path,
    network: Classifier,
    representation: Representation,
    card: dict[str, Any],
    *,
    overwrite: bool,
    weight_bits: Literal[8, 16] = 16,
) -> None:
    """Writes a network, with matrices and filters in 16 or 8 bits and vectors in 32.

    Args:
        path: path of a `.safetensors` file.
        network: network to write.
        representation: input on which it was trained.
        card: further facts, plain values for JSON.
        overwrite: whether an existing file may be replaced.
        weight_bits: 8 for integers with a step for each output channel.

    Raises:
        ModelError: a parameter is not finite, or too large for 16 bits.
        UsageError: the file cannot or must not be written.
    """
    names = network.architecture.parameters()
    state = {name: network.state_dict()[name].detach().cpu() for name in names}
    tensors = {
        name: (value.half() if value.ndim > 1 else value.float()).contiguous() for name, value in state.items()
    }
    _check_finite(path, tensors)
    if weight_bits == 8:
        for name in [name for name in names if name.endswith(SUFFIX) and state[name].ndim > 1]:
            tensors[name], tensors[name + STEP_SUFFIX] = quantise(state[name].float())
    header = {
        "format": FORMAT,
        "architecture": network.architecture.as_dict(),
        "representation": representation.as_dict(),
        "card": card,
    }
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(to_bytes(tensors, {HEADER: json.dumps(header, allow_nan=False)}))


def read(path: Path, most_bytes: int = MOST_BYTES) -> Checkpoint:
    """Reads a network from an untrusted file.

    Every name, shape and type in the header is compared with the table of layers; only then are the values read, all
    of which must be finite. No code of the file is run.

    Args:
        path: path of a `.safetensors` file.
        most_bytes: size of a file that is read, at most.

    Raises:
        InputError: the file does not exist.
        LimitError: the file is too large.
        ModelError: the file is not a safetensors file, or its contents are inconsistent.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist or is no file; name a .safetensors file of 'gramophone train'")
    if path.stat().st_size > most_bytes:
        raise LimitError(f"{path} has {path.stat().st_size} bytes; the limit for a network is {most_bytes}")
    try:
        with safe_open(path, "pt") as file:
            architecture, representation, card = _header(path, (file.metadata() or {}).get(HEADER))
            _check_layout(path, file, architecture)
            tensors = {name: _tensor(file, name) for name in architecture.parameters()}
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} is not a readable safetensors file ({error}); train it or fetch it again"
        ) from error
    _check_finite(path, tensors)
    return Checkpoint(architecture, representation, card, tensors)


def _header(path: Path, text: str | None) -> tuple[Architecture, Representation, dict[str, Any]]:
    if text is None:
        raise ModelError(f"{path} does not say which network it holds; use a file of 'gramophone train'")
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise ModelError(f"{path} has format {found['format']!r:.20}, not {FORMAT}; train it with this version")
        architecture = architecture_from(found["architecture"])
        representation = input_from(found["representation"])
        card = found["card"]
    except GramophoneError as error:
        raise ModelError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path} has a header that cannot be read; train it or fetch it again") from error
    seen = (representation.bins, 2 if representation.deltas else 1)
    if not isinstance(card, dict) or seen != (architecture.bins, architecture.channels):
        raise ModelError(f"{path} contradicts itself: its network does not fit its representation; train it again")
    return architecture, representation, card


def _tensor(file: Any, name: str) -> Tensor:  # noqa: ANN401 - untyped library
    value = file.get_tensor(name)
    return value.float() if value.is_floating_point() else dequantise(value, file.get_tensor(name + STEP_SUFFIX))


def _check_layout(path: Path, file: Any, architecture: Architecture) -> None:  # noqa: ANN401
    wanted, found = architecture.parameters(), set(file.keys())
    in_8_bits = {name for name in found if name.endswith(SUFFIX) and file.get_slice(name).get_dtype() == "I8"}
    steps = {name + STEP_SUFFIX: shape[:1] for name, shape in wanted.items() if name in in_8_bits}
    if found != {*wanted, *steps}:
        odd = sorted(found ^ {*wanted, *steps})
        raise ModelError(
            f"{path} holds other parameters than its network {architecture.name} has: {', '.join(odd[:3])!s:.100}"
            f"{' and more' if len(odd) > 3 else ''}; train it or fetch it again"
        )
    for name, shape in {**wanted, **steps}.items():
        part = file.get_slice(name)
        if tuple(part.get_shape()) != shape:
            raise ModelError(f"{path}: {name} has the shape {part.get_shape()}, not {list(shape)}; train it again")
        if part.get_dtype() not in TYPES and name not in in_8_bits:
            raise ModelError(
                f"{path}: {name} is of type {part.get_dtype()}, not {' or '.join(TYPES)}; train it again"
            )


def _check_finite(path: Path, tensors: dict[str, Tensor]) -> None:
    for name, value in tensors.items():
        wrong = value.numel() - int(torch.isfinite(value).sum())
        if wrong:
            raise ModelError(
                f"{path}: {wrong} of {math.prod(value.shape)} values of {name} are not finite numbers; "
                "train it again, or fetch it again"
            )
        if name == "spread" and not bool((value > 0).all()):
            raise ModelError(f"{path}: spread has values that are not above 0; train it again, or fetch it again")
