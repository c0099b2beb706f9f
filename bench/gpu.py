"""`python -m bench.gpu`: textures on a CUDA device, one and many together; prints a table for docs/benchmarks.md."""

import statistics
import sys
import time
from collections.abc import Callable

import torch

from bench.recordings import made
from gramophone.presets import preset
from gramophone.statistics.style_distances import StyleTargets, style_distances
from gramophone.statistics.style_target import style_target
from gramophone.tasks import textures_together

SIZES = (1, 4, 16, 64, 128)
DURATION_S = 10.0
SPANS = (1, 4, 16, 32)
NONE = "there is no CUDA device here, so nothing was measured; run it on a machine with one"


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit(NONE)
    print(f"## Textures of {DURATION_S:g} s on one {torch.cuda.get_device_name()} (torch {torch.__version__})\n")
    print("| together | start to samples | audio a second | peak memory |\n|---|---|---|---|")
    for size in SIZES:
        print(_row(size), flush=True)
    print(f"\n{_rates()}")


def _row(size: int) -> str:
    style = made("rain", DURATION_S)
    settings = preset("infinite")

    def work() -> object:
        seeds = list(range(size))
        return textures_together([style] * size, settings, duration_s=DURATION_S, seeds=seeds, at_once=size)

    work()
    torch.cuda.reset_peak_memory_stats()
    seconds = statistics.median(_seconds(work) for _ in range(3))
    peak_gb = torch.cuda.max_memory_allocated() / 1e9
    return f"| {size} | {seconds:.2f} s | {size * DURATION_S / seconds:.0f} s | {peak_gb:.1f} GB |"


def _rates() -> str:
    """What an evaluation's products and passes need at the device's measured best, over what it takes."""
    size, bins, frames = 64, 513, 862
    draw = torch.rand(size, bins, frames, device="cuda")
    targets = StyleTargets.of([style_target([one.cpu()], [1.0], SPANS) for one in draw[:1]] * size)
    on_device = StyleTargets(
        targets.frames.cuda(),
        {span: one.cuda() for span, one in targets.norms.items()},
        {span: one.cuda() for span, one in targets.columns.items()},
        {span: one.cuda() for span, one in targets.scales.items()},
        targets.offsets.cuda(),
    )
    seconds = _median(lambda: style_distances(draw, on_device))
    operations = 2 * 2 * 2 * size * bins * frames**2
    product = _median(lambda: draw.mT @ draw)
    best = 2 * size * bins * frames**2 / product
    copied = torch.empty(2**28, device="cuda")
    rate = 2 * 4 * copied.numel() / _median(copied.clone)
    traffic = 2 * len(SPANS) * 18 * 4 * size * frames**2
    return (
        f"One evaluation of {size}: {1000 * seconds:.1f} ms; its products alone would take "
        f"{1000 * operations / best:.1f} ms at the measured {best / 1e12:.0f} Tflop/s, its passes about "
        f"{1000 * traffic / rate:.1f} ms at the measured {rate / 1e12:.2f} TB/s: "
        f"{100 * (operations / best + traffic / rate) / seconds:.0f} % of what is achievable"
    )


def _median(work: Callable[[], object]) -> float:
    work()
    return statistics.median(_seconds(work) for _ in range(9))


def _seconds(work: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    began_s = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - began_s


if __name__ == "__main__":
    main()
