"""Files of causal models: safetensors with sizes, conditions and a card in the header, checked before use."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from gramophone.errors import GramophoneError, InputError, LimitError, ModelError
from gramophone.files import atomic_write
from gramophone.raw.configs import RawConfig, RawKind, config_from, kind_of
from gramophone.raw.models import RawModel, model_of

FORMAT = 1
HEADER = "gramophone"
MOST_BYTES = 200_000_000
TYPES = ("F16", "F32")


@dataclass(frozen=True, eq=False)
class ModelFile:
    """Contents of a file.

    Attributes:
        config: sizes and conditions.
        card: further facts: data, bits a sample, training.
        tensors: parameters, finite float32.
    """

    config: RawConfig
    card: dict[str, Any]
    tensors: dict[str, Tensor]

    def model(self) -> RawModel:
        """The model with fixed parameters."""
        model = model_of(self.config)
        model.load_state_dict(self.tensors)
        return model.eval().requires_grad_(False)


def rounded(model: RawModel) -> RawModel:
    """The model as its file holds it: matrices rounded to 16 bits, in place."""
    with torch.no_grad():
        for value in model.parameters():
            if value.ndim > 1:
                value.copy_(value.half().float())
    return model


def write(path: Path, model: RawModel, card: dict[str, Any], *, overwrite: bool) -> None:
    """Writes a model, with matrices in 16 bits and vectors in 32.

    Raises:
        ModelError: a parameter is not finite, or too large for 16 bits.
        UsageError: the file cannot or must not be written.
    """
    state = {name: value.detach().cpu() for name, value in model.state_dict().items()}
    tensors = {
        name: (value.half() if value.ndim > 1 else value.float()).contiguous() for name, value in state.items()
    }
    _check_finite(path, tensors)
    header = {"format": FORMAT, "raw": model.config.as_dict(), "card": card}
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(to_bytes(tensors, {HEADER: json.dumps(header, allow_nan=False)}))


def read(path: Path, kind: RawKind | None = None, most_bytes: int = MOST_BYTES) -> ModelFile:
    """Reads a model from an untrusted file; no code of the file is run.

    Args:
        path: path of a `.safetensors` file.
        kind: kind that it must be; any by default.
        most_bytes: size of a file that is read, at most.

    Raises:
        InputError: the file does not exist.
        LimitError: the file is too large.
        ModelError: the file holds another network, or is damaged.
    """
    _check_file(path, most_bytes)
    try:
        with safe_open(path, "pt") as file:
            config, card = _header(path, (file.metadata() or {}).get(HEADER))
            found = kind_of(config)
            if kind is not None and found != kind:
                raise ModelError(
                    f"{path} holds a network {found}, not {kind}; say --network {found}, or name another"
                )
            _check_layout(path, file, config)
            tensors = {name: file.get_tensor(name).float() for name in config.parameters}
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is not a readable safetensors file ({error}); train it again") from error
    _check_finite(path, tensors)
    return ModelFile(config, card, tensors)


def read_config(path: Path, most_bytes: int = MOST_BYTES) -> RawConfig:
    """Reads sizes and conditions alone.

    Raises:
        GramophoneError: as `read`.
    """
    _check_file(path, most_bytes)
    try:
        with safe_open(path, "pt") as file:
            return _header(path, (file.metadata() or {}).get(HEADER))[0]
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is not a readable safetensors file ({error}); train it again") from error


def _check_file(path: Path, most_bytes: int) -> None:
    if not path.is_file():
        raise InputError(f"{path} does not exist or is no file; name a file of 'gramophone train texture'")
    if path.stat().st_size > most_bytes:
        raise LimitError(
            f"{path} has {path.stat().st_size} bytes; the limit for a model of raw audio is {most_bytes}"
        )


def _header(path: Path, text: str | None) -> tuple[RawConfig, dict[str, Any]]:
    remedy = "name a file of 'gramophone train texture --network wavenet' or lru"
    if text is None:
        raise ModelError(f"{path} does not say which network it holds; {remedy}")
    try:
        found = json.loads(text)
        if "raw" not in found and "architecture" in found:
            raise ModelError(f"{path} holds the classifier {found['architecture']['name']!s:.50}; {remedy}")
        if found["format"] != FORMAT:
            raise ModelError(f"{path} has format {found['format']!r:.20}, not {FORMAT}; train it with this version")
        config, card = config_from(found["raw"]), found["card"]
    except GramophoneError as error:
        raise error if str(error).startswith(str(path)) else ModelError(f"{path}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path} has a header that cannot be read; {remedy}") from error
    if not isinstance(card, dict):
        raise ModelError(f"{path} has no card; {remedy}")
    return config, card


def _check_layout(path: Path, file: Any, config: RawConfig) -> None:  # noqa: ANN401 - untyped library
    wanted, found = config.parameters, set(file.keys())
    if found != set(wanted):
        odd = ", ".join(sorted(found ^ set(wanted))[:3])
        raise ModelError(f"{path} holds other parameters than its network has: {odd:.100}; train it again")
    for name, shape in wanted.items():
        part = file.get_slice(name)
        if tuple(part.get_shape()) != shape or part.get_dtype() not in TYPES:
            raise ModelError(
                f"{path}: {name} is {part.get_dtype()} of shape {part.get_shape()}, not a number of 16 or 32 bits of "
                f"{list(shape)}; train it again"
            )


def _check_finite(path: Path, tensors: dict[str, Tensor]) -> None:
    for name, value in tensors.items():
        wrong = value.numel() - int(torch.isfinite(value).sum())
        if wrong:
            raise ModelError(
                f"{path}: {wrong} of {math.prod(value.shape)} values of {name} are not finite numbers; train it again"
            )
