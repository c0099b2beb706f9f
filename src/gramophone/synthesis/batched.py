"""Many tasks in one set of tensors, so that a large device is used fully; each gives the result it gives alone."""

import time
import warnings
from collections.abc import Hashable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import LimitError, UsageError
from gramophone.networks.infinite import BLOCK_FRAMES
from gramophone.networks.registry import entry_of
from gramophone.optim.batched_lbfgs import Optimised, optimise_batched
from gramophone.optim.objective import BatchedObjective
from gramophone.phase import fgla, pghi
from gramophone.settings import OptimiserSettings, Settings, TermSettings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.pipeline import SpectrogramStage, Task, WaveformStage
from gramophone.synthesis.result import Loss, Result
from gramophone.synthesis.texture import texture
from gramophone.synthesis.transfer import transfer

FREE_FRACTION = 0.4  # of the device's free memory that is planned with: two processes may share it
MAPS, VECTORS = 6, 28  # arrays of all pairs of frames beside two a span, and of variables beside the L-BFGS history
NOT_FINITE = "a loss or its gradient was not finite; this is the last good result, and fewer iterations may help"


class MemoryShortWarning(UserWarning):
    """Fewer tasks are computed at once than were asked for."""


def batched_textures(
    styles: Sequence[Sound],
    settings: Settings,
    *,
    duration_s: float | None = None,
    seeds: Sequence[int] | None = None,
    device: str | None = None,
    at_once: int | None = None,
) -> list[Result]:
    """A texture of each style, computed in a batch; see `run_batched`.

    Args:
        styles: recordings with one channel, of the same rate and length.
        settings: usually `presets.preset(name)`; the infinite network without further terms.
        duration_s: length of each result in seconds, about 23 at most; that of the styles by default.
        seeds: seed of each texture; 0 by default.
        device: `cpu` or `cuda`; the best available by default.
        at_once: batch size; as large as the device's memory allows by default.

    Raises:
        InputError: a style is silent or too short.
        UsageError: the styles or settings cannot be batched.
    """
    tasks = [
        texture([style], settings, duration_s=duration_s, seed=seed, device=device)
        for style, seed in zip(styles, _seeds(seeds, styles), strict=True)
    ]
    run_batched(tasks, at_once=at_once)
    return [task.finish() for task in tasks]


def batched_transfers(
    contents: Sequence[Sound],
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float = 0.6,
    seeds: Sequence[int] | None = None,
    device: str | None = None,
    at_once: int | None = None,
) -> list[Result]:
    """A transfer of each pair of content and style, computed in a batch; see `run_batched`.

    Args:
        contents: recordings with one channel, of the same rate and length.
        styles: as many recordings, likewise.
        settings: usually `presets.preset(name, "transfer")`; the infinite network without further terms.
        strength: above 0 (the content unchanged) up to 1 (the style alone).
        seeds: seed of each transfer; 0 by default.
        device: `cpu` or `cuda`; the best available by default.
        at_once: batch size; as large as the device's memory allows by default.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: the recordings or settings cannot be batched.
    """
    if len(contents) != len(styles):
        raise UsageError(f"{len(contents)} contents do not fit {len(styles)} styles; give one style for each content")
    tasks = [
        transfer(content, [style], settings, strength=strength, seed=seed, device=device)
        for content, style, seed in zip(contents, styles, _seeds(seeds, styles), strict=True)
    ]
    run_batched(tasks, at_once=at_once)
    return [task.finish() for task in tasks]


def run_batched(tasks: Sequence[Task], *, at_once: int | None = None) -> None:
    """Runs alike tasks in a batch; afterwards each can be finished, and iterating over it does nothing.

    The steps are those of each task alone. In double precision samples agree to 1e-4 after few steps; in single
    precision a start that differs by 1e-7 can lead to another result of the same kind, with or without batching.
    Where a value is not finite the last good result is kept, `task.synthesis.stopped` says so, and the other tasks go
    on. Each task is assigned its part of the time of a stage.

    Args:
        tasks: tasks that were set up and not started.
        at_once: batch size; as large as the device's memory allows by default.

    Raises:
        UsageError: the tasks cannot be batched; see `reason_not_batchable`.
        LimitError: the device's memory is too small for one of them.
    """
    if not tasks:
        return
    for task in tasks:
        if reason := reason_not_batchable(task):
            raise UsageError(f"{reason}; make them one by one")
    if len({batch_key(task) for task in tasks}) > 1:
        raise UsageError(
            "only sounds of the same rate, channels and lengths with the same settings can be batched; "
            "sort them, or make them one by one"
        )
    at_once = _fitting(tasks) if at_once is None else max(1, at_once)
    done = 0
    while done < len(tasks):
        group = tasks[done : done + at_once]
        if _fits(group):
            done += len(group)
            continue
        if len(group) == 1:
            raise LimitError("the device's memory is too short for one of them; ask for a shorter sound, or say cpu")
        at_once = len(group) // 2
        torch.cuda.empty_cache()  # for others; here it is only now that nothing holds what did not fit
        _say_short(tasks[0], at_once)


