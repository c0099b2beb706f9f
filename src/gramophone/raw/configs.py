"""Causal models as values: sizes that determine the names and shapes of all parameters."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from gramophone.errors import ModelError
from gramophone.raw.conditions import Condition, condition_from
from gramophone.raw.mulaw import LEVELS

RawKind = Literal["wavenet", "lru"]
KINDS: tuple[RawKind, ...] = get_args(RawKind)

Shapes = Iterator[tuple[str, tuple[int, ...]]]
MOST = {"rate_hz": 384_000, "channels": 1024, "skip": 4096, "embedding": 1024, "layers": 16, "cycles": 16, "pool": 64}
MOST_CONDITIONS = 64


@dataclass(frozen=True)
class _Config:
    """What both kinds have.

    Attributes:
        rate_hz: sampling rate, in Hz.
        conditions: what the model is conditioned on.
        channels: channels of the residual stream (at the sampling rate).
        skip: channels of the two layers before the softmax.
        embedding: channels of the embedded condition.
    """

    rate_hz: int = 16_000
    conditions: tuple[Condition, ...] = ()
    channels: int = 32
    skip: int = 64
    embedding: int = 24

    @property
    def condition_size(self) -> int:
        """Numbers that a condition is given as."""
        return sum(one.size for one in self.conditions)

    @property
    def embedded(self) -> int:
        """Channels of the embedded condition; 0 without conditions."""
        return self.embedding if self.conditions else 0

    def _shared(self) -> Shapes:
        yield "embed_weight", (2, LEVELS, self.channels)
        yield "embed_bias", (self.channels,)
        if self.conditions:
            yield "condition_0_weight", (self.condition_size, self.embedding)
            yield "condition_0_bias", (self.embedding,)
            yield "condition_1_weight", (self.embedding, self.embedding)
            yield "condition_1_bias", (self.embedding,)

    def _head(self, inputs: int) -> Shapes:
        yield "head_0_weight", (inputs, self.skip)
        yield "head_0_bias", (self.skip,)
        yield "head_1_weight", (self.skip, LEVELS)
        yield "head_1_bias", (LEVELS,)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `config_from` reads them."""
        return {"kind": kind_of(self), **asdict(self)}


