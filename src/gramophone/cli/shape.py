"""The options that say what a texture is like; `texture` and `stream` share them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter, Token

from gramophone.presets import Changes
from gramophone.presets.style_mix import Mix, MixKind


def _numbers(_: object, tokens: Sequence[Token]) -> tuple[float, ...]:
    words = [word for token in tokens for word in token.value.split(",")]
    try:
        return tuple(float(word) for word in words)
    except ValueError:
        raise ValueError("give numbers with commas between them, such as 20,80,320") from None


Numbers = Annotated[tuple[float, ...] | None, Parameter(converter=_numbers, negative=())]


@Parameter(name="*")
@dataclass(frozen=True)
class Shape:
    """What the texture keeps of its styles, and how several become one.

    Attributes:
        span_ms: Time structure that is kept: lengths of the patches that are compared, in milliseconds with commas.
            Longer spans keep more and vary less.
        mix: alternate: at each moment one of the STYLEs, by their weights. blend: all of them at once.
        crossover_hz: STYLEs by frequency band instead, lowest first: one border less than STYLEs, with commas.
        rhythm: Weight of a term that keeps beats of 0.2 to 2 s; 1 is strong.
        diversity: Weight of a term against copies of the STYLE, such as 0.001.
        time_energy: Weight of a term that gives the result the STYLE's level over time.
        frequency_energy: Weight of a term that holds the long-term spectrum.
    """

    span_ms: Annotated[Numbers, Parameter(metavar="MS,MS")] = None
    mix: MixKind = "alternate"
    crossover_hz: Annotated[Numbers, Parameter(metavar="HZ,HZ")] = None
    rhythm: Annotated[float | None, Parameter(metavar="W")] = None
    diversity: Annotated[float | None, Parameter(metavar="W")] = None
    time_energy: Annotated[float | None, Parameter(metavar="W")] = None
    frequency_energy: Annotated[float | None, Parameter(metavar="W")] = None

    @property
    def changes(self) -> Changes:
        """In the preset."""
        return Changes(
            span_ms=self.span_ms,
            rhythm=self.rhythm,
            diversity=self.diversity,
            time_energy=self.time_energy,
            frequency_energy=self.frequency_energy,
        )

    def mixed(self, styles: int, *, weighted: bool) -> Mix:
        """What weights mean, checked.

        Raises:
            UsageError: crossovers that do not fit the styles.
        """
        return Mix.of(self.mix, self.crossover_hz, styles, weighted=weighted)
