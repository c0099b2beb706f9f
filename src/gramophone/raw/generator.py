"""Generation: samples drawn one after the other, by the compiled loop or, plainly, by the model of all samples."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64, UInt8

from gramophone.bounds import check_bounds, check_seed
from gramophone.errors import UsageError
from gramophone.raw.configs import LruConfig, WaveNetConfig
from gramophone.raw.models import Lru, RawModel, WaveNet
from gramophone.raw.mulaw import LEVELS, SILENT
from gramophone.statistics import diagonal_bands

INTERVAL_SAMPLES = 64
"""Samples for which conditions stay the same."""
PIECE_INTERVALS = 128
"""Intervals of one call of the compiled loop at most, so that it can be stopped within half a second."""
MOST_STREAMS = 256

Given = Callable[[Int64[np.ndarray, " interval"]], Float32[np.ndarray, "interval number"]]
"""Conditions at intervals that are told by their numbers from the start."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """State of a generator between two samples.

    Attributes:
        drawn: number of samples that were drawn.
        spare: those of them that nobody took.
        random: states of the random generators.
        arrays: what the layers remember.
    """

    drawn: int
    spare: UInt8[np.ndarray, "stream _"]
    random: Sequence[Mapping[str, Any]]
    arrays: Mapping[str, np.ndarray]


@dataclass(eq=False)
class Generator:
    """Streams of samples that never end; each draws its own.

    What is drawn depends on the model, the seeds and the conditions, and not on how many samples are asked for at
    once, nor on the other streams.

    Args:
        model: a model with fixed parameters.
        seeds: seed of each stream.
        given: conditions of each stream; None for a model without.

    Raises:
        UsageError: there is no stream, or there are too many; conditions do not fit the model; numba is missing.

    Example:
        >>> from gramophone.raw.configs import WaveNetConfig
        >>> from gramophone.raw.models import model_of
        >>> Generator(model_of(WaveNetConfig(channels=4, layers=3, cycles=1)), [1, 2]).draw(100).shape
        (2, 100)
    """

    model: RawModel
    seeds: Sequence[int]
    given: Sequence[Given] | None = None
    _drawn: int = field(default=0, init=False)
    _spare: UInt8[np.ndarray, "stream _"] = field(init=False)

    def __post_init__(self) -> None:
        if not diagonal_bands.is_available():
            raise UsageError("sounds are drawn sample by sample with numba; install it with: pip install numba")
        check_bounds("streams", len(self.seeds), 1, MOST_STREAMS)
        for seed in self.seeds:
            check_seed(seed)
        if (self.given is not None) != bool(self.model.config.conditions):
            names = ", ".join(one.name for one in self.model.config.conditions)
            raise UsageError(f"the model was trained with the conditions {names or 'none'}; give exactly these")
        if self.given is not None and len(self.given) != len(self.seeds):
            raise UsageError(f"{len(self.given)} conditions do not fit {len(self.seeds)} streams; give one for each")
        self._spare = np.zeros((len(self.seeds), 0), np.uint8)
        self._random = [np.random.default_rng(seed) for seed in self.seeds]
        self._core = _core_of(self.model, len(self.seeds))

    def draw(self, samples: int) -> UInt8[np.ndarray, "stream sample"]:
        """Codes of the next samples of each stream."""
        pieces = [self._spare]
        while (missing := samples - sum(piece.shape[1] for piece in pieces)) > 0:
            intervals = min(PIECE_INTERVALS, -(-missing // INTERVAL_SAMPLES))
            pieces.append(self._piece(intervals))
        whole = np.concatenate(pieces, 1)
        self._spare = whole[:, samples:]
        return whole[:, :samples]

    def snapshot(self) -> Snapshot:
        """Everything that decides the next samples, to go back to."""
        return Snapshot(
            self._drawn,
            self._spare.copy(),
            [random.bit_generator.state for random in self._random],
            {name: np.copy(getattr(self._core, name)) for name in self._core.REMEMBERED},
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot of this generator."""
        self._drawn, self._spare = snapshot.drawn, snapshot.spare
        for random, state in zip(self._random, snapshot.random, strict=True):
            random.bit_generator.state = state
        for name, value in snapshot.arrays.items():
            setattr(self._core, name, np.copy(value))
        self._core.clock = snapshot.drawn

    def _piece(self, intervals: int) -> UInt8[np.ndarray, "stream sample"]:
        count = intervals * INTERVAL_SAMPLES
        uniform = np.stack([random.random(count) for random in self._random])
        conditions = None
        if self.given is not None:
            numbers = np.arange(intervals) + self._drawn // INTERVAL_SAMPLES
            conditions = np.stack([given(numbers) for given in self.given])
        codes = self._core.draw(uniform, conditions)
        self._drawn += count
        return codes


