"""Evaluation of a result: metrics with their natural values and an interpretation in words."""

from gramophone.evaluation.evaluate import Evaluation as Evaluation
from gramophone.evaluation.evaluate import evaluate as evaluate
from gramophone.evaluation.metric_result import MetricResult as MetricResult
