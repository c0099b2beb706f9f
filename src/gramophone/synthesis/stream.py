"""Textures computed block by block in constant memory: without end, with weights that may change, or of a length."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.audio.loudness import below_full_scale
from gramophone.bounds import check_seed
from gramophone.errors import ModelError, UsageError
from gramophone.presets.style_mix import Mix
from gramophone.presets.weight_schedule import Morph, refuse_weights
from gramophone.settings import Settings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.blocks import BlockShape, ClosedError, block_shape, next_block
from gramophone.synthesis.mixing import mixed
from gramophone.synthesis.prepare import (
    agreed,
    choose_device,
    longest_span_s,
    normalised_weights,
    roles_of,
    unit_db,
    waveform,
)
from gramophone.synthesis.result import Streamed
from gramophone.synthesis.starts import Inputs

FIRST_BLOCK_S = 1.5  # for low latency; the longer ones after it cost less per second
BLOCK_S = 4.0
MORPH_BLOCK_S = 1.5  # step of a morph
REMEMBERED_S = 12.0  # longest length that can be taken back


class Stream(Iterator[Sound]):
    """Yields an endless texture in blocks of some seconds, in constant memory.

    Every block has the styles' statistics on its own, so they cannot drift, and starts from new noise, so nothing
    repeats. The seed and the calls determine every sample.

    Args:
        styles: one or more recordings.
        settings: usually `presets.preset(name)`.
        weights: weight of each style; equal by default.
        seed: seed of the texture; another seed gives another texture.
        device: `cpu` or `cuda`; the best available by default.
        first_block_s: length of the first block, in seconds.
        block_s: length of the other blocks, in seconds; 4 by default, 1.5 for a morph.
        morph: weights that change over time, instead of `weights`.
        mix: meaning of the weights; see `style_mix.Mix`. By default the styles alternate.

    Attributes:
        gain_db: gain of the next blocks, in dB; may be set at any time.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a weight, length or device is invalid.
    """

    def __init__(  # noqa: PLR0913
        self,
        styles: Sequence[Sound],
        settings: Settings,
        *,
        weights: Sequence[float] | None = None,
        seed: int = 0,
        device: str | None = None,
        first_block_s: float = FIRST_BLOCK_S,
        block_s: float | None = None,
        morph: Morph | None = None,
        mix: Mix | None = None,
    ) -> None:
        check_seed(seed)
        if block_s is None:
            block_s = BLOCK_S if morph is None else MORPH_BLOCK_S
        if morph is not None:
            refuse_weights(weights)
        if not min(first_block_s, block_s) >= 0.5:
            raise UsageError(f"blocks of {min(first_block_s, block_s)} s are too short; give 0.5 s or more")
        self.settings, self._sounds = agreed(styles, settings, roles_of(styles))
        self.gain_db = 0.0
        self._seed = seed
        self._device = choose_device(device)
        self._styles = [waveform(sound, self.settings, self._device) for sound in self._sounds]
        self._lengths_s = (first_block_s, block_s)
        self._morph = morph
        self._mix = mix or Mix()
        self._weights = normalised_weights(weights if morph is None else morph.at(first_block_s / 2), len(styles))
        self._done_s = 0.0
        self._views: list[Analysis] | None = None
        self._past: Float[Tensor, "channel sample"] | None = None
        self._continuation: Float[Tensor, "channel _"] | None = None
        self._forgotten = 0
        self._number = 0
        self._closed = False
        self._cancelled = False

    def close(self) -> None:
        """Ends the stream, from any thread, and cancels the block in progress."""
        self._closed = True

    def give_up(self) -> None:
        """Cancels the block in progress, from any thread; `ClosedError` is raised in its place."""
        self._cancelled = True

    @property
    def samples(self) -> int:
        """Number of samples yielded, less those taken back, per channel."""
        return self._forgotten + (0 if self._past is None else self._past.shape[1])

    def take_back(self, samples: int) -> int:
        """Takes back the end of the stream, between two blocks; the next block continues from before it.

        For a change of weights to be audible soon in a stream that is ahead of its listener.

        Args:
            samples: number of samples to take back, per channel; limited to those that are remembered.

        Returns:
            Number of samples taken back.
        """
        if self._past is None:
            return 0
        least = self._shape(self._bound(), 1).past
        samples = max(0, min(samples, self._past.shape[1] - least))
        kept = self._past.shape[1] - samples
        if self._continuation is not None:
            # The next block fades over from what is taken back, as from any other continuation.
            length = self._continuation.shape[1]
            self._continuation = torch.cat([self._past[:, kept:], self._continuation], -1)[:, :length].clone()
        self._past = self._past[:, :kept]
        self._done_s -= samples / self.settings.rate_hz
        return samples

    @property
    def device(self) -> str:
        """Device that computes it."""
        return str(self._device)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._sounds[0].channels

    @property
    def weights(self) -> tuple[float, ...]:
        """Weights of the styles in the next block; set them to morph."""
        return self._weights

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        weights = normalised_weights(values, len(self._styles))
        if weights != self._weights:
            self._weights, self._views = weights, None

    def __next__(self) -> Sound:
        """The next block.

        Raises:
            ModelError: a value is not finite.
            ClosedError: the block was cancelled.
        """
        with torch.inference_mode(False):  # gradients, whatever its reader has turned off
            return self._next()

    def _next(self) -> Sound:
        self._cancelled = False
        if self._closed:
            raise StopIteration
        rate_hz = self.settings.rate_hz
        length_s = self._lengths_s[min(self._number, 1)]
        if self._morph is not None:
            self.weights = self._morph.at(self._done_s + length_s / 2)
        views = self._bound()
        shape = self._shape(views, round(length_s * rate_hz))
        try:
            new, self._continuation = next_block(
                views[0],
                views[1:],
                None if self._past is None else self._past[:, -shape.past :],
                shape,
                self.settings,
                self._block_seed(),
                continuation=self._continuation,
                is_wanted=lambda: not (self._closed or self._cancelled),
            )
        except ClosedError:
            if self._closed:
                raise StopIteration from None
            raise
        if not bool(torch.isfinite(new).all()):
            raise ModelError("a block has samples that are not finite numbers; try fewer iterations")
        self._past = new if self._past is None else torch.cat([self._past, new], -1)
        spare = max(0, self._past.shape[1] - shape.past - round(REMEMBERED_S * rate_hz))
        self._past, self._forgotten = self._past[:, spare:].clone(), self._forgotten + spare
        self._number += 1
        self._done_s += length_s
        return Sound(self._levelled(new), rate_hz)

    def _bound(self) -> list[Analysis]:
        """Analyses of the styles with the current weights, computed once until these change."""
        if self._views is None:
            styles, weights = mixed(self._styles, self._weights, self._mix, self.settings.rate_hz)
            shortest = round(min(self._lengths_s) * self.settings.rate_hz)
            self._views = Inputs(styles, weights, self.settings, shortest, self._seed).views()
        return self._views

    def _shape(self, views: Sequence[Analysis], new: int) -> BlockShape:
        shortest_s = min(sound.duration_s for sound in self._sounds)
        longest_ms = max(self.settings.resolution.allowed(longest_span_s(self.settings, shortest_s)))
        return block_shape(views, round(longest_ms / 1000 * self.settings.rate_hz), new)

    def _block_seed(self) -> int:
        """Seed of a block; streams of neighbouring seeds have none in common."""
        return int(np.random.default_rng([self._seed, self._number]).integers(2**62))

    def _levelled(self, new: Float[Tensor, "channel sample"]) -> Float[np.ndarray, "channel sample"]:
        level_db = unit_db(self._sounds, self._weights, self.settings)
        gain = np.float32(10 ** ((level_db + self.gain_db) / 20))
        return below_full_scale(new.detach().cpu().numpy().astype(np.float32) * gain)


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
    def settings(self) -> Settings:
        """Settings at the rate of the styles."""
        return self._stream.settings

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
