"""Magnitude frames in, samples out, as they come: a source of phases, then overlap-add with or without iterations."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.phase import gradient
from gramophone.phase.convergence import check_magnitude, check_samples
from gramophone.phase.gradient import Frame, PhaseSource
from gramophone.phase.refiner import Block, FrameRefiner
from gramophone.phase.rtpghi import PhaseIntegrator
from gramophone.phase.spsi import PeakTracker
from gramophone.spectral import Stft


class Pipeline:
    """A source of phases, then overlap-add by a `FrameRefiner`.

    Args:
        stft: the transform of the magnitudes.
        source: gives the phases; without one, a frame begins with the phase of what overlaps it already.
        channels: number of spectrograms that are pushed together.
        dtype: float32 or float64.
        look_ahead: frames after the one that is decided.
        iterations: rounds for each frame.
        in_turn: update frame after frame (Gauss-Seidel), and let the source go on from the phase found for each.

    Raises:
        ValueError: a negative look-ahead or number of iterations.
    """

    def __init__(
        self,
        stft: Stft,
        source: PhaseSource | None,
        channels: int,
        dtype: type,
        *,
        look_ahead: int,
        iterations: int,
        in_turn: bool,
    ) -> None:
        self._source = source
        self._refiner = FrameRefiner(
            stft, channels, dtype, look_ahead=look_ahead, iterations=iterations, in_turn=in_turn
        )
        self._corrected = source if in_turn and isinstance(source, PhaseIntegrator) else None
        self._waiting: deque[Frame] = deque()
        self._to_drop = stft.n_fft // 2

    def push(self, magnitude: Frame) -> list[Block]:
        """Takes the next frame; returns the samples that are decided by it."""
        if self._source is None:
            return self._from_zero(self._refiner.push(magnitude))
        self._waiting.append(magnitude)
        return self._give(self._source.push(magnitude))

    def finish(self) -> list[Block]:
        """What is left, up to half a window after the last frame's centre."""
        blocks = self._give(self._source.finish()) if self._source else []
        return blocks + self._from_zero(self._refiner.finish())

    def _give(self, phases: list[Frame]) -> list[Block]:
        blocks: list[Block] = []
        for phase in phases:
            blocks += self._refiner.push(self._waiting.popleft(), phase)
            if self._corrected:
                self._corrected.correct(self._refiner.newest_phase())
        return self._from_zero(blocks)

    def _from_zero(self, blocks: list[Block]) -> list[Block]:
        """Without what lies before the first frame's centre."""
        kept = []
        for block in blocks:
            dropped = min(self._to_drop, block.shape[1])
            self._to_drop -= dropped
            kept.append(block[:, dropped:])
        return kept


@dataclass(frozen=True)
class _Form:
    source: Callable[[Stft, int], PhaseSource | None]
    in_turn: bool = False
    look_ahead: int = 0
    iterations: int = 0


_FORMS = {
    "spsi": _Form(lambda stft, seed: PeakTracker(stft)),
    "rtpghi0": _Form(lambda stft, seed: PhaseIntegrator(stft, look_ahead=0, seed=seed)),
    "rtpghi": _Form(lambda stft, seed: PhaseIntegrator(stft, seed=seed)),
    "rtisi-la": _Form(lambda stft, seed: None, look_ahead=3, iterations=16),
    "rtpghi+gsrtisi-la": _Form(lambda stft, seed: PhaseIntegrator(stft, seed=seed), True, 3, 16),
}
STREAM_METHODS = tuple(_FORMS)


