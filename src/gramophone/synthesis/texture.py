"""Textures: any length of the sound of a recording, without repeating it."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.bounds import check_seed
from gramophone.errors import UsageError
from gramophone.optim.objective import Term
from gramophone.presets.style_mix import Mix
from gramophone.settings import Settings
from gramophone.synthesis.mixing import mixed
from gramophone.synthesis.pipeline import Synthesis, Task
from gramophone.synthesis.prepare import (
    agreed,
    choose_device,
    normalised_weights,
    roles_of,
    shortest_s,
    unit_db,
    waveform,
)
from gramophone.synthesis.starts import NOISES, Inputs, on_waveform, texture_objectives, white_noise
from gramophone.synthesis.terms import lasting_terms

LONGEST_LOOP_S = 60.0

Waveform = Float[Tensor, "channel _"]


def texture(  # noqa: PLR0913
    styles: Sequence[Sound],
    settings: Settings,
    *,
    duration_s: float | None = None,
    weights: Sequence[float] | None = None,
    mix: Mix | None = None,
    loop: bool = False,
    seed: int = 0,
    device: str | None = None,
    warm_start: Sound | None = None,
) -> Task:
    """Sets up a texture with the statistics of the styles; nothing is computed until it is iterated.

    Args:
        styles: one or more recordings.
        settings: usually `presets.preset(name)`.
        duration_s: length of the result in seconds; by default that of the longest style.
        weights: weight of each style; equal by default.
        mix: meaning of the weights; see `style_mix.Mix`. By default the styles alternate.
        loop: whether the last sample leads into the first; the result is up to a hop shorter or longer.
        seed: seed of the texture; another seed gives another texture.
        device: `cpu` or `cuda`; the best available by default.
        warm_start: earlier result to continue from, instead of noise.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a duration, weight, span or device is invalid.
    """
    check_seed(seed)
    weights = normalised_weights(weights, len(styles))
    where = choose_device(device)
    settings, sounds = agreed(styles, settings, roles_of(styles))
    duration_s = max(sound.duration_s for sound in sounds) if duration_s is None else duration_s
    samples = _samples(duration_s, settings, loop=loop)
    unmixed = [waveform(sound, settings, where) for sound in sounds]
    mixture = mixed(unmixed, weights, mix or Mix(), settings.rate_hz)
    set_up = _on_waveform if settings.network.is_waveform_model else _on_spectrogram
    return Task(
        name="texture",
        parameters={
            "duration_s": duration_s,
            "weights": weights,
            **({"mix": asdict(mix)} if mix else {}),
            **({"loop": True} if loop else {}),
            **({"begun": True} if warm_start else {}),
        },
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=unit_db(sounds, weights, settings),
        level_db=None,
        synthesis=set_up(Inputs(*mixture, settings, samples, seed, warm_start, loop)),
    )


def _on_spectrogram(inputs: Inputs) -> Synthesis:
    """The spectrogram is optimised first."""
    settings, samples = inputs.settings, inputs.samples
    view, *views = inputs.views()
    noise = NOISES[settings.noise](view, view.stft.frames(samples), inputs.seed)
    others = lasting_terms(views[0], settings, samples)[1:] if views else []
    return Synthesis(
        inputs.spectrogram_stage(view, texture_objectives(view, settings, samples), noise),
        inputs.waveform_stage(views, [on_waveform(views[0], term) for term in others]),
    )


def _on_waveform(inputs: Inputs) -> Synthesis:
    """The waveform alone is optimised."""
    if inputs.circular:
        raise UsageError(
            "this preset models the waveform from its beginning to its end, not a loop; leave out the loop"
        )
    first = inputs.styles[0]
    noise = white_noise(torch.zeros(len(first), inputs.samples, device=first.device), inputs.seed)
    style = inputs.waveform_model().style_term(inputs.styles, inputs.weights)
    return inputs.waveform_alone([Term("style", style)], noise)


def _samples(duration_s: float, settings: Settings, *, loop: bool) -> int:
    """Length of the result; that of a loop is a multiple of every hop."""
    if not shortest_s(settings) <= duration_s < math.inf:
        raise UsageError(f"a duration of {duration_s} s is too short; ask for {shortest_s(settings):.3f} s or more")
    samples = round(duration_s * settings.rate_hz)
    if not loop:
        return samples
    if duration_s > LONGEST_LOOP_S:
        raise UsageError(f"a loop of {duration_s:g} s is too long; ask for {LONGEST_LOOP_S:g} s or less")
    step = math.lcm(*(view.hop_samples for view in settings.views))
    return max(1, round(samples / step)) * step
