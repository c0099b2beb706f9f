"""Mosaicing by non-negative matrix factorisation.

Driedger, Prätzlich & Müller 2015, "Let it Bee: towards NMF-inspired audio mosaicing": the frames of the style are
templates; activations fit the content's magnitudes while three restrictions, which harden from step to step, make
them sparse and diagonal. The style's complex frames, weighted by the activations, are overlapped and added.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import soxr
import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.errors import InputError, LimitError, UsageError
from gramophone.rivals.activations import (
    Activations,
    Magnitudes,
    Templates,
    continued,
    kl_update,
    with_polyphony,
    without_repetition,
)
from gramophone.rivals.checks import whole_within, within
from gramophone.rivals.progress import Progress, completed
from gramophone.rivals.waveforms import (
    SILENCE_PEAK,
    Recording,
    Samples,
    Waveform,
    at_level,
    checked_content,
    checked_styles,
    grouped,
    magnitudes,
    matched,
    silent,
    tensor,
    window_samples,
)
from gramophone.spectral import Stft

MOST_VALUES = 200_000_000
"""Of the largest array, activations or templates: it takes 0.8 GB, and about five of them are needed at once."""
QUIET = 1e-4
"""Templates with less than this share of the loudest one's sum are left out: they would be raised by over 80 dB."""
NEGLIGIBLE = 1e-4
"""Templates below this share of the largest activation in every frame are dropped, as later steps would do."""
SPARSE = 0.8
"""Share of templates in use below which the others are left out of the products."""


@dataclass(frozen=True)
class DriedgerSettings:
    """Settings of `driedger2015`; the defaults are those of the authors' own toolbox.

    Attributes:
        window_ms: length of the window in milliseconds, 10 to 500; 93 are 2048 samples at 22,050 Hz.
        overlap: frames to a window, 2 to 8.
        iterations: `L`, 1 to 1000.
        repetition: `r`, 0 to 100: frames before and after within which a template is used once.
        polyphony: `p`, 1 to 1000: templates that sound at once.
        continuity: `c`, 0 to 100: diagonals of `2c + 1` activations are summed.
        transpositions: in semitones, -24 to 24: copies of the style, resampled by so much, add to the templates; 0 is
            the style itself. The authors' sources had been transposed; copies fill the gaps between the pitches of a
            recording, and take proportionally long.

    Raises:
        UsageError: a setting outside its range.
    """

    window_ms: float = 2048 / 22.05
    overlap: int = 2
    iterations: int = 20
    repetition: int = 3
    polyphony: int = 10
    continuity: int = 3
    transpositions: tuple[float, ...] = tuple(float(semitones) for semitones in range(-6, 7))

    def __post_init__(self) -> None:
        within("window_ms", self.window_ms, 10, 500)
        whole_within("overlap", self.overlap, 2, 8)
        whole_within("iterations", self.iterations, 1, 1000)
        whole_within("repetition", self.repetition, 0, 100)
        whole_within("polyphony", self.polyphony, 1, 1000)
        whole_within("continuity", self.continuity, 0, 100)
        if not self.transpositions:
            raise UsageError("transpositions must name at least one interval; 0 is the style itself")
        for semitones in self.transpositions:
            within("a transposition", semitones, -24, 24)


@dataclass(frozen=True)
class Dictionary:
    """Frames of the style, one after the other; gaps of silent templates keep diagonals within one recording.

    Attributes:
        frames: complex frames `[template, frequency]`, channels one after the other in frequency.
        magnitudes: of the frames.
        sums: of the magnitudes over frequency: 1, or 0 for a gap or a quiet frame.
    """

    frames: Complex[Tensor, "template frequency"]
    magnitudes: Templates
    sums: Float[Tensor, " template"]


