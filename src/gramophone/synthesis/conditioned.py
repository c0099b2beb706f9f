"""Conditional transfers as a `Synthesis`: block after block of the content, previewed and stopped anywhere.

Blocks bound the memory, and the time grows with the length instead of its square. They overlap; what is kept and the
octaves by which the content is moved are the same in all of them.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition import Analysis, Keep, analyse, weights_of
from gramophone.errors import ModelError
from gramophone.mosaic import Coverage
from gramophone.mosaic.coverage import mean_coverage
from gramophone.optim.minimise import Step
from gramophone.settings import ConditionSettings, Settings, parse_keep
from gramophone.synthesis.conditional import CoreSettings, StyleSet, detect_keep
from gramophone.synthesis.core import Core, transfer_core
from gramophone.synthesis.pipeline import Synthesis
from gramophone.synthesis.result import Loss

Waveform = Float[Tensor, "channel sample"]

BLOCK_S = 15.0
OVERLAP_S = 0.25
EXCERPTS, EXCERPT_S = 4, 15.0  # of a long content, which decide what is kept
SILENT, QUIETEST = 1e-4, 10**-3.5  # amplitudes relative to the content's level
NOTHING_KEPT = "at strength 1 nothing of the content is kept"


@dataclass(frozen=True)
class ConditionedInputs:
    """Inputs of a conditional transfer.

    Attributes:
        content: recording whose melody, words or rhythm are kept.
        styles: recordings that the result is made of, with the content's number of channels.
        settings: settings at the rate of all recordings.
        strength: above 0 (everything that the style can play or carry) to 1 (the style alone).
        weights: weight of each style; None where each moment takes the one that fits.
        seed: seed of noise and phase.
        earlier: earlier result to continue from, as long as the content.
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
        """Settings of what is kept."""
        return self.settings.transfer.condition or ConditionSettings()

    def core_settings(self, octave: int | None) -> CoreSettings:
        """Settings of the core for a content moved by `octave` octaves; None takes the best."""
        condition, settings = self.condition, self.settings
        return CoreSettings(
            range_semitones=condition.range_semitones,
            octave="auto" if octave is None else octave,
            span_ms=settings.resolution.span_ms,
            carrier_span_ms=settings.resolution.span_ms if settings.keep_spans else (),
            iterations=0 if condition.fast else settings.optimiser.iterations,
            noise=float(condition.no_copy),
            phase_rounds=settings.phase.iterations,
        )

    def without_bearing(self, core: Core) -> list[str]:
        """Names of the options that were given and that the way in which this content is carried does not use."""
        condition, usual = self.condition, ConditionSettings()
        given = {
            "keep": condition.keep != usual.keep,
            "span_ms": self.settings.keep_spans,
            "octave": condition.octave is not None,
            "transpose_range": condition.range_semitones != usual.range_semitones,
            "no_copy": condition.no_copy,
        }
        unused = {"span_ms"} if core.iterations == 0 else set()
        if core.mosaic is None:
            unused |= {"octave", "transpose_range", "no_copy"}
        elif core.coverage is None:
            unused |= {"octave", "transpose_range", "no_copy", "span_ms"}
        if self.strength == 1:
            unused |= {"keep", "octave", "transpose_range"}
        return [name for name, is_given in given.items() if is_given and name in unused]

    @cached_property
    def keep(self) -> frozenset[Keep]:
        """What is kept: as asked for, or what the content has (a long one: what four excerpts of it have)."""
        if (asked := parse_keep(self.condition.keep)) is not None:
            return asked
        rate_hz, samples = self.settings.rate_hz, self.content.shape[-1]
        length = round(EXCERPT_S * rate_hz)
        if samples <= EXCERPTS * length:
            return detect_keep(self.analysis, self.content, rate_hz)
        step = (samples - length) // (EXCERPTS - 1)
        excerpts = torch.cat([self.content[:, n * step : n * step + length] for n in range(EXCERPTS)], 1)
        return detect_keep(analyse(excerpts, rate_hz), excerpts, rate_hz)

    @cached_property
    def analysis(self) -> Analysis:
        """Analysis of the whole content."""
        return analyse(self.content, self.settings.rate_hz)