@dataclass(frozen=True)
class WaveNetConfig(_Config):
    """WaveNet (van den Oord et al. 2016): gated causal convolutions of 2 samples, dilated by 1, 2, 4, ...

    Attributes:
        layers: layers of a cycle; the last one is dilated by `2^(layers - 1)`.
        cycles: how often the dilations are gone through.
    """

    layers: int = 10
    cycles: int = 2

    @property
    def dilations(self) -> tuple[int, ...]:
        """Dilation of every layer, in samples."""
        return tuple(2**place for place in range(self.layers)) * self.cycles

    @property
    def depth_of_stream(self) -> int:
        """Number of layers that add to the residual stream."""
        return len(self.dilations)

    @property
    def context_samples(self) -> int:
        """Number of samples before a sample that its probabilities depend on: the receptive field."""
        return 2 + sum(self.dilations)

    @cached_property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of all tensors."""
        return dict(self._parameters())

    def _parameters(self) -> Shapes:
        count, gated, out = len(self.dilations), 2 * self.channels, self.channels + self.skip
        yield from self._shared()
        yield "gates_weight", (count, 2 * self.channels, gated)
        yield "gates_bias", (count, gated)
        if self.conditions:
            yield "gates_condition", (count, self.embedding, gated)
        yield "out_weight", (count, self.channels, out)
        yield "out_bias", (count, out)
        yield from self._head(self.skip)


@dataclass(frozen=True)
class LruBlock:
    """A gated linear recurrence.

    Attributes:
        level: time scale, 0 for that of the samples.
        channels: channels of the residual stream.
        states: complex states.
    """

    level: int
    channels: int
    states: int


@dataclass(frozen=True)
class LruConfig(_Config):
    """Gated linear recurrences with a complex diagonal, at three time scales with pooling between them.

    Recurrences of A. Orvieto et al., "Resurrecting recurrent neural networks for long sequences", ICML 2023; gates
    around them as in S. De et al., "Griffin", 2024; pooling with a delay of one step, for causality, as in K. Goel et
    al., "It's raw! Audio generation with state-space models", ICML 2022.

    Attributes:
        pool: steps that are one step of the next time scale.
        depth: blocks before each pooling, and as many after it; the last time scale has one more.
    """

    pool: int = 4
    depth: int = 2

    @property
    def widths(self) -> tuple[int, int, int]:
        """Channels of the time scales."""
        return self.channels, 3 * self.channels // 2, 2 * self.channels

    @property
    def blocks(self) -> tuple[LruBlock, ...]:
        """All blocks, in the order of computation."""
        levels = (0,) * self.depth + (1,) * (self.depth - 1) + (2,) * (self.depth + 1)
        return tuple(
            LruBlock(level, self.widths[level], self.widths[level])
            for level in (*levels, *(1,) * (self.depth - 1), *(0,) * self.depth)
        )

    @property
    def depth_of_stream(self) -> int:
        """Number of blocks that add to the residual streams."""
        return len(self.blocks)

    @property
    def step_samples(self) -> int:
        """Samples of a step of the slowest time scale."""
        return self.pool**2

    @cached_property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of all tensors."""
        return dict(self._parameters())

    def _parameters(self) -> Shapes:
        yield from self._shared()
        for place, block in enumerate(self.blocks):
            name, states = f"block_{place}", block.states
            yield f"{name}_decay", (states,)
            yield f"{name}_angle", (states,)
            yield f"{name}_in_weight", (block.channels, 4 * states)
            yield f"{name}_in_bias", (4 * states,)
            if self.conditions:
                yield f"{name}_condition", (self.embedding, 4 * states)
            yield f"{name}_out_weight", (2 * states, block.channels)
        for level in (0, 1):
            fine, coarse = self.widths[level], self.widths[level + 1]
            yield f"pool_{level}_down", (self.pool * fine, coarse)
            yield f"pool_{level}_up", (coarse, self.pool * fine)
        yield from self._head(self.channels)
        if self.conditions:
            yield "head_condition", (self.embedding, self.skip)


RawConfig = WaveNetConfig | LruConfig


def kind_of(config: object) -> RawKind:
    """Name of a configuration's kind."""
    return "wavenet" if isinstance(config, WaveNetConfig) else "lru"


@dataclass(frozen=True)
class RawSettings:
    """What decides a texture of a causal model besides seed and conditions.

    Attributes:
        network: kind of the network.
        rate_hz: sampling rate, in Hz.
        weights: path of its file.
        parameters: number of its parameters.
    """

    network: str
    rate_hz: int
    weights: str
    parameters: int


def config_of(kind: RawKind, channels: int | None = None, **values: Any) -> RawConfig:  # noqa: ANN401
    """The configuration of a kind, with other channels if given.

    Args:
        kind: name of the kind.
        channels: channels of the residual stream; those of the smallest useful network by default.
        values: `rate_hz`, `conditions`.
    """
    sizes: dict[str, Any] = {} if channels is None else {"channels": channels, "skip": 2 * channels}
    return (WaveNetConfig if kind == "wavenet" else LruConfig)(**values, **sizes)


def config_from(found: Any) -> RawConfig:  # noqa: ANN401 - whatever a file holds
    """Reads the result of `as_dict` from an untrusted file.

    Raises:
        ModelError: a field is missing, of another type, or out of range.
    """
    try:
        values: dict[str, Any] = dict(found)
        kind = values.pop("kind")
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r:.50}")  # noqa: TRY301
        conditions = tuple(condition_from(one) for one in values.pop("conditions"))
        if len(conditions) > MOST_CONDITIONS:
            raise ValueError(f"{len(conditions)} conditions")  # noqa: TRY301
        sizes: dict[str, Any] = values
        for name, value in sizes.items():
            most = MOST.get(name, 16)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                raise ValueError(f"{name} is {value!r:.50}, not a number from 1 to {most}")  # noqa: TRY301
        config: type[RawConfig] = WaveNetConfig if kind == "wavenet" else LruConfig
        return config(**{"conditions": conditions, **sizes})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"the description of the network cannot be read ({error}); train it again") from error
