"""A conditional transfer at array level: excerpts, strokes or a carrier of the style, then the kernel stage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition import Analysis, Keep, analyse
from gramophone.condition.keep import RELEASED_FROM, at_strength
from gramophone.condition.pitch import unit
from gramophone.errors import InputError, UsageError
from gramophone.mosaic import Coverage
from gramophone.mosaic.carrier import cross_synthesised, narrow_band_filtered
from gramophone.optim.minimise import Step
from gramophone.synthesis.carrier_stage import Carried, carrier_stage
from gramophone.synthesis.conditional import (
    CoreSettings,
    KernelStage,
    Mosaic,
    StyleSet,
    detect_keep,
    kernel_stage,
    mosaic_of,
)

Waveform = Float[Tensor, "channel sample"]

ABOVE_SUPPORT_DB = {0.0: 0.0, 0.1: 6.0, RELEASED_FROM: 24.0}
"""Level of excerpts above what they carry, by strength."""


@dataclass(frozen=True)
class Core:
    """A transfer that is set up.

    Attributes:
        keep: what is kept, with `auto` resolved.
        level: root mean square of the content, which the result is given.
        mosaic: mosaic of excerpts or strokes; None where the style carries words.
        stage: kernel stage; None where the mosaic is the result.
        carried: what the style carries by its bands, as it cannot play it; None otherwise.
        stays_as_rhythm: whether a melody is kept of which excerpts of the style have not the pitch.
    """

    keep: frozenset[Keep]
    level: float
    mosaic: Mosaic | None
    stage: KernelStage | None = None
    carried: Carried | None = None
    stays_as_rhythm: bool = False

    @property
    def coverage(self) -> Coverage | None:
        """How well the style can play what is kept; None where no excerpts were chosen."""
        return None if self.mosaic is None else self.mosaic.coverage

    @property
    def octave(self) -> int | None:
        """Octaves by which a melody is moved; None where there is none."""
        return None if self.coverage is None or self.coverage.pitch is None else self.coverage.octave

    @property
    def report(self) -> str:
        """How well the style can play or carry what is kept, in a sentence."""
        if self.carried == "words":
            return "words: carried by the style's bands"
        if self.coverage is None:
            return "rhythm: whole strokes of the style"
        return self.coverage.sentence(carried_by_bands=self.carried == "melody", stays_as_rhythm=self.stays_as_rhythm)

    @property
    def iterations(self) -> int:
        """Number of steps of the kernel stage."""
        return 0 if self.stage is None else self.stage.iterations

    def warm_started(self, earlier: Waveform, iterations: int) -> "Core":
        """The same from an earlier result, where there is a kernel stage and the result is not silent."""
        if self.stage is None or not float(earlier.abs().max()) > 0:
            return self
        magnitude = self.stage.stft.magnitude(earlier * (self.level / float(earlier.square().mean().sqrt())))
        start = self.stage.scale.forward(magnitude)
        return replace(self, stage=replace(self.stage, start=start, iterations=max(self.iterations, iterations)))

    def steps(self) -> Iterator[Step]:
        """The choice as a step, then the steps of the kernel stage."""
        state = self._chosen() if self.stage is None else self.stage.start
        losses = self._first_losses()
        yield Step(1, 1 + self.iterations, sum(losses.values()), losses, 0.0, lambda: state)
        if self.stage is not None:
            for step in self.stage.steps():
                yield replace(step, index=1 + step.index, of=1 + step.of)

    def waveform(self, state: Tensor | None) -> Waveform:
        """The waveform of a state of the kernel stage (None: of its start), at the content's level."""
        if self.stage is None:
            return _at_level(self._chosen(), self.level)
        return _at_level(self.stage.waveform(self.stage.start if state is None else state), self.level)

    def run(self) -> Waveform:
        """Runs all steps; returns the waveform at the content's level."""
        state = None
        for step in self.steps():
            state = step.preview()
        return self.waveform(state)

    def _chosen(self) -> Waveform:
        if self.mosaic is None:
            raise AssertionError("a core without a stage has a mosaic")
        return self.mosaic.waveform

    def _first_losses(self) -> dict[str, float]:
        if self.stage is not None and self.stage.iterations:
            with torch.no_grad():
                losses = self.stage.objective.losses(self.stage.start)
            return {term.name: term.weight * float(losses[term.name]) for term in self.stage.objective.terms}
        return {"condition": 0.0 if self.coverage is None else self.coverage.missing}


