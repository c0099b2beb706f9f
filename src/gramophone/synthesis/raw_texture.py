"""Textures by a causal model of raw audio: without end or of a length, with conditions that move while it plays."""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from gramophone.audio import Sound
from gramophone.audio.loudness import below_full_scale
from gramophone.bounds import check_seed
from gramophone.errors import UsageError
from gramophone.raw.conditions import Condition, Value
from gramophone.raw.configs import RawSettings, kind_of
from gramophone.raw.generator import INTERVAL_SAMPLES, Generator, Snapshot
from gramophone.raw.model_file import ModelFile
from gramophone.raw.mulaw import decode
from gramophone.synthesis.result import Streamed

BLOCK_S = 0.5
REMEMBERED = 24
"""Blocks that can be taken back."""
TO_AND_FRO_S = 30.0
"""Time in which a stream goes through the values of a condition; then it goes back, and so on."""

Paths = Mapping[str, Sequence[Value]]
"""Values of each condition, passed through at equal distances in time; one stays."""


def checked_paths(conditions: Sequence[Condition], paths: Paths, *, clamp: bool = False) -> dict[str, list[Value]]:
    """Values of all conditions, each one that was trained; the middle where nothing is said.

    Args:
        conditions: conditions of the model.
        paths: values asked for.
        clamp: whether numbers outside the trained range become its nearest end.

    Raises:
        UsageError: a condition is unknown, or a value was not trained.
    """
    known = {one.name: one for one in conditions}
    unknown = next((name for name in paths if name not in known), None)
    if unknown is not None:
        names = ", ".join(known) or "none"
        raise UsageError(f"the network was trained with the conditions {names}, not {unknown}; name one of these")
    return {
        name: [one.checked(value, clamp=clamp) for value in paths.get(name, [one.middle])]
        for name, one in known.items()
    }


@dataclass
class _Track:
    """Conditions over time, as the model takes them.

    Attributes:
        conditions: conditions of the model.
        paths: values of each.
        rate_hz: sampling rate, in Hz.
        duration_s: time in which the paths are gone through.
        returns: whether they are gone through to and fro.
    """

    conditions: Sequence[Condition]
    paths: dict[str, list[Value]]
    rate_hz: int
    duration_s: float
    returns: bool

    def given(self, numbers: Int64[np.ndarray, " interval"]) -> Float32[np.ndarray, "interval number"]:
        """Conditions at intervals of `INTERVAL_SAMPLES`; straight lines between the values, classes too."""
        along = numbers * INTERVAL_SAMPLES / self.rate_hz / self.duration_s
        if self.returns:
            along = 1 - np.abs(along % 2 - 1)
        columns = []
        for one in self.conditions:
            points = np.array([one.given_as(value) for value in self.paths[one.name]])
            places = np.linspace(0, 1, len(points))
            columns += [np.interp(along, places, points[:, place]) for place in range(one.size)]
        return np.stack(columns, 1).astype(np.float32)


