"""Phase gradient heap integration as it was published, with a heap: slow, and what ours is compared with."""

import heapq

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.phase import gradient
from gramophone.spectral import Stft

TOLERANCE = 1e-6


def by_heap(magnitude: Float[Tensor, "frequency frame"], stft: Stft) -> Float[Tensor, "frequency frame"]:
    """Algorithm 1 of Prusa, Balazs & Sondergaard (2017), one pass; drawn phases below the tolerance."""
    precise = magnitude.double()
    values, peak = precise.numpy(), float(precise.max())
    log = gradient.log_magnitude(precise, precise.max(), TOLERANCE)
    along_time, along_frequency = (
        part(log, stft).numpy() for part in (gradient.steps_per_hop, gradient.steps_per_bin)
    )
    moves = {(0, 1): along_time, (0, -1): -along_time, (1, 0): along_frequency, (-1, 0): -along_frequency}
    phase = np.random.default_rng(0).uniform(-np.pi, np.pi, values.shape)
    waiting = values > TOLERANCE * peak
    order = np.argsort(-values, axis=None)
    for first in zip(*np.unravel_index(order, values.shape), strict=True):
        if not waiting[first]:
            continue
        waiting[first] = False
        heap = [(-values[first], first)]
        while heap:
            _, here = heapq.heappop(heap)
            for move, steps in moves.items():
                there = (here[0] + move[0], here[1] + move[1])
                if 0 <= there[0] < values.shape[0] and 0 <= there[1] < values.shape[1] and waiting[there]:
                    waiting[there] = False
                    phase[there] = phase[here] + (steps[here] + steps[there]) / 2
                    heapq.heappush(heap, (-values[there], there))
    return torch.from_numpy(gradient.from_frame_start(phase)).to(magnitude)
