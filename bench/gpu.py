"""`python -m bench.gpu`: textures and transfers on a CUDA device, alone and together; tables for docs/benchmarks.md.

To see whether it runs at all, without a device:

    python -m bench.gpu --device cpu --sizes 1,2 --duration-s 1
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from bench.recordings import made
from gramophone.audio import Sound
from gramophone.phase import pghi
from gramophone.presets import preset
from gramophone.spectral import Stft
from gramophone.statistics.batched_style_distance import StyleTargets, style_distances
from gramophone.statistics.style_distance import style_target
from gramophone.synthesis import Result, batched_textures, batched_transfers

SIZES = "1,4,16,64,128"
STAGES = ("spectrogram", "phase", "waveform")
SPANS = (1, 4, 16, 32)
BINS = 513
RATE_HZ, HOP_SAMPLES = 22050, 256
PASSES = 18  # over each span's map of all pairs, forward and back, where nothing is fused
NONE = "there is no CUDA device here, so nothing was measured; run it on a machine with one"

Work = Callable[[Sequence[int]], list[Result]]


@dataclass(frozen=True)
class Device:
    """Where it is measured.

    Attributes:
        name: `cuda`, or `cpu` to try it out.
    """

    name: str

    def seconds(self, work: Callable[[], object], times: int) -> float:
        """Median time of the work, until the device has done it; the first time does not count."""
        return statistics.median([self._once(work) for _ in range(times + 1)][1:])

    def _once(self, work: Callable[[], object]) -> float:
        self._wait()
        began_s = time.perf_counter()
        work()
        self._wait()
        return time.perf_counter() - began_s

    def _wait(self) -> None:
        if self.name == "cuda":
            torch.cuda.synchronize()

    def peak_gb(self, work: Callable[[], object]) -> str:
        """Memory that the work takes at most, where it can be told."""
        if self.name != "cuda":
            return "?"
        torch.cuda.reset_peak_memory_stats()
        work()
        return f"{torch.cuda.max_memory_allocated() / 1e9:.1f} GB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--sizes", default=SIZES, help="how many together, with commas")
    parser.add_argument("--duration-s", type=float, default=10.0)
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit(NONE)
    device = Device(given.device)
    name = torch.cuda.get_device_name() if device.name == "cuda" else f"CPU, {torch.get_num_threads()} thread(s)"
    sizes = [int(word) for word in given.sizes.split(",")]
    for job, work in (("Textures", textures), ("Transfers", transfers)):
        print(f"## {job} of {given.duration_s:g} s on one {name} (torch {torch.__version__})\n")
        print(f"| together | start to samples | audio a second | {' | '.join(STAGES)} | peak memory |")
        print("|" + "---|" * (4 + len(STAGES)))
        for size in sizes:
            print(row(device, work(given.duration_s, device.name, size), size, given.duration_s), flush=True)
        print()
    frames = round(given.duration_s * RATE_HZ) // HOP_SAMPLES + 1
    print(phases(device, sizes[-1], frames), rates(device, sizes[-1], frames), sep="\n\n")


def textures(duration_s: float, device: str, at_once: int) -> Work:
    """Textures of rain at default settings, a seed each."""
    style, settings = made("rain", duration_s), preset("infinite")

    def work(seeds: Sequence[int]) -> list[Result]:
        return batched_textures(
            [style] * len(seeds), settings, duration_s=duration_s, seeds=seeds, device=device, at_once=at_once
        )

    return work


def transfers(duration_s: float, device: str, at_once: int) -> Work:
    """A phrase in rain at default settings, a seed each."""
    said: Sound = made("phrase", duration_s)
    style, settings = made("rain", duration_s), preset("infinite", "transfer")

    def work(seeds: Sequence[int]) -> list[Result]:
        count = len(seeds)
        return batched_transfers(
            [said] * count, [style] * count, settings, seeds=seeds, device=device, at_once=at_once
        )

    return work


def row(device: Device, work: Work, size: int, duration_s: float) -> str:
    """One line of a table; the stages' shares of the time are those of the last run."""
    results: list[Result] = []

    def run() -> None:
        results[:] = work(range(size))

    seconds = device.seconds(run, 3)
    stages_s = [sum(one.stages_s.get(stage, 0.0) for one in results) for stage in STAGES]
    shares = " | ".join(f"{100 * one / seconds:.0f} %" for one in stages_s)
    rate = size * duration_s / seconds
    return f"| {size} | {seconds:.2f} s | {rate:.0f} s | {shares} | {device.peak_gb(run)} |"


def phases(device: Device, size: int, frames: int) -> str:
    """Phase gradient integration of many spectrograms on the device, and of one after the other on the CPU."""
    stft = Stft(2 * BINS - 2, HOP_SAMPLES)
    signals = torch.randn(size, (frames - 1) * HOP_SAMPLES, generator=torch.Generator().manual_seed(0))
    magnitudes = stft.magnitude(signals)
    there, seeds = magnitudes.to(device.name), list(range(size))
    together_s = device.seconds(lambda: pghi(there, stft, seed=seeds), 5) / size
    alone_s = device.seconds(lambda: pghi(magnitudes[0], stft), 5)
    return (
        f"Phases of {size} spectrograms of noise, {frames} frames: {1000 * together_s:.1f} ms each on the device, "
        f"{1000 * alone_s:.1f} ms on {torch.get_num_threads()} threads of the CPU ({os.cpu_count()} processors)"
    )


def rates(device: Device, size: int, frames: int) -> str:
    """What an evaluation's products and passes need at the device's measured best, over what it takes."""
    draw = torch.rand(size, BINS, frames, device=device.name)
    target = style_target([draw[0]], [1.0], SPANS)
    targets = StyleTargets.of([target] * size)
    seconds = device.seconds(lambda: style_distances(draw, targets), 9)
    operations = 2 * 2 * 2 * size * BINS * frames**2
    best = 2 * size * BINS * frames**2 / device.seconds(lambda: draw.mT @ draw, 9)
    copied = torch.empty(2**28 if device.name == "cuda" else 2**24, device=device.name)
    rate = 2 * 4 * copied.numel() / device.seconds(copied.clone, 9)
    traffic = 2 * len(SPANS) * PASSES * 4 * size * frames**2
    return (
        f"One evaluation of {size}: {1000 * seconds:.1f} ms; its products alone would take "
        f"{1000 * operations / best:.1f} ms at the measured {best / 1e12:.2f} Tflop/s, its passes about "
        f"{1000 * traffic / rate:.1f} ms at the measured {rate / 1e12:.3f} TB/s: "
        f"{100 * (operations / best + traffic / rate) / seconds:.0f} % of what is achievable. Products alone: "
        f"{100 * operations / best / seconds:.0f} %"
    )


if __name__ == "__main__":
    main()