def _fits(tasks: Sequence[Task]) -> bool:
    """Runs tasks; returns whether the memory sufficed."""
    try:
        _run(tasks)
    except torch.OutOfMemoryError:
        return False
    return True


def _say_short(task: Task, at_once: int) -> None:
    warnings.warn(f"the device's memory is short: {at_once} {task.name}(s) at once", MemoryShortWarning, stacklevel=3)


def reason_not_batchable(task: Task) -> str | None:
    """Why a task cannot be batched, as the beginning of a sentence; None where it can."""
    if reason := settings_not_batchable(task.settings, task.name):
        return reason
    stage, waveform = task.synthesis.spectrogram, task.synthesis.waveform_refinement
    if stage is None:
        return "a transfer of strength 0 is its content, and there is nothing to compute"
    if stage.view.stft.circular:
        return "loops cannot be batched"
    if stage.start.shape[0] != 1 or stage.start.shape[-1] > BLOCK_FRAMES:
        channels, _, frames = stage.start.shape
        return f"sounds of one channel and {BLOCK_FRAMES} frames can be batched, not of {channels} and {frames}"
    objectives = [*stage.objectives, *([waveform.objective] if waveform else [])]
    return next((reason for one in objectives if (reason := one.reason_not_batchable())), None)


def settings_not_batchable(settings: Settings, name: str) -> str | None:
    """Why no task with some settings can be batched; None where one can.

    Args:
        settings: settings of the task.
        name: `texture` or `transfer`.
    """
    if settings.rival is not None:
        return "only what optimises a network can be batched"
    if settings.transfer.condition and name == "transfer":
        return "transfers that choose excerpts of the style cannot be batched"
    plain = entry_of(settings.network).is_batchable(settings.network)
    if not plain or settings.terms != TermSettings() or any(view.span_bins for view in settings.views):
        return "only the infinite network of one layer without further terms can be batched"
    if settings.transfer.content is not None or (name == "transfer" and settings.waveform.resolutions):
        return "transfers with content features or with a stage on the waveform cannot be batched"
    if any(loop.method != "lbfgs" for loop in (settings.optimiser, settings.waveform.optimiser)):
        return "only settings optimised by lbfgs can be batched"
    return None


def batch_key(task: Task) -> Hashable:
    """What batchable tasks must have in common to be batched."""
    stage = _first(task)
    shapes = tuple(tuple(style.shape) for style in stage.view.styles)
    return task.name, task.settings, task.device, stage.samples, shapes


def _seeds(seeds: Sequence[int] | None, styles: Sequence[Sound]) -> Sequence[int]:
    seeds = [0] * len(styles) if seeds is None else seeds
    if len(seeds) != len(styles) or not styles:
        raise UsageError(
            f"{len(seeds)} seeds do not fit {len(styles)} styles; give one or more styles, and one seed for each"
        )
    return seeds


def _first(task: Task) -> SpectrogramStage:
    if task.synthesis.spectrogram is None:
        raise AssertionError("tasks without a spectrogram stage were refused")
    return task.synthesis.spectrogram


def _fitting(tasks: Sequence[Task]) -> int:
    """Batch size that the device's memory allows; on a CPU more than a few items gain nothing."""
    device = _first(tasks[0]).start.device
    if device.type != "cuda":
        return 4
    free, _ = torch.cuda.mem_get_info(device)
    # Memory that torch has cached can be used again.
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    at_once = max(1, int(FREE_FRACTION * free / needed_bytes(tasks[0])))
    if at_once < len(tasks):
        _say_short(tasks[0], at_once)
    return at_once


