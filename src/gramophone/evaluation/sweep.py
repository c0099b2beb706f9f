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
from gramophone.presets import DEFAULT, preset

STRENGTHS = (0.3, 0.45, 0.6, 0.75, 0.9)


@dataclass(frozen=True)
class SweepPoint:
    """One transfer: where it stands and what it gains over the mixes."""

    preset: str
    strength: float
    placed: Placed
    gain: float


@dataclass(frozen=True)
class Sweep:
    """The transfers of one pair of recordings.

    Attributes:
        mixes: the curve of plain mixing, from the content to the style.
        points: by preset and strength.
    """

    mixes: tuple[Placed, ...]
    points: tuple[SweepPoint, ...]

    def of(self, preset: str) -> tuple[SweepPoint, ...]:
        """The points of one preset, in the order of their strength."""
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
    """Runs a transfer for every preset and strength and places it between style and content.

    Args:
        content: what is said.
        style: what it is said with.
        names: presets, of `presets.PRESETS`.
        strengths: from 0 to 1.
        iterations: of the main loop, instead of each preset's.
        seed: of every run.
        device: see `api.transfer`.
        announce: called with a few words before each run.
        on_step: called with every step.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: a preset or strength that cannot be.
    """
    rate_hz = min(content.rate_hz, style.rate_hz, *(preset(name, "transfer").rate_hz for name in names))
    said, made_of = (_waveform(sound, rate_hz) for sound in (content, style))
    mixes = mixing_curve(said, made_of, rate_hz)

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
                placed = Placed(structure(result, said, rate_hz), purity(result, made_of, rate_hz))
                yield SweepPoint(name, strength, placed, gain_over_mixing(placed, mixes))

    return Sweep(tuple(mixes), tuple(points()))


def _waveform(sound: Sound, rate_hz: int) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.mono().resampled(rate_hz).samples[0])
