"""A run: stages whose steps can be observed, and whose best result so far is available at any time."""

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor

from gramophone.audio import Sound, match_rms
from gramophone.errors import ModelError
from gramophone.optim.minimise import Step, optimise, optimise_in_turn
from gramophone.optim.objective import Objective
from gramophone.phase import fgla, random_phase
from gramophone.phase.spsi import spsi
from gramophone.settings import OptimiserSettings, PhaseSettings, Settings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.result import Loss, Result

Waveform = Float[Tensor, "channel sample"]


@dataclass(frozen=True)
class SpectrogramStage:
    """Optimises a scaled magnitude by one objective after the other, then reconstructs its phase.

    Attributes:
        objectives: objectives in turn.
        start: where the first one starts.
        optimiser: settings of the loop.
        view: analysis of the styles.
        phase: settings of phase reconstruction.
        samples: length of the result.
        seed: seed of random phases.
        highest: scaled magnitude above which the result's are cut; None to leave them.
    """

    objectives: Sequence[Objective]
    start: Float[Tensor, "_ frequency frame"]
    optimiser: OptimiserSettings
    view: Analysis
    phase: PhaseSettings
    samples: int
    seed: int
    highest: float | None = None

    def waveform(self, x: Float[Tensor, "_ frequency frame"]) -> Waveform:
        """Signal whose magnitude is nearest to the optimised one."""
        scaled = self.view.scaled(x)
        magnitude = self.view.scale.inverse(scaled if self.highest is None else scaled.clamp_max(self.highest))
        return fgla(
            magnitude,
            self.view.stft,
            self.samples,
            phase=self.phases(magnitude),
            iterations=self.phase.iterations,
            momentum=self.phase.momentum,
        )

    def phases(self, magnitude: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "channel frequency frame"]:
        """Initial phases of the Griffin-Lim iterations."""
        if self.phase.start == "spsi":
            return spsi(magnitude, self.view.stft)
        return (
            self.view.phase(magnitude, self.seed)
            if self.phase.start == "pghi"
            else random_phase(magnitude, self.seed)
        )


@dataclass(frozen=True)
class WaveformStage:
    """Optimises the waveform itself."""

    objective: Objective
    optimiser: OptimiserSettings
    views: Sequence[Analysis] = ()


