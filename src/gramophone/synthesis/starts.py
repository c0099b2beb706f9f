"""Objectives and starting points that textures and transfers share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.networks.features import Batched, FrontedTerm, Network
from gramophone.networks.pretrained.log_spectrogram import GREY
from gramophone.networks.registry import NetworkInput, entry_of
from gramophone.optim.objective import Objective, Term
from gramophone.settings import Noise, Settings
from gramophone.statistics.mixture import weighted_sum
from gramophone.statistics.surrogate import surrogate
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.pipeline import SpectrogramStage, Synthesis, WaveformStage
from gramophone.synthesis.prepare import waveform
from gramophone.synthesis.terms import early_terms, lasting_terms


@dataclass(frozen=True)
class Inputs:
    """Inputs of a synthesis, and the parts of stages that follow from them.

    Attributes:
        styles: waveforms of the styles.
        weights: weights of the styles, summing to 1.
        settings: settings at the rate of the waveforms.
        samples: length of the result.
        seed: seed of every random choice.
        warm_start: earlier result to continue from; None to start from noise.
        circular: whether the result is a loop.
    """

    styles: Sequence[Float[Tensor, "channel _"]]
    weights: Sequence[float]
    settings: Settings
    samples: int
    seed: int
    warm_start: Sound | None = None
    circular: bool = False

    def views(self) -> list[Analysis]:
        """Analysis of the spectrogram stage, then those of the waveform stage."""
        given = self.settings, self.styles, self.weights, self.samples, self.seed
        return [Analysis(view, *given, circular=self.circular) for view in self.settings.views]

    def waveform_model(self) -> Network:
        """The network, which models waveforms."""
        network, resolution = self.settings.network, self.settings.resolution
        return entry_of(network).build(NetworkInput(network, resolution, self.settings.rate_hz, self.seed))

    def spectrogram_stage(
        self,
        view: Analysis,
        objectives: Sequence[Objective],
        noise: Float[Tensor, "channel frequency frame"],
        content: Float[Tensor, "channel frequency frame"] | None = None,
    ) -> SpectrogramStage:
        """The first stage, from the earlier result or from noise; of a transfer with the content's magnitudes."""
        start = view.to_image(spectrogram_start(view, self.warm_start, noise, self.settings, self.samples))
        settings = self.settings
        highest = view.highest(content) if settings.in_range else None
        return SpectrogramStage(
            objectives, start, settings.optimiser, view, settings.phase, self.samples, self.seed, highest
        )

    def waveform_stage(self, views: Sequence[Analysis], terms: Sequence[Term]) -> WaveformStage | None:
        """The last stage: the style in all views, and other terms; None without views."""
        objective = Objective([Term("style", WaveformStyle(views)), *terms])
        return WaveformStage(objective, self.settings.waveform.optimiser, views) if views else None

    def waveform_alone(self, terms: Sequence[Term], noise: Float[Tensor, "channel sample"]) -> Synthesis:
        """A single stage on the waveform, from the earlier result or from noise."""
        start = waveform_start(self.warm_start, noise, self.settings)
        return Synthesis(None, WaveformStage(Objective(terms), self.settings.optimiser), given=start)


def texture_objectives(view: Analysis, settings: Settings, samples: int) -> list[Objective]:
    """Objectives of a texture's spectrogram, one after the other."""
    return in_turn(lasting_terms(view, settings, samples), early_terms(view, settings))


def in_turn(lasting: Sequence[Term], early: Sequence[Term]) -> list[Objective]:
    """All terms first, if some hold in the first half only; then those that last."""
    return [*([Objective([*lasting, *early])] if early else []), Objective(lasting)]


def on_waveform(view: Analysis, term: Term) -> Term:
    """A term of scaled magnitudes as a term of the waveform."""
    return replace(term, function=FrontedTerm(view.log_magnitude, term.function))


def white_noise(like: Float[Tensor, "channel sample"], seed: int) -> Float[Tensor, "channel sample"]:
    """Normal noise at a level of 1."""
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(seed)).to(like)