class RawStream(Iterator[Sound]):
    """Yields an endless texture of a causal model in blocks of half a second.

    Args:
        file: the model.
        paths: values of conditions; several are gone through in 30 s, to and fro. The middle of what was trained by
            default.
        seed: seed of the texture; another seed gives another texture.
        clamp: whether numbers outside the trained range become its nearest end.
        duration_s: time in which values are gone through, once, instead of 30 s to and fro.
        weights: name of the model's file, for the run record.

    Attributes:
        gain_db: gain of the next blocks, in dB; may be set at any time.

    Raises:
        UsageError: a condition is unknown, a value was not trained, or the seed is out of its bounds.
    """

    channels = 1
    device = "cpu"

    def __init__(
        self,
        file: ModelFile,
        paths: Paths | None = None,
        *,
        seed: int = 0,
        clamp: bool = False,
        duration_s: float | None = None,
        weights: str = "",
    ) -> None:
        check_seed(seed)
        config = file.config
        self.settings = RawSettings(kind_of(config), config.rate_hz, weights, _count(file))
        self.gain_db = 0.0
        self._clamp, self._closed, self._drawn = clamp, False, 0
        self._marks: deque[tuple[int, Snapshot]] = deque(maxlen=REMEMBERED)
        self._scale = 1 / float(file.card.get("gain", 1.0) or 1.0)
        self._track = _Track(
            config.conditions,
            checked_paths(config.conditions, paths or {}, clamp=clamp),
            config.rate_hz,
            TO_AND_FRO_S if duration_s is None else duration_s,
            returns=duration_s is None,
        )
        given = [self._given] if config.conditions else None
        self._generator = Generator(file.model(), [seed], given)

    def _given(self, numbers: Int64[np.ndarray, " interval"]) -> Float32[np.ndarray, "interval number"]:
        return self._track.given(numbers)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions of the model."""
        return tuple(self._track.conditions)

    @property
    def paths(self) -> dict[str, list[Value]]:
        """Values of each condition."""
        return dict(self._track.paths)

    @property
    def samples(self) -> int:
        """Number of samples yielded."""
        return self._drawn

    def steer(self, values: Mapping[str, Value]) -> None:
        """Sets conditions of the next blocks, each to a value that stays.

        Raises:
            UsageError: a condition is unknown, or a value was not trained.
        """
        asked: Paths = {name: [value] for name, value in values.items()}
        found = checked_paths(self._track.conditions, asked, clamp=self._clamp)
        self._track.paths |= {name: found[name] for name in values}

    def close(self) -> None:
        """Ends the stream, from any thread, after the block in progress."""
        self._closed = True

    def __next__(self) -> Sound:
        """The next block."""
        if self._closed:
            raise StopIteration
        return self.draw(round(BLOCK_S * self.settings.rate_hz))

    def take_back(self, samples: int) -> int:
        """Takes back the end of the stream, between two blocks, so that a change is heard soon; see `Stream`.

        Returns:
            Number of samples taken back, limited to those that are remembered.
        """
        wanted = self._drawn - samples
        while len(self._marks) > 1 and self._marks[-1][0] > wanted:
            self._marks.pop()
        if samples <= 0 or not self._marks:
            return 0
        before, (first, snapshot) = self._drawn, self._marks.pop()
        wanted = max(first, wanted)
        self._generator.restore(snapshot)
        self._drawn = first
        if wanted > first:
            self.draw(wanted - first)
        return before - wanted

    def draw(self, samples: int) -> Sound:
        """The next samples."""
        self._marks.append((self._drawn, self._generator.snapshot()))
        codes = self._generator.draw(samples)
        self._drawn += samples
        gain = np.float32(self._scale * 10 ** (self.gain_db / 20))
        return Sound(below_full_scale(decode(codes) * gain), self.settings.rate_hz)


def _count(file: ModelFile) -> int:
    return sum(math.prod(shape) for shape in file.config.parameters.values())


@dataclass
class RawTexture:
    """A texture of a causal model of limited length; iterate over it once for its blocks.

    Args:
        file: the model.
        duration_s: length of all blocks, in seconds.
        paths: values of conditions; several are gone through in that time.
        seed: seed of the texture.
        clamp: whether numbers outside the trained range become its nearest end.
        weights: name of the model's file, for the run record.

    Raises:
        UsageError: as `RawStream`.
    """

    file: ModelFile
    duration_s: float
    paths: Paths | None = None
    seed: int = 0
    clamp: bool = False
    weights: str = ""
    _stream: RawStream = field(init=False)

    def __post_init__(self) -> None:
        self._stream = RawStream(
            self.file,
            self.paths,
            seed=self.seed,
            clamp=self.clamp,
            duration_s=self.duration_s,
            weights=self.weights,
        )

    @property
    def settings(self) -> RawSettings:
        """The model in words."""
        return self._stream.settings

    @property
    def rate_hz(self) -> int:
        """Sampling rate in Hz."""
        return self.settings.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._stream.channels

    @property
    def device(self) -> str:
        """Device that computes it."""
        return self._stream.device

    @property
    def samples(self) -> int:
        """Length of all blocks, in samples."""
        return round(self.duration_s * self.rate_hz)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return math.ceil(self.duration_s / BLOCK_S)

    def __iter__(self) -> Iterator[Sound]:
        """Yields the blocks, the last one cut to the length."""
        block = round(BLOCK_S * self.rate_hz)
        for first in range(0, self.samples, block):
            yield self._stream.draw(min(block, self.samples - first))

    def made(self, samples: int, seconds: float, stopped: str) -> Streamed:
        """Facts for the run record; see `LongTexture.made`."""
        parameters: dict[str, Any] = {"duration_s": self.duration_s, "condition": self._stream.paths}
        return Streamed(parameters, self.settings, self.seed, self.device, samples / self.rate_hz, seconds, stopped)
