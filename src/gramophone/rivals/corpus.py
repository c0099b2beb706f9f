"""The windows of a corpus of any length, read when they are needed: nothing is computed for the others."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from gramophone.errors import InputError
from gramophone.rivals.waveforms import SILENCE_PEAK, Samples, check_length, mono_weights, silent

SAMPLED = 256
"""Windows, evenly spaced, from which the level of the corpus and its mix are taken."""


class Corpus:
    """Recordings of which only single windows are ever read, so that they may lie in a memory map.

    Windows are numbered through all recordings; one follows the other by a hop within a recording.

    Attributes:
        count: number of windows.
        channels: of the windows: those asked for, or 1.
        level: root mean square of windows that are evenly spaced over the corpus.
        firsts: number of the first window of every recording.

    Raises:
        InputError: there is no recording, one is shorter than a window, or all are silent.
    """

    def __init__(self, recordings: Sequence[Samples], channels: int, rate_hz: int, window: int, hop: int) -> None:
        if not recordings:
            raise InputError("a transfer needs at least one style; none was given")
        self.window, self.hop = window, hop
        arrays = [r.detach().float().numpy() if isinstance(r, Tensor) else r for r in recordings]
        for array in arrays:
            check_length(array.shape[1], rate_hz, window)
        self._views = [np.lib.stride_tricks.sliding_window_view(a, window, axis=1)[:, ::hop] for a in arrays]
        self.firsts = np.cumsum([0] + [view.shape[1] for view in self._views])[:-1]
        self.count = int(sum(view.shape[1] for view in self._views))
        self.channels = channels if all(array.shape[0] == channels for array in arrays) else 1
        self._weights: list[Float[Tensor, " channel"] | None] = [None] * len(arrays)
        if self.channels == 1:
            self._weights = [self._mix(place) for place in range(len(arrays))]
        sample = self.windows(np.unique(np.linspace(0, self.count - 1, SAMPLED).astype(np.int64)))
        if float(sample.abs().max()) < SILENCE_PEAK:
            raise silent()
        self.level = float(sample.double().square().mean().sqrt())

    def windows(self, numbers: Int64[np.ndarray, " window"]) -> Float[Tensor, "window channel sample"]:
        """The samples of some windows.

        Raises:
            InputError: samples that are not finite.
        """
        result = torch.empty(len(numbers), self.channels, self.window)
        owner = np.searchsorted(self.firsts, numbers, side="right") - 1
        for place in np.unique(owner):
            mine = np.flatnonzero(owner == place)
            read = self._read(int(place), numbers[mine] - self.firsts[place])
            weights = self._weights[place]
            mixed = read if weights is None else torch.einsum("c,cws->ws", weights, read)[None]
            result[torch.from_numpy(mine)] = mixed.transpose(0, 1)
        # A sum is finite if all of it is, and much faster to tell.
        if not math.isfinite(float(result.sum())):
            raise InputError("a style has samples that are not finite; repair the recording or give another one")
        return result

    def _read(self, place: int, numbers: Int64[np.ndarray, " window"]) -> Float[Tensor, "channel window sample"]:
        read: Float32[np.ndarray, "channel window sample"] = self._views[place][:, numbers]
        return torch.from_numpy(read.astype(np.float32, copy=False))

    def _mix(self, place: int) -> Float[Tensor, " channel"] | None:
        view = self._views[place]
        if view.shape[0] == 1:
            return None
        numbers = np.unique(np.linspace(0, view.shape[1] - 1, SAMPLED).astype(np.int64))
        return mono_weights(self._read(place, numbers).flatten(1))
