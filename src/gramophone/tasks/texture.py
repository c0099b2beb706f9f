"""Textures: as much as you like of the sound of a recording, without repeating it."""

from collections.abc import Sequence

from gramophone.audio import Sound, rms_db
from gramophone.errors import UsageError
from gramophone.objective import Objective, Term
from gramophone.settings import Settings
from gramophone.tasks.prepare import View, check_seed, choose_device, mono_at, shares, shortest_s, waveform
from gramophone.tasks.stages import shaped_noise, spectrogram_stage, style_in, tiny_noise, waveform_views
from gramophone.tasks.synthesis import Synthesis, WaveformStage
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
    views = waveform_views(settings, waves, proportions, samples, seed)
    noise = tiny_noise if settings.network.kind == "random" else shaped_noise
    start = noise(view, view.stft.frames(samples), seed)
    return Task(
        name="texture",
        parameters={"duration_s": duration_s, "weights": proportions},
        settings=settings,
        seed=seed,
        device=str(where),
        unit_db=_unit_db(sounds, proportions, settings),
        level_db=None,
        synthesis=Synthesis(
            spectrogram_stage(view, Objective([Term("style", view.style)]), start, settings, samples, seed),
            WaveformStage(Objective([Term("style", style_in(views))]), settings.waveform.optimiser)
            if views
            else None,
        ),
    )


def _unit_db(sounds: Sequence[Sound], proportions: Sequence[float], settings: Settings) -> float:
    if not settings.network.normalise_level:
        return 0.0
    return sum(w * rms_db(sound.samples) for sound, w in zip(sounds, proportions, strict=True))
