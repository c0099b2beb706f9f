"""Every measure of a result, with what it says in plain words."""

from dataclasses import dataclass
from typing import Any

from gramophone.audio import Sound
from gramophone.evaluation.aligned import Aligned, aligned
from gramophone.evaluation.metric_result import MetricResult
from gramophone.evaluation.texture import copying_figures, reconstruction_figures, texture_figures
from gramophone.evaluation.transfer import transfer_figures


@dataclass(frozen=True)
class Evaluation:
    """What the measures say.

    Attributes:
        figures: in the order in which they should be read.
        notes: what was done to make the recordings comparable.
    """

    figures: tuple[MetricResult, ...]
    notes: tuple[str, ...]

    def __getitem__(self, key: str) -> MetricResult:
        """The figure of that key.

        Raises:
            KeyError: there is none.
        """
        return {figure.key: figure for figure in self.figures}[key]

    def as_json(self) -> dict[str, Any]:
        """Plain values; a figure that could not be computed has none, and its reason."""
        return {"figures": [_plain(figure) for figure in self.figures], "notes": list(self.notes)}


def evaluate(reference: Sound, result: Sound, content: Sound | None = None) -> Evaluation:
    """Judges a result by measures that were not optimised.

    Args:
        reference: the style of a texture or transfer, or the original of a reconstruction.
        result: what was made.
        content: of a transfer; its measures come first then.

    Raises:
        InputError: a recording is silent or shorter than half a second.
    """
    sounds = aligned(reference, result, content)
    return Evaluation(tuple(_figures(sounds)), sounds.notes)


def _figures(sounds: Aligned) -> list[MetricResult]:
    figures = [*texture_figures(sounds), *copying_figures(sounds)]
    if sounds.content is not None:
        return [*transfer_figures(sounds, sounds.content), *figures]
    return [*figures, *reconstruction_figures(sounds)]


def _plain(figure: MetricResult) -> dict[str, Any]:
    return {
        "key": figure.key,
        "name": figure.name,
        "group": figure.group,
        "value": figure.value,
        "unit": figure.unit,
        "natural": figure.natural,
        "better": figure.better,
        "reading": figure.reading,
    }
