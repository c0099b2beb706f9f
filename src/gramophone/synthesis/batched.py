"""Many tasks in one set of tensors, so that a large device is full: each is what it would be alone."""

import time
import warnings
from collections.abc import Hashable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import LimitError, UsageError
from gramophone.networks.infinite import BLOCK_FRAMES
from gramophone.optim.batched_lbfgs import Optimised, optimise_together
from gramophone.settings import OptimiserSettings, Settings, TermSettings
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.batched_terms import Terms, of_magnitudes, of_waveforms, target_of, waveforms
from gramophone.synthesis.pipeline import SpectrogramStage, Task
from gramophone.synthesis.result import Loss, Result
from gramophone.synthesis.texture import texture
from gramophone.synthesis.transfer import transfer

FREE_SHARE = 0.4  # of the device's memory that is planned with: two processes may share it
MAPS, VECTORS = 6, 28  # arrays of all pairs of frames beside one a rung, and of variables beside the pairs kept
NOT_FINITE = "a loss or its gradient was not finite; this is the last good result, and fewer iterations may help"


class MemoryShortWarning(UserWarning):
    """Fewer tasks are computed at once than was asked for."""


def textures_together(
    styles: Sequence[Sound],
    settings: Settings,
    *,
    duration_s: float | None = None,
    seeds: Sequence[int] | None = None,
    device: str | None = None,
    at_once: int | None = None,
) -> list[Result]:
    """A texture of each style, computed side by side; see `run_together`.

    Args:
        styles: of one channel, one rate and one length.
        settings: usually `presets.preset(name)`; of the infinite network without further terms.
        duration_s: length of each result; that of the styles by default, some 23 s at most.
        seeds: one a style; 0 for all by default.
        device: `cpu`, `cuda`; the best there is by default.
        at_once: how many are in one set of tensors; as many as the device has memory for by default.

    Raises:
        InputError: a style is silent or too short.
        UsageError: styles or settings that cannot be computed together.
    """
    tasks = [
        texture([style], settings, duration_s=duration_s, seed=seed, device=device)
        for style, seed in zip(styles, _seeds(seeds, styles), strict=True)
    ]
    run_together(tasks, at_once=at_once)
    return [task.finish() for task in tasks]


def transfers_together(
    contents: Sequence[Sound],
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float = 0.6,
    seeds: Sequence[int] | None = None,
    device: str | None = None,
    at_once: int | None = None,
) -> list[Result]:
    """A transfer of each content and the style at its place, computed side by side; see `run_together`.

    Args:
        contents: of one channel, one rate and one length.
        styles: likewise, as many.
        settings: usually `presets.preset(name, "transfer")`; of the infinite network without further terms.
        strength: over 0 (the content as it is) up to 1 (the style alone).
        seeds: one a pair; 0 for all by default.
        device: `cpu`, `cuda`; the best there is by default.
        at_once: how many are in one set of tensors; as many as the device has memory for by default.

    Raises:
        InputError: a recording is silent or too short.
        UsageError: recordings or settings that cannot be computed together.
    """
    if len(contents) != len(styles):
        raise UsageError(f"{len(contents)} contents do not fit {len(styles)} styles; give a style for each content")
    tasks = [
        transfer(content, [style], settings, strength=strength, seed=seed, device=device)
        for content, style, seed in zip(contents, styles, _seeds(seeds, styles), strict=True)
    ]
    run_together(tasks, at_once=at_once)
    return [task.finish() for task in tasks]


def run_together(tasks: Sequence[Task], *, at_once: int | None = None) -> None:
    """Runs tasks of one kind side by side; afterwards each can be finished, and to iterate over it does nothing.

    The steps are those of each alone. In double precision samples agree to 1e-4 after few steps; in single precision
    a start that differs by 1e-7 can lead to another result of the same kind, alone as well as together. Where a value
    is not finite the last good result is kept, `task.synthesis.stopped` says it, and the others go on. Each takes its
    share of the time of a stage.

    Args:
        tasks: set up and not begun.
        at_once: how many are in one set of tensors; as many as the device has memory for by default.

    Raises:
        UsageError: they cannot be computed together; see `why_alone`.
        LimitError: the device has no memory for one of them.
    """
    if not tasks:
        return
    for task in tasks:
        if reason := why_alone(task):
            raise UsageError(f"{reason}; make them one by one")
    if len({kind_of(task) for task in tasks}) > 1:
        raise UsageError(
            "together go sounds of the same rate, channels and lengths with the same settings; "
            "sort them, or make them one by one"
        )
    at_once = _fitting(tasks) if at_once is None else max(1, at_once)
    done = 0
    while done < len(tasks):
        lot = tasks[done : done + at_once]
        if _fits(lot):
            done += len(lot)
            continue
        if len(lot) == 1:
            raise LimitError("the device's memory is too short for one of them; ask for a shorter sound, or say cpu")
        at_once = len(lot) // 2
        torch.cuda.empty_cache()  # for others; here it is only now that nothing holds what did not fit
        _say_short(tasks[0], at_once)


def _fits(tasks: Sequence[Task]) -> bool:
    """Runs them; tells whether there was memory enough."""
    try:
        _run(tasks)
    except torch.OutOfMemoryError:
        return False
    return True


def _say_short(task: Task, at_once: int) -> None:
    warnings.warn(f"the device's memory is short: {at_once} {task.name}(s) at once", MemoryShortWarning, stacklevel=3)