def block_ranges(samples: int, rate_hz: int) -> list[tuple[int, int]]:
    """First sample and the one after the last of each block; each but the last reaches 0.25 s into the next."""
    blocks = max(1, -(-samples // round(BLOCK_S * rate_hz)))
    bounds = [round(number * samples / blocks) for number in range(blocks + 1)]
    overlap = round(OVERLAP_S * rate_hz)
    return [(start, min(samples, stop + overlap)) for start, stop in pairwise(bounds)]


def crossfaded(parts: Sequence[Float[Tensor, "channel _"]], ranges: Sequence[tuple[int, int]]) -> Waveform:
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
    """Runs a transfer of the core, see `Synthesis`; blocks that were not begun are filled with excerpts alone."""

    def __init__(self, inputs: ConditionedInputs) -> None:
        super().__init__(None, None)
        self._inputs = inputs
        self._styles = StyleSet(inputs.styles, inputs.settings.rate_hz)
        self._ranges = block_ranges(inputs.content.shape[-1], inputs.settings.rate_hz)
        self._level = float(inputs.content.square().mean().sqrt())
        self._octave = inputs.condition.octave
        self._finished: dict[int, Waveform] = {}
        self._drafts: dict[int, Waveform] = {}
        self._coverage: dict[int, Coverage] = {}
        self._carries_melody = self._stays_as_rhythm = False
        self._current: tuple[int, Core, Tensor] | None = None

    def waveform(self) -> Waveform:
        """Finished blocks, the current state of the one in progress, and excerpts for the others.

        Raises:
            ModelError: the result is silent.
        """
        if self._waveform is None:
            parts = [self._part(number) for number in range(len(self._ranges))]
            self._waveform = crossfaded(parts, self._ranges)
            if not float(self._waveform.abs().max()) > 0:
                raise ModelError("the result is silent: nothing in the style was found for it; try another style")
        return self._waveform

    def copied(self) -> Synthesis:
        """A copy; finishing it leaves the original unchanged."""
        other = super().copied()
        assert isinstance(other, ConditionedSynthesis)
        other._finished = dict(self._finished)
        return other

    def magnitude(self, state: Tensor) -> Float[Tensor, "frequency frame"] | None:
        """Magnitudes of the first channel of the block in progress; None where the state is a waveform."""
        if self._current is None or state.dim() != 3 or (stage := self._current[1].stage) is None:
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
                self._current, self._waveform = (number, core, step.preview()), None
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
            self._finished[number] = self._part(number)
            self._drafts.pop(number, None)
            self._current = None
            self._spend("phase", block_s)
        self._waveform = None
        self.stopped = "finished"

    def _spend(self, stage: str, since_s: float) -> None:
        self.stages_s[stage] = self.stages_s.get(stage, 0.0) + time.perf_counter() - since_s

    def _part(self, number: int) -> Waveform:
        """A block at its level in the result."""
        if number in self._finished:
            return self._finished[number]
        if self._current is not None and self._current[0] == number:
            _, core, state = self._current
            return self._levelled(core.waveform(state), core.level)
        if number not in self._drafts:
            core = self._core(number, draft=True)
            self._drafts[number] = self._levelled(core.waveform(None), core.level)
        return self._drafts[number]

    def _levelled(self, part: Waveform, level: float) -> Waveform:
        """A block at the level of its part of the content as far as loudness is kept, else at that of the whole."""
        weight = weights_of(self._inputs.keep, self._inputs.strength).loudness
        own = float(part.square().mean().sqrt())
        return part * (level**weight * self._level ** (1 - weight) / own) if own > 0 else part

    def _core(self, number: int, *, draft: bool = False) -> Core:
        inputs, (start, stop) = self._inputs, self._ranges[number]
        settings = inputs.core_settings(self._octave)
        core = transfer_core(
            self._audible(inputs.content[:, start:stop], number),
            self._styles,
            keep=inputs.keep,
            strength=inputs.strength,
            weights=inputs.weights,
            seed=inputs.seed + number,
            settings=replace(settings, iterations=0) if draft else settings,
            analysis=inputs.analysis if len(self._ranges) == 1 else None,
        )
        self._report(number, core)
        if not draft and number == 0 and (unused := self._inputs.without_bearing(core)):
            reason = NOTHING_KEPT if inputs.strength == 1 else core.report
            self.notes.append(f"{' and '.join(unused)} had no bearing here: {reason}")
        earlier = inputs.earlier
        return core if earlier is None else core.warm_started(earlier[:, start:stop], settings.iterations)

    def _audible(self, part: Waveform, number: int) -> Waveform:
        """A block of the content; a silent one gets noise 70 dB below the content's level."""
        if float(part.square().mean().sqrt()) > SILENT * self._level:
            return part
        generator = torch.Generator().manual_seed(number)
        return part + QUIETEST * self._level * torch.randn(part.shape, generator=generator).to(part)

    def _report(self, number: int, core: Core) -> None:
        """States how well the style can play it: of the first block as a note, of all so far in the record."""
        if self._octave is None and core.octave is not None:
            self._octave = core.octave
        if core.coverage is not None:
            self._coverage[number] = core.coverage
        self._carries_melody |= core.carried == "melody"
        self._stays_as_rhythm |= core.stays_as_rhythm
        report = core.report
        if len(self._coverage) > 1:
            coverage = mean_coverage(list(self._coverage.values()))
            report = coverage.sentence(carried_by_bands=self._carries_melody, stays_as_rhythm=self._stays_as_rhythm)
        if not self.notes:
            kept = f"keeping {' and '.join(sorted(core.keep))}; {report}"
            self.notes.append(NOTHING_KEPT if self._inputs.strength == 1 else kept)
        self.found.update(keep=sorted(core.keep), octave=self._octave or 0, report=report)
