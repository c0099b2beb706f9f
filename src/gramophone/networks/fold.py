"""Batch normalisation into the convolution before it: the same function, and the network as it was published."""

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from gramophone.networks.classifier import Classifier


@torch.no_grad()
def folded(network: Classifier) -> Classifier:
    """A network in evaluation mode without normalisations that computes the same.

    `(w x + b - m) / s g + h = (w g / s) x + (b - m) g / s + h`, for every channel.
    """
    blocks = tuple(replace(block, norm=False) for block in network.architecture.blocks)
    plain = Classifier(replace(network.architecture, blocks=blocks))
    state = {name: value.clone() for name, value in network.state_dict().items() if not name.startswith("norms.")}
    for place, block in enumerate(network.architecture.blocks):
        if block.norm:
            norm = cast("nn.BatchNorm1d", network.norms[place])
            mean, variance = cast("Tensor", norm.running_mean), cast("Tensor", norm.running_var)
            factor = norm.weight / (variance + norm.eps).sqrt()
            weight, bias = (f"convolutions.{place}.{part}" for part in ("weight", "bias"))
            state[bias] = (state[bias] - mean) * factor + norm.bias
            state[weight] = state[weight] * factor.reshape(-1, *[1] * (state[weight].ndim - 1))
    plain.load_state_dict(state)
    return plain.eval()
