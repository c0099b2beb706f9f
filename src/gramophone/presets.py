"""Named settings: this project's own, and published systems as they were published."""

import dataclasses
from typing import Literal

from gramophone.errors import UsageError
from gramophone.settings import (
    FrequencyScale,
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    WaveformSettings,
)

DEFAULT = "infinite"

Job = Literal["texture", "transfer", "stream"]

_TEXTURE = Settings(
    rate_hz=22050,
    resolution=Resolution(1024, 256, span_ms=(12, 46, 186, 372)),
    network=NetworkSettings("infinite"),
    optimiser=OptimiserSettings(iterations=160, patience=0),
    phase=PhaseSettings("pghi", iterations=32),
    waveform=WaveformSettings(
        (Resolution(2048, 512, span_ms=(23, 93, 372)), Resolution(512, 128, span_ms=(23, 93))),
        OptimiserSettings(iterations=40),
    ),
    native=True,
)

_TRANSFER = dataclasses.replace(
    _TEXTURE,
    optimiser=OptimiserSettings(iterations=40),
    # A waveform stage lowers the style distance further, but the result is made less of the style (purity).
    waveform=WaveformSettings(),
).on_scale("mel")

_STREAM = dataclasses.replace(
    _TEXTURE,
    optimiser=OptimiserSettings(iterations=40, patience=0),
    waveform=dataclasses.replace(_TEXTURE.waveform, optimiser=OptimiserSettings(iterations=20)),
)

_ULYANOV = Settings(
    rate_hz=22050,
    resolution=Resolution(2048, 512, span_ms=(255,)),
    network=NetworkSettings("random", filters=4096, widths_frames=(11,), normalise_level=False),
    optimiser=OptimiserSettings(iterations=300, patience=0),
    phase=PhaseSettings("random", iterations=500, momentum=0.0),
    waveform=WaveformSettings(),
)

PRESETS: dict[str, dict[Job, Settings]] = {
    "infinite": {"texture": _TEXTURE, "transfer": _TRANSFER, "stream": _STREAM},
    # Ulyanov & Lebedev 2016, "Audio texture synthesis and style transfer", TensorFlow notebook.
    "ulyanov2016": {"texture": _ULYANOV, "transfer": _ULYANOV},
}

DESCRIPTIONS: dict[str, str] = {
    "infinite": "infinitely many random filters in closed form, several time spans, waveform stage (default)",
    "ulyanov2016": "Ulyanov & Lebedev 2016: 4,096 random filters, L-BFGS 300, Griffin-Lim 500",
}


def preset(
    name: str, job: Job = "texture", *, iterations: int | None = None, scale: FrequencyScale | None = None
) -> Settings:
    """The settings of that name for a job, with another number of iterations or frequency scale if one is given.

    Raises:
        UsageError: there is no such preset, it cannot do the job, or fewer than 1 iteration is asked.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'; choose one of {', '.join(sorted(PRESETS))}")
    if job not in PRESETS[name]:
        able = ", ".join(sorted(other for other, jobs in PRESETS.items() if job in jobs))
        raise UsageError(f"the preset '{name}' cannot {job}; choose {able}")
    settings = PRESETS[name][job]
    if scale is not None:
        settings = settings.on_scale(scale)
    if iterations is None:
        return settings
    return dataclasses.replace(settings, optimiser=dataclasses.replace(settings.optimiser, iterations=iterations))
