"""Many textures in one set of tensors, so that a large device is full: each is what `texture` makes of it alone."""

import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.networks.infinite import BLOCK_FRAMES, InfiniteNetwork
from gramophone.optimise_together import Optimised, optimise_together
from gramophone.phase import fgla, random_phase
from gramophone.processes import cores
from gramophone.settings import OptimiserSettings, Settings, TermSettings
from gramophone.statistics.style_distances import StyleTargets, style_distances
from gramophone.tasks.result import Loss, Result
from gramophone.tasks.synthesis import SpectrogramStage
from gramophone.tasks.task import Task
from gramophone.tasks.texture import texture
from gramophone.tasks.view import View

FREE_SHARE = 0.7  # of the device's memory that is planned with
MAPS = 6  # arrays of all pairs of frames beside one a rung


def textures_together(
    styles: Sequence[Sound],
    settings: Settings,
    *,
    duration_s: float | None = None,
    seeds: Sequence[int] | None = None,
    device: str | None = None,
    at_once: int | None = None,
) -> list[Result]:
    """A texture of each style, computed side by side.

    The steps are those of `texture`. In double precision samples agree to 1e-4 after few steps; in single precision a
    start that differs by 1e-7 can lead to another result of the same kind, alone as well as together.
    `result.stopped` says where a value was not finite; the others go on.

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
    seeds = [0] * len(styles) if seeds is None else seeds
    if len(seeds) != len(styles) or not styles:
        raise UsageError(f"{len(seeds)} seeds do not fit {len(styles)} styles; give one style or more, a seed each")
    _check_settings(settings)
    tasks = [
        texture([style], settings, duration_s=duration_s, seed=seed, device=device)
        for style, seed in zip(styles, seeds, strict=True)
    ]
    _check_shapes([_first(task) for task in tasks])
    at_once = min(len(tasks), _fitting(_first(tasks[0])) if at_once is None else max(1, at_once))
    done = 0
    while done < len(tasks):
        try:
            _run(tasks[done : done + at_once])
        except torch.OutOfMemoryError:
            if at_once == 1:
                raise
            at_once //= 2
            torch.cuda.empty_cache()
            warnings.warn(f"the device's memory is short: {at_once} texture(s) at once from here on", stacklevel=2)
            continue
        done += at_once
    return [task.finish() for task in tasks]


def _check_settings(settings: Settings) -> None:
    plain = all(view.scale == "linear" and not view.bands and not view.span_bins for view in settings.views)
    if settings.network.kind != "infinite" or settings.terms != TermSettings() or not plain:
        raise UsageError(
            "together go textures of the infinite network on the linear scale without further terms; "
            "leave those settings out, or make the textures one by one"
        )


def _check_shapes(stages: Sequence[SpectrogramStage]) -> None:
    shapes = {(one.start.shape, one.view.styles[0].shape) for one in stages}
    if len(shapes) > 1:
        raise UsageError(
            "together go styles of the same rate, channels and length; sort them, or make them one by one"
        )
    ((start, _),) = shapes
    if start[0] != 1 or start[-1] > BLOCK_FRAMES:
        raise UsageError(
            f"together go sounds of one channel and {BLOCK_FRAMES} frames, not {start[0]} and {start[-1]}; "
            "mix them to one channel, or ask for less"
        )


def _first(task: Task) -> SpectrogramStage:
    if task.synthesis.spectrogram is None:
        raise AssertionError("a texture has a stage on the spectrogram")
    return task.synthesis.spectrogram


def _fitting(stage: SpectrogramStage) -> int:
    """How many the device has memory for; on a CPU more than a few gain nothing."""
    device = stage.start.device
    if device.type != "cuda":
        return 4
    frames = max(stage.start.shape[-1], stage.view.styles[0].shape[-1])
    maps = frames**2 * (MAPS + 2 * len(_network(stage.view).spans))
    vectors = stage.start.numel() * (2 * stage.optimiser.history + 12)
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(FREE_SHARE * free / (4 * (maps + vectors))))


def _network(view: View) -> InfiniteNetwork:
    if not isinstance(view.network, InfiniteNetwork):
        raise AssertionError("settings of another network were refused")  # noqa: TRY004
    return view.network


def _run(tasks: Sequence[Task]) -> None:
    stages, stages_s, losses = [_first(task) for task in tasks], {}, [[] for _ in tasks]  # type: ignore[var-annotated]
    began_s = time.perf_counter()
    term = _of_magnitudes([one.view for one in stages])
    found = _optimised(term, torch.stack([one.start for one in stages]), stages[0].optimiser)
    good = found.is_good
    stages_s["spectrogram"] = time.perf_counter() - began_s
    _write_down(losses, "spectrogram", found, stages_s["spectrogram"])
    began_s = time.perf_counter()
    waveforms = _waveforms(stages, found.variables)
    stages_s["phase"] = time.perf_counter() - began_s
    polish = tasks[0].synthesis.polish
    if polish is not None:
        began_s = time.perf_counter()
        views = [task.synthesis.polish.views for task in tasks if task.synthesis.polish is not None]
        found = _optimised(_of_waveforms(views), waveforms, polish.optimiser)
        waveforms, good = found.variables, good & found.is_good
        stages_s["waveform"] = time.perf_counter() - began_s
        _write_down(losses, "waveform", found, stages_s["waveform"])
    for task, waveform, own, is_good in zip(tasks, waveforms, losses, good.tolist(), strict=True):
        stopped = "finished" if is_good else "a loss or its gradient was not finite; this is the last good result"
        task.synthesis.settle(waveform, own, stages_s, stopped)


def _optimised(
    term: Callable[[Tensor], Tensor], start: Float[Tensor, "item *shape"], settings: OptimiserSettings
) -> Optimised:
    return optimise_together(lambda x: term(x)[None], start.new_ones(1), start, settings)


def _of_magnitudes(views: Sequence[View]) -> Callable[[Tensor], Tensor]:
    """The style term of scaled magnitudes `[item, 1, frequency, frame]`."""
    targets = StyleTargets.of([_network(view).target(view.styles, view.weights) for view in views])
    return lambda x: style_distances(x[:, 0], targets)


def _of_waveforms(views: Sequence[Sequence[View]]) -> Callable[[Tensor], Tensor]:
    """The mean of the style terms of waveforms `[item, 1, sample]`, seen by each item's own views."""
    terms = []
    for own in zip(*views, strict=True):
        references = own[0].styles[0].new_tensor([view.scale.reference for view in own])[:, None, None, None]
        terms.append((own[0].stft, references, _of_magnitudes(own)))

    def mean(signal: Tensor) -> Tensor:
        seen = (term(torch.log1p(stft.magnitude(signal) / references)) for stft, references, term in terms)
        return torch.stack(list(seen)).mean(0)

    return mean


