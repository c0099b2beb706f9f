"""What the measures say about a result, put together for readers."""

from gramophone.evaluation.evaluate import Evaluation as Evaluation
from gramophone.evaluation.evaluate import evaluate as evaluate
from gramophone.evaluation.metric_result import MetricResult as MetricResult
