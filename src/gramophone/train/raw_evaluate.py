"""Bits a sample of held-out sound."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from gramophone.raw.models import RawModel
from gramophone.train.raw_data import RawData

CONTEXT_SAMPLES = 4096
MULTIPLE = 64  # steps of all time scales end here


@torch.no_grad()
def bits_per_sample(
    model: RawModel,
    codes: UInt8[np.ndarray, " sample"],
    first: int,
    given: Float[np.ndarray, " number"] | None = None,
) -> Float[np.ndarray, " measured"]:
    """`-log2 p(x_t | x_1 .. x_{t-1})` of the samples from `first` on, by up to 4096 samples before them or more.

    Args:
        model: the model.
        codes: coded sound.
        first: place of the first sample that is measured, at least 1.
        given: conditions; None for a model without.
    """
    start = max(0, first - 1 - CONTEXT_SAMPLES)
    heard = torch.from_numpy(codes[start:].astype(np.int64))
    steps = len(heard) - 1
    inputs = torch.nn.functional.pad(heard[:-1], (0, -steps % MULTIPLE))[None]
    conditions = None if given is None else torch.from_numpy(np.asarray(given, np.float32))[None, None]
    likely = model(inputs, conditions)[0, first - 1 - start : steps].log_softmax(-1)
    return (-likely.gather(1, heard[first - start :, None])[:, 0] / math.log(2)).double().numpy()


def held_out_bits(model: RawModel, data: RawData) -> dict[str, float]:
    """Mean bits a sample of the held-out ends: of `all`, and of each class of the first condition with classes."""
    was_training, given = model.training, data.given if data.conditions else None
    model.eval()
    found = [
        bits_per_sample(model, codes, len(codes) - out, None if given is None else given[place])
        for place, (codes, out) in enumerate(zip(data.codes, data.held_out, strict=True))
    ]
    model.train(was_training)
    groups: dict[str, list[np.ndarray]] = {"all": found}
    column = next((one.name for one in data.conditions if one.classes), None)
    for bits, values in zip(found, data.values, strict=True):
        if column is not None:
            groups.setdefault(str(values[column]), []).append(bits)
    return means(groups)


def means(groups: Mapping[str, Sequence[np.ndarray]]) -> dict[str, float]:
    """Mean over all values of each group."""
    return {name: float(np.concatenate(list(bits)).mean()) for name, bits in groups.items()}


def nats(logits: Tensor, targets: Tensor, first: int) -> Tensor:
    """Mean cross-entropy of the steps from `first` on."""
    return torch.nn.functional.cross_entropy(logits[:, first:].float().flatten(0, 1), targets[:, first:].flatten())