def transfer_core(  # noqa: PLR0913
    content: Waveform,
    styles: StyleSet,
    *,
    keep: Iterable[Keep] | None = None,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
    analysis: Analysis | None = None,
) -> Core:
    """Sets up a transfer; the kernel stage is computed when its steps are taken.

    Any style can carry words. A melody is played by excerpts of a style that has its notes and carried, with its
    words, by another one, unless that is tonal. A rhythm is played by whole strokes of a percussive style, or by
    excerpts of another one. Excerpts that play a melody are the result: the kernel stage would take from its melody
    and from its style, and is for what must not be copied.

    Args:
        content: recording whose melody, words or rhythm are kept.
        styles: recordings that the result is made of, with the content's number of channels.
        keep: what is kept; by default what the content has.
        strength: above 0 (everything that the style can play or carry) to 1 (the style alone).
        weights: weight of each style; by default each moment takes the one that fits.
        seed: seed of noise and phase.
        settings: settings of the core.
        analysis: analysis of the content; computed by default.

    Raises:
        InputError: the content or every style is silent.
        UsageError: the strength is not above 0 and at most 1.
    """
    settings = settings or CoreSettings()
    if not 0 < strength <= 1:
        raise UsageError(f"strength must be above 0 (which is the content itself) and at most 1, not {strength:g}")
    level = float(content.square().mean().sqrt())
    if not level > 0:
        raise InputError("the content is silent, so there is nothing to keep; give one with sound in it")
    if not any(float(style.abs().max()) > 0 for style in styles.waveforms):
        raise InputError("every style is silent, so nothing can be made of them; give one with sound in it")
    analysis = analysis or analyse(content, styles.rate_hz)
    kept = detect_keep(analysis, content, styles.rate_hz) if keep is None else frozenset(keep)

    def carrying(carried: Carried) -> KernelStage:
        return carrier_stage(
            content, styles, carried, strength=strength, weights=weights, seed=seed, settings=settings
        )

    def excerpts(strength: float) -> Mosaic:
        return mosaic_of(
            content, styles, keep=kept, strength=strength, weights=weights, settings=settings, analysis=analysis
        )

    if "words" in kept and "melody" not in kept and settings.iterations:
        return Core(kept, level, None, carrying("words"), "words")
    mosaic = excerpts(strength)
    if mosaic.coverage is None:
        return Core(kept, level, mosaic)
    if settings.iterations == 0:
        return Core(kept, level, mosaic, stays_as_rhythm="melody" in kept and not mosaic.is_playable)
    firm = mosaic
    if "melody" in kept and strength > RELEASED_FROM and (strength == 1 or not mosaic.is_complete):
        # Which of both is better must not depend on how much is asked for, or the dial would jump.
        firm = excerpts(RELEASED_FROM)
    carries = "melody" in kept and not firm.is_complete and _carries_more_pitch(content, styles, firm, analysis)
    if "melody" in kept and not carries and settings.noise == 0:
        if not firm.is_complete and strength < RELEASED_FROM:
            mosaic = replace(mosaic, waveform=_supported(content, mosaic.waveform, styles.rate_hz, strength))
        return Core(kept, level, mosaic)
    if carries and strength < 1:
        return Core(kept, level, mosaic, carrying("melody"), "melody")
    stage = kernel_stage(mosaic, styles, strength=strength, weights=weights, seed=seed, settings=settings)
    return Core(kept, level, mosaic, stage)


def _supported(content: Waveform, mosaic: Waveform, rate_hz: int, strength: float) -> Waveform:
    """Excerpts over which they themselves carry the content, for notes of chords that the style does not have."""
    return cross_synthesised(content, mosaic, rate_hz, at_strength(ABOVE_SUPPORT_DB, strength))


def _carries_more_pitch(content: Waveform, styles: StyleSet, mosaic: Mosaic, analysis: Analysis) -> bool:
    """Whether the filtered styles have more of the content's pitch than a mosaic: not where a style is tonal."""

    def likeness(waveform: Waveform, asked: Float[Tensor, "bin frame"]) -> float:
        cosine = (unit(analyse(waveform, styles.rate_hz).pitch) * unit(asked)).sum(0)
        return float((cosine * analysis.energy.sqrt() * analysis.audible).sum())

    filtered = [narrow_band_filtered(content, style, styles.rate_hz) for style in styles.waveforms]
    moved = analysis.pitch if mosaic.choice is None else mosaic.choice.pitch
    return likeness(torch.stack(filtered).sum(0), analysis.pitch) > likeness(mosaic.waveform, moved)


def _at_level(waveform: Waveform, level: float) -> Waveform:
    own = float(waveform.square().mean().sqrt())
    return waveform * (level / own) if own > 0 else waveform
