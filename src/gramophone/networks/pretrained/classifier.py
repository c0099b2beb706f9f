"""Classifiers as torch modules, made from an `Architecture`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gramophone.networks.pretrained.architecture import Architecture


class Classifier(nn.Module):
    """Convolutional blocks, fully connected layers and one linear head for each task.

    The input is standardised with `centre` and `spread`, which are part of the network, so that the representation is
    the same in training and in synthesis.

    Args:
        architecture: table of layers.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        one_row = (architecture.channels, architecture.bins)
        self.register_buffer("centre", torch.zeros(one_row))
        self.register_buffer("spread", torch.ones(one_row))
        convolution, norm, pool = _PARTS[len(architecture.input_size)]
        inputs = [architecture.input_channels, *(block.channels for block in architecture.blocks)]
        self.convolutions = nn.ModuleList(
            convolution(channels, block.channels, block.kernel, block.stride, block.padding())
            for channels, block in zip(inputs, architecture.blocks, strict=False)
        )
        self.norms = nn.ModuleList(
            norm(block.channels) if block.norm else nn.Identity() for block in architecture.blocks
        )
        self.pools = nn.ModuleList(
            pool(block.pool, block.pool_stride or block.pool) if block.pool else nn.Identity()
            for block in architecture.blocks
        )
        widths = [architecture.flat(), *architecture.dense]
        self.dense = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, architecture.dense, strict=False))
        self.heads = nn.ModuleDict({name: nn.Linear(widths[-1], count) for name, count in architecture.heads.items()})

    def forward(self, x: Float[Tensor, "clip channel frequency frame"]) -> dict[str, Tensor]:
        """Logits `[clip, class]` of every head."""
        values = self._summary(self.blocks(x)[-1])
        for layer in self.dense:
            values = nn.functional.relu(layer(values))
            values = nn.functional.dropout(values, self.architecture.dense_dropout, self.training)
        return {name: head(values) for name, head in self.heads.items()}

    def blocks(self, x: Float[Tensor, "clip channel frequency frame"]) -> list[Tensor]:
        """Output of every block after pooling, the input of the next one."""
        values, found = self._standardised(x), []
        for place, (block, convolution) in enumerate(zip(self.architecture.blocks, self.convolutions, strict=True)):
            # Maximum and ReLU commute; pooling first leaves fewer values for the ReLU.
            values = nn.functional.relu(self.pools[place](self.norms[place](convolution(values))))
            values = nn.functional.dropout(values, block.dropout, self.training)
            found.append(values)
        return found

    def activations(
        self,
        x: Float[Tensor, "clip channel frequency frame"],
        count: int,
        convolutions: Sequence[Callable[[Tensor], Tensor]] | None = None,
    ) -> list[Tensor]:
        """Output of the first `count` blocks after the ReLU, before pooling: the features of synthesis.

        Args:
            x: input.
            count: number of blocks.
            convolutions: what computes those of the network, if not its own modules.
        """
        values, found = self._standardised(x), []
        own: Sequence[Callable[[Tensor], Tensor]] = list(self.convolutions)
        for place, convolution in enumerate((convolutions or own)[:count]):
            found.append(nn.functional.relu(self.norms[place](convolution(values))))
            values = self.pools[place](found[-1])
        return found

    def _summary(self, values: Tensor) -> Float[Tensor, "clip value"]:
        if self.architecture.summary == "flat":
            return values.flatten(1)
        return torch.cat([values.mean(-1), values.amax(-1)], 1).flatten(1)

    def _standardised(self, x: Float[Tensor, "clip channel frequency frame"]) -> Tensor:
        return self._oriented((x - self.centre[..., None]) / self.spread[..., None])

    def _oriented(self, x: Float[Tensor, "clip channel frequency frame"]) -> Tensor:
        if self.architecture.orientation == "frequency":
            return x.flatten(1, 2)
        if self.architecture.orientation == "time":
            return x.transpose(2, 3).flatten(1, 2)
        return x


_PARTS: dict[int, tuple[Callable[..., nn.Module], Callable[..., nn.Module], Callable[..., nn.Module]]] = {
    1: (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d),
    2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d),
}


@torch.no_grad()
def fold_batchnorm(network: Classifier) -> Classifier:
    """An equivalent network in evaluation mode without batch normalisation.

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