def drawn_plainly(
    model: RawModel,
    uniform: Float64[np.ndarray, " sample"],
    given: Float32[np.ndarray, "interval number"] | None = None,
) -> UInt8[np.ndarray, " sample"]:
    """The same samples without anything remembered: for each one the model looks at the whole past anew.

    Args:
        model: the model.
        uniform: number from 0 to 1 for each sample.
        given: conditions at intervals of 64 samples; None for a model without.
    """
    from gramophone.raw import compiled

    codes = [SILENT]
    multiple = model.config.step_samples if isinstance(model.config, LruConfig) else 1
    scratch = np.zeros(LEVELS, np.int32)
    for place, one in enumerate(uniform):
        past = codes
        if isinstance(model.config, WaveNetConfig):
            past = codes[-model.config.context_samples :]
        inputs = torch.tensor(past + [SILENT] * (-len(past) % multiple))[None]
        conditions = None
        if given is not None:
            first = place + 1 - len(past)
            steps = np.minimum(np.arange(first, first + inputs.shape[1]) // INTERVAL_SAMPLES, len(given) - 1)
            conditions = torch.from_numpy(given[steps])[None]
        with torch.no_grad():
            logits = model(inputs, conditions)[0, len(past) - 1].numpy()
        codes.append(int(compiled.choose(np.ascontiguousarray(logits), float(one), scratch)))
    return np.array(codes[1:], np.uint8)


@dataclass(eq=False)
class _Core(ABC):
    """Arrays of the compiled loop.

    Attributes:
        model: the model.
        streams: number of streams.
    """

    model: RawModel
    streams: int
    clock: int = 0
    REMEMBERED: ClassVar[tuple[str, ...]] = ("past",)

    def __post_init__(self) -> None:
        # The first sample follows one of silence, and nothing came before that.
        self.past = np.tile(np.array([SILENT, -1], np.int64), (self.streams, 1))

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each parameter begins in the array of all."""
        sizes = [value.numel() for value in self.model.parameters()]
        names = [name for name, _ in self.model.named_parameters()]
        return dict(zip(names, itertools.accumulate([0, *sizes[:-1]]), strict=True))

    @cached_property
    def weights(self) -> Float32[np.ndarray, " parameter"]:
        """All parameters in one array."""
        return torch.cat([value.detach().flatten() for value in self.model.parameters()]).float().numpy()

    def head(self) -> list[int]:
        return [self.places[f"head_{place}_{part}"] for place in (0, 1) for part in ("weight", "bias")]

    def embedded(
        self, conditions: Float[np.ndarray, "stream interval number"] | None, intervals: int
    ) -> torch.Tensor | None:
        if conditions is None:
            return None
        with torch.no_grad():
            return self.model.embedded_conditions(torch.from_numpy(conditions.astype(np.float32)))

    @abstractmethod
    def draw(
        self, uniform: Float64[np.ndarray, "stream sample"], conditions: Float[np.ndarray, "stream interval _"] | None
    ) -> UInt8[np.ndarray, "stream sample"]:
        """Draws the next samples of all streams, from numbers from 0 to 1."""


class _WaveNetCore(_Core):
    model: WaveNet
    REMEMBERED: ClassVar[tuple[str, ...]] = ("past", "rings")

    def __post_init__(self) -> None:
        super().__post_init__()
        config = self.model.config
        self.dilations = np.array(config.dilations, np.int64)
        ends = np.cumsum(self.dilations) * config.channels
        self.starts = ends - self.dilations * config.channels
        self.rings = np.zeros((self.streams, int(ends[-1])), np.float32)
        names = ("embed_weight", "embed_bias", "gates_weight", "out_weight", "out_bias")
        self.table = np.array([*(self.places[name] for name in names), *self.head()], np.int64)

    def draw(
        self, uniform: Float64[np.ndarray, "stream sample"], conditions: Float[np.ndarray, "stream interval _"] | None
    ) -> UInt8[np.ndarray, "stream sample"]:
        from gramophone.raw import compiled

        config, count = self.model.config, uniform.shape[1]
        bias = self.model.get_parameter("gates_bias").detach()
        embedded = self.embedded(conditions, count // INTERVAL_SAMPLES)
        if embedded is None:
            driven = bias.expand(self.streams, 1, *bias.shape)
        else:
            driven = (
                torch.einsum("sie,leg->silg", embedded, self.model.get_parameter("gates_condition").detach()) + bias
            )
        codes = np.empty((self.streams, count), np.uint8)
        compiled.wavenet(
            self.weights, self.table, np.array([config.channels, config.skip]), self.dilations,
            driven.contiguous().numpy(), count if embedded is None else INTERVAL_SAMPLES, uniform, codes, self.past,
            self.rings, self.starts, self.clock,
        )  # fmt: skip
        self.clock += count
        return codes


class _LruCore(_Core):
    model: Lru
    REMEMBERED: ClassVar[tuple[str, ...]] = ("past", "memory", "groups", "spread")

    def __post_init__(self) -> None:
        super().__post_init__()
        config, widths = self.model.config, self.model.config.widths
        self.table = np.array([self.places["embed_weight"], self.places["embed_bias"], *self.head()], np.int64)
        rows, poles, first_pole = [], [], 0
        for place, block in enumerate(config.blocks):
            name = f"block_{place}"
            poles += [value.detach() for value in self.model.poles(place)]
            matrices = self.places[f"{name}_in_weight"], self.places[f"{name}_out_weight"]
            rows.append((block.level, block.channels, block.states, *matrices, first_pole))
            first_pole += 3 * block.states
        self.blocks, self.poles = np.array(rows, np.int64), torch.cat(poles).float().numpy()
        states = self.blocks[:, 2]
        self.columns = 4 * np.concatenate([[0], np.cumsum(states)])
        self.held = 2 * (np.cumsum(states) - states)
        self.memory = np.zeros((self.streams, 2 * int(states.sum())), np.float32)
        levels = range(len(widths))
        self.pools = np.array(
            [
                (width, *(self.places.get(f"pool_{level}_{way}", 0) for way in ("down", "up")))
                for level, width in zip(levels, widths, strict=True)
            ],
            np.int64,
        )
        self.groups = np.zeros((self.streams, len(widths), config.pool * max(widths)), np.float32)
        self.spread = np.zeros_like(self.groups)

    def draw(
        self, uniform: Float64[np.ndarray, "stream sample"], conditions: Float[np.ndarray, "stream interval _"] | None
    ) -> UInt8[np.ndarray, "stream sample"]:
        from gramophone.raw import compiled

        config, count, places = self.model.config, uniform.shape[1], range(len(self.blocks))
        biases = (*(f"block_{place}_in_bias" for place in places), "head_0_bias")
        bias = torch.cat([self.model.get_parameter(name) for name in biases]).detach()
        embedded = self.embedded(conditions, count // INTERVAL_SAMPLES)
        if embedded is None:
            driven = bias.expand(self.streams, 1, len(bias))
        else:
            names = (*(f"block_{place}_condition" for place in places), "head_condition")
            matrix = torch.cat([self.model.get_parameter(name) for name in names], 1).detach()
            driven = embedded @ matrix + bias
        codes = np.empty((self.streams, count), np.uint8)
        compiled.lru(
            self.weights, self.table, np.array([config.skip, config.pool, int(self.blocks[:, 2].max())]), self.blocks,
            self.poles, self.pools, driven.contiguous().numpy(), self.columns,
            count if embedded is None else INTERVAL_SAMPLES, uniform, codes, self.past, self.memory, self.held,
            self.groups, self.spread, self.clock,
        )  # fmt: skip
        self.clock += count
        return codes


def _core_of(model: RawModel, streams: int) -> _Core:
    return _WaveNetCore(model, streams) if isinstance(model, WaveNet) else _LruCore(model, streams)
