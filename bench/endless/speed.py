"""How much faster than real time a stream runs once it runs; nothing else should run beside it."""

import os
import time

from gramophone import presets
from gramophone.audio import Sound
from gramophone.synthesis import Stream


def row(name: str, style: Sound, blocks: int = 8) -> str:
    """Time to the first block, and the sustained rate over the blocks after the second."""
    began = time.perf_counter()
    stream = Stream([style], presets.preset("infinite", "stream"), seed=0, device="cpu")
    first = next(stream)
    first_s = time.perf_counter() - began
    next(stream)
    began, made_s, best = time.perf_counter(), 0.0, 0.0
    for _ in range(blocks):
        start = time.perf_counter()
        block = next(stream)
        made_s += block.duration_s
        best = max(best, block.duration_s / (time.perf_counter() - start))
    sustained = made_s / (time.perf_counter() - began)
    return (
        f"| {name}, {style.rate_hz} Hz, {first.channels} channel(s) | {first_s:.1f} s | {sustained:.2f} "
        f"| {best:.2f} | {os.getloadavg()[0]:.1f} |"
    )
