"""Presets of rival transfers: methods that optimise no network, as they were published (`gramophone.rivals`).

A rival has its own published settings; those here are its window, below whose length a recording is refused, and its
number of iterations. `bed_db` is its strength.
"""

import math
from collections.abc import Mapping

from gramophone.errors import UsageError
from gramophone.settings import (
    USUAL_STRENGTH,
    NetworkSettings,
    OptimiserSettings,
    Resolution,
    RivalKind,
    Settings,
)

ITERATED: tuple[RivalKind, ...] = ("driedger2015", "tralie2024")
BED_FROM = 0.1  # strengths up to here have no bed
FULL_BED = 0.9  # where the bed is as loud as what lies over it
DB_A_STRENGTH = 25.0


def bed_db(strength: float) -> float:
    """Level of the style itself below `vocoder` and `cross` at a strength, in dB relative to them.

    Minus infinity up to 0.1, then from -20 dB in a straight line to 0 dB at 0.9 and 2.5 dB at 1.

    Example:
        >>> bed_db(0.0), bed_db(0.5), bed_db(0.9)
        (-inf, -10.0, 0.0)
    """
    return -math.inf if strength <= BED_FROM else round(DB_A_STRENGTH * (strength - FULL_BED), 9)


def refuse(settings: Settings, options: Mapping[str, object]) -> None:
    """Refuses options that a rival does not have.

    Args:
        settings: settings of the rival.
        options: options by name; None for those that were not given.

    Raises:
        UsageError: names the first such option.
    """
    takes = ("iterations",) if settings.rival in ITERATED else ()
    given = next((name for name, value in options.items() if value is not None and name not in takes), None)
    if given is not None:
        called = given.replace("_", " ")
        raise UsageError(f"the preset '{settings.rival}' optimises no network and takes no {called}; leave it out")


def check_strength(settings: Settings, strength: float, name: str | None = None) -> None:
    """Refuses a strength other than the default for a transfer without strength.

    Args:
        settings: settings of the transfer.
        strength: strength that was asked for.
        name: what the error speaks of; the rival by default.

    Raises:
        UsageError: the transfer has no strength.
    """
    if not settings.has_strength and strength != USUAL_STRENGTH:
        others = "vocoder or cross" if settings.rival else "a preset that weighs the content, such as ulyanov2016"
        called = name or f"the preset '{settings.rival}'"
        raise UsageError(f"{called} has no strength; leave out the strength of {strength:g}, or choose {others}")


def _rival(kind: RivalKind, window: int, hop_samples: int, iterations: int = 1) -> Settings:
    return Settings(
        rate_hz=22050,
        resolution=Resolution(window, hop_samples, span_ms=()),
        network=NetworkSettings(normalise_level=False),
        optimiser=OptimiserSettings(iterations=iterations),
        native=True,
        rival=kind,
    )


RIVALS: dict[RivalKind, tuple[Settings, str]] = {
    "driedger2015": (
        _rival("driedger2015", 2048, 1024, iterations=20),
        "Driedger et al. 2015, Let it Bee: the style's frames and transposed copies, weighted by NMF; no strength",
    ),
    "tralie2024": (
        _rival("tralie2024", 1024, 512, iterations=10),
        "Tralie & Cantil 2024, The Concatenator: the style's windows, by a particle filter; no strength",
    ),
    "vocoder": (
        _rival("vocoder", 512, 128),
        "channel vocoder (Dudley 1939) of 32 bands, the style as carrier; the strength sets the level of a bed of it",
    ),
    "cross": (
        _rival("cross", 4096, 1024),
        "narrow-band cross-synthesis (Smith 2011): the content's magnitudes, the style's phases; bed as in vocoder",
    ),
}
"""By name: settings of a transfer, and a line about it."""
