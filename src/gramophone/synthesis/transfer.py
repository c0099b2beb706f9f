"""Transfer: made of the style, moving like the content.

What a mix cannot do decides the form (see `metrics.transfer`). The style term alone says what the result is made of,
and it starts from noise with the style's spectrum: started from the content, the result keeps the content's partials.
What holds the content is free of timbre: its loudness contour shapes the start, and a floor under the correlation of
the energies in a few bands keeps its movement while the style term works. The floor is a constraint, not a weight:
it asks the same of every pair of recordings.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound, rms_db
from gramophone.errors import UsageError
from gramophone.networks.waveform_models import hearing_of
from gramophone.optim.objective import Objective, Term
from gramophone.settings import Settings
from gramophone.statistics.envelopes import DEPTH
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.envelope_correlation import Movement, ScaledMovement, held
from gramophone.synthesis.pipeline import Synthesis, Task, WaveformStage
from gramophone.synthesis.prepare import agreed, check_seed, choose_device, roles_of, shares, waveform
from gramophone.synthesis.starts import (
    NOISES,
    heard_start,
    in_turn,
    objectives_of,
    of_waveform,
    shaped_noise,
    spectrogram_stage,
    style_in,
    warm_start,
    waveform_views,
    white_noise,
)
from gramophone.synthesis.terms import early_terms, lasting_terms

TIMBRE_BELOW = 0.25  # strengths under this let the content's own timbre in

Spectrogram = Float[Tensor, "channel frequency frame"]


def transfer(  # noqa: PLR0913
    content: Sound,
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    device: str | None = None,
    begun: Sound | None = None,
) -> Task:
    """Sets up a transfer; nothing is computed until it is iterated.

    Args:
        content: what is said; the result has its length and level.
        styles: what it is said with, blended if several.
        settings: usually `presets.preset(name, "transfer")`.
        strength: from 0 (the content as it is) to 1 (the style alone).
        weights: share of each style.
        seed: of every random choice.
        device: `cpu`, `cuda`; the best there is by default.
        begun: an earlier result to go on from, instead of noise.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: a strength, weight or device that cannot be.
    """
    if not 0 <= strength <= 1:
        raise UsageError(f"a strength of {strength} is outside 0 (the content) to 1 (the style)")
    check_seed(seed)
    proportions = shares(weights, len(styles))
    where = choose_device(device)
    settings, (content, *sounds) = agreed([content, *styles], settings, ["content", *roles_of(styles)])
    said = waveform(content, settings, where)
    waves = [waveform(sound, settings, where) for sound in sounds]
    set_up = _moving if settings.transfer.content is None else _featured
    set_up = _heard if settings.network.hears else set_up
    synthesis = (
        Synthesis(None, None, given=said)
        if strength == 0
        else set_up(said, waves, proportions, settings, strength, seed, begun)
    )
    return Task(
        name="transfer",
        parameters={"strength": strength, "weights": proportions, **({"begun": True} if begun else {})},
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=0.0,
        level_db=rms_db(content.samples),
        synthesis=synthesis,
    )


def _moving(
    said: Float[Tensor, "channel sample"],
    waves: Sequence[Float[Tensor, "channel _"]],
    proportions: Sequence[float],
    settings: Settings,
    strength: float,
    seed: int,
    begun: Sound | None,
) -> Synthesis:
    """This project's own transfer."""
    own = max(0.0, 1 - strength / TIMBRE_BELOW)
    if own:
        waves, proportions = [*waves, said], [*((1 - own) * share for share in proportions), own]
    view = Analysis(settings.resolution, settings, waves, proportions, said.shape[-1], seed)
    magnitude = view.magnitude(said)
    still = view.scale.inverse(shaped_noise(view, magnitude.shape[-1], seed))
    moved = still * _loudness(magnitude) ** held(strength)
    kept = Term("content", ScaledMovement(view.scale, Movement.of(magnitude, strength, settings.rate_hz)))
    wished = [Objective([*asked.terms, kept]) for asked in objectives_of(view, settings, said.shape[-1])]
    noise = torch.lerp(view.scale.forward(moved), view.scale.forward(magnitude), own)
    start = warm_start(view, begun, noise, settings, said.shape[-1])
    views = waveform_views(settings, waves, proportions, said.shape[-1], seed)
    return Synthesis(
        spectrogram_stage(view, wished, start, settings, said.shape[-1], seed),
        _polish(views, said, strength, settings),
    )


