"""What transfers keep and what they are made of along the strength, beside plain mixing and the rivals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone import api
from gramophone.audio import Sound, rms_db
from gramophone.evaluation.picture import MIXING, Placing, identity_svg
from gramophone.metrics import leak
from gramophone.metrics.channels import mixed
from gramophone.metrics.identity import Ears, listen
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve
from gramophone.optim.minimise import Step
from gramophone.plotting.line_chart import Chart, Series, chart_svg
from gramophone.presets import DEFAULT, preset
from gramophone.presets.rivals import RIVALS
from gramophone.settings import USUAL_STRENGTH

STRENGTHS = (0.3, 0.45, 0.6, 0.75, 0.9)
LOWEST_STRUCTURE = -0.2
HEARD_MIXES_DB = (20.0, 10.0, 0.0, -10.0, -20.0)  # of content over style
MOST_LEAK = 0.1  # above, the content itself is in the result


@dataclass(frozen=True)
class SweepPoint:
    """A transfer of a sweep.

    Attributes:
        preset: preset name.
        strength: transfer strength, from 0 to 1; None of a rival that has none.
        placed: purity and structure of the result.
        gain: purity above plain mixing at equal structure.
        heard: what it keeps and what it is made of.
    """

    preset: str
    strength: float | None
    placed: Placed
    gain: float
    heard: "Heard | None" = None


@dataclass(frozen=True)
class Heard:
    """A sound between content and style, by measures that nothing optimises; see `metrics.identity`.

    Attributes:
        identity: mean of what is kept of the content, 0 to 1; None if nothing can be measured.
        style: 0 for the content, 1 for the style's own halves; None without the package that it needs.
        leak: how much of the content's own waveform is in it.
    """

    identity: float | None
    style: float | None
    leak: float | None

    @classmethod
    def of(cls, ears: Ears, sound: Sound) -> "Heard":
        """Listens."""
        found = ears.hear(sound)
        return cls(found.identity, found.style, found[leak.NAME].value)


@dataclass(frozen=True)
class Sweep:
    """Transfers of one pair of recordings.

    Attributes:
        mixes: curve of plain mixing, from the content to the style.
        points: transfers by preset and strength.
        heard_mixes: plain mixing from 20 dB of content over style to 20 dB of style over content.
    """

    mixes: tuple[Placed, ...]
    points: tuple[SweepPoint, ...]
    heard_mixes: tuple[Heard, ...] = ()

    def of(self, preset: str) -> tuple[SweepPoint, ...]:
        """Returns the points of one preset by increasing strength."""
        return tuple(sorted((p for p in self.points if p.preset == preset), key=lambda point: point.strength or 0.0))

    def placings(self) -> tuple[dict[str, list[Placing]], list[Placing]]:
        """Places of the presets by name, and those of plain mixing, as far as both figures could be measured."""
        systems: dict[str, list[Placing]] = {}
        for name in dict.fromkeys(point.preset for point in self.points):
            placed = [one for point in self.of(name) if (one := _place(point.heard, point.strength)) is not None]
            leaks = any(point.heard and (point.heard.leak or 0.0) > MOST_LEAK for point in self.of(name))
            if placed:
                systems[f"{name} (the content leaks)" if leaks else name] = placed
        return systems, [one for heard in self.heard_mixes if (one := _place(heard)) is not None]


def sweep(  # noqa: PLR0913
    content: Sound,
    style: Sound,
    *,
    names: Sequence[str] = (DEFAULT,),
    beside: Sequence[str] = tuple(RIVALS),
    strengths: Sequence[float] = STRENGTHS,
    iterations: int | None = None,
    seed: int = 0,
    device: str | None = None,
    announce: Callable[[str], object] | None = None,
    on_step: Callable[[Step], object] | None = None,
) -> Sweep:
    """Runs a transfer for every preset and strength and measures what it keeps and what it is made of.

    Args:
        content: content recording.
        style: style recording.
        names: preset names, see `presets.PRESETS`.
        beside: further presets, the rivals by default, at their own number of iterations.
        strengths: transfer strengths, each from 0 to 1; a rival without a strength is run once.
        iterations: iterations of the main loop; by default those of each preset.
        seed: random seed of every run.
        device: see `api.transfer`.
        announce: called with a description before each run.
        on_step: called after every step.

    Raises:
        InputError: a recording is silent or too short, or its channels cancel each other.
        UsageError: a preset is unknown, or a strength is out of range.
    """
    every = tuple(dict.fromkeys((*names, *beside)))
    rate_hz = min(content.rate_hz, style.rate_hz, *(preset(name, "transfer").rate_hz for name in every))
    said, made_of = mixed(content, "content"), mixed(style, "style")
    content_wave, style_wave = (_waveform(sound, rate_hz) for sound in (said, made_of))
    ears = listen(said, made_of)
    mixes = mixing_curve(content_wave, style_wave, rate_hz)

    def points() -> Iterator[SweepPoint]:
        for name, strength in _places(every, strengths):
            if announce:
                announce(name if strength is None else f"{name} at strength {strength:g}")
            made = api.transfer(
                content,
                style,
                strength=USUAL_STRENGTH if strength is None else strength,
                preset=name,
                iterations=iterations if name in names else None,
                seed=seed,
                device=device,
                on_step=on_step,
            ).sound
            one = made.mono()
            result = _waveform(one, rate_hz)
            placed = Placed.of(result, content_wave, style_wave, rate_hz)
            heard = Heard.of(ears, one)
            yield SweepPoint(name, strength, placed, gain_over_mixing(placed, mixes), heard)

    made = tuple(points())
    heard = tuple(Heard.of(ears, _mixed(ears, ratio_db)) for ratio_db in HEARD_MIXES_DB)
    return Sweep(tuple(mixes), made, heard)


def _places(names: Sequence[str], strengths: Sequence[float]) -> Iterator[tuple[str, float | None]]:
    for name in names:
        dial: Sequence[float | None] = strengths if preset(name, "transfer").has_strength else (None,)
        for strength in dial:
            yield name, strength


def _mixed(ears: Ears, ratio_db: float) -> Sound:
    content, style = ears.content.samples, ears.style.samples
    fitted = np.tile(style, -(-content.shape[1] // style.shape[1]))[:, : content.shape[1]]
    gain = 10 ** ((ratio_db + rms_db(fitted) - rms_db(content)) / 20)
    return Sound((gain * content + fitted).astype(np.float32), ears.content.rate_hz)


def sweep_svg(sweep: Sweep) -> str:
    """Draws identity over style as a standalone SVG: a line for each preset, the mixes as a dashed line.

    Both run from 0 to 1. Where style or identity cannot be measured, purity over structure is drawn instead.
    """
    systems, mixes = sweep.placings()
    return identity_svg(systems, mixes) if systems else _purity_svg(sweep)


def _place(heard: Heard | None, strength: float | None = None) -> Placing | None:
    if heard is None or heard.style is None or heard.identity is None:
        return None
    return Placing(heard.style, heard.identity, "" if strength is None else f"{strength:g}")


def _purity_svg(sweep: Sweep) -> str:
    """Structure runs from -0.2 to 1 to the right, purity from 0 to 1 upwards."""
    mixes = tuple((mix.structure, mix.purity) for mix in sweep.mixes)
    lines = [Series(MIXING, mixes, is_reference=True)]
    for name in dict.fromkeys(point.preset for point in sweep.points):
        points = sweep.of(name)
        places = tuple((point.placed.structure, point.placed.purity) for point in points)
        labels = tuple("" if point.strength is None else f"{point.strength:g}" for point in points)
        lines.append(Series(name, places, labels=labels))
    chart = Chart(
        lines,
        "structure: moves like the content",
        "purity: made of the style",
        x_range=(LOWEST_STRUCTURE, 1.0),
        y_range=(0.0, 1.0),
    )
    return chart_svg(chart, "Purity over structure")


def _waveform(sound: Sound, rate_hz: int) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.resampled(rate_hz).samples[0])