def why_alone(task: Task) -> str | None:
    """Why a task cannot be computed together with others, as the beginning of a sentence; None where it can."""
    if reason := why_alone_with(task.settings, task.name):
        return reason
    stage = task.synthesis.spectrogram
    if stage is None:
        return "a transfer of strength 0 is its content, and there is nothing to compute"
    if stage.view.stft.circular:
        return "loops do not go together"
    if stage.start.shape[0] != 1 or stage.start.shape[-1] > BLOCK_FRAMES:
        channels, _, frames = stage.start.shape
        return f"together go sounds of one channel and {BLOCK_FRAMES} frames, not {channels} and {frames}"
    return None


def why_alone_with(settings: Settings, name: str) -> str | None:
    """The same as far as settings tell.

    Args:
        settings: of the task.
        name: `texture` or `transfer`.
    """
    plain = settings.network.kind == "infinite" and settings.network.depth == 1
    if not plain or settings.terms != TermSettings() or any(view.span_bins for view in settings.views):
        return "together go textures and transfers of the infinite network of one layer without further terms"
    if settings.transfer.content is not None or (name == "transfer" and settings.waveform.resolutions):
        return "together go transfers that hold their content's movement and have no stage on the waveform"
    if any(loop.method != "lbfgs" for loop in (settings.optimiser, settings.waveform.optimiser)):
        return "together goes what is optimised by lbfgs"
    return None


def kind_of(task: Task) -> Hashable:
    """What tasks have in common that can be computed together, if they can at all."""
    stage = _first(task)
    shapes = tuple(tuple(style.shape) for style in stage.view.styles)
    return task.name, task.settings, task.device, stage.samples, shapes


def _seeds(seeds: Sequence[int] | None, styles: Sequence[Sound]) -> Sequence[int]:
    seeds = [0] * len(styles) if seeds is None else seeds
    if len(seeds) != len(styles) or not styles:
        raise UsageError(f"{len(seeds)} seeds do not fit {len(styles)} styles; give one style or more, a seed each")
    return seeds


def _first(task: Task) -> SpectrogramStage:
    if task.synthesis.spectrogram is None:
        raise AssertionError("tasks without a stage on the spectrogram were refused")
    return task.synthesis.spectrogram


def _fitting(tasks: Sequence[Task]) -> int:
    """How many the device has memory for; on a CPU more than a few gain nothing."""
    device = _first(tasks[0]).start.device
    if device.type != "cuda":
        return 4
    free, _ = torch.cuda.mem_get_info(device)
    # What torch keeps from earlier work can be used again.
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    at_once = max(1, int(FREE_SHARE * free / needed_bytes(tasks[0])))
    if at_once < len(tasks):
        _say_short(tasks[0], at_once)
    return at_once


def needed_bytes(task: Task) -> int:
    """About what a task needs beside others, in the stage that needs more."""
    stage, polish = _first(task), task.synthesis.polish
    numbers = [_numbers([stage.view], stage.samples, stage.start.numel(), stage.optimiser)]
    if polish is not None:
        numbers.append(_numbers(polish.views, stage.samples, stage.samples, polish.optimiser))
    return max(numbers) * stage.start.element_size()


def _numbers(views: Sequence[Analysis], samples: int, variables: int, settings: OptimiserSettings) -> int:
    """Of the maps of all pairs of frames, in all views, and of what L-BFGS keeps."""
    maps = 0
    for view in views:
        frames = max(view.stft.frames(samples), sum(style.shape[-1] for style in view.styles))
        maps += frames**2 * (MAPS + 2 * len(target_of(view).spans))
    return maps + variables * (2 * settings.history + VECTORS)


def _run(tasks: Sequence[Task]) -> None:
    stages = [_first(task) for task in tasks]
    stages_s: dict[str, float] = {}
    losses: list[list[Loss]] = [[] for _ in tasks]

    def optimised(
        name: str, terms: Terms, start: Tensor, settings: OptimiserSettings, counts: Bool[Tensor, " item"]
    ) -> Optimised:
        began_s = time.perf_counter()
        found = optimise_together(terms.values, start.new_tensor(terms.weights), start, settings)
        stages_s[name] = (time.perf_counter() - began_s) / len(tasks)
        steps = torch.where(counts, found.steps, 0).tolist()
        _write_down(losses, name, terms.names, found, steps, stages_s[name])
        return found

    start = torch.stack([one.start for one in stages])
    every = torch.ones(len(tasks), dtype=torch.bool, device=start.device)
    found = optimised("spectrogram", of_magnitudes(stages), start, stages[0].optimiser, every)
    good = found.is_good
    began_s = time.perf_counter()
    signals: Float[Tensor, "item 1 sample"] = waveforms(stages, found.variables)
    stages_s["phase"] = (time.perf_counter() - began_s) / len(tasks)
    polishes = [task.synthesis.polish for task in tasks if task.synthesis.polish is not None]
    if polishes:
        terms = of_waveforms([polish.views for polish in polishes])
        found = optimised("waveform", terms, signals, polishes[0].optimiser, good)
        # What broke down before stays as it was then.
        signals = torch.where(good[:, None, None], found.variables, signals)
        good = good & found.is_good
    for task, signal, own, is_good in zip(tasks, signals, losses, good.tolist(), strict=True):
        task.synthesis.settle(signal, own, stages_s, "" if is_good else NOT_FINITE)


def _write_down(
    losses: Sequence[list[Loss]],
    stage: str,
    names: Sequence[str],
    found: Optimised,
    steps: Sequence[int],
    seconds: float,
) -> None:
    """The time of a step is the item's share of its stage, as all steps of all items were under way together."""
    for own, count, totals, values in zip(
        losses, steps, found.totals.T.tolist(), found.values.permute(2, 0, 1).tolist(), strict=True
    ):
        own += [
            Loss(stage, step + 1, totals[step], dict(zip(names, values[step], strict=True)), seconds)
            for step in range(count)
        ]
