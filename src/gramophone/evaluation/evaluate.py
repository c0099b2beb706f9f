"""All metrics of a result."""

from dataclasses import asdict, dataclass
from typing import Any

from gramophone.audio import Sound
from gramophone.evaluation.aligned import Aligned, align
from gramophone.evaluation.metric_result import MetricResult
from gramophone.evaluation.texture import copying_figures, reconstruction_figures, texture_figures
from gramophone.evaluation.transfer import transfer_figures


@dataclass(frozen=True)
class Evaluation:
    """Metrics of a result.

    Attributes:
        figures: metrics, the most important first.
        notes: how the recordings were changed to be comparable, a sentence each.
    """

    figures: tuple[MetricResult, ...]
    notes: tuple[str, ...]

    def __getitem__(self, key: str) -> MetricResult:
        """Returns the metric with a key.

        Raises:
            KeyError: there is no such metric.
        """
        return {figure.key: figure for figure in self.figures}[key]

    def as_json(self) -> dict[str, Any]:
        """Returns plain values for JSON; a metric that could not be computed has the value None."""
        return {"figures": [asdict(figure) for figure in self.figures], "notes": list(self.notes)}


def evaluate(reference: Sound, result: Sound, content: Sound | None = None) -> Evaluation:
    """Evaluates a result by metrics that were not optimised.

    Args:
        reference: style of a texture or transfer, or the original of a reconstruction.
        result: sound to evaluate.
        content: content of a transfer, whose metrics then come first.

    Raises:
        InputError: a recording is silent or shorter than half a second.
    """
    sounds = align(reference, result, content)
    return Evaluation(tuple(_figures(sounds)), sounds.notes)


def _figures(sounds: Aligned) -> list[MetricResult]:
    figures = [*texture_figures(sounds), *copying_figures(sounds)]
    if sounds.content is not None:
        return [*transfer_figures(sounds, sounds.content), *figures]
    return [*figures, *reconstruction_figures(sounds)]
