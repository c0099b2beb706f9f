"""The parts of stages that textures and transfers share."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.optim.objective import Objective, Term
from gramophone.settings import Noise, Settings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.pipeline import SpectrogramStage
from gramophone.synthesis.prepare import waveform
from gramophone.synthesis.terms import early_terms, lasting_terms


def spectrogram_stage(
    view: Analysis,
    objectives: Sequence[Objective],
    start: Float[Tensor, "channel frequency frame"],
    settings: Settings,
    samples: int,
    seed: int,
) -> SpectrogramStage:
    """The first stage: optimised in `view` from `start`, then given a phase."""
    return SpectrogramStage(
        objectives=objectives,
        start=start,
        optimiser=settings.optimiser,
        view=view,
        phase=settings.phase,
        samples=samples,
        seed=seed,
    )


def waveform_views(
    settings: Settings,
    waves: Sequence[Float[Tensor, "channel _"]],
    proportions: Sequence[float],
    samples: int,
    seed: int,
    *,
    circular: bool = False,
) -> list[Analysis]:
    """The views of the last stage; none where the settings skip it."""
    return [
        Analysis(view, settings, waves, proportions, samples, seed, circular=circular)
        for view in settings.waveform.resolutions
    ]


def objectives_of(view: Analysis, settings: Settings, samples: int) -> list[Objective]:
    """What a texture's spectrogram is asked to be, at first and then."""
    return in_turn(lasting_terms(view, settings, samples), early_terms(view, settings))


def in_turn(lasting: Sequence[Term], early: Sequence[Term]) -> list[Objective]:
    """All terms at first, where some hold for the first half only; then those that last."""
    return [*([Objective([*lasting, *early])] if early else []), Objective(lasting)]


def waveform_objective(views: Sequence[Analysis], settings: Settings, samples: int) -> Objective:
    """What a texture's waveform is asked to be: the style in all views, and the other lasting terms in the first."""
    view, (_, *others) = views[0], lasting_terms(views[0], settings, samples)
    heard = [replace(term, function=of_waveform(view, term.function)) for term in others]
    return Objective([Term("style", style_in(views)), *heard])


def of_waveform(view: Analysis, function: TermFunction) -> TermFunction:
    """A term of scaled magnitudes as one of the waveform."""
    return lambda signal: function(view.see(signal))


def white_noise(like: Float[Tensor, "channel sample"], seed: int) -> Float[Tensor, "channel sample"]:
    """Normal noise at a level of 1."""
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(seed)).to(like)


def heard_start(
    begun: Sound | None, start: Float[Tensor, "channel sample"], settings: Settings
) -> Float[Tensor, "channel sample"]:
    """What a waveform is optimised from: an earlier result, and the given start where that has ended."""
    if begun is None:
        return start
    begun = begun.with_channels(len(start)).resampled(settings.rate_hz)
    heard = waveform(begun, settings, start.device)[:, : start.shape[1]]
    return torch.cat([heard, start[:, heard.shape[1] :]], 1)


def style_in(views: Sequence[Analysis]) -> TermFunction:
    """The mean of the views' style terms, of a waveform."""
    return lambda signal: torch.stack([view.judge(signal) for view in views]).mean()


def shaped_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Noise with the styles' mean spectrum, on the view's scale: zeros would be a dead point."""
    mean = torch.stack([style.mean(-1) * w for style, w in zip(view.styles, view.weights, strict=True)]).sum(0)
    noise = torch.rand((*mean.shape, frames), generator=torch.Generator().manual_seed(seed))
    return mean[..., None] * 2 * noise.to(mean)


def tiny_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Normal noise of deviation 1e-3, from which drawn networks start (Ulyanov & Lebedev 2016)."""
    noise = torch.randn((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return (1e-3 * noise).to(view.styles[0])


def uniform_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """A tenth of `even_noise` (Huzaifah & Wyse 2019)."""
    return 0.1 * even_noise(view, frames, seed)


def even_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Uniform noise from 0 to the styles' largest value: every bin alike, like the noise of a picture."""
    noise = torch.rand((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return noise.to(view.styles[0]) * max(float(style.max()) for style in view.styles)


NOISES: dict[Noise, Callable[[Analysis, int, int], Tensor]] = {
    "shaped": shaped_noise,
    "tiny": tiny_noise,
    "uniform": uniform_noise,
    "even": even_noise,
}


def warm_start(
    view: Analysis,
    begun: Sound | None,
    noise: Float[Tensor, "channel frequency frame"],
    settings: Settings,
    samples: int,
) -> Float[Tensor, "channel frequency frame"]:
    """What the first stage starts from: an earlier result as the view sees it, and noise where that has ended.

    Args:
        view: of the first stage.
        begun: of any rate and number of channels; none gives the noise as it is.
        noise: as long as the new result.
        settings: at the rate of the stages.
        samples: length of the new result.

    Raises:
        UsageError: the settings are those of a published system, whose start is part of it.
    """
    if begun is None:
        return noise
    if not settings.network.normalise_level:
        raise UsageError("this preset starts from noise, as it was published; begin anew, or choose another preset")
    begun = begun.with_channels(noise.shape[0]).resampled(settings.rate_hz)
    heard = waveform(begun, settings, noise.device)[:, :samples]
    seen = view.see(torch.nn.functional.pad(heard, (0, samples - heard.shape[1])))
    kept = min(noise.shape[-1], heard.shape[1] // view.stft.hop_samples + 1)
    return torch.cat([seen[..., :kept], noise[..., kept:]], -1)
