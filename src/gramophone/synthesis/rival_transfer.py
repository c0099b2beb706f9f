"""Transfers by a rival: its steps as a task that is watched, stopped and recorded like every other."""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.bounds import check_seed
from gramophone.errors import UsageError
from gramophone.optim.minimise import Step
from gramophone.presets.rivals import bed_db, check_strength, refuse
from gramophone.rivals import (
    RIVALS,
    CrossSettings,
    DriedgerSettings,
    Progress,
    RivalSettings,
    TralieSettings,
    VocoderSettings,
)
from gramophone.settings import RivalKind, Settings
from gramophone.synthesis.pipeline import Synthesis, Task
from gramophone.synthesis.prepare import agreed, roles_of

STAGE = "rival"


@dataclass
class RivalSynthesis(Synthesis):
    """Steps of a rival; `waveform()` is what it would give if it ended now.

    Attributes:
        steps: begins the rival.
        began: whether a step was made.
    """

    steps: Callable[[], Iterator[Progress]] | None = None
    began: bool = False
    _newest: Callable[[], Float[Tensor, "channel sample"]] | None = None

    @property
    def has_result(self) -> bool:
        """Whether a step was made, as there are no losses."""
        return self.began

    def waveform(self) -> Float[Tensor, "channel sample"]:
        """The result so far.

        Raises:
            UsageError: no step was made.
        """
        if self._newest is None:
            raise UsageError("a rival has no result before its first step; take a step first")
        return self._newest()

    def _run(self) -> Iterator[Step]:
        if self.steps is None:
            raise ValueError("a rival needs steps")
        start_s = time.perf_counter()
        for progress in self.steps():
            self._newest, self.began = progress.preview, True
            self.stages_s[STAGE] = time.perf_counter() - start_s
            yield Step(progress.done, progress.total, None, {}, self.stages_s[STAGE], progress.preview)
        self.stopped = "finished"


def rival_transfer(
    content: Sound,
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float,
    weights: Sequence[float] | None,
    seed: int,
    warm_start: Sound | None,
) -> Task:
    """Sets up a transfer by the rival that the settings name; it is computed on the processor.

    Args:
        content: recording whose course in time, length and level the result has.
        styles: one or more recordings; they follow each other or share the templates, and take no weights.
        settings: with a `rival`.
        strength: sets the level of the bed of `vocoder` and `cross`, see `presets.rivals.bed_db`.
        weights: only None.
        seed: of the rival's random choices.
        warm_start: only None.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: something that a rival does not have was asked for.
    """
    kind = settings.rival
    if kind is None:
        raise UsageError("the settings name no rival; choose a preset such as vocoder")
    refuse(settings, {"weights": weights})
    if warm_start is not None:
        raise UsageError(f"the preset '{kind}' cannot go on from an earlier result; begin anew")
    check_strength(settings, strength)
    check_seed(seed)
    rival, own = RIVALS[kind], rival_settings(kind, strength, settings.optimiser.iterations)
    settings, (content, *sounds) = agreed([content, *styles], settings, ["content", *roles_of(styles)])
    arrays = [sound.samples for sound in sounds]
    dial = {"strength": strength} if settings.has_strength else {}
    return Task(
        name="transfer",
        parameters={**dial, **_plain(own), "source": rival.source},
        settings=settings,
        seed=seed,
        device="cpu",
        unit_db=0.0,
        level_db=None,
        synthesis=RivalSynthesis(
            None, None, steps=lambda: rival.steps(content.samples, arrays, settings.rate_hz, own, seed)
        ),
    )


def rival_settings(kind: RivalKind, strength: float, iterations: int) -> RivalSettings:
    """The rival's own settings; all that is not said here is as published.

    Args:
        kind: name of the rival.
        strength: from 0 to 1, for those that have a bed.
        iterations: `L` of those that iterate.

    Raises:
        UsageError: a number of iterations out of its range.
    """
    if kind == "driedger2015":
        return DriedgerSettings(iterations=iterations)
    if kind == "tralie2024":
        return TralieSettings(iterations=iterations)
    if kind == "vocoder":
        return VocoderSettings(style_spectrum=1.0, bed_db=bed_db(strength))
    return CrossSettings(bed_db=bed_db(strength))


def _plain(own: RivalSettings) -> dict[str, Any]:
    """As JSON has them: no bed is None, as minus infinity is no number there."""
    values = dataclasses.asdict(own)
    return {name: None if value == -math.inf else value for name, value in values.items()}
