"""All metrics of a result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean
from typing import Any

from gramophone.audio import Sound, as_sound, audible
from gramophone.errors import InputError
from gramophone.evaluation.aligned import Aligned, align_channels
from gramophone.evaluation.identity import identity_figures
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
        content: content of a transfer; what is kept of it and what the result is made of then come first.

    Raises:
        InputError: a recording is silent to listeners or shorter than half a second, or channels cannot be compared.
    """
    named = {"reference" if content is None else "style": reference, "result": result, "content": content}
    heard = {
        name: audible(as_sound(sound, f"the {name}"), f"the {name}")
        for name, sound in named.items()
        if name != "content" or sound is not None
    }
    reference, result, *rest = (sound for sound, _ in heard.values())
    content = rest[0] if rest else None
    channels = align_channels(reference, result, content)
    said = tuple(note for _, note in heard.values() if note is not None)
    figures, notes = _together([_figures(sounds) for sounds in channels]), (*said, *channels[0].notes)
    if content is not None:
        kept, more = _kept(content, reference, result)
        figures, notes = [*kept, *figures], (*more, *notes)
    return Evaluation(tuple(figures), tuple(dict.fromkeys(notes)))


def _kept(content: Sound, style: Sound, result: Sound) -> tuple[list[MetricResult], tuple[str, ...]]:
    try:
        return identity_figures(content, style, result)
    except InputError as error:
        return [], (f"identity and style were not measured: {error}",)


def _together(channels: Sequence[list[MetricResult]]) -> list[MetricResult]:
    """Means over channels; a metric that has no value in one of them has none."""
    return [_mean(same) for same in zip(*channels, strict=True)]


def _mean(same: Sequence[MetricResult]) -> MetricResult:
    values = [figure.value for figure in same if figure.value is not None]
    if len(values) < len(same):
        return next(figure for figure in same if figure.value is None)
    naturals = [figure.natural for figure in same if figure.natural is not None]
    readings = dict.fromkeys(figure.reading for figure in same)
    return replace(
        same[0],
        value=mean(values),
        natural=mean(naturals) if naturals else None,
        reading="; ".join(readings),
    )


def _figures(sounds: Aligned) -> list[MetricResult]:
    figures = [*texture_figures(sounds), *copying_figures(sounds)]
    if sounds.content is not None:
        return [*transfer_figures(sounds, sounds.content), *figures]
    return [*figures, *reconstruction_figures(sounds)]
