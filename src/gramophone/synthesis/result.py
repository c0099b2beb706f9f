"""Results: the sound, and everything needed to reproduce it."""

import base64
import dataclasses
import platform
from dataclasses import dataclass
from typing import Any

import torch

from gramophone import __version__
from gramophone.audio import Sound
from gramophone.plotting.spectrogram import spectrogram_png
from gramophone.raw.configs import RawSettings
from gramophone.settings import Settings


@dataclass(frozen=True)
class Loss:
    """Losses of one step, for the run record."""

    stage: str
    index: int
    total: float
    terms: dict[str, float]
    elapsed_s: float


@dataclass(frozen=True, repr=False)
class Result:
    """A finished (or interrupted) synthesis.

    Attributes:
        sound: the sound, `[channel, sample]` at the settings' rate.
        task: `texture` or `transfer`.
        parameters: arguments of the task (duration, strength, weights).
        settings: settings that the preset resolved to.
        seed: seed of every random choice.
        device: device that computed it.
        losses: losses of each step; none of a texture that was made in blocks.
        stages_s: time of each stage, in seconds.
        stopped: `finished`, `interrupted`, or why it ended early.
    """

    sound: Sound
    task: str
    parameters: dict[str, Any]
    settings: Settings | RawSettings
    seed: int
    device: str
    losses: tuple[Loss, ...]
    stages_s: dict[str, float]
    stopped: str

    def __repr__(self) -> str:
        """What it is, in one line."""
        steps = f", {len(self.losses)} steps" if self.losses else ""
        return f"Result({self.task}, {self.sound!r}, seed {self.seed}{steps}, {self.stopped})"

    def record(self) -> dict[str, Any]:
        """The run record: plain values for JSON, enough to repeat the run on the same recordings."""
        return {
            **_provenance(self.task, self.parameters, self.settings, self.seed, self.device),
            "stopped": self.stopped,
            "stages_s": self.stages_s,
            "duration_s": self.sound.duration_s,
            "losses": [dataclasses.asdict(loss) for loss in self.losses],
        }

    def _repr_html_(self) -> str:
        """A player and the spectrogram for notebooks, without external resources."""
        picture = spectrogram_png([(self.task, self.sound.samples)], self.sound.rate_hz)
        encoded = base64.b64encode(picture).decode("ascii")
        image = f'<img alt="spectrogram" style="max-width:100%" src="data:image/png;base64,{encoded}">'
        return f"<div>{self.sound._repr_html_()}<br>{image}</div>"


@dataclass(frozen=True)
class Streamed:
    """Result of a stream that was written to a file, without the sound itself.

    Attributes:
        parameters: duration and weights of the request.
        settings: settings that the preset resolved to.
        seed: seed of every random choice.
        device: device that computed it.
        duration_s: length of the file, in seconds.
        seconds: computing time, in seconds.
        stopped: `finished`, `interrupted`, or why it ended early.
    """

    parameters: dict[str, Any]
    settings: Settings | RawSettings
    seed: int
    device: str
    duration_s: float
    seconds: float
    stopped: str

    def record(self) -> dict[str, Any]:
        """The run record; a stream of blocks keeps no losses."""
        return {
            **_provenance("texture", self.parameters, self.settings, self.seed, self.device),
            "stopped": self.stopped,
            "stages_s": {"blocks": self.seconds},
            "duration_s": self.duration_s,
            "losses": [],
        }


def _provenance(
    task: str, parameters: dict[str, Any], settings: Settings | RawSettings, seed: int, device: str
) -> dict[str, Any]:
    return {
        "task": task,
        "parameters": parameters,
        "settings": dataclasses.asdict(settings),
        "seed": seed,
        "device": device,
        "threads": torch.get_num_threads(),
        "versions": {
            "gramophone": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }
