"""Textures: as much as you like of the sound of a recording, without repeating it."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound, rms_db
from gramophone.errors import UsageError
from gramophone.networks.waveform_models import hearing_of
from gramophone.optim.objective import Objective, Term
from gramophone.presets.style_mix import Mix
from gramophone.settings import Settings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.mixing import mixed
from gramophone.synthesis.pipeline import Synthesis, Task, WaveformStage
from gramophone.synthesis.prepare import agreed, check_seed, choose_device, roles_of, shares, shortest_s, waveform
from gramophone.synthesis.starts import (
    NOISES,
    heard_start,
    objectives_of,
    spectrogram_stage,
    warm_start,
    waveform_objective,
    waveform_views,
    white_noise,
)

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
    begun: Sound | None = None,
) -> Task:
    """Sets up a texture with the statistics of the styles; nothing is computed until it is iterated.

    Args:
        styles: one recording or more.
        settings: usually `presets.preset(name)`.
        duration_s: length of the result; by default that of the longest style.
        weights: share of each style.
        mix: what the weights mean; see `mix.Mix`. By default the styles alternate.
        loop: made on a circle, so that the last sample leads into the first; up to a hop shorter or longer.
        seed: another seed gives another texture.
        device: `cpu`, `cuda`; the best there is by default.
        begun: an earlier result to go on from, instead of noise.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a duration, weight, span or device that cannot be.
    """
    check_seed(seed)
    proportions = shares(weights, len(styles))
    where = choose_device(device)
    settings, sounds = agreed(styles, settings, roles_of(styles))
    duration_s = max(sound.duration_s for sound in sounds) if duration_s is None else duration_s
    samples = _samples(duration_s, settings, loop=loop)
    unmixed = [waveform(sound, settings, where) for sound in sounds]
    waves, portions = mixed(unmixed, proportions, mix or Mix(), settings.rate_hz)
    set_up = _heard if settings.network.hears else _seen
    return Task(
        name="texture",
        parameters={
            "duration_s": duration_s,
            "weights": proportions,
            **({"mix": asdict(mix)} if mix else {}),
            **({"loop": True} if loop else {}),
            **({"begun": True} if begun else {}),
        },
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=_unit_db(sounds, proportions, settings),
        level_db=None,
        synthesis=set_up(waves, portions, settings, samples, seed, begun, loop=loop),
    )


def _seen(
    waves: Sequence[Waveform],
    portions: Sequence[float],
    settings: Settings,
    samples: int,
    seed: int,
    begun: Sound | None,
    *,
    loop: bool,
) -> Synthesis:
    """Optimised as a spectrogram first."""
    view = Analysis(settings.resolution, settings, waves, portions, samples, seed, circular=loop)
    views = waveform_views(settings, waves, portions, samples, seed, circular=loop)
    noise = NOISES[settings.noise](view, view.stft.frames(samples), seed)
    start = view.painted(warm_start(view, begun, noise, settings, samples))
    objectives = objectives_of(view, settings, samples)
    return Synthesis(
        spectrogram_stage(view, objectives, start, settings, samples, seed),
        WaveformStage(waveform_objective(views, settings, samples), settings.waveform.optimiser, views)
        if views
        else None,
    )


def _heard(
    waves: Sequence[Waveform],
    portions: Sequence[float],
    settings: Settings,
    samples: int,
    seed: int,
    begun: Sound | None,
    *,
    loop: bool,
) -> Synthesis:
    """Optimised as a waveform alone."""
    if loop:
        raise UsageError(
            "this preset hears the waveform from its beginning to its end, not a loop; leave out the loop"
        )
    hearing = hearing_of(settings.network, settings.resolution, settings.rate_hz, seed)
    noise = white_noise(torch.zeros(len(waves[0]), samples, device=waves[0].device), seed)
    objective = Objective([Term("style", hearing.style_term(waves, portions))])
    start = heard_start(begun, noise, settings)
    return Synthesis(None, WaveformStage(objective, settings.optimiser), given=start)


def _samples(duration_s: float, settings: Settings, *, loop: bool) -> int:
    """Length of the result; a loop holds a whole number of every hop."""
    if not shortest_s(settings) <= duration_s < math.inf:
        raise UsageError(f"a duration of {duration_s} s is too short; ask for {shortest_s(settings):.3f} s or more")
    samples = round(duration_s * settings.rate_hz)
    if not loop:
        return samples
    if duration_s > LONGEST_LOOP_S:
        raise UsageError(f"a loop of {duration_s:g} s is too long; ask for {LONGEST_LOOP_S:g} s or less")
    step = math.lcm(*(view.hop_samples for view in settings.views))
    return max(1, round(samples / step)) * step


def _unit_db(sounds: Sequence[Sound], proportions: Sequence[float], settings: Settings) -> float:
    if not settings.network.normalise_level:
        return 0.0
    return sum(w * rms_db(sound.samples) for sound, w in zip(sounds, proportions, strict=True))