def driedger2015_steps(
    content: Samples, styles: Sequence[Samples], rate_hz: int, settings: DriedgerSettings | None = None, seed: int = 0
) -> Iterator[Progress]:
    """Mosaicing, an iteration a step.

    Args:
        content: `[channel, sample]`, float32.
        styles: one or more, each at least as long as a window.
        rate_hz: of all of them, 8,000 to 96,000.
        settings: the defaults where none are given.
        seed: of the activations at the start.

    Yields:
        After every iteration, a step whose preview has the shape and the level of the content.

    Raises:
        InputError: a recording that cannot be used.
        LimitError: more activations than memory is meant for.
    """
    settings = settings or DriedgerSettings()
    said = checked_content(content, rate_hz)
    n_fft = window_samples(settings.window_ms, rate_hz, settings.overlap)
    stft = Stft(n_fft, n_fft // settings.overlap)
    made_of = matched(checked_styles(styles, rate_hz, n_fft), said.shape[0])
    _check_size(stft.frames(said.shape[1]), made_of, stft, settings)
    words = dictionary(made_of, stft, settings)
    parts = grouped(said, made_of)
    total = len(parts) * settings.iterations
    results = [torch.zeros_like(part) for part in parts]
    for number, part in enumerate(parts):
        for done, activations in enumerate(
            activation_steps(magnitudes(_frames(part, stft)), words, settings, seed), 1
        ):

            def preview(
                number: int = number, activations: Activations = activations, part: Waveform = part
            ) -> Waveform:
                results[number] = _played(activations, words, stft, part)
                return at_level(torch.cat(results), said)

            yield Progress(number * settings.iterations + done, total, preview)
        preview()


driedger2015 = completed(driedger2015_steps)


def dictionary(styles: Sequence[Recording], stft: Stft, settings: DriedgerSettings) -> Dictionary:
    """The templates: frames of the styles and of their transposed copies, each divided by its sum.

    Args:
        styles: with equal numbers of channels.
        stft: of the frames.
        settings: which copies, and how wide the gaps between recordings are.

    Raises:
        InputError: all frames are silent.
    """
    copies = [transposed(style, by) for style in styles for by in settings.transpositions]
    copies = [copy for copy in copies if copy.shape[1] >= stft.n_fft // 2]
    if not copies or all(float(copy.abs().max()) < SILENCE_PEAK for copy in copies):
        raise silent() if copies else _too_short()
    gap = copies[0].new_zeros(settings.continuity, stft.bins * copies[0].shape[0], dtype=torch.complex64)
    parts = [part for copy in copies for part in (_frames(copy, stft), gap)]
    frames = torch.cat(parts)
    absolute = magnitudes(frames)
    sums = absolute.sum(1, keepdim=True)
    loud = sums > QUIET * sums.max()
    scale = torch.where(loud, 1 / sums, 0.0)
    return Dictionary(frames.mul_(scale), absolute.mul_(scale), loud[:, 0].float())


def activation_steps(
    content: Magnitudes, words: Dictionary, settings: DriedgerSettings, seed: int, negligible: float = NEGLIGIBLE
) -> Iterator[Activations]:
    """The activations after every iteration (section 3.3): three restrictions, then an update towards the content.

    Args:
        content: magnitudes.
        words: the templates.
        settings: iterations and restrictions.
        seed: of the even distribution from which the first activations are drawn.
        negligible: share of a frame's largest activation below which a template is left out; below 0 for none.
    """
    shape = (content.shape[0], words.sums.shape[0])
    activations = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * words.sums
    scale = content.max().clamp_min(torch.finfo(content.dtype).tiny)
    content = content / scale
    for iteration in range(1, settings.iterations + 1):
        factor = 1 - iteration / settings.iterations
        activations = without_repetition(activations, settings.repetition, factor)
        activations = with_polyphony(activations, settings.polyphony, factor)
        activations = _updated(continued(activations, settings.continuity), content, words, negligible)
        yield activations * scale


def transposed(style: Recording, semitones: float) -> Recording:
    """A copy that sounds so much higher, and is shorter by the same ratio."""
    if semitones == 0:
        return style
    # The ratio of two rates is all that counts.
    copy = soxr.resample(style.T.contiguous().numpy(), 2 ** (semitones / 12), 1.0)
    return tensor(copy).T.contiguous()


def _updated(activations: Activations, content: Magnitudes, words: Dictionary, negligible: float) -> Activations:
    """An update with those templates alone that have an activation to speak of."""
    least = negligible * activations.amax(1, keepdim=True)
    used = ((activations > least).any(0) & (words.sums > 0)).nonzero()[:, 0]
    if used.shape[0] > SPARSE * activations.shape[1]:
        return kl_update(activations, content, words.magnitudes, words.sums)
    few = kl_update(activations[:, used], content, words.magnitudes[used], words.sums[used])
    return torch.zeros_like(activations).index_copy_(1, used, few)


def _played(activations: Activations, words: Dictionary, stft: Stft, like: Waveform) -> Waveform:
    """The complex frames weighted by the activations, overlapped and added."""
    used = (activations > 0).any(0).nonzero()[:, 0]
    weights, frames = activations[:, used], words.frames[used]
    spectrum = torch.complex(weights @ frames.real, weights @ frames.imag)
    channels = spectrum.unflatten(1, (like.shape[0], stft.bins)).permute(1, 2, 0)
    return stft.inverse(channels.contiguous(), like.shape[1])


def _frames(waveform: Waveform, stft: Stft) -> Complex[Tensor, "frame frequency"]:
    """Frames with the channels one after the other in frequency."""
    return stft.forward(waveform).permute(2, 0, 1).flatten(1)


def _check_size(frames: int, styles: Sequence[Recording], stft: Stft, settings: DriedgerSettings) -> None:
    by = [2 ** (-semitones / 12) for semitones in settings.transpositions]
    templates = sum(
        stft.frames(round(style.shape[1] * ratio)) + settings.continuity for style in styles for ratio in by
    )
    largest = templates * max(frames, stft.bins * styles[0].shape[0])
    if largest > MOST_VALUES:
        raise LimitError(
            f"{frames} frames of content and {templates} templates take an array of {largest} values, over the limit "
            f"of {MOST_VALUES}; cut the content or the style, or use fewer transpositions"
        )


def _too_short() -> InputError:
    return InputError("every transposed copy of the style is shorter than half a window; give a longer style")
