import itertools

import numpy as np
import pytest

from gramophone.mosaic.viterbi import REST, REST_SHARE, best_path


def value(path, scores, prices, first, rest):
    total = 0.0
    for at, state in enumerate(path):
        total += rest if state == REST else scores[at, state]
        if at == 0:
            continue
        before = path[at - 1]
        if state == before == REST:
            continue
        if REST in (state, before):
            total -= REST_SHARE * prices[at]
        elif state != before + 1 or first[state]:
            total -= prices[at]
    return total


class TestBestPath:
    @pytest.mark.parametrize("seed", range(8))
    def test_no_path_is_better(self, seed):
        rng = np.random.default_rng(seed)
        frames, states = 5, 5
        scores = rng.random((frames, states)).astype(np.float32)
        prices = rng.random(frames)
        first = np.array([True, False, True, False, False])
        rest = 0.55
        found = best_path([scores[:2], scores[2:]], prices, first, rest)
        every = itertools.product([REST, *range(states)], repeat=frames)
        best = max(value(path, scores, prices, first, rest) for path in every)
        assert value(found, scores, prices, first, rest) == pytest.approx(best, abs=1e-6)

    def test_dear_jumps_are_not_made(self):
        rng = np.random.default_rng(0)
        scores = rng.random((30, 40)).astype(np.float32)
        first = np.arange(40) == 0
        path = best_path([scores], np.full(30, 100.0), first, -100.0)
        assert (np.diff(path) == 1).all()

    def test_blocks_change_nothing(self):
        rng = np.random.default_rng(1)
        scores = rng.random((40, 21)).astype(np.float32)
        prices, first = rng.random(40), np.arange(21) % 7 == 0
        whole = best_path([scores], prices, first, 0.3)
        np.testing.assert_array_equal(best_path(np.split(scores, 8), prices, first, 0.3), whole)
