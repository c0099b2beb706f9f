"""Named settings: this project's own, and published systems as they were published."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypedDict, Unpack

from gramophone.errors import UsageError
from gramophone.presets.published import SYSTEMS
from gramophone.presets.rivals import RIVALS, refuse
from gramophone.settings import (
    ConditionSettings,
    Envelopes,
    FrequencyScale,
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    TermSettings,
    TransferSettings,
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

_TRANSFER = replace(
    _TEXTURE,
    resolution=Resolution(2048, 512, span_ms=(23, 93, 186)),
    optimiser=OptimiserSettings(iterations=12, patience=0),
    phase=PhaseSettings("pghi", iterations=16),
    waveform=WaveformSettings(),
    transfer=TransferSettings(condition=ConditionSettings()),
)

_BY_ENVELOPES = replace(
    _TEXTURE,
    optimiser=OptimiserSettings(iterations=40),
    # A waveform stage lowers the style distance further, but the result is made less of the style (purity).
    waveform=WaveformSettings(),
).on_scale("mel")

_STREAM = replace(
    _TEXTURE,
    optimiser=OptimiserSettings(iterations=40, history=10, patience=0),
    waveform=replace(_TEXTURE.waveform, optimiser=OptimiserSettings(iterations=16, history=10)),
)

_DEEP = NetworkSettings("infinite", depth=2)

PRESETS: dict[str, dict[Job, Settings]] = {
    "infinite": {"texture": _TEXTURE, "transfer": _TRANSFER, "stream": _STREAM},
    "infinite-deep": {"texture": replace(_TEXTURE, network=_DEEP), "transfer": replace(_BY_ENVELOPES, network=_DEEP)},
    **{name: {"texture": texture, "transfer": transfer} for name, (texture, transfer, _) in SYSTEMS.items()},
    **{name: {"transfer": settings} for name, (settings, _) in RIVALS.items()},
}

DESCRIPTIONS: dict[str, str] = {
    "infinite": "infinitely many random filters in closed form; transfers keep words, melody or rhythm (default)",
    "infinite-deep": "the same with two layers of infinitely many filters",
    **{name: words for name, (_, _, words) in SYSTEMS.items()},
    **{name: words for name, (_, words) in RIVALS.items()},
}


WHOLE_S = 30.0  # a texture that lasts longer is made in blocks


class Changes(TypedDict, total=False):
    """What may be changed in a preset by whoever uses it; None stands for the preset's own.

    The weights are those of `settings.TermSettings`.

    Attributes:
        iterations: steps of the main loop, at least 1.
        scale: of the frequencies that the network sees.
        span_ms: lengths of the patches that are compared.
        rhythm: weight of a term that keeps beats of 0.2 to 2 s; 1 is strong.
        diversity: weight of a term against copies, such as 0.001.
        time_energy: weight of a term that holds the level over time.
        frequency_energy: weight of a term that holds the long-term spectrum.
    """

    iterations: int | None
    scale: FrequencyScale | None
    span_ms: Sequence[float] | None
    rhythm: float | None
    diversity: float | None
    time_energy: float | None
    frequency_energy: float | None


def preset(name: str, job: Job = "texture", **changes: Unpack[Changes]) -> Settings:
    """The settings of that name for a job, with some changes.

    Raises:
        UsageError: there is no such preset, it cannot do the job, or a change cannot be.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'; choose one of {', '.join(sorted(PRESETS))}")
    if job not in PRESETS[name]:
        able = ", ".join(sorted(other for other, jobs in PRESETS.items() if job in jobs))
        raise UsageError(f"the preset '{name}' cannot {job}; choose {able}")
    settings = PRESETS[name][job]
    if settings.rival is not None:
        refuse(settings, changes)
    _check_changes(name, settings, changes)
    if scale := changes.get("scale"):
        settings = settings.on_scale(scale)
    if (span_ms := changes.get("span_ms")) is not None:
        settings = settings.with_spans(span_ms)
    if (iterations := changes.get("iterations")) is not None:
        settings = replace(settings, optimiser=replace(settings.optimiser, iterations=iterations))
    terms = _changed(settings.terms, changes)
    return settings if terms == settings.terms else replace(settings, terms=terms)


def in_blocks(name: str, duration_s: float | None, *, loop: bool = False, morphs: bool = False) -> bool:
    """Whether a texture is made block after block: it morphs, or it is long and its preset can."""
    is_long = duration_s is not None and duration_s > WHOLE_S and "stream" in PRESETS.get(name, {})
    return morphs or (is_long and not loop)


def steered(
    settings: Settings, name: str, *, noise: float | None = None, envelopes: Envelopes | None = None
) -> Settings:
    """The settings of a transfer with another start, or with envelopes of another sound.

    Args:
        settings: what is changed.
        name: of the preset, for errors.
        noise: share of noise in the start, from 0 (the content) to 1; None leaves it.
        envelopes: whose level over time and long-term spectrum are asked for; None leaves it.

    Raises:
        UsageError: the preset has no such start, or asks for no envelopes.
    """
    if settings.rival is not None:
        refuse(settings, {"noise": noise, "envelopes": envelopes})
    if noise is not None:
        if settings.transfer.content is None:
            raise UsageError(
                f"the preset '{name}' starts from noise alone; a share of noise is for published systems, such as "
                "wyse2017"
            )
        settings = replace(settings, transfer=replace(settings.transfer, noise=noise))
    if envelopes is not None:
        if not settings.terms.time_energy and not settings.terms.frequency_energy:
            raise UsageError(f"the preset '{name}' asks for no envelopes; leave them out, or choose verma2018")
        settings = replace(settings, terms=replace(settings.terms, envelopes=envelopes))
    return settings


def _check_changes(name: str, settings: Settings, changes: Changes) -> None:
    if settings.network.has_own_scale and changes.get("scale"):
        raise UsageError(f"the preset '{name}' has a frequency scale of its own; leave out the scale")
    terms = ("rhythm", "diversity", "time_energy", "frequency_energy")
    if settings.transfer.condition and (other := next((one for one in ("scale", *terms) if changes.get(one)), None)):
        raise UsageError(
            f"transfers of '{name}' take no {other.replace('_', ' ')}; leave it out, or choose infinite-deep"
        )
    asked = next((term for term in terms if changes.get(term)), None)
    if settings.network.is_waveform_model and asked:
        raise UsageError(f"the preset '{name}' optimises the waveform alone and takes no {asked.replace('_', ' ')}")


def _changed(terms: TermSettings, changes: Changes) -> TermSettings:
    rhythm, diversity = changes.get("rhythm"), changes.get("diversity")
    time_energy, frequency_energy = changes.get("time_energy"), changes.get("frequency_energy")
    return replace(
        terms,
        rhythm=terms.rhythm if rhythm is None else rhythm,
        diversity=terms.diversity if diversity is None else diversity,
        time_energy=terms.time_energy if time_energy is None else time_energy,
        frequency_energy=terms.frequency_energy if frequency_energy is None else frequency_energy,
    )
