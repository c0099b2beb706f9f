"""The parts of stages that textures and transfers share."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.objective import Objective, Term
from gramophone.settings import Settings
from gramophone.tasks.prepare import waveform
from gramophone.tasks.synthesis import SpectrogramStage
from gramophone.tasks.terms import early_terms, lasting_terms
from gramophone.tasks.view import View


def spectrogram_stage(
    view: View,
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
) -> list[View]:
    """The views of the last stage; none where the settings skip it."""
    return [
        View(view, settings, waves, proportions, samples, seed, circular=circular)
        for view in settings.waveform.resolutions
    ]


def objectives_of(view: View, settings: Settings, samples: int) -> list[Objective]:
    """What a texture's spectrogram is asked to be, at first and then."""
    lasting, early = lasting_terms(view, settings, samples), early_terms(view, settings)
    return [*([Objective([*lasting, *early])] if early else []), Objective(lasting)]


def waveform_objective(views: Sequence[View], settings: Settings, samples: int) -> Objective:
    """What a texture's waveform is asked to be: the style in all views, and the other lasting terms in the first."""
    view, (_, *others) = views[0], lasting_terms(views[0], settings, samples)
    heard = [replace(term, function=partial(_of_waveform, view, term.function)) for term in others]
    return Objective([Term("style", style_in(views)), *heard])


def _of_waveform(view: View, function: TermFunction, signal: Tensor) -> Tensor:
    return function(view.see(signal))


def style_in(views: Sequence[View]) -> TermFunction:
    """The mean of the views' style terms, of a waveform."""
    return lambda signal: torch.stack([view.judge(signal) for view in views]).mean()


def shaped_noise(view: View, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Noise with the styles' mean spectrum, on the view's scale: zeros would be a dead point."""
    mean = torch.stack([style.mean(-1) * w for style, w in zip(view.styles, view.weights, strict=True)]).sum(0)
    noise = torch.rand((*mean.shape, frames), generator=torch.Generator().manual_seed(seed))
    return mean[..., None] * 2 * noise.to(mean)


def tiny_noise(view: View, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Normal noise of deviation 1e-3, from which drawn networks start (Ulyanov & Lebedev 2016)."""
    noise = torch.randn((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return (1e-3 * noise).to(view.styles[0])


def warm_start(
    view: View,
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
