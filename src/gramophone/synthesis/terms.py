"""What else may be asked of a texture beside the style term: rhythm, diversity, energy envelopes."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.errors import UsageError
from gramophone.networks import RandomConvEnsemble
from gramophone.networks.features import FeatureTerm
from gramophone.networks.random import joined
from gramophone.optim.objective import Term
from gramophone.settings import Settings
from gramophone.spectral.filterbanks import mel_filters
from gramophone.statistics.autocorrelation import autocorrelation, raw_autocorrelation, rhythm_distance
from gramophone.statistics.diversity import copy_nearness
from gramophone.statistics.envelopes import envelope_distance, log_energies, over_frequency, over_time, stretched
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.prepare import RHYTHM_S

RHYTHM_BANDS = 16
SHIFT_S = 0.05
COMMON_SHARE = 0.5  # shifts leave this share of the shorter sound in common

Spectrogram = Float[Tensor, "channel frequency frame"]


def lasting_terms(view: Analysis, settings: Settings, samples: int, content: Spectrogram | None = None) -> list[Term]:
    """The terms that hold all the time, of scaled magnitudes; those without weight are not built.

    Args:
        view: bound to the styles.
        settings: weights and rate.
        samples: length of the result.
        content: of a transfer, whose envelopes may be asked for instead of the styles'.

    Raises:
        UsageError: a rhythm is asked of a sound too short for it, or envelopes of a content that there is not.
    """
    wanted = settings.terms
    terms = [Term("style", view.style)]
    if wanted.rhythm:
        terms.append(_rhythm(view, settings, samples))
    sources, weights = _envelope_sources(view, settings, content)
    if wanted.time_energy:
        terms.append(Term("time energy", _time_energy(sources, weights), wanted.time_energy))
    if wanted.frequency_energy:
        target = _mean([over_frequency(source) for source in sources], weights)
        function = lambda x: envelope_distance(over_frequency(x), target)  # noqa: E731
        terms.append(Term("frequency energy", function, wanted.frequency_energy))
    if wanted.bounds:
        terms.append(Term("bounds", lambda x: (-x).clamp_min(0).square().mean(), wanted.bounds))
    return terms


def _envelope_sources(
    view: Analysis, settings: Settings, content: Spectrogram | None
) -> tuple[list[Spectrogram], tuple[float, ...]]:
    if settings.terms.envelopes == "style":
        return view.styles, view.weights
    if content is None:
        raise UsageError("the envelopes are to be those of the content, but a texture has none; say 'style'")
    return [content], (1.0,)


def early_terms(view: Analysis, settings: Settings) -> list[Term]:
    """The terms that hold for the first half of the steps: they cost quality, which the second half brings back."""
    if not settings.terms.diversity:
        return []
    step = max(1, round(SHIFT_S * settings.rate_hz / view.stft.hop_samples))
    bank = _bank(view) if settings.terms.on_features else None
    with torch.no_grad():
        styles = [_frames(style) if bank is None else bank.features(style) for style in view.styles]

    def nearest(flat: Float[Tensor, "feature _"]) -> Tensor:
        return torch.stack([copy_nearness(flat, style, _shifts(flat, style, step)) for style in styles]).max()

    function = (lambda x: nearest(_frames(x))) if bank is None else _of_features(bank, nearest)
    return [Term("diversity", function, settings.terms.diversity)]


def _shifts(x: Tensor, style: Tensor, step: int) -> Tensor:
    least = max(1, int(COMMON_SHARE * min(x.shape[1], style.shape[1])))
    return torch.arange(least - x.shape[1], style.shape[1] - least + 1, step)


def _frames(x: Spectrogram) -> Tensor:
    return x.flatten(0, 1)


def _bank(view: Analysis) -> RandomConvEnsemble:
    if not isinstance(view.network, RandomConvEnsemble):
        raise UsageError("rhythm and diversity on features take several layers of drawn filters on every bin")
    return view.network


def _of_features(bank: RandomConvEnsemble, function: TermFunction) -> FeatureTerm:
    """What a function says of all features below each other; they are shared with the bank's other terms."""
    return FeatureTerm(bank.seen, len(bank.layers), lambda found: function(joined(found)))


def _rhythm(view: Analysis, settings: Settings, samples: int) -> Term:
    bands = mel_filters(settings.rate_hz, view.stft.n_fft, RHYTHM_BANDS).to(view.styles[0])
    per_s = settings.rate_hz / view.stft.hop_samples
    shortest = min([samples // view.stft.hop_samples, *(style.shape[-1] for style in view.styles)])
    if settings.terms.on_features:
        shortest -= max(settings.network.widths_frames)
    first, last = round(RHYTHM_S[0] * per_s), min(round(RHYTHM_S[1] * per_s), shortest // 2)
    if last <= first:
        raise UsageError(
            f"a rhythm is compared from {RHYTHM_S[0]} s on, and takes sounds of {2 * RHYTHM_S[0]:g} s or more; "
            "give a longer style, ask for a longer result, or leave the rhythm out"
        )
    lags = range(first, last + 1)
    bank = _bank(view) if settings.terms.on_features else None

    def beats(x: Spectrogram) -> Tensor:
        return autocorrelation(log_energies(view.scale.inverse(x.clamp_min(0)), bands), lags)

    with torch.no_grad():
        known = [
            beats(style) if bank is None else raw_autocorrelation(bank.features(style), lags) for style in view.styles
        ]
        target = _mean(known, view.weights)

    function: TermFunction = lambda x: rhythm_distance(beats(x), target)  # noqa: E731
    if bank is not None:
        function = _of_features(bank, lambda flat: rhythm_distance(raw_autocorrelation(flat, lags), target))
    return Term("rhythm", function, settings.terms.rhythm)


def _time_energy(sources: list[Spectrogram], weights: tuple[float, ...]) -> TermFunction:
    envelopes = [over_time(source) for source in sources]

    def distance(x: Spectrogram) -> Tensor:
        fitted = [stretched(envelope, x.shape[-1]) for envelope in envelopes]
        return envelope_distance(over_time(x), _mean(fitted, weights))

    return distance


def _mean(values: list[Tensor], weights: tuple[float, ...]) -> Tensor:
    return torch.stack([value * weight for value, weight in zip(values, weights, strict=True)]).sum(0)