def _polish(
    views: Sequence[Analysis], said: Float[Tensor, "channel sample"], strength: float, settings: Settings
) -> WaveformStage | None:
    """The same terms on the waveform; movement is looked at in the first resolution only."""
    if not views:
        return None
    view = views[0]
    movement = Movement.of(view.magnitude(said), strength, settings.rate_hz)
    terms = [Term("style", style_in(views)), Term("content", lambda signal: movement(view.magnitude(signal)))]
    return WaveformStage(Objective(terms), settings.waveform.optimiser)


def _loudness(magnitude: Spectrogram) -> Float[Tensor, "channel 1 frame"]:
    """Amplitude over time, 1 on average (root mean square), at most 30 dB deep."""
    energy = magnitude.square().sum(1, keepdim=True)
    relative = energy / energy.mean()
    return ((relative + DEPTH) / (1 + DEPTH)).sqrt()


def _featured(
    said: Float[Tensor, "channel sample"],
    waves: Sequence[Float[Tensor, "channel _"]],
    proportions: Sequence[float],
    settings: Settings,
    strength: float,
    seed: int,
    begun: Sound | None,
) -> Synthesis:
    """Published systems: style and content features of one network, from the content, noise, or both mixed.

    The content weighs as published at strength 0.6. Where nothing else is said the strength is the share of noise.
    """
    samples = said.shape[-1]
    view = Analysis(settings.resolution, settings, waves, proportions, samples, seed)
    seen = view.see(said)
    lasting = [*lasting_terms(view, settings, samples, seen), *_content(view, settings, strength, seen)]
    share = strength if settings.transfer.noise is None else settings.transfer.noise
    noise = NOISES[settings.noise](view, seen.shape[-1], seed)
    start = view.painted(warm_start(view, begun, torch.lerp(seen, noise, share), settings, samples))
    views = waveform_views(settings, waves, proportions, samples, seed)
    return Synthesis(
        spectrogram_stage(view, in_turn(lasting, early_terms(view, settings)), start, settings, samples, seed),
        _featured_polish(views, said, strength, settings),
    )


def _content(view: Analysis, settings: Settings, strength: float, seen: Spectrogram) -> list[Term]:
    weight = settings.transfer.weight(strength)
    return [Term("content", view.network.content_term(seen), weight)] if weight else []


def _featured_polish(
    views: Sequence[Analysis], said: Float[Tensor, "channel sample"], strength: float, settings: Settings
) -> WaveformStage | None:
    """The same terms on the waveform; the content is looked at in the first resolution only."""
    if not views:
        return None
    heard = [
        replace(term, function=of_waveform(views[0], term.function))
        for term in _content(views[0], settings, strength, views[0].see(said))
    ]
    return WaveformStage(Objective([Term("style", style_in(views)), *heard]), settings.waveform.optimiser)


def _heard(
    said: Float[Tensor, "channel sample"],
    waves: Sequence[Float[Tensor, "channel _"]],
    proportions: Sequence[float],
    settings: Settings,
    strength: float,
    seed: int,
    begun: Sound | None,
) -> Synthesis:
    """Published systems that optimise the waveform alone."""
    hearing = hearing_of(settings.network, settings.resolution, settings.rate_hz, seed)
    terms = [Term("style", hearing.style_term(waves, proportions))]
    if weight := settings.transfer.weight(strength):
        terms.append(Term("content", hearing.content_term(said), weight))
    share = strength if settings.transfer.noise is None else settings.transfer.noise
    noise = white_noise(said, seed)
    start = heard_start(begun, (1 - share) * said + share * noise, settings)
    return Synthesis(None, WaveformStage(Objective(terms), settings.optimiser), given=start)
