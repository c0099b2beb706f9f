"""Transfer: words, notes or rhythm of the content, made of the style.

The default way conditions the style on the content, see `synthesis.core`. Beside it stand two that hold less of the
content: a lower bound on the correlation of energies in a few bands while the style term of a deep network is
minimised from noise, and the content features of published systems.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound, rms_db
from gramophone.bounds import check_bounds, check_seed
from gramophone.optim.objective import Objective, Term
from gramophone.settings import Settings
from gramophone.statistics.envelopes import DEPTH
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.conditioned import ConditionedInputs, ConditionedSynthesis
from gramophone.synthesis.envelope_correlation import EnvelopeConstraint, ScaledEnvelopeConstraint, constraint
from gramophone.synthesis.pipeline import Synthesis, Task
from gramophone.synthesis.prepare import (
    agreed,
    choose_device,
    longest_span_s,
    normalised_weights,
    roles_of,
    waveform,
)
from gramophone.synthesis.rival_transfer import rival_transfer
from gramophone.synthesis.starts import (
    NOISES,
    Inputs,
    in_turn,
    on_waveform,
    shaped_noise,
    texture_objectives,
    white_noise,
)
from gramophone.synthesis.terms import early_terms, lasting_terms

Spectrogram = Float[Tensor, "channel frequency frame"]
Waveform = Float[Tensor, "channel _"]


def transfer(  # noqa: PLR0913
    content: Sound,
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    device: str | None = None,
    warm_start: Sound | None = None,
) -> Task:
    """Sets up a transfer; nothing is computed until it is iterated.

    Args:
        content: recording whose course in time, length and level the result has.
        styles: one or more recordings whose sound the result has.
        settings: usually `presets.preset(name, "transfer")`.
        strength: from 0 (the content unchanged) to 1 (the style alone).
        weights: weight of each style; equal by default.
        seed: seed of every random choice.
        device: `cpu` or `cuda`; the best available by default.
        warm_start: earlier result to continue from, instead of noise.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: a strength, weight or device is invalid.
    """
    check_bounds("strength", strength, 0, 1)
    if settings.rival is not None:
        return rival_transfer(
            content, styles, settings, strength=strength, weights=weights, seed=seed, warm_start=warm_start
        )
    check_seed(seed)
    by_weights = weights is not None or len(styles) == 1
    weights = normalised_weights(weights, len(styles))
    conditioned = settings.transfer.condition is not None
    # Choosing excerpts is a serial search, and the few steps after it are short.
    available = choose_device(device)
    where = torch.device("cpu") if conditioned else available
    settings, (content, *sounds) = agreed([content, *styles], settings, ["content", *roles_of(styles)])
    signal, *style_signals = (waveform(sound, settings, where) for sound in [content, *sounds])
    inputs = Inputs(style_signals, weights, settings, signal.shape[-1], seed, warm_start)
    if strength == 0:
        synthesis = Synthesis(None, None, given=signal)
    elif conditioned:
        synthesis = _conditioned(signal, strength, inputs, by_weights=by_weights)
    elif settings.network.is_waveform_model:
        synthesis = _on_waveform(signal, strength, inputs)
    elif settings.transfer.content is None:
        synthesis = _by_envelopes(signal, strength, inputs)
    else:
        synthesis = _by_features(signal, strength, inputs)
    return Task(
        name="transfer",
        parameters={
            "strength": strength,
            "weights": weights if by_weights or not conditioned else None,
            **({"begun": True} if warm_start else {}),
        },
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=0.0,
        level_db=rms_db(content.samples),
        synthesis=synthesis,
    )


def _conditioned(content: Waveform, strength: float, inputs: Inputs, *, by_weights: bool) -> Synthesis:
    """The style under a condition set by the content; each moment takes the style that fits, or by weights."""
    settings, samples = inputs.settings, inputs.samples
    shortest = min(sound.shape[-1] for sound in (content, *inputs.styles))
    allowed = settings.resolution.allowed(longest_span_s(settings, shortest / settings.rate_hz))
    settings = replace(settings, resolution=replace(settings.resolution, span_ms=allowed))
    earlier = None
    if (sound := inputs.warm_start) is not None:
        found = waveform(sound.with_channels(len(content)).resampled(settings.rate_hz), settings, content.device)
        earlier = torch.nn.functional.pad(found[:, :samples], (0, max(0, samples - found.shape[1])))
    weights = inputs.weights if by_weights else None
    return ConditionedSynthesis(
        ConditionedInputs(content, inputs.styles, settings, strength, weights, inputs.seed, earlier)
    )


def _by_envelopes(content: Waveform, strength: float, inputs: Inputs) -> Synthesis:
    """The content as a constraint on band envelopes."""
    settings = inputs.settings
    view, *views = inputs.views()
    magnitude = view.magnitude(content)
    stationary = view.scale.inverse(shaped_noise(view, magnitude.shape[-1], inputs.seed))
    shaped = stationary * _loudness(magnitude) ** constraint(strength)
    bound = EnvelopeConstraint.of(magnitude, strength, settings.rate_hz)
    kept = Term("content", ScaledEnvelopeConstraint(view.scale, bound))
    objectives = [Objective([*one.terms, kept]) for one in texture_objectives(view, settings, inputs.samples)]
    noise = view.scale.forward(shaped)
    terms = [_envelope_term(views[0], content, strength, settings)] if views else []
    return Synthesis(inputs.spectrogram_stage(view, objectives, noise), inputs.waveform_stage(views, terms))


def _envelope_term(view: Analysis, content: Waveform, strength: float, settings: Settings) -> Term:
    bound = EnvelopeConstraint.of(view.magnitude(content), strength, settings.rate_hz)
    return Term("content", lambda signal: bound(view.magnitude(signal)))


def _loudness(magnitude: Spectrogram) -> Float[Tensor, "channel 1 frame"]:
    """Amplitude over time, with a root mean square of 1, at most 30 dB deep."""
    energy = magnitude.square().sum(1, keepdim=True)
    relative = energy / energy.mean()
    return ((relative + DEPTH) / (1 + DEPTH)).sqrt()


def _by_features(content: Waveform, strength: float, inputs: Inputs) -> Synthesis:
    """Published systems: style and content features of one network, from the content, noise, or both mixed.

    The content weighs as published at strength 0.6. The strength is the fraction of noise unless the settings have
    one.
    """
    settings = inputs.settings
    view, *views = inputs.views()
    target = view.log_magnitude(content)
    lasting = lasting_terms(view, settings, inputs.samples, target) + _content(view, settings, strength, target)
    noise = NOISES[settings.noise](view, target.shape[-1], inputs.seed)
    mixed = torch.lerp(target, noise, _noise_fraction(settings, strength))
    terms = _content(views[0], settings, strength, views[0].log_magnitude(content)) if views else []
    return Synthesis(
        inputs.spectrogram_stage(view, in_turn(lasting, early_terms(view, settings)), mixed, target),
        inputs.waveform_stage(views, [on_waveform(views[0], term) for term in terms]),
    )


def _noise_fraction(settings: Settings, strength: float) -> float:
    return strength if settings.transfer.noise is None else settings.transfer.noise


def _content(view: Analysis, settings: Settings, strength: float, target: Spectrogram) -> list[Term]:
    weight = settings.transfer.weight(strength)
    return [Term("content", view.network.content_term(target), weight)] if weight else []


def _on_waveform(content: Waveform, strength: float, inputs: Inputs) -> Synthesis:
    """Published systems that optimise the waveform alone."""
    model = inputs.waveform_model()
    terms = [Term("style", model.style_term(inputs.styles, inputs.weights))]
    if weight := inputs.settings.transfer.weight(strength):
        terms.append(Term("content", model.content_term(content), weight))
    fraction = _noise_fraction(inputs.settings, strength)
    return inputs.waveform_alone(terms, (1 - fraction) * content + fraction * white_noise(content, inputs.seed))
