"""Purity over structure along the strength, for one preset or more, beside the curve of plain mixing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone import api
from gramophone.audio import Sound
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure
from gramophone.optim.minimise import Step
from gramophone.plotting.line_chart import Chart, Series, chart_svg
from gramophone.presets import DEFAULT, preset

STRENGTHS = (0.3, 0.45, 0.6, 0.75, 0.9)
LOWEST_STRUCTURE = -0.2


@dataclass(frozen=True)
class SweepPoint:
    """A transfer of a sweep.

    Attributes:
        preset: preset name.
        strength: transfer strength, from 0 to 1.
        placed: purity and structure of the result.
        gain: purity above plain mixing at equal structure.
    """

    preset: str
    strength: float
    placed: Placed
    gain: float


@dataclass(frozen=True)
class Sweep:
    """Transfers of one pair of recordings.

    Attributes:
        mixes: curve of plain mixing, from the content to the style.
        points: transfers by preset and strength.
    """

    mixes: tuple[Placed, ...]
    points: tuple[SweepPoint, ...]

    def of(self, preset: str) -> tuple[SweepPoint, ...]:
        """Returns the points of one preset by increasing strength."""
        return tuple(sorted((p for p in self.points if p.preset == preset), key=lambda point: point.strength))


def sweep(  # noqa: PLR0913
    content: Sound,
    style: Sound,
    *,
    names: Sequence[str] = (DEFAULT,),
    strengths: Sequence[float] = STRENGTHS,
    iterations: int | None = None,
    seed: int = 0,
    device: str | None = None,
    announce: Callable[[str], object] | None = None,
    on_step: Callable[[Step], object] | None = None,
) -> Sweep:
    """Runs a transfer for every preset and strength and measures its purity and structure.

    Args:
        content: content recording.
        style: style recording.
        names: preset names, see `presets.PRESETS`.
        strengths: transfer strengths, each from 0 to 1.
        iterations: iterations of the main loop; by default those of each preset.
        seed: random seed of every run.
        device: see `api.transfer`.
        announce: called with a description before each run.
        on_step: called after every step.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: a preset is unknown, or a strength is out of range.
    """
    rate_hz = min(content.rate_hz, style.rate_hz, *(preset(name, "transfer").rate_hz for name in names))
    content_wave, style_wave = (_waveform(sound, rate_hz) for sound in (content, style))
    mixes = mixing_curve(content_wave, style_wave, rate_hz)

    def points() -> Iterator[SweepPoint]:
        for name in names:
            for strength in strengths:
                if announce:
                    announce(f"{name} at strength {strength:g}")
                made = api.transfer(
                    content,
                    style,
                    strength=strength,
                    preset=name,
                    iterations=iterations,
                    seed=seed,
                    device=device,
                    on_step=on_step,
                )
                result = _waveform(made.sound, rate_hz)
                placed = Placed(structure(result, content_wave, rate_hz), purity(result, style_wave, rate_hz))
                yield SweepPoint(name, strength, placed, gain_over_mixing(placed, mixes))

    return Sweep(tuple(mixes), tuple(points()))


def sweep_svg(sweep: Sweep) -> str:
    """Draws purity over structure as a standalone SVG: a line for each preset, the mixes as a dashed line.

    Structure runs from -0.2 to 1 to the right, purity from 0 to 1 upwards.
    """
    mixes = tuple((mix.structure, mix.purity) for mix in sweep.mixes)
    lines = [Series("plain mixing", mixes, is_reference=True)]
    for name in dict.fromkeys(point.preset for point in sweep.points):
        points = sweep.of(name)
        places = tuple((point.placed.structure, point.placed.purity) for point in points)
        lines.append(Series(name, places, labels=tuple(f"{point.strength:g}" for point in points)))
    chart = Chart(
        lines,
        "structure: moves like the content",
        "purity: made of the style",
        x_range=(LOWEST_STRUCTURE, 1.0),
        y_range=(0.0, 1.0),
    )
    return chart_svg(chart, "Purity over structure")


def _waveform(sound: Sound, rate_hz: int) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.mono().resampled(rate_hz).samples[0])