def _waveforms(stages: Sequence[SpectrogramStage], x: Tensor) -> Float[Tensor, "item 1 sample"]:
    """Phases one by one on the CPU's cores, rounds of Griffin-Lim together."""
    first = stages[0]
    magnitudes = [stage.view.scale.inverse(one) for stage, one in zip(stages, x, strict=True)]

    def phase(pair: tuple[SpectrogramStage, Tensor]) -> Tensor:
        stage, magnitude = pair
        if stage.phase.start == "pghi":
            return stage.view.phase(magnitude, stage.seed)
        return random_phase(magnitude, stage.seed)

    with ThreadPoolExecutor(min(cores(), len(stages))) as pool:
        phases = list(pool.map(phase, zip(stages, magnitudes, strict=True)))
    return fgla(
        torch.stack(magnitudes),
        first.view.stft,
        first.samples,
        phase=torch.stack(phases),
        iterations=first.phase.iterations,
        momentum=first.phase.momentum,
    )


def _write_down(losses: Sequence[list[Loss]], stage: str, found: Optimised, seconds: float) -> None:
    """The time of a step is that of its stage, as all steps of all items were under way together."""
    for own, count, totals, values in zip(
        losses, found.steps.tolist(), found.totals.T.tolist(), found.values[:, 0].T.tolist(), strict=True
    ):
        own += [Loss(stage, i + 1, totals[i], {"style": values[i]}, seconds) for i in range(count)]
