"""A stream takes as many steps as the machine has time for, and changes of weights are heard soon."""

import numpy as np
import pytest

pytest.importorskip("fastapi")

from gramophone.audio import Sound
from gramophone.presets import preset
from gramophone.synthesis import Stream
from gramophone.web.adaptive_stream import EFFORTS, AdaptiveStream

FULL = preset("infinite", "stream").optimiser.iterations
BLOCK = 1000


class Blocks(Stream):
    """A stream whose blocks take no time."""

    samples, weights = 0, (0.5, 0.5)

    def __init__(self) -> None:
        self.settings = preset("infinite", "stream")
        self.made: list[tuple[int, tuple[float, ...]]] = []

    def __next__(self) -> Sound:
        self.made.append((self.settings.optimiser.iterations, tuple(self.weights)))
        self.samples += BLOCK
        return Sound(np.zeros((1, BLOCK), np.float32), 1000)

    def give_up(self) -> None:
        """Nothing is being made."""

    def take_back(self, samples: int) -> int:
        self.samples -= samples
        return samples


def steps(effort: float) -> int:
    return round(effort * FULL)


class TestAdaptiveStream:
    def test_a_machine_with_time_to_spare_works_up_to_all_steps(self):
        stream = Blocks()
        adaptive = AdaptiveStream(stream)
        for _ in range(5):
            adaptive.block()
        assert [made for made, _ in stream.made] == [*map(steps, EFFORTS), FULL]

    def test_the_first_block_after_a_change_is_quick_and_the_next_ones_are_as_good_as_before(self):
        stream = Blocks()
        adaptive = AdaptiveStream(stream)
        for _ in range(4):
            adaptive.block()
        adaptive.change({"weights": (0.9, 0.1), "at": 2 * BLOCK})
        start, _ = adaptive.block()
        assert start == 2 * BLOCK
        assert adaptive.applied == 1
        assert stream.made[-1] == (steps(EFFORTS[1]), (0.9, 0.1))
        for _ in range(2):
            adaptive.block()
        assert stream.made[-1] == (FULL, (0.9, 0.1))

    def test_a_change_does_not_make_a_slow_machine_work_more(self):
        stream = Blocks()
        adaptive = AdaptiveStream(stream)
        adaptive.change({"weights": (0.9, 0.1), "at": 0})
        adaptive.block()
        assert stream.made == [(steps(EFFORTS[0]), (0.9, 0.1))]
