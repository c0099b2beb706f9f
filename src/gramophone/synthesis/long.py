"""Textures of a known length computed block by block, in constant memory."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from gramophone.audio import Sound
from gramophone.presets.style_mix import Mix
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Settings
from gramophone.synthesis.result import Streamed
from gramophone.synthesis.stream import BLOCK_S, FIRST_BLOCK_S, MORPH_BLOCK_S, Stream


class LongTexture:
    """A `Stream` of limited length; iterate over it once for its blocks.

    Args:
        styles: one or more recordings.
        settings: settings of a preset for streams.
        duration_s: length of all blocks, in seconds.
        weights: weight of each style; equal by default.
        morph: weights that change over time, instead of `weights`.
        mix: meaning of the weights.
        seed: seed of the texture; another seed gives another texture.
        device: `cpu` or `cuda`; the best available by default.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a weight or device is invalid.
    """

    def __init__(  # noqa: PLR0913
        self,
        styles: Sequence[Sound],
        settings: Settings,
        *,
        duration_s: float,
        weights: Sequence[float] | None = None,
        morph: Morph | None = None,
        mix: Mix | None = None,
        seed: int = 0,
        device: str | None = None,
    ) -> None:
        self.duration_s = duration_s
        self._stream = Stream(styles, settings, weights=weights, seed=seed, device=device, morph=morph, mix=mix)
        self._morph, self._mix, self._seed = morph, mix or Mix(), seed
        self._weights = self._stream.weights

    @property
    def rate_hz(self) -> int:
        """Sampling rate in Hz."""
        return self._stream.settings.rate_hz

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
        """Length of all blocks, in samples per channel."""
        return round(self.duration_s * self.rate_hz)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        block_s = BLOCK_S if self._morph is None else MORPH_BLOCK_S
        return 1 + max(0, math.ceil((self.duration_s - FIRST_BLOCK_S) / block_s))

    def __iter__(self) -> Iterator[Sound]:
        """Yields the blocks, the last one cut to the length. Raises ModelError when a value is not finite."""
        left = self.samples
        while left > 0:
            block = next(self._stream).trimmed(left / self.rate_hz)
            left -= block.samples.shape[1]
            yield block

    def made(self, samples: int, seconds: float, stopped: str) -> Streamed:
        """Facts for the run record.

        Args:
            samples: samples that were kept, per channel.
            seconds: computing time, in seconds.
            stopped: `finished`, `interrupted`, or why it ended early.
        """
        parameters: dict[str, Any] = {"duration_s": self.duration_s}
        if (morph := self._morph) is None:
            parameters["weights"] = self._weights
        else:
            parameters["morph"] = list(zip(morph.times_s, morph.weights, strict=True))
        parameters["mix"] = asdict(self._mix)
        duration_s = samples / self.rate_hz
        return Streamed(parameters, self._stream.settings, self._seed, self.device, duration_s, seconds, stopped)
