"""Named settings: this project's own, and published systems as they were published."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from gramophone.errors import UsageError
from gramophone.presets.published import SYSTEMS
from gramophone.presets.rivals import RIVALS, refuse
from gramophone.presets.spans import with_spans
from gramophone.settings import (
    TRAINED_KINDS,
    ConditionSettings,
    Envelopes,
    FrequencyScale,
    NetworkKind,
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    TransferSettings,
    WaveformSettings,
)

DEFAULT = "infinite"

Job = Literal["texture", "transfer", "stream"]

_TEXTURE = Settings(
    rate_hz=22050,
    resolution=Resolution(1024, 256, span_ms=(12, 46, 186, 372)),
    network=NetworkSettings("infinite"),
    optimiser=OptimiserSettings(iterations=60, history=10, patience=0),
    phase=PhaseSettings("pghi", iterations=8),
    waveform=WaveformSettings(
        (Resolution(2048, 512, span_ms=(23, 93, 372)), Resolution(512, 256, span_ms=(23, 93))),
        OptimiserSettings(iterations=30, history=10),
    ),
    noise="surrogate",
    native=True,
)

_TRANSFER = replace(
    _TEXTURE,
    resolution=Resolution(2048, 512, span_ms=(23, 93, 186)),
    optimiser=OptimiserSettings(iterations=12, patience=0),
    phase=PhaseSettings("pghi", iterations=16),
    waveform=WaveformSettings(),
    transfer=TransferSettings(condition=ConditionSettings()),
    noise="shaped",
)

_BY_ENVELOPES = replace(
    _TEXTURE,
    optimiser=OptimiserSettings(iterations=40),
    phase=PhaseSettings("pghi", iterations=32),
    # A waveform stage lowers the style distance further, but the result is made less of the style (purity).
    waveform=WaveformSettings(),
    noise="shaped",
).on_scale("mel")

_STREAM = replace(
    _TEXTURE,
    optimiser=replace(_TEXTURE.optimiser, iterations=16),
    phase=PhaseSettings("pghi", iterations=32),
    waveform=replace(_TEXTURE.waveform, optimiser=OptimiserSettings(iterations=12, history=10)),
)

_DEEP = NetworkSettings("infinite", depth=2)

PRESETS: dict[str, dict[Job, Settings]] = {
    "infinite": {"texture": _TEXTURE, "transfer": _TRANSFER, "stream": _STREAM},
    "infinite-deep": {"texture": replace(_TEXTURE, network=_DEEP), "transfer": replace(_BY_ENVELOPES, network=_DEEP)},
    **{name: {"texture": one.texture or one.transfer, "transfer": one.transfer} for name, one in SYSTEMS.items()},
    **{name: {"transfer": settings} for name, (settings, _) in RIVALS.items()},
}

DESCRIPTIONS: dict[str, str] = {
    "infinite": "infinitely many random filters in closed form; transfers keep words, melody or rhythm (default)",
    "infinite-deep": "the same with two layers of infinitely many filters",
    **{name: one.description for name, one in SYSTEMS.items()},
    **{name: words for name, (_, words) in RIVALS.items()},
}


TERMS = ("rhythm", "diversity", "time_energy", "frequency_energy")
"""Terms whose weights may be changed, by their names in `Changes` and `TermSettings`."""

WHOLE_S = 30.0  # longer textures are computed in blocks


class Changes(TypedDict, total=False):
    """Settings of a preset that users may change; None keeps that of the preset.

    The weights are those of `settings.TermSettings`.

    Attributes:
        iterations: steps in all, at least 1.
        scale: of the frequencies that the network sees.
        span_ms: lengths of the patches that are compared, or of the filters that are drawn.
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
    """Settings of a preset for a job, with changes.

    Raises:
        UsageError: the preset is unknown or does not do the job, or a change is invalid.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'; choose one of {', '.join(sorted(PRESETS))}")
    if job not in PRESETS[name]:
        able = ", ".join(sorted(other for other, jobs in PRESETS.items() if job in jobs))
        raise UsageError(f"the preset '{name}' makes no {job}s; choose {able}")
    settings = PRESETS[name][job]
    if settings.rival is not None:
        refuse(settings, changes)
    _check_changes(name, settings, changes)
    if scale := changes.get("scale"):
        settings = settings.on_scale(scale)
    if (span_ms := changes.get("span_ms")) is not None:
        settings = with_spans(name, settings, span_ms)
    if (iterations := changes.get("iterations")) is not None:
        settings = settings.with_iterations(iterations)
    terms: dict[str, Any] = {name: weight for name in TERMS if (weight := changes.get(name)) is not None}
    return replace(settings, terms=replace(settings.terms, **terms)) if terms else settings


def trained_kind(name: str) -> NetworkKind:
    """Kind of the trained network of a name.

    Raises:
        UsageError: there is no such network.
    """
    for kind in TRAINED_KINDS:
        if kind == name:
            return kind
    raise UsageError(f"network must be one of {', '.join(TRAINED_KINDS)}, not '{name}'")


def check_takes_weights(name: str, network: NetworkSettings, weights: str) -> None:
    """Refuses weights for a preset whose network does not take any.

    Args:
        name: name of the preset in the error.
        network: network of the preset.
        weights: `trained`, `random` or a path.

    Raises:
        UsageError: the network takes no weights.
    """
    if not network.takes_weights:
        raise UsageError(
            f"the weights {weights} need a network; the preset '{name}' has none that takes any: choose another "
            "preset, name a network for a transfer, or give one number for each style"
        )


def in_blocks(name: str, duration_s: float | None, *, loop: bool = False, morphs: bool = False) -> bool:
    """Whether a texture is computed block by block: it morphs, or is long and its preset makes streams."""
    is_long = duration_s is not None and duration_s > WHOLE_S and "stream" in PRESETS.get(name, {})
    return morphs or (is_long and not loop)


def steered(
    settings: Settings, name: str, *, noise: float | None = None, envelopes: Envelopes | None = None
) -> Settings:
    """Settings of a transfer with another start, or with the envelopes of another sound.

    Args:
        settings: settings of the preset.
        name: name of the preset in errors.
        noise: share of noise in the start, from 0 (the content) to 1; None leaves it.
        envelopes: whose level over time and long-term spectrum are asked for; None leaves it.

    Raises:
        UsageError: the preset has no share of noise, or compares no envelopes.
    """
    if settings.rival is not None:
        refuse(settings, {"noise": noise, "envelopes": envelopes})
    if noise is not None:
        if settings.transfer.content is None:
            raise UsageError(
                f"the preset '{name}' has no share of noise; leave out noise, or choose a published system such as "
                "wyse2017"
            )
        settings = replace(settings, transfer=replace(settings.transfer, noise=noise))
    if envelopes is not None:
        if not settings.terms.time_energy and not settings.terms.frequency_energy:
            raise UsageError(f"the preset '{name}' compares no envelopes; leave out envelopes, or choose verma2018")
        settings = replace(settings, terms=replace(settings.terms, envelopes=envelopes))
    return settings


def _check_changes(name: str, settings: Settings, changes: Changes) -> None:
    if settings.network.has_own_scale and changes.get("scale"):
        raise UsageError(f"the preset '{name}' has a frequency scale of its own; leave out the scale")
    if settings.transfer.condition and (other := next((one for one in ("scale", *TERMS) if changes.get(one)), None)):
        raise UsageError(
            f"transfers of '{name}' take no {other.replace('_', ' ')}; leave it out, or choose infinite-deep"
        )
    asked = next((term for term in TERMS if changes.get(term)), None)
    if settings.network.is_waveform_model and asked:
        raise UsageError(
            f"the preset '{name}' optimises the waveform alone and takes no {asked.replace('_', ' ')}; leave it out"
        )
