"""Blocks of an endless texture, each continuing from the one before."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import FrontedTerm
from gramophone.optim.minimise import optimise_in_turn
from gramophone.optim.objective import Objective, Term
from gramophone.phase import fgla
from gramophone.settings import OptimiserSettings, Settings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.starts import NOISES, texture_objectives

Waveform = Float[Tensor, "channel sample"]
Past = Float[Tensor, "channel _"]

ALONE_PERCENT = 75  # of the steps, before a block is joined to its past


@dataclass(frozen=True)
class BlockShape:
    """Lengths of a block's parts, in samples.

    Attributes:
        past: finished samples before the block.
        new: samples that the block adds.
        tail: samples after those, which are discarded.
    """

    past: int
    new: int
    tail: int

    @property
    def total(self) -> int:
        """Length of all parts."""
        return self.past + self.new + self.tail


def block_shape(views: Sequence[Analysis], spans_samples: int, new: int) -> BlockShape:
    """A shape with room for a window and the longest span on both sides, and more after the block.

    Frames near an end lie in fewer patches than others and are up to 1 dB louder or softer; measured over many
    borders, that begins one and a half spans and a window before the end. The next block fades over from the first
    window of the tail, which must be as good as the rest.
    """
    window = max(view.stft.n_fft for view in views)
    return BlockShape(past=spans_samples + window, new=new, tail=spans_samples * 3 // 2 + 2 * window)


class ClosedError(Exception):
    """The block is not wanted any more."""


def next_block(  # noqa: PLR0913
    view: Analysis,
    waveform_views: Sequence[Analysis],
    past: Past | None,
    shape: BlockShape,
    settings: Settings,
    seed: int,
    *,
    continuation: Past | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> tuple[Waveform, Past]:
    """New samples of a block after `past`, and its continuation for a window.

    Args:
        view: analysis of the first stage, on the spectrogram.
        waveform_views: analyses of the last stage, on the waveform; may be empty.
        past: the last `shape.past` finished samples; None for the first block.
        shape: lengths of this block.
        settings: optimisers and phase.
        seed: seed of the noise from which the block starts.
        continuation: continuation of the block before: this block fades over from it, so that there is no onset at
            the border. It is optimised with all the rest afterwards.
        is_wanted: called after every step; False cancels the block.

    Raises:
        ModelError: a value is not finite.
        ClosedError: the block was cancelled.
    """
    channels = view.styles[0].shape[0]
    fixed = _fixed_frames(view, past, shape)
    found = _frames_after(view, fixed, shape.total, settings, seed, is_wanted)
    magnitude = view.scale.inverse(torch.cat([fixed, found], -1))
    known = past if past is not None else magnitude.new_zeros(channels, 0)
    waveform = _with_phase(view, magnitude, known, shape.total, settings, seed)
    if continuation is not None:
        waveform = _faded(waveform, continuation, known.shape[-1])
    if waveform_views:
        waveform = _refined(waveform_views, waveform, known, settings.waveform.optimiser, is_wanted)
    end = shape.past + shape.new
    return waveform[:, shape.past : end], waveform[:, end : end + view.stft.n_fft]


def _frames_after(
    view: Analysis,
    fixed: Float[Tensor, "channel frequency _"],
    samples: int,
    settings: Settings,
    seed: int,
    is_wanted: Callable[[], bool],
) -> Float[Tensor, "channel frequency _"]:
    """New frames that continue the fixed ones; patches lead across the border.

    At first the block has a past of its own, which starts from noise like the rest. Next to a past that has the
    style's statistics from the start, the first new frames would be the only good ones among noise, and would grow
    loud to compensate: by 0.1 dB in rain, by 7 dB in a ticking clock.
    """
    count = fixed.shape[-1]
    found = NOISES[settings.noise](view, view.stft.frames(samples), seed)
    objectives = texture_objectives(view, settings, samples)
    if not count:
        return _last(objectives, found, settings.optimiser, is_wanted)
    alone = settings.optimiser.iterations * ALONE_PERCENT // 100
    if alone:
        found = _last(objectives, found, replace(settings.optimiser, iterations=alone), is_wanted)
    edge = _edge_frames(view)
    after_the_past = _after(lambda x: torch.cat([fixed[..., edge:], x], -1), objectives[-1])
    rest = replace(settings.optimiser, iterations=settings.optimiser.iterations - alone)
    return _last([after_the_past], found[..., count:], rest, is_wanted)


def _faded(waveform: Waveform, continuation: Past, border: int) -> Waveform:
    """Cross-fade from the continuation to the waveform, of constant energy whatever their correlation."""
    length = continuation.shape[-1]
    along = torch.linspace(0, math.pi / 2, length + 2)[1:-1].to(waveform)
    falling, rising = along.cos(), along.sin()
    new = waveform[:, border : border + length]
    similarity = torch.nn.functional.cosine_similarity(continuation, new, -1).clamp_min(0)[:, None]
    gain = (1 + 2 * similarity * falling * rising).rsqrt()
    faded = waveform.clone()
    faded[:, border : border + length] = (continuation * falling + new * rising) * gain
    return faded


def _fixed_frames(view: Analysis, past: Past | None, shape: BlockShape) -> Float[Tensor, "channel frequency _"]:
    """Frames that lie wholly within the past."""
    if past is None:
        return view.styles[0].new_zeros(*view.styles[0].shape[:2], 0)
    return view.log_magnitude(past)[..., : _whole_frames(view, shape.past)]


def _last(
    objectives: Sequence[Objective], start: Tensor, settings: OptimiserSettings, is_wanted: Callable[[], bool]
) -> Tensor:
    found = start
    for step in optimise_in_turn(objectives, start, settings):
        if not is_wanted():
            raise ClosedError
        found = step.preview()
    return found


def _with_phase(
    view: Analysis,
    magnitude: Float[Tensor, "channel frequency frame"],
    known: Past,
    samples: int,
    settings: Settings,
    seed: int,
) -> Waveform:
    """Integrated phases, rotated to continue the phases of the known samples."""
    phase = view.phase(magnitude, seed)
    count = _whole_frames(view, known.shape[-1])
    if count:
        true = view.stft.forward(known)[..., :count].angle()
        phase = torch.cat([true, phase[..., count:] + (true - phase[..., :count])[..., -1:]], -1)
    return fgla(
        magnitude,
        view.stft,
        samples,
        phase=phase,
        iterations=settings.phase.iterations,
        momentum=settings.phase.momentum,
        beginning=known,
    )


def _refined(
    views: Sequence[Analysis],
    waveform: Waveform,
    known: Past,
    settings: OptimiserSettings,
    is_wanted: Callable[[], bool],
) -> Waveform:
    def style(tail: Tensor) -> Tensor:
        whole = torch.cat([known, tail], -1)
        cut = known.shape[-1] > 0
        return torch.stack([view.style_loss(whole, cut_before=cut, cut_after=True) for view in views]).mean()

    rest = _last([Objective([Term("style", style)])], waveform[:, known.shape[-1] :], settings, is_wanted)
    return torch.cat([known, rest], -1)


def _after(whole: Callable[[Tensor], Tensor], objective: Objective) -> Objective:
    """The objective of the open frames, evaluated together with the fixed ones."""
    return Objective([replace(term, function=FrontedTerm(whole, term.function)) for term in objective.terms])


def _edge_frames(view: Analysis) -> int:
    """Frames at the beginning that reach beyond it."""
    return -(-view.stft.n_fft // 2 // view.stft.hop_samples)


def _whole_frames(view: Analysis, samples: int) -> int:
    """Frames that do not reach beyond the end of so many samples."""
    return max(0, (samples - view.stft.n_fft // 2) // view.stft.hop_samples + 1) if samples else 0
