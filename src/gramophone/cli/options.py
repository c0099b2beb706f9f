"""The options that texture and transfer share, and what can be refused before anything is loaded."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token

from gramophone.errors import UsageError
from gramophone.presets import DEFAULT, Changes, Job, preset
from gramophone.settings import FrequencyScale, Settings


def _weights(_: object, tokens: Sequence[Token]) -> tuple[float, ...]:
    words = [word for token in tokens for word in token.value.split(",")]
    try:
        return tuple(float(word) for word in words)
    except ValueError:
        raise ValueError("give one number for each style with commas between them, such as 2,1") from None


def _said(_: object, tokens: Sequence[Token]) -> tuple[float | str, ...]:
    """Shares of the styles, or where the weights of a trained network come from, or both."""
    words = [token for token in tokens if token.value in SOURCES or token.value.endswith(WEIGHTS_SUFFIXES)]
    numbers = [token for token in tokens if token not in words]
    return (*(_weights(_, numbers) if numbers else ()), *(token.value for token in words))


def whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number; the usual conversion would round 1.5 without a word."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"'{tokens[0].value}' is no whole number") from None


SOURCES = ("trained", "random")
WEIGHTS_SUFFIXES = (".safetensors", ".npz", ".pth")

Flag = Annotated[bool, Parameter(show_default=False, negative=())]
Whole = Annotated[int | None, Parameter(metavar="N", converter=whole)]
Seed = Annotated[int, Parameter(metavar="N", converter=whole)]
Weights = Annotated[tuple[float, ...] | None, Parameter(metavar="W,W", converter=_weights, negative=())]
Command = Annotated[tuple[str, ...], Parameter(parse=False)]
Carry = Annotated[Callable[..., int] | None, Parameter(parse=False)]
"""Who carries out what a command has set up; `cli.run.carry_out` by default."""


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What both commands can be told.

    Attributes:
        output: Where the result goes: a name that ends in .wav, .flac or .ogg.
        said: Share of each STYLE, with commas: 2,1 takes twice as much of the first. Equal by default. Or the
            weights of the preset's network: trained, random, or a file of them.
        preset: How it is made; 'gramophone presets' lists them.
        iterations: Steps of the main loop, instead of the preset's: fewer is faster and rougher.
        seed: Another number gives another take of the same sound.
        scale: Frequency scale on which sounds are compared; the preset's by default.
        device: cpu or cuda; the best there is by default.
        report: Write a page about it, too: OUT with .html, for any browser.
        overwrite: Replace OUT and what lies beside it if they exist already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """

    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="OUT")]
    said: Annotated[
        tuple[float | str, ...] | None,
        Parameter(name="--weights", metavar="W,W", converter=_said, negative=()),
    ] = None
    preset: Annotated[str, Parameter(metavar="NAME")] = DEFAULT
    iterations: Whole = None
    seed: Seed = 0
    scale: FrequencyScale | None = None
    device: Annotated[str | None, Parameter(metavar="NAME")] = None
    report: Flag = False
    overwrite: Flag = False
    quiet: Flag = False
    json: Flag = False

    @property
    def weights(self) -> tuple[float, ...] | None:
        """Shares of the styles, where they were given."""
        return tuple(word for word in self.said or () if not isinstance(word, str)) or None

    @property
    def source(self) -> str | None:
        """Where a network's weights come from, where it was said."""
        return next((word for word in self.said or () if isinstance(word, str)), None)

    @property
    def record(self) -> Path:
        """Where the run record goes."""
        return self.output.with_suffix(".json")

    @property
    def page(self) -> Path:
        """Where the report goes, if it was asked for."""
        return self.output.with_suffix(".html")

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is written."""
        return (self.output, self.record, *([self.page] if self.report else []))

    def settings(self, job: Job, changes: Changes | None = None) -> Settings:
        """The preset's settings for the job, with the iterations, the frequency scale and the changes asked for."""
        every = changes.copy() if changes else Changes()
        every["iterations"], every["scale"] = self.iterations, self.scale
        settings = preset(self.preset, job, **every)
        if self.source is None:
            return settings
        from gramophone.presets.pretrained import with_weights

        return with_weights(settings, self.preset, self.source)


def check(
    options: Options,
    settings: Settings,
    *,
    styles: int,
    duration_s: float | None = None,
) -> None:
    """Refuses what cannot be, before any file is looked at or anything large is loaded.

    Args:
        options: as given.
        settings: what they resolve to.
        styles: how many styles there are.
        duration_s: length of the result, where it was asked for.

    Raises:
        UsageError: with the first reason found.
    """
    if not 0 <= options.seed < 2**63:
        raise UsageError(f"the seed {options.seed} is out of range; give one from 0 to {2**63 - 1}")
    if options.weights is not None:
        _check_weights(options.weights, styles)
    if duration_s is not None and not 0 < duration_s < math.inf:
        raise UsageError(f"a duration of {duration_s} s is impossible; give a number of seconds above 0")
    from gramophone.audio import check_format

    frames = round((duration_s or 0) * settings.rate_hz)
    check_format(options.output, rate_hz=settings.rate_hz, channels=1, frames=frames)


def check_files(options: Options, inputs: Sequence[Path]) -> None:
    """Refuses outputs that cannot or must not be written.

    Raises:
        UsageError: with the first reason found.
    """
    from gramophone.files import check_output

    for path in options.files:
        check_output(path, overwrite=options.overwrite, inputs=inputs)


def _check_weights(weights: Sequence[float], styles: int) -> None:
    shown = ",".join(f"{weight:g}" for weight in weights)
    if len(weights) != styles:
        raise UsageError(
            f"the weights {shown} are {len(weights)} for {styles} style(s); give one number for each style"
        )
    if not all(0 <= weight < math.inf for weight in weights) or not 0 < sum(weights) < math.inf:
        raise UsageError(f"the weights {shown} give no shares; give numbers of 0 or more, not all 0")
