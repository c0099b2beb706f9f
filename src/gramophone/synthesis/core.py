"""A whole transfer at array level: which way the content takes into the style, and all stages in turn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition import Keep, analyse
from gramophone.errors import InputError, UsageError
from gramophone.mosaic import Carrying
from gramophone.mosaic.carrying import FEW
from gramophone.optim.minimise import Step
from gramophone.synthesis.carried import carried_stage
from gramophone.synthesis.conditional import CoreSettings, KernelStage, Mosaic, heard_keep, kernel_stage, mosaic_of

Waveform = Float[Tensor, "channel sample"]


@dataclass(frozen=True)
class Core:
    """What is to be optimised, or what is there without.

    Attributes:
        keep: what is kept, `auto` resolved.
        report: how well the style can carry what was asked, a sentence.
        stage: the kernel stage; None where the mosaic is the result.
        mosaic: of excerpts; None where a texture carries words.
        level: of the content, which the result is given.
    """

    keep: frozenset[Keep]
    report: str
    stage: KernelStage | None
    mosaic: Mosaic | None
    level: float

    @property
    def carrying(self) -> Carrying | None:
        """How well the style can carry it, in figures; None where nothing was chosen."""
        return None if self.mosaic is None else self.mosaic.carrying

    @property
    def octave(self) -> int | None:
        """By how many octaves a melody is moved; None where there is none."""
        return None if self.carrying is None or self.carrying.pitch is None else self.carrying.octave

    @property
    def iterations(self) -> int:
        """Of the kernel stage."""
        return 0 if self.stage is None else self.stage.iterations

    def going_on(self, earlier: Waveform, iterations: int) -> "Core":
        """The same from an earlier result, where there is a kernel stage and anything to go on from."""
        if self.stage is None or not float(earlier.abs().max()) > 0:
            return self
        magnitude = self.stage.stft.magnitude(earlier * (self.level / float(earlier.square().mean().sqrt())))
        start = self.stage.scale.forward(magnitude)
        return replace(self, stage=replace(self.stage, start=start, iterations=max(self.iterations, iterations)))

    def steps(self) -> Iterator[Step]:
        """What was chosen, then the steps of the kernel stage."""
        state = self._chosen() if self.stage is None else self.stage.start
        losses = self._first_losses()
        yield Step(1, 1 + self.iterations, sum(losses.values()), losses, 0.0, lambda: state)
        if self.stage is not None:
            for step in self.stage.steps():
                yield replace(step, index=1 + step.index, of=1 + step.of)

    def waveform(self, state: Tensor | None) -> Waveform:
        """Of a state of the kernel stage, None for its start, at the content's level."""
        if self.stage is None:
            return _levelled(self._chosen(), self.level)
        return _levelled(self.stage.waveform(self.stage.start if state is None else state), self.level)

    def run(self) -> Waveform:
        """All steps, then the waveform at the content's level."""
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
        return {"condition": 0.0 if self.carrying is None else self.carrying.missing}


def transfer_core(  # noqa: PLR0913
    content: Waveform,
    styles: Sequence[Float[Tensor, "channel _"]],
    rate_hz: int,
    *,
    keep: Iterable[Keep] | None = None,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> Core:
    """Sets up a transfer; the kernel stage runs when it is asked to.

    Words go into any style by its carrier; a melody goes into a pitched style by excerpts, into another one by its
    carrier, too; a rhythm by whole strokes, or by excerpts.

    Args:
        content: what is kept is of this.
        styles: what it is made of; with as many channels each.
        rate_hz: of all.
        keep: what is kept; by default what the content has.
        strength: above 0 (everything that the style can carry) to 1 (the style, free).
        weights: share of each style; by default each moment takes the one that fits.
        seed: of noise and phase.
        settings: of the core.

    Raises:
        InputError: content or every style is silent.
        UsageError: a strength that is not above 0 and up to 1.
    """
    settings = settings or CoreSettings()
    if not 0 < strength <= 1:
        raise UsageError(f"strength must be above 0 (which is the content itself) and at most 1, not {strength:g}")
    level = float(content.square().mean().sqrt())
    if not level > 0:
        raise InputError("the content is silent, so there is nothing to keep; give one with sound in it")
    styles = [style for style in styles if float(style.abs().max()) > 0]
    if not styles:
        raise InputError("every style is silent, so nothing can be made of them; give one with sound in it")
    kept = heard_keep(analyse(content, rate_hz), content, rate_hz) if keep is None else frozenset(keep)
    if "words" in kept and "melody" not in kept and settings.iterations:
        stage = carried_stage(
            content, styles, rate_hz, "words", strength=strength, weights=weights, seed=seed, settings=settings
        )
        return Core(kept, "words: carried by the style's bands", stage, None, level)
    mosaic = mosaic_of(content, styles, rate_hz, keep=kept, strength=strength, weights=weights, settings=settings)
    told = "rhythm: whole strokes of the style" if mosaic.carrying is None else mosaic.carrying.sentence()
    if "melody" in kept and strength < 1 and mosaic.carrying is not None and mosaic.carrying.pitch is None:
        told = f"pitch: the content has no notes that could be kept; {told}"
    if settings.iterations == 0 or mosaic.choice is None:
        return Core(kept, told, None, mosaic, level)
    pitch = None if mosaic.carrying is None else mosaic.carrying.pitch
    if pitch is not None and pitch < FEW and strength < 1:
        stage = carried_stage(
            content, styles, rate_hz, "melody", strength=strength, weights=weights, seed=seed, settings=settings
        )
        return Core(
            kept,
            f"pitch: the style has {100 * pitch:.0f} % of the notes within {settings.range_semitones} semitones; "
            "its bands carry the melody; a pitched style would play it",
            stage,
            mosaic,
            level,
        )
    stage = kernel_stage(mosaic, styles, rate_hz, strength=strength, weights=weights, seed=seed, settings=settings)
    return Core(kept, told, stage, mosaic, level)


def _levelled(waveform: Waveform, level: float) -> Waveform:
    own = float(waveform.square().mean().sqrt())
    return waveform * (level / own) if own > 0 else waveform
