"""Transfers under a condition as runs: block after block of the content, watched, previewed, stopped anywhere.

Blocks bound the memory, and the time grows with the length and not with its square. They overlap, and what is kept
and by how many octaves the content is moved is the same in all of them.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition import Keep, analyse, weights_of
from gramophone.errors import ModelError
from gramophone.mosaic import Carrying
from gramophone.optim.minimise import Step
from gramophone.settings import ConditionSettings, Settings, parse_keep
from gramophone.synthesis.conditional import CoreSettings, heard_keep
from gramophone.synthesis.core import Core, transfer_core
from gramophone.synthesis.pipeline import Synthesis
from gramophone.synthesis.result import Loss

Waveform = Float[Tensor, "channel sample"]

BLOCK_S = 30.0
OVERLAP_S = 0.25
EXCERPTS, EXCERPT_S = 4, 30.0  # of a long content in which is heard what it has
SILENT, QUIETEST = 1e-4, 10**-3.5  # amplitudes relative to the content's level


@dataclass(frozen=True)
class Order:
    """What is to be made of what.

    Attributes:
        content: what is kept is of this.
        styles: with as many channels each.
        settings: at the rate of all.
        strength: above 0 up to 1.
        weights: share of each style; None where each moment takes the one that fits.
        seed: of noise and phase.
        earlier: a result to go on from, as long as the content.
    """

    content: Waveform
    styles: Sequence[Float[Tensor, "channel _"]]
    settings: Settings
    strength: float
    weights: Sequence[float] | None
    seed: int
    earlier: Waveform | None = None

    @property
    def condition(self) -> ConditionSettings:
        """What is kept."""
        return self.settings.transfer.condition or ConditionSettings()

    def core_settings(self, octave: int | None) -> CoreSettings:
        """Of the core, for a content that is moved by so many octaves."""
        condition, settings = self.condition, self.settings
        return CoreSettings(
            range_semitones=condition.range_semitones,
            octave="auto" if octave is None else octave,
            span_ms=settings.resolution.span_ms,
            iterations=0 if condition.fast else settings.optimiser.iterations,
            noise=float(condition.no_copy),
            phase_rounds=settings.phase.iterations,
        )

    def keep(self) -> frozenset[Keep]:
        """What is asked for, or what the content has: of a long one, what four excerpts of it have."""
        if (asked := parse_keep(self.condition.keep)) is not None:
            return asked
        rate_hz, samples = self.settings.rate_hz, self.content.shape[-1]
        length = round(EXCERPT_S * rate_hz)
        heard = self.content
        if samples > EXCERPTS * length:
            step = (samples - length) // (EXCERPTS - 1)
            heard = torch.cat([heard[:, n * step : n * step + length] for n in range(EXCERPTS)], 1)
        return heard_keep(analyse(heard, rate_hz), heard, rate_hz)


def block_ranges(samples: int, rate_hz: int) -> list[tuple[int, int]]:
    """First sample and the one after the last of each block; each but the last reaches 0.25 s into the next."""
    blocks = max(1, -(-samples // round(BLOCK_S * rate_hz)))
    bounds = [round(number * samples / blocks) for number in range(blocks + 1)]
    overlap = round(OVERLAP_S * rate_hz)
    return [(start, min(samples, stop + overlap)) for start, stop in pairwise(bounds)]


def faded_together(parts: Sequence[Float[Tensor, "channel _"]], ranges: Sequence[tuple[int, int]]) -> Waveform:
    """Blocks with cross-fades of constant power where they overlap."""
    whole = parts[0].new_zeros(len(parts[0]), ranges[-1][1])
    previous = 0
    for part, (start, stop) in zip(parts, ranges, strict=True):
        both = max(0, previous - start)
        angle = (torch.arange(both).to(part) + 0.5) / max(both, 1) * (torch.pi / 2)
        whole[:, start : start + both] *= angle.cos()
        whole[:, start : start + both] += part[:, :both] * angle.sin()
        whole[:, start + both : stop] = part[:, both:]
        previous = stop
    return whole


class ConditionedSynthesis(Synthesis):
    """A transfer of the core; see `Synthesis`. A block that was not begun is filled with excerpts alone."""

    def __init__(self, order: Order) -> None:
        super().__init__(None, None)
        self._order = order
        self._ranges = block_ranges(order.content.shape[-1], order.settings.rate_hz)
        self._level = float(order.content.square().mean().sqrt())
        self._kept: frozenset[Keep] | None = None
        self._octave = order.condition.octave
        self._made: dict[int, Waveform] = {}
        self._drafts: dict[int, Waveform] = {}
        self._carrying: dict[int, Carrying] = {}
        self._now: tuple[int, Core, Tensor] | None = None

    def waveform(self) -> Waveform:
        """The blocks that are done, the one at work as far as it is, and excerpts for the others.

        Raises:
            ModelError: nothing of it sounds.
        """
        if self._waveform is None:
            parts = [self._part(number) for number in range(len(self._ranges))]
            self._waveform = faded_together(parts, self._ranges)
            if not float(self._waveform.abs().max()) > 0:
                raise ModelError("the result is silent: nothing in the style was found for it; try another style")
        return self._waveform

    def copied(self) -> Synthesis:
        """A copy; finishing it leaves the original unchanged."""
        other = super().copied()
        assert isinstance(other, ConditionedSynthesis)
        other._made = dict(self._made)
        return other

    def magnitude(self, state: Tensor) -> Float[Tensor, "frequency frame"] | None:
        """Of the first channel of the block at work; None of a waveform."""
        if self._now is None or state.dim() != 3 or (stage := self._now[1].stage) is None:
            return None
        return stage.scale.inverse(state[0].clamp_min(0))

    def _run(self) -> Iterator[Step]:
        began_s, index = time.perf_counter(), 0
        for number in range(len(self._ranges)):
            block_s = time.perf_counter()
            core = self._core(number)
            self._spend("choice", block_s)
            done, of = index, (1 + core.iterations) * len(self._ranges)
            for step in core.steps():
                index = done + step.index
                self._now, self._waveform = (number, core, step.preview()), None
                elapsed_s = time.perf_counter() - began_s
                shown = replace(step, index=index, of=max(of, index), elapsed_s=elapsed_s)
                stage = "choice" if step.index == 1 else "spectrogram"
                if step.total is not None:
                    self.losses.append(Loss(stage, index, step.total, step.losses, elapsed_s))
                if step.index > 1:
                    self._spend("spectrogram", block_s)
                block_s = time.perf_counter()
                yield shown
                block_s = time.perf_counter()
            self._made[number] = self._part(number)
            self._drafts.pop(number, None)
            self._now = None
            self._spend("phase", block_s)
        self._waveform = None
        self.stopped = "finished"

    def _spend(self, stage: str, since_s: float) -> None:
        self.stages_s[stage] = self.stages_s.get(stage, 0.0) + time.perf_counter() - since_s

    def _part(self, number: int) -> Waveform:
        """A block at its level."""
        if number in self._made:
            return self._made[number]
        if self._now is not None and self._now[0] == number:
            _, core, state = self._now
            return self._levelled(core.waveform(state), core.level)
        if number not in self._drafts:
            core = self._core(number, draft=True)
            self._drafts[number] = self._levelled(core.waveform(None), core.level)
        return self._drafts[number]

    def _levelled(self, part: Waveform, level: float) -> Waveform:
        """As loud as its part of the content, as far as loudness is kept; otherwise as the whole."""
        kept = weights_of(self._kept or (), self._order.strength).loudness
        own = float(part.square().mean().sqrt())
        return part * (level**kept * self._level ** (1 - kept) / own) if own > 0 else part

    def _core(self, number: int, *, draft: bool = False) -> Core:
        order, (start, stop) = self._order, self._ranges[number]
        if self._kept is None:
            self._kept = order.keep()
        settings = order.core_settings(self._octave)
        core = transfer_core(
            self._audible(order.content[:, start:stop], number),
            order.styles,
            order.settings.rate_hz,
            keep=self._kept,
            strength=order.strength,
            weights=order.weights,
            seed=order.seed + number,
            settings=replace(settings, iterations=0) if draft else settings,
        )
        self._tell(number, core)
        return core if order.earlier is None else core.going_on(order.earlier[:, start:stop], settings.iterations)

    def _audible(self, part: Waveform, number: int) -> Waveform:
        """A block of silence within a content is played as noise 70 dB below it."""
        if float(part.square().mean().sqrt()) > SILENT * self._level:
            return part
        generator = torch.Generator().manual_seed(number)
        return part + QUIETEST * self._level * torch.randn(part.shape, generator=generator).to(part)

    def _tell(self, number: int, core: Core) -> None:
        """How well the style can carry it: for the first block at once, and in the record for all so far."""
        if self._octave is None and core.octave is not None:
            self._octave = core.octave
        if core.carrying is not None:
            self._carrying[number] = core.carrying
        report = core.report
        if self._carrying and len(self._carrying) > 1:
            report = _together(list(self._carrying.values())).sentence()
        found: dict[str, Any] = {"keep": sorted(core.keep), "octave": self._octave or 0, "report": report}
        if not self.notes:
            self.notes.append(f"keeping {' and '.join(sorted(core.keep))}; {report}")
        self.found.update(found)


def _together(found: Sequence[Carrying]) -> Carrying:
    pitches = [one.pitch for one in found if one.pitch is not None]
    return replace(
        found[0],
        pitch=sum(pitches) / len(pitches) if pitches else None,
        onsets=sum(one.onsets for one in found) / len(found),
    )
