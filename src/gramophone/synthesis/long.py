"""Textures of a known length that are made block after block, in memory that does not grow."""

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
    """As much of a `Stream` as was asked for; iterate over it once for its blocks.

    Args:
        styles: one recording or more.
        settings: of a preset for streams.
        duration_s: length of all blocks together.
        weights: share of each style, equal by default.
        morph: weights that move over time; `weights` must be left out then.
        mix: what the weights mean.
        seed: another seed gives another texture.
        device: `cpu`, `cuda`; the best there is by default.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a weight or device that cannot be.
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
        """Samples per second."""
        return self._stream.settings.rate_hz

    @property
    def channels(self) -> int:
        """Of every block."""
        return self._stream.channels

    @property
    def device(self) -> str:
        """Where it is computed."""
        return self._stream.device

    @property
    def samples(self) -> int:
        """Per channel, of all blocks together."""
        return round(self.duration_s * self.rate_hz)

    @property
    def blocks(self) -> int:
        """How many there are."""
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
        """What is known about it, for the run record.

        Args:
            samples: that were kept, per channel.
            seconds: that it took.
            stopped: `finished`, `interrupted`, or why it ended early.
        """
        return Streamed(
            self._parameters(),
            self._stream.settings,
            self._seed,
            self.device,
            samples / self.rate_hz,
            seconds,
            stopped,
        )

    def _parameters(self) -> dict[str, Any]:
        morph = self._morph
        said = (
            {"weights": self._weights}
            if morph is None
            else {"morph": list(zip(morph.times_s, morph.weights, strict=True))}
        )
        return {"duration_s": self.duration_s, **said, "mix": asdict(self._mix)}
