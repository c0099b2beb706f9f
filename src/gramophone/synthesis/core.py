"""A whole transfer at array level: which way the content takes into the style, and all stages in turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from gramophone.condition import Keep, analyse
from gramophone.errors import InputError, UsageError
from gramophone.mosaic.carrying import FEW
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

    def run(self) -> Waveform:
        """All steps, then the waveform at the content's level."""
        if self.stage is None:
            assert self.mosaic is not None
            return _levelled(self.mosaic.waveform, self.level)
        x = self.stage.start
        for step in self.stage.steps():
            x = step.preview()
        return _levelled(self.stage.waveform(x), self.level)


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
    if settings.iterations == 0 or mosaic.choice is None:
        return Core(kept, told, None, mosaic, level)
    pitch = None if mosaic.carrying is None else mosaic.carrying.pitch
    if pitch is not None and pitch < FEW and strength < 1:
        stage = carried_stage(
            content, styles, rate_hz, "melody", strength=strength, weights=weights, seed=seed, settings=settings
        )
        return Core(
            kept, f"pitch: the style has {100 * pitch:.0f} % of the notes; it carries the rest", stage, mosaic, level
        )
    stage = kernel_stage(mosaic, styles, rate_hz, strength=strength, weights=weights, seed=seed, settings=settings)
    return Core(kept, told, stage, mosaic, level)


def _levelled(waveform: Waveform, level: float) -> Waveform:
    own = float(waveform.square().mean().sqrt())
    return waveform * (level / own) if own > 0 else waveform
