"""What a transfer keeps of its content and what it is made of, as figures of an evaluation."""

from gramophone.audio import Sound
from gramophone.evaluation.metric_result import Better, MetricResult
from gramophone.metrics import copying, leak, patches, style, timbre
from gramophone.metrics.identity import MADE_OF, Identity, identity
from gramophone.metrics.measure import Measure

KEPT_GROUP, MADE_GROUP = "identity", "style"
OF_STYLE = (style.KERNEL, style.COSINE, patches.NAME, timbre.NAME, copying.NAME)
LOWER = (*OF_STYLE, leak.NAME)


def identity_figures(content: Sound, made_of: Sound, result: Sound) -> tuple[list[MetricResult], tuple[str, ...]]:
    """The figures, and what a reader must know about how the recordings were compared.

    The recordings are taken as they are: their channels are compared one by one, never mixed.

    Raises:
        InputError: content or style is silent, or their channels cannot be compared.
    """
    heard = identity(content, made_of, result)
    return [*_summary(heard), *(_figure(measure) for measure in heard.measures)], heard.notes


def _summary(heard: Identity) -> list[MetricResult]:
    missing = "not computed: no measure of the content has a meaning for this pair"
    kept = MetricResult(
        "identity",
        "identity, mean of what is kept",
        heard.identity,
        "",
        "higher",
        missing if heard.identity is None else "0: no more than the style alone keeps; 1: the content itself",
        KEPT_GROUP,
        natural=0.0,
    )
    made_of = MetricResult(
        "style",
        "style, between content and style",
        heard.style,
        "",
        "higher",
        f"not computed: {heard[MADE_OF[0]].reading}"
        if heard.style is None
        else "0: the content itself; 1: the style's own halves",
        MADE_GROUP,
        natural=1.0,
    )
    return [kept, made_of]


def _figure(measure: Measure) -> MetricResult:
    key = measure.name.replace(",", "").replace(" ", "_")
    better: Better = "lower" if measure.name in LOWER else "higher"
    group = MADE_GROUP if measure.name in OF_STYLE else KEPT_GROUP
    reading = measure.reading if measure.value is not None else f"not computed: {measure.reading}"
    return MetricResult(key, measure.name, measure.value, "", better, reading, group, measure.natural)
