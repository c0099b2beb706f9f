"""The causal models as torch modules: all samples at once, for training and as the plain form of generation.

Every module takes the codes that came before (`codes[t]` is the sample before the one whose probabilities stand at
`t`), and conditions that are constant or change from step to step.
"""

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from gramophone.raw.configs import LruConfig, RawConfig, WaveNetConfig
from gramophone.raw.mulaw import LEVELS, values
from gramophone.raw.recurrence import recurrence

Codes = Int[Tensor, "item step"]
Given = Float[Tensor, "item _ number"]
Logits = Float[Tensor, "item step level"]

SHORTEST_STEPS, LONGEST_STEPS = 2.0, 1000.0
"""Range of the time constants that recurrences begin with."""
LOWEST_ANGLE = 0.003
SMALL = 1e-5


class RawModel(nn.Module, ABC):
    """Base of both kinds: parameters by name, embedded samples and conditions, and the layers before the softmax.

    Args:
        config: sizes.
        seed: seed of the initial weights.
    """

    def __init__(self, config: RawConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(seed)
        for name, shape in config.parameters.items():
            self.register_parameter(name, nn.Parameter(self._drawn(name, shape, generator).contiguous()))

    @abstractmethod
    def forward(self, codes: Codes, given: Given | None = None) -> Logits:
        """Logits of the next sample's 256 levels, at every step.

        Args:
            codes: the samples before.
            given: conditions, at one step for all or at every step; None for a model without.
        """

    def start_from(self, counts: Num[np.ndarray, " level"]) -> None:
        """Begins with the probabilities of a histogram, so that only what the past tells is learnt."""
        likely = (np.asarray(counts, np.float64) + 1) / (np.sum(counts) + len(counts))
        with torch.no_grad():
            self.get_parameter("head_1_bias").copy_(torch.from_numpy(np.log(likely)))

    def embedded_conditions(self, given: Given | None) -> Float[Tensor, "item _ channel"] | None:
        """Conditions through two small layers."""
        if given is None:
            return None
        for place in range(2):
            given = torch.tanh(
                given @ self.get_parameter(f"condition_{place}_weight")
                + self.get_parameter(f"condition_{place}_bias")
            )
        return given

    def _embedded(self, codes: Codes) -> Float[Tensor, "item step channel"]:
        """Causal convolution of the last two samples, each one of 256: two tables."""
        weight = self.get_parameter("embed_weight")
        # A product with an array of zeros and ones is faster to differentiate than a look-up.
        newest = nn.functional.embedding(codes, weight[1])
        before = nn.functional.embedding(codes, weight[0])
        return newest + nn.functional.pad(before[:, :-1], (0, 0, 1, 0)) + self.get_parameter("embed_bias")

    def _head(self, x: Float[Tensor, "item step channel"], driven: Tensor | None = None) -> Logits:
        """The layers before the softmax; `driven` is what a condition adds between them."""
        x = x @ self.get_parameter("head_0_weight") + self.get_parameter("head_0_bias")
        x = torch.relu(x if driven is None else x + driven)
        return x @ self.get_parameter("head_1_weight") + self.get_parameter("head_1_bias")

    def _drawn(self, name: str, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        if name.endswith("bias"):
            return torch.zeros(shape)
        if name == "embed_weight":
            return _smooth_embedding(shape[2], generator)
        if name.endswith("decay"):
            steps = torch.linspace(math.log(SHORTEST_STEPS), math.log(LONGEST_STEPS), shape[0])
            return -steps
        if name.endswith("angle"):
            # In another order than the decays, so that every time constant has several frequencies.
            spread = torch.linspace(math.log(LOWEST_ANGLE), math.log(math.pi), shape[0])
            return spread[torch.randperm(shape[0], generator=generator)]
        scale = shape[-2] ** -0.5
        if name.endswith("out_weight"):
            scale /= self.config.depth_of_stream**0.5
        if name.startswith("head_1"):
            scale *= 0.1
        return scale * torch.randn(shape, generator=generator)


def _smooth_embedding(channels: int, generator: torch.Generator) -> Tensor:
    """Tables whose neighbouring codes are alike: random mixtures of the sample, companded and not."""
    companded = torch.linspace(-1, 1, LEVELS)
    functions = torch.stack([companded, 4 * torch.from_numpy(values()), companded.abs()])
    return torch.einsum("kfc,fl->klc", 0.7 * torch.randn(2, 3, channels, generator=generator), functions)


class WaveNet(RawModel):
    """Stack of gated, dilated, causal convolutions with residual and skip connections (van den Oord et al. 2016)."""

    config: WaveNetConfig

    def forward(self, codes: Codes, given: Given | None = None) -> Logits:
        """See `RawModel.forward`; what is before the first sample is as good as silent."""
        x, skips, channels = self._embedded(codes), None, self.config.channels
        condition = self.embedded_conditions(given)
        for place, dilation in enumerate(self.config.dilations):
            weight, bias = self.get_parameter("gates_weight")[place], self.get_parameter("gates_bias")[place]
            past = nn.functional.pad(x[:, :-dilation], (0, 0, min(dilation, x.shape[1]), 0))
            gates = torch.cat([past, x], -1) @ weight + bias
            if condition is not None:
                gates = gates + condition @ self.get_parameter("gates_condition")[place]
            signal, gate = gates.split(channels, -1)
            found = torch.tanh(signal) * torch.sigmoid(gate)
            out = found @ self.get_parameter("out_weight")[place] + self.get_parameter("out_bias")[place]
            x = x + out[..., :channels]
            skips = out[..., channels:] if skips is None else skips + out[..., channels:]
        return self._head(torch.relu(skips))  # type: ignore[arg-type]


class Lru(RawModel):
    """Gated linear recurrences at three time scales."""

    config: LruConfig

    def forward(self, codes: Codes, given: Given | None = None) -> Logits:
        """See `RawModel.forward`; the number of steps is a multiple of `config.step_samples`.

        Conditions that change are taken where a step of a time scale begins.
        """
        condition = self.embedded_conditions(given)
        x, level, kept = self._embedded(codes), 0, []
        for place, block in enumerate(self.config.blocks):
            while block.level > level:
                kept.append(x)
                x = self._pooled(x, level)
                level += 1
            while block.level < level:
                level -= 1
                x = kept.pop() + self._spread(x, level)
            x = x + self._block(place, _normalised(x), _slower(condition, self.config.pool**level))
        # How often something begins that is rare must not have to pass all blocks.
        driven = None if condition is None else condition @ self.get_parameter("head_condition")
        return self._head(_normalised(x), driven)

    def _block(self, place: int, x: Tensor, condition: Tensor | None) -> Tensor:
        name, states = f"block_{place}", self.config.blocks[place].states
        driven = x @ self.get_parameter(f"{name}_in_weight") + self.get_parameter(f"{name}_in_bias")
        if condition is not None:
            driven = driven + condition @ self.get_parameter(f"{name}_condition")
        value, inner, outer = driven.split([states, states, 2 * states], -1)
        real, imaginary, scale = self.poles(place)
        drive = scale * value * torch.sigmoid(inner)
        found = recurrence(drive, real, imaginary)
        return (found * nn.functional.silu(outer)) @ self.get_parameter(f"{name}_out_weight")

    def poles(self, place: int) -> tuple[Tensor, Tensor, Tensor]:
        """Real and imaginary part of a block's diagonal `a`, and `sqrt(1 - |a|^2)`, which keeps the level of noise.

        `|a|` is below 1 whatever is learnt.
        """
        decay = torch.exp(self.get_parameter(f"block_{place}_decay"))
        size, angle = torch.exp(-decay), torch.exp(self.get_parameter(f"block_{place}_angle"))
        return size * torch.cos(angle), size * torch.sin(angle), (-torch.expm1(-2 * decay)).sqrt()

    def _pooled(self, x: Tensor, level: int) -> Tensor:
        pool = self.config.pool
        grouped = x.reshape(x.shape[0], x.shape[1] // pool, pool * x.shape[2])
        return grouped @ self.get_parameter(f"pool_{level}_down")

    def _spread(self, x: Tensor, level: int) -> Tensor:
        """Each step's values for the samples of the next step, as those of its own are its input."""
        fine = x @ self.get_parameter(f"pool_{level}_up")
        fine = nn.functional.pad(fine[:, :-1], (0, 0, 1, 0))
        return fine.reshape(x.shape[0], x.shape[1] * self.config.pool, -1)


def _normalised(x: Tensor) -> Tensor:
    """Channels divided by their root mean square."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + SMALL)


def _slower(condition: Tensor | None, step: int) -> Tensor | None:
    return condition if condition is None or condition.shape[1] == 1 else condition[:, ::step]


def model_of(config: RawConfig, seed: int = 0) -> RawModel:
    """The module of a configuration, with initial weights."""
    return WaveNet(config, seed) if isinstance(config, WaveNetConfig) else Lru(config, seed)
