"""Stages of many tasks of one kind in one set of tensors: their terms, and their phases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks import FilterbankNetwork
from gramophone.networks.features import FrontedTerm
from gramophone.networks.infinite import StyleTerm
from gramophone.phase import fgla, pghi
from gramophone.spectral import LogScale
from gramophone.statistics.batched_style_distance import StyleTargets, style_distances
from gramophone.statistics.style_target import StyleTarget
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.envelope_correlation import ScaledMovement, movements
from gramophone.synthesis.pipeline import SpectrogramStage

Values = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Terms:
    """What is asked of every item, by the same terms.

    Attributes:
        names: of the terms.
        weights: of the terms.
        values: of what is optimised `[item, ...]`, each term's `[term, item]`.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    values: Values


def of_magnitudes(stages: Sequence[SpectrogramStage]) -> Terms:
    """The style of scaled magnitudes `[item, 1, frequency, frame]`, and the content's movement in a transfer."""
    views = [stage.view for stage in stages]
    style, scale = _style(views), _scale(views)
    terms = [stage.objectives[0].terms for stage in stages]
    names, weights = (tuple(getattr(term, part) for term in terms[0]) for part in ("name", "weight"))
    kept = [term.function for own in terms for term in own[1:] if isinstance(term.function, ScaledMovement)]
    if not kept:
        return Terms(names, weights, lambda x: style(x)[None])
    moving = movements([term.movement for term in kept])
    return Terms(names, weights, lambda x: torch.stack([style(x), moving(scale.inverse(x))]))


def of_waveforms(views: Sequence[Sequence[Analysis]]) -> Terms:
    """The mean of the style terms of waveforms `[item, 1, sample]`, seen by each item's own views."""
    seen = [(own[0].stft, _scale(own), _style(own)) for own in zip(*views, strict=True)]

    def mean(signal: Tensor) -> Tensor:
        values = [style(scale.forward(stft.magnitude(signal))) for stft, scale, style in seen]
        return torch.stack(values).mean(0)[None]

    return Terms(("style",), (1.0,), mean)


def waveforms(
    stages: Sequence[SpectrogramStage], x: Float[Tensor, "item 1 frequency frame"]
) -> Float[Tensor, "item 1 sample"]:
    """What every stage makes of its spectrogram: phases and rounds of Griffin-Lim of all together."""
    first = stages[0]
    magnitudes = _scale([stage.view for stage in stages]).inverse(x)
    if first.phase.start == "pghi":
        phases = pghi(magnitudes, first.view.stft, seed=[stage.seed for stage in stages])
    else:
        phases = torch.stack([stage.phases(one) for stage, one in zip(stages, magnitudes, strict=True)])
    rounds = first.phase
    return fgla(
        magnitudes,
        first.view.stft,
        first.samples,
        phase=phases,
        iterations=rounds.iterations,
        momentum=rounds.momentum,
    )


def target_of(view: Analysis) -> StyleTarget:
    """What its style term compares with.

    Raises:
        TypeError: the term is not that of the infinite network.
    """
    term = view.style.term if isinstance(view.style, FrontedTerm) else view.style
    if not isinstance(term, StyleTerm):
        raise TypeError(f"a {type(term).__name__} cannot judge many sounds in one set of tensors")
    return term.target


def _style(views: Sequence[Analysis]) -> Values:
    """The style terms of scaled magnitudes."""
    targets = StyleTargets.of([target_of(view) for view in views])
    first = views[0].network
    if not isinstance(first, FilterbankNetwork):
        return lambda x: style_distances(x[:, 0], targets)
    banded = replace(first, scale=_scale(views))
    return lambda x: style_distances(banded.seen(x)[:, 0], targets)


def _scale(views: Sequence[Analysis]) -> LogScale:
    references = [float(view.scale.reference) for view in views]
    return LogScale(views[0].styles[0].new_tensor(references)[:, None, None, None])