class PhaseStream:
    """A causal method at work: push magnitude frames, get samples; `flush` gives the rest.

    The samples are those of the method's offline form, bit for bit with the same seed, channels and precision.

    Args:
        stft: the transform of the magnitudes.
        rate_hz: sample rate, to state the latency in milliseconds.
        method: `rtpghi+gsrtisi-la` (best), `rtisi-la`, `rtpghi` or `rtpghi0` (no iterations), `spsi`.
        look_ahead: frames after the one that is decided, for the two methods with iterations; 3 by default.
        iterations: rounds for each frame, for these methods; 16 by default.
        seed: for phases that are drawn.

    Raises:
        ValueError: an unknown method, a negative look-ahead or number of iterations, or either for a method that has
            none.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))[None]
        >>> stream = PhaseStream(stft, 16000)
        >>> parts = [stream.push(magnitude[..., frame : frame + 4]) for frame in range(0, 33, 4)]
        >>> torch.cat([*parts, stream.flush()], -1).shape
        torch.Size([1, 4096])
    """

    def __init__(
        self,
        stft: Stft,
        rate_hz: int,
        *,
        method: str = "rtpghi+gsrtisi-la",
        look_ahead: int | None = None,
        iterations: int | None = None,
        seed: int = 0,
    ) -> None:
        if method not in _FORMS:
            raise ValueError(f"there is no stream method '{method}'; choose one of {', '.join(STREAM_METHODS)}")
        form = _FORMS[method]
        if form.iterations == 0 and (look_ahead or iterations):
            raise ValueError(f"{method} has no iterations; choose rtisi-la or rtpghi+gsrtisi-la")
        self._stft, self._rate_hz = stft, rate_hz
        self._look_ahead = form.look_ahead if look_ahead is None else look_ahead
        self._iterations = form.iterations if iterations is None else iterations
        if min(self._look_ahead, self._iterations) < 0:
            raise ValueError("look_ahead and iterations must not be negative")
        self._form, self._seed = form, seed
        self._source = form.source(stft, seed)
        self._pipeline: Pipeline | None = None
        self._channels = self._frames = self._given = 0

    @property
    def look_ahead_frames(self) -> int:
        """Frames that must be pushed after a frame before its phase is decided."""
        return self._look_ahead + (self._source.look_ahead if self._source else 0)

    @property
    def latency_frames(self) -> int:
        """Frames that must be pushed after a frame before the sample at its centre is given.

        The look-ahead, and the frames whose windows still reach that sample.
        """
        return self.look_ahead_frames + self._stft.n_fft // 2 // self._stft.hop_samples

    @property
    def latency_ms(self) -> float:
        """The same as a time; half a window comes on top where the frames are analysed as they arrive."""
        return 1000 * self.latency_frames * self._stft.hop_samples / self._rate_hz

    def push(
        self, magnitude: Float[Tensor, "channel frequency"] | Float[Tensor, "channel frequency frame"]
    ) -> Float[Tensor, "channel _"]:
        """Takes a frame or a block of frames; returns the samples that are decided by them, often none.

        Raises:
            InputError: magnitudes that are negative, not finite, not of this transform, or of other channels.
        """
        block = magnitude[..., None] if magnitude.ndim == 2 else magnitude
        check_magnitude(block, self._stft)
        arrays = gradient.as_arrays(block)
        if self._pipeline is None:
            self._pipeline = self._begin(arrays)
        elif len(arrays) != self._channels:
            raise InputError(f"{len(arrays)} channels came after {self._channels}; give the same number every time")
        self._frames += arrays.shape[2]
        frames = np.moveaxis(arrays, 2, 0)
        return self._tensor([samples for frame in frames for samples in self._pipeline.push(frame)])

    def flush(self, samples: int | None = None) -> Float[Tensor, "channel _"]:
        """Returns all that is still to come; what is pushed after that begins a new stream.

        Args:
            samples: length of all that was given, this included; up to the last frame's centre by default.

        Raises:
            InputError: a length that the frames do not cover.
        """
        if self._pipeline is None:
            return torch.zeros(0, 0)
        if samples is None:
            samples = max(1, (self._frames - 1) * self._stft.hop_samples)
        check_samples(samples, self._frames, self._stft)
        rest = self._pipeline.finish()
        wanted = samples - self._given
        found = self._tensor(rest)[:, :wanted]
        self._source, self._pipeline = self._form.source(self._stft, self._seed), None
        self._channels = self._frames = self._given = 0
        return found

    def _begin(self, arrays: Float[np.ndarray, "channel frequency frame"]) -> Pipeline:
        self._channels = len(arrays)
        return Pipeline(
            self._stft,
            self._source,
            self._channels,
            arrays.dtype.type,
            look_ahead=self._look_ahead,
            iterations=self._iterations,
            in_turn=self._form.in_turn,
        )

    def _tensor(self, blocks: list[Block]) -> Float[Tensor, "channel _"]:
        if not blocks:
            return torch.zeros(self._channels, 0)
        found = torch.from_numpy(np.ascontiguousarray(np.concatenate(blocks, 1)))
        self._given += found.shape[1]
        return found
