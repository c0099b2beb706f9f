"""Textures: as much as you like of the sound of a recording, without repeating it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound, rms_db
from gramophone.errors import UsageError
from gramophone.objective import Objective, Term
from gramophone.settings import Settings
from gramophone.tasks.prepare import View, check_seed, choose_device, mono_at, shares, shortest_s, waveform
from gramophone.tasks.synthesis import SpectrogramStage, Synthesis, WaveformStage
from gramophone.tasks.task import Task


def texture(
    styles: Sequence[Sound],
    settings: Settings,
    *,
    duration_s: float | None = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    device: str | None = None,
) -> Task:
    """Sets up a texture with the statistics of the styles; nothing is computed until it is iterated.

    Args:
        styles: one recording or more; several are blended into one texture with the mixed statistics.
        settings: usually `presets.preset(name)`.
        duration_s: length of the result; by default that of the longest style.
        weights: share of each style.
        seed: another seed gives another texture.
        device: `cpu`, `cuda`; the best there is by default.

    Raises:
        InputError: a style is silent or too short.
        UsageError: a duration, weight or device that cannot be.
    """
    check_seed(seed)
    proportions = shares(weights, len(styles))
    where = choose_device(device)
    roles = ["style"] if len(styles) == 1 else [f"style {place}" for place in range(1, len(styles) + 1)]
    sounds = [mono_at(sound, settings, role) for sound, role in zip(styles, roles, strict=True)]
    duration_s = max(sound.duration_s for sound in sounds) if duration_s is None else duration_s
    if not shortest_s(settings) <= duration_s < float("inf"):
        raise UsageError(f"a duration of {duration_s} s is too short; ask for {shortest_s(settings):.3f} s or more")
    samples = round(duration_s * settings.rate_hz)
    waves = [waveform(sound, settings, where) for sound in sounds]
    view = View(settings.resolution, settings, waves, proportions, samples, seed)
    return Task(
        name="texture",
        parameters={"duration_s": duration_s, "weights": proportions},
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=_unit_db(sounds, proportions, settings),
        level_db=None,
        synthesis=Synthesis(
            SpectrogramStage(
                objective=Objective([Term("style", view.style)]),
                start=_start(view, view.stft.frames(samples), settings, seed),
                optimiser=settings.optimiser,
                stft=view.stft,
                scale=view.scale,
                phase=settings.phase,
                samples=samples,
                seed=seed,
            ),
            _polish(settings, waves, proportions, samples, seed),
        ),
    )


def _unit_db(sounds: Sequence[Sound], proportions: Sequence[float], settings: Settings) -> float:
    if not settings.network.normalise_level:
        return 0.0
    return sum(w * rms_db(sound.samples) for sound, w in zip(sounds, proportions, strict=True))


def _polish(
    settings: Settings,
    waves: Sequence[Float[Tensor, "channel _"]],
    proportions: Sequence[float],
    samples: int,
    seed: int,
) -> WaveformStage | None:
    """The stage on the waveform: the style term in every one of its resolutions."""
    views = [View(view, settings, waves, proportions, samples, seed) for view in settings.waveform.resolutions]
    if not views:
        return None

    def style(signal: Float[Tensor, "channel sample"]) -> Float[Tensor, ""]:
        return torch.stack([view.style(view.see(signal)) for view in views]).mean()

    return WaveformStage(Objective([Term("style", style)]), settings.waveform.optimiser)


def _start(view: View, frames: int, settings: Settings, seed: int) -> Float[Tensor, "channel frequency frame"]:
    """Noise with the styles' mean spectrum (zeros would be a dead point); tiny plain noise for drawn networks."""
    generator = torch.Generator().manual_seed(seed)
    shape = (*view.styles[0].shape[:2], frames)
    if settings.network.kind == "random":
        return (1e-3 * torch.randn(shape, generator=generator)).to(view.styles[0])
    mean = torch.stack([style.mean(-1) * w for style, w in zip(view.styles, view.weights, strict=True)]).sum(0)
    return mean[..., None] * 2 * torch.rand(shape, generator=generator).to(mean)