def needed_bytes(task: Task) -> int:
    """Approximate memory of a task in a batch, in the stage that needs more."""
    stage, refinement = _first(task), task.synthesis.waveform_refinement
    numbers = [_numbers([stage.view], stage.samples, stage.start.numel(), stage.optimiser)]
    if refinement is not None:
        numbers.append(_numbers(refinement.views, stage.samples, stage.samples, refinement.optimiser))
    return max(numbers) * stage.start.element_size()


def _numbers(views: Sequence[Analysis], samples: int, variables: int, settings: OptimiserSettings) -> int:
    """Numbers in the maps of all pairs of frames of all views, and in the history of L-BFGS."""
    maps = 0
    for view in views:
        frames = max(view.stft.frames(samples), sum(style.shape[-1] for style in view.styles))
        maps += frames**2 * (MAPS + 2 * len(view.span_ms))
    return maps + variables * (2 * settings.history + VECTORS)


def _run(tasks: Sequence[Task]) -> None:
    stages = [_first(task) for task in tasks]
    stages_s: dict[str, float] = {}
    losses: list[list[Loss]] = [[] for _ in tasks]

    def optimised(
        name: str,
        objective: BatchedObjective,
        start: Tensor,
        settings: OptimiserSettings,
        counts: Bool[Tensor, " item"],
    ) -> Optimised:
        began_s = time.perf_counter()
        found = optimise_batched(objective.values, start.new_tensor(objective.weights), start, settings)
        stages_s[name] = (time.perf_counter() - began_s) / len(tasks)
        steps = torch.where(counts, found.steps, 0).tolist()
        _write_down(losses, name, objective.names, found, steps, stages_s[name])
        return found

    start = torch.stack([one.start for one in stages])
    every = torch.ones(len(tasks), dtype=torch.bool, device=start.device)
    found = optimised("spectrogram", stack_objectives(stages), start, stages[0].optimiser, every)
    good = found.is_good
    began_s = time.perf_counter()
    signals = _waveforms(stages, found.variables)
    stages_s["phase"] = (time.perf_counter() - began_s) / len(tasks)
    refinements = [one for task in tasks if (one := task.synthesis.waveform_refinement) is not None]
    if refinements:
        found = optimised("waveform", stack_objectives(refinements), signals, refinements[0].optimiser, good)
        # Items that broke down before keep the result that they had then.
        signals = torch.where(good[:, None, None], found.variables, signals)
        good = good & found.is_good
    for task, signal, item_losses, is_good in zip(tasks, signals, losses, good.tolist(), strict=True):
        task.synthesis.set_result(signal, item_losses, stages_s, "" if is_good else NOT_FINITE)


def stack_objectives(stages: Sequence[SpectrogramStage] | Sequence[WaveformStage]) -> BatchedObjective:
    """Objectives of the same stage of alike tasks."""
    objectives = [one.objectives[0] if isinstance(one, SpectrogramStage) else one.objective for one in stages]
    return objectives[0].stack(objectives)


def _waveforms(
    stages: Sequence[SpectrogramStage], x: Float[Tensor, "item 1 frequency frame"]
) -> Float[Tensor, "item 1 sample"]:
    """Signals of optimised spectrograms: phases and Griffin-Lim iterations of all items at once."""
    views, phase = [stage.view for stage in stages], stages[0].phase
    magnitudes = views[0].stack_scales(views).inverse(x)
    if phase.start == "pghi":
        phases = pghi(magnitudes, views[0].stft, seed=[stage.seed for stage in stages])
    else:
        phases = torch.stack([stage.phases(one) for stage, one in zip(stages, magnitudes, strict=True)])
    return fgla(
        magnitudes,
        views[0].stft,
        stages[0].samples,
        phase=phases,
        iterations=phase.iterations,
        momentum=phase.momentum,
    )


def _write_down(
    losses: Sequence[list[Loss]],
    stage: str,
    names: Sequence[str],
    found: Optimised,
    steps: Sequence[int],
    seconds: float,
) -> None:
    """Keeps the losses; the time of a step is that of the stage divided among the items, as they ran in parallel."""
    for item_losses, count, totals, values in zip(
        losses, steps, found.totals.T.tolist(), found.values.permute(2, 0, 1).tolist(), strict=True
    ):
        item_losses += [
            Loss(stage, step + 1, totals[step], dict(zip(names, values[step], strict=True)), seconds)
            for step in range(count)
        ]
