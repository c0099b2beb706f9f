"""Terms of a texture beside the style term: rhythm, diversity, energy envelopes.

[1] J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
[2] P. Verma, J. O. Smith, "Neural style transfer for audio spectrograms", 2018.
"""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.errors import UsageError
from gramophone.networks import RandomConvEnsemble
from gramophone.networks.features import FeatureTerm, FrontedTerm
from gramophone.networks.random import aligned
from gramophone.optim.objective import Term
from gramophone.settings import Settings
from gramophone.spectral.filterbanks import mel_filters
from gramophone.statistics.diversity import copy_nearness
from gramophone.statistics.envelopes import (
    autocorrelation,
    log_energies,
    over_frequency,
    over_time,
    raw_autocorrelation,
    stretched,
)
from gramophone.statistics.mixture import relative_distance, weighted_sum
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.prepare import RHYTHM_S

RHYTHM_BANDS = 16
SHIFT_S = 0.05
COMMON_FRACTION = 0.5  # of the shorter sound, left in common by every shift

Spectrogram = Float[Tensor, "channel frequency frame"]


def lasting_terms(view: Analysis, settings: Settings, samples: int, content: Spectrogram | None = None) -> list[Term]:
    """Terms that hold in all steps, of scaled magnitudes; terms without weight are left out.

    Args:
        view: analysis of the styles.
        settings: weights and rate.
        samples: length of the result.
        content: scaled magnitudes of a transfer's content, for envelopes of the content.

    Raises:
        UsageError: a sound is too short for the rhythm term, or a texture asks for envelopes of a content.
    """
    wanted = settings.terms
    terms = [Term("style", view.style)]
    if wanted.rhythm:
        terms.append(_rhythm(view, settings, samples))
    sources, weights = _envelope_sources(view, settings, content)
    of = partial(_of_scaled, view)
    if wanted.time_energy:
        terms.append(Term("time energy", of(_time_energy(sources, weights)), wanted.time_energy))
    if wanted.frequency_energy:
        target = weighted_sum([over_frequency(source) for source in sources], weights)
        function = lambda x: relative_distance(over_frequency(x), target)  # noqa: E731
        terms.append(Term("frequency energy", of(function), wanted.frequency_energy))
    if wanted.bounds:
        terms.append(Term("bounds", of(_outside(view.highest(content))), wanted.bounds))
    return terms


def _outside(highest: float) -> TermFunction:
    """Mean square of what is below 0 or above the highest value."""
    return lambda x: ((-x).clamp_min(0) + (x - highest).clamp_min(0)).square().mean()


def _of_scaled(view: Analysis, function: TermFunction) -> TermFunction:
    """A term of scaled magnitudes as one of the optimised variable, which may be an image of three colours."""
    return FrontedTerm(view.scaled, function) if view.image_channels > 1 else function


def _envelope_sources(
    view: Analysis, settings: Settings, content: Spectrogram | None
) -> tuple[list[Float[Tensor, "channel frequency _"]], tuple[float, ...]]:
    if settings.terms.envelopes == "style":
        return view.styles, view.weights
    if content is None:
        raise UsageError("a texture has no content whose envelopes it could have; use envelopes of the style")
    return [content], (1.0,)


def early_terms(view: Analysis, settings: Settings) -> list[Term]:
    """Terms that hold in the first half of the steps: they cost quality, which the second half restores."""
    if not settings.terms.diversity:
        return []
    step = max(1, round(SHIFT_S * settings.rate_hz / view.stft.hop_samples))
    network = _ensemble(view) if settings.terms.on_features else None
    with torch.no_grad():
        styles = [_frames(style) if network is None else network.aligned_features(style) for style in view.styles]

    def nearest(flat: Float[Tensor, "feature _"]) -> Tensor:
        return torch.stack([copy_nearness(flat, style, _shifts(flat, style, step)) for style in styles]).max()

    function = _of_scaled(view, lambda x: nearest(_frames(x))) if network is None else _of_features(network, nearest)
    return [Term("diversity", function, settings.terms.diversity)]


def _shifts(x: Tensor, style: Tensor, step: int) -> Tensor:
    least = max(1, int(COMMON_FRACTION * min(x.shape[1], style.shape[1])))
    return torch.arange(least - x.shape[1], style.shape[1] - least + 1, step)


def _frames(x: Spectrogram) -> Tensor:
    return x.flatten(0, 1)


def _ensemble(view: Analysis) -> RandomConvEnsemble:
    if not isinstance(view.network, RandomConvEnsemble):
        raise UsageError("rhythm and diversity of features need several layers of random filters on every bin")
    return view.network


def _of_features(network: RandomConvEnsemble, function: TermFunction) -> FeatureTerm:
    """A function of the aligned features of all layers, which it shares with the network's other terms."""
    return FeatureTerm(network.features, len(network.weights), lambda layers: function(aligned(layers)))


def _rhythm(view: Analysis, settings: Settings, samples: int) -> Term:
    bands = mel_filters(settings.rate_hz, view.stft.n_fft, RHYTHM_BANDS).to(view.styles[0])
    per_s = settings.rate_hz / view.stft.hop_samples
    shortest = min([samples // view.stft.hop_samples, *(style.shape[-1] for style in view.styles)])
    if settings.terms.on_features:
        shortest -= max(settings.network.widths_frames)
    first, last = round(RHYTHM_S[0] * per_s), min(round(RHYTHM_S[1] * per_s), shortest // 2)
    if last <= first:
        raise UsageError(
            f"the rhythm term compares lags from {RHYTHM_S[0]} s and needs sounds of {2 * RHYTHM_S[0]:g} s or more; "
            "give a longer style, ask for a longer result, or leave the rhythm out"
        )
    lags = range(first, last + 1)
    network = _ensemble(view) if settings.terms.on_features else None

    def beats(x: Spectrogram) -> Tensor:
        return autocorrelation(log_energies(view.scale.inverse(x.clamp_min(0)), bands), lags)

    with torch.no_grad():
        measured = [
            beats(style) if network is None else raw_autocorrelation(network.aligned_features(style), lags)
            for style in view.styles
        ]
        target = weighted_sum(measured, view.weights)

    function: TermFunction = _of_scaled(view, lambda x: relative_distance(beats(x), target))
    if network is not None:
        function = _of_features(network, lambda flat: relative_distance(raw_autocorrelation(flat, lags), target))
    return Term("rhythm", function, settings.terms.rhythm)


def _time_energy(sources: list[Spectrogram], weights: tuple[float, ...]) -> TermFunction:
    envelopes = [over_time(source) for source in sources]

    def distance(x: Spectrogram) -> Tensor:
        fitted = [stretched(envelope, x.shape[-1]) for envelope in envelopes]
        return relative_distance(over_time(x), weighted_sum(fitted, weights))

    return distance