@dataclass
class Synthesis:
    """Iterate over it to run it; `waveform()` gives the result afterwards, or after an early stop.

    Attributes:
        spectrogram: first stage; None if there is a `given` waveform.
        waveform_refinement: last stage, on the waveform; left out by some presets.
        given: waveform known in advance: start of the last stage, or the result if there is no stage.
        losses: losses of the steps, filled during the run.
        stages_s: time of each stage in seconds, filled during the run.
        stopped: why the run ended; `interrupted` until then.
        notes: what has turned out during the run and is worth knowing.
        found: the same as parameters for the record.
    """

    spectrogram: SpectrogramStage | None
    waveform_refinement: WaveformStage | None
    given: Waveform | None = None
    losses: list[Loss] = field(default_factory=list)
    stages_s: dict[str, float] = field(default_factory=dict)
    stopped: str = "interrupted"
    notes: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    _magnitude: Tensor | None = None
    _waveform: Tensor | None = None
    _failure: str = ""

    def __post_init__(self) -> None:
        self._waveform = self.given

    def __iter__(self) -> Iterator[Step]:
        """Runs all stages; a value that is not finite ends the run, and the last good state is kept.

        Raises:
            ModelError: a term is not finite.
        """
        try:
            yield from self._run()
        except ModelError as error:
            self.stopped = str(error)
            raise

    @property
    def has_result(self) -> bool:
        """Whether there is anything yet that is worth keeping."""
        return bool(self.losses)

    def waveform(self) -> Waveform:
        """Best result so far: that of the last stage if it has started, else the spectrogram's with a phase."""
        if self._waveform is None:
            stage = self._first_stage()
            began = time.perf_counter()
            self._waveform = stage.waveform(stage.start if self._magnitude is None else self._magnitude)
            self.stages_s["phase"] = time.perf_counter() - began
        return self._waveform

    def copied(self) -> "Synthesis":
        """A copy; finishing it leaves the original unchanged."""
        other = copy.copy(self)
        other.losses, other.stages_s = list(self.losses), dict(self.stages_s)
        other.notes, other.found = list(self.notes), dict(self.found)
        return other

    def magnitude(self, state: Tensor) -> Float[Tensor, "frequency frame"] | None:
        """Of the first channel of a step's variable; None where that is a waveform."""
        if self.spectrogram is None or state.dim() != 3:
            return None
        return self.spectrogram.view.scale.inverse(state[0].clamp_min(0))

    def set_result(
        self, waveform: Waveform, losses: Sequence[Loss], stages_s: dict[str, float], failure: str
    ) -> None:
        """Sets a result computed elsewhere, see `synthesis.batched`; running it then raises the failure, if any."""
        self._waveform, self.given = waveform, waveform
        self.spectrogram, self.waveform_refinement = None, None
        self.losses, self.stages_s = list(losses), dict(stages_s)
        self.stopped, self._failure = failure or "finished", failure

    def _first_stage(self) -> SpectrogramStage:
        if self.spectrogram is None:
            raise ValueError("a synthesis without stages needs a given waveform")
        return self.spectrogram

    def _run(self) -> Iterator[Step]:
        if self._failure:
            raise ModelError(self._failure)
        if self.given is None:
            yield from self._stages(self._first_stage())
        elif self.waveform_refinement:
            yield from self._refine(self.waveform_refinement, self.given)
        self.stopped = "finished"

    def _stages(self, first: SpectrogramStage) -> Iterator[Step]:
        steps = first.optimiser.iterations
        later = self.waveform_refinement.optimiser.iterations if self.waveform_refinement else 0
        for step in optimise_in_turn(first.objectives, first.start, first.optimiser):
            self._magnitude, self._waveform = step.preview(), None
            self._keep("spectrogram", step)
            yield replace(step, of=steps + later)
        self.waveform()
        if self.waveform_refinement:
            done_s = sum(self.stages_s.values())
            for step in self._refine(self.waveform_refinement, self.waveform()):
                yield replace(step, index=steps + step.index, of=steps + later, elapsed_s=done_s + step.elapsed_s)

    def _refine(self, stage: WaveformStage, start: Waveform) -> Iterator[Step]:
        for step in optimise(stage.objective, start, stage.optimiser):
            self._waveform = step.preview()
            self._keep("waveform", step)
            yield step

    def _keep(self, stage: str, step: Step) -> None:
        self.losses.append(Loss(stage, step.index, step.total or 0.0, step.losses, step.elapsed_s))
        self.stages_s[stage] = step.elapsed_s


@dataclass(frozen=True)
class Task:
    """A synthesis with its name and everything that the run record states.

    Attributes:
        name: `texture` or `transfer`.
        parameters: arguments of the task.
        settings: settings that the preset resolved to.
        seed: seed of every random choice.
        device: device that computes it.
        unit_db: level that a synthesised level of 1 stands for, in dB of full scale.
        level_db: root mean square level of the result, in dB of full scale; None keeps the synthesised level, and
            with it the levels of the style's loud and quiet parts.
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
        """Runs it; it can be stopped after any step. Raises ModelError when a value is not finite."""
        return iter(self.synthesis)

    def finish(self) -> Result:
        """The result so far, at its level.

        Raises:
            ModelError: there is no finite result.
        """
        samples = self.synthesis.waveform().detach().cpu().numpy().astype(np.float32)
        if not np.isfinite(samples).all():
            raise ModelError("the result has samples that are not finite numbers; try fewer iterations")
        return Result(
            sound=Sound(self._levelled(samples), self.settings.rate_hz),
            task=self.name,
            parameters={**self.parameters, **self.synthesis.found},
            settings=self.settings,
            seed=self.seed,
            device=self.device,
            losses=tuple(self.synthesis.losses),
            stages_s=dict(self.synthesis.stages_s),
            stopped=self.synthesis.stopped,
        )

    def snapshot(self) -> Result:
        """The result of `finish()` at this step, without affecting the run.

        Raises:
            ModelError: there is no finite result.
        """
        return replace(self, synthesis=self.synthesis.copied()).finish()

    def _levelled(self, samples: Float32[np.ndarray, "channel sample"]) -> Float32[np.ndarray, "channel sample"]:
        if self.level_db is None:
            return samples * np.float32(10 ** (self.unit_db / 20))
        return match_rms(samples, self.level_db)
