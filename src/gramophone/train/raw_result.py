"""Result of the training of a causal model: the model as it is stored, its card and its learning curve."""

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import torch

from gramophone import __version__
from gramophone.plotting.line_chart import Chart, Series, charts_png
from gramophone.raw.configs import WaveNetConfig, kind_of
from gramophone.raw.model_file import rounded
from gramophone.raw.models import RawModel
from gramophone.train.raw_evaluate import held_out_bits
from gramophone.train.raw_loop import RawTraining
from gramophone.train.recipes import Recipe
from gramophone.train.result import machine

RAW_RECIPES: dict[str, Recipe] = {
    "wavenet": Recipe(epochs=36, batch=8, learning_rate=4e-3, weight_decay=0.01),
    "lru": Recipe(epochs=60, batch=8, learning_rate=4e-3, weight_decay=0.01),
}
DESCRIPTIONS = {
    "wavenet": "WaveNet (van den Oord et al. 2016): gated dilated convolutions of mu-law samples",
    "lru": "gated complex linear recurrences of mu-law samples at three time scales",
}


@dataclass(frozen=True, eq=False)
class TrainedRawModel:
    """A trained model, ready to be stored.

    Attributes:
        model: model with matrices rounded to 16 bits.
        bits: mean bits a sample of held-out ends, `all` and of each class.
        card: model card, as plain values.
        epochs: learning curve.
    """

    model: RawModel
    bits: dict[str, float]
    card: dict[str, Any]
    epochs: list[dict[str, float]]


def trained_raw_model(training: RawTraining, data_name: str, command: Sequence[str]) -> TrainedRawModel:
    """Rounds and evaluates the model of a finished training."""
    model = rounded(training.model.cpu()).eval()
    bits = held_out_bits(model, training.data)
    return TrainedRawModel(model, bits, card(training, bits, data_name, command), training.state.epochs)


def card(training: RawTraining, bits: dict[str, float], data_name: str, command: Sequence[str]) -> dict[str, Any]:
    """Returns the model card, as plain values."""
    data, config = training.data, training.config
    return {
        "network": kind_of(config),
        "description": DESCRIPTIONS[kind_of(config)],
        "parameters": sum(math.prod(shape) for shape in config.parameters.values()),
        "data": data_name,
        "recordings": len(data.names),
        "train_s": round(data.train_samples / data.rate_hz, 1),
        "held_out_s": round(sum(data.held_out) / data.rate_hz, 1),
        "gain": data.gain,
        "conditions": {one.name: one.trained for one in data.conditions},
        "bits": bits,
        "recipe": training.recipe.as_dict(),
        "seed": training.seed,
        "seconds": round(training.state.seconds, 1),
        "machine": machine(training.device),
        "command": " ".join(command),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"gramophone": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }


def bits_curve_png(epochs: Sequence[dict[str, float]], title: str) -> bytes:
    """Draws bits a sample over epochs, of what is trained on and what is held out, as a PNG file."""
    lines = [
        Series(words, tuple((epoch["epoch"], epoch[key]) for epoch in epochs if key in epoch))
        for words, key in (("training", "bits"), ("held out", "test_bits"))
    ]
    heights = [y for line in lines for _, y in line.points if y is not None] or [8.0]
    last = max((epoch["epoch"] for epoch in epochs), default=1.0)
    bounds = (float(math.floor(min(heights))), float(math.ceil(max(heights))))
    return charts_png([Chart(lines, "epoch", "bits a sample", (0.0, last), bounds, x_steps=min(6, int(last)))], title)


def describe_size(training: RawTraining) -> str:
    """Size of the model and of what it hears, in words."""
    config = training.config
    context = f", hears {config.context_samples / config.rate_hz:.3f} s" if isinstance(config, WaveNetConfig) else ""
    return f"{sum(math.prod(shape) for shape in config.parameters.values()):,} parameters{context}"