@dataclass(frozen=True)
class WaveformStyle:
    """Mean style term of a waveform over several views.

    Attributes:
        views: analyses of the styles.
    """

    views: Sequence[Analysis]

    def __call__(self, signal: Float[Tensor, "channel sample"]) -> Float[Tensor, ""]:
        """The mean for one waveform."""
        return torch.stack([view.style_loss(signal) for view in self.views]).mean()

    def stack(self, alike: Sequence["WaveformStyle"]) -> Batched:
        """The means for `[item, 1, sample]`."""
        terms = [views[0].stack(views) for views in zip(*(one.views for one in alike), strict=True)]
        return lambda signals: torch.stack([term(signals) for term in terms]).mean(0)


def shaped_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Noise with the styles' mean spectrum, on the view's scale; zeros would be a stationary point."""
    mean = weighted_sum([style.mean(-1) for style in view.styles], view.weights)
    noise = torch.rand((*mean.shape, frames), generator=torch.Generator().manual_seed(seed))
    return mean[..., None] * 2 * noise.to(mean)


def surrogate_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Noise with the distribution of every bin of the styles and their correlations; see `statistics.surrogate`."""
    return surrogate(view.styles, view.weights, frames, seed)


def tiny_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Normal noise with a standard deviation of 1e-3 (Ulyanov & Lebedev 2016)."""
    noise = torch.randn((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return (1e-3 * noise).to(view.styles[0])


def uniform_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """A tenth of `even_noise` (Huzaifah & Wyse 2019)."""
    return 0.1 * even_noise(view, frames, seed)


def even_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Uniform noise from 0 to the styles' largest value, the same in every bin."""
    noise = torch.rand((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return noise.to(view.styles[0]) * max(float(style.max()) for style in view.styles)


def grey_noise(view: Analysis, frames: int, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Uniform noise of one grey value up or down, of 255 for 80 dB (code of Wyse 2017)."""
    noise = torch.rand((*view.styles[0].shape[:2], frames), generator=torch.Generator().manual_seed(seed))
    return ((2 * noise - 1) / GREY).to(view.styles[0])


NOISES: dict[Noise, Callable[[Analysis, int, int], Tensor]] = {
    "surrogate": surrogate_noise,
    "shaped": shaped_noise,
    "tiny": tiny_noise,
    "uniform": uniform_noise,
    "even": even_noise,
    "grey": grey_noise,
}


def waveform_start(
    warm_start: Sound | None, noise: Float[Tensor, "channel sample"], settings: Settings
) -> Float[Tensor, "channel sample"]:
    """Start of a waveform: an earlier result, and the given start after its end."""
    if warm_start is None:
        return noise
    earlier = _earlier(warm_start, len(noise), settings, noise.device)[:, : noise.shape[1]]
    return torch.cat([earlier, noise[:, earlier.shape[1] :]], 1)


def spectrogram_start(
    view: Analysis,
    warm_start: Sound | None,
    noise: Float[Tensor, "channel frequency frame"],
    settings: Settings,
    samples: int,
) -> Float[Tensor, "channel frequency frame"]:
    """Start of the spectrogram stage: an earlier result's scaled magnitudes, and noise after its end.

    Args:
        view: analysis of the stage.
        warm_start: earlier result of any rate and number of channels; None for noise alone.
        noise: start without an earlier result, as long as the new result.
        settings: settings at the rate of the stage.
        samples: length of the new result.

    Raises:
        UsageError: the settings are those of a published system, whose start is part of it.
    """
    if warm_start is None:
        return noise
    if not settings.network.normalise_level:
        raise UsageError("this preset starts from noise, as it was published; begin anew, or choose another preset")
    earlier = _earlier(warm_start, noise.shape[0], settings, noise.device)[:, :samples]
    magnitude = view.log_magnitude(torch.nn.functional.pad(earlier, (0, samples - earlier.shape[1])))
    kept = min(noise.shape[-1], earlier.shape[1] // view.stft.hop_samples + 1)
    return torch.cat([magnitude[..., :kept], noise[..., kept:]], -1)


def _earlier(
    sound: Sound, channels: int, settings: Settings, device: torch.device
) -> Float[Tensor, "channel sample"]:
    return waveform(sound.with_channels(channels).resampled(settings.rate_hz), settings, device)
