"""A task that is set up: iterate over it to run it, `finish()` it for the result, whenever you stopped."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float32

from gramophone.audio import Sound, match_rms
from gramophone.errors import ModelError
from gramophone.optimise import Step
from gramophone.settings import Settings
from gramophone.tasks.result import Result
from gramophone.tasks.synthesis import Synthesis


@dataclass(frozen=True)
class Task:
    """A synthesis with its name and everything that the run record states.

    Attributes:
        name: `texture` or `transfer`.
        parameters: the task's own arguments.
        settings: what the preset resolved to.
        seed: of every random choice.
        device: where it is computed.
        unit_db: level that a synthesised level of 1 stands for, in dB of full scale.
        level_db: root mean square level to bring the result to; none keeps what was synthesised, whose loud and
            quiet parts then stand where the style has them.
        synthesis: the stages.
    """

    name: str
    parameters: dict[str, Any]
    settings: Settings
    seed: int
    device: str
    unit_db: float
    level_db: float | None
    synthesis: Synthesis

    def __iter__(self) -> Iterator[Step]:
        """Runs it; stop whenever you like. Raises ModelError when a value is not finite."""
        return iter(self.synthesis)

    def finish(self) -> Result:
        """The result so far, at the level it should have.

        Raises:
            ModelError: there is no finite result.
        """
        samples = self.synthesis.waveform().detach().cpu().numpy().astype(np.float32)
        if not np.isfinite(samples).all():
            raise ModelError("the result has samples that are not finite numbers; try fewer iterations")
        return Result(
            sound=Sound(self._levelled(samples), self.settings.rate_hz),
            task=self.name,
            parameters=self.parameters,
            settings=self.settings,
            seed=self.seed,
            device=self.device,
            losses=tuple(self.synthesis.losses),
            stages_s=dict(self.synthesis.stages_s),
            stopped=self.synthesis.stopped,
        )

    def so_far(self) -> Result:
        """What `finish()` would give now, between two steps; the run goes on as if nobody had asked.

        Raises:
            ModelError: there is no finite result.
        """
        return replace(self, synthesis=self.synthesis.copied()).finish()

    def _levelled(self, samples: Float32[np.ndarray, "channel sample"]) -> Float32[np.ndarray, "channel sample"]:
        if self.level_db is None:
            return samples * np.float32(10 ** (self.unit_db / 20))
        return match_rms(samples, self.level_db)
