import heapq

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.phase import pghi, random_phase, rtpghi
from gramophone.phase.rtpghi import _sources
from gramophone.spectral import Stft


def by_heap(log, known):
    """Which bin of the frame before each bin's phase comes from, with a real heap (Prusa & Sondergaard 2016)."""
    bins = len(log)
    heap = [(-known[m], "before", m, m) for m in range(bins)]
    heapq.heapify(heap)
    found = np.full(bins, -1)
    while heap:
        _, frame, here, origin = heapq.heappop(heap)
        for there in [here] if frame == "before" else [here - 1, here + 1]:
            if 0 <= there < bins and found[there] < 0:
                found[there] = origin
                heapq.heappush(heap, (-log[there], "now", there, origin))
    return found


class TestReconstruction:
    @pytest.mark.parametrize(("look_ahead", "band_db"), [(1, 3.5), (0, 11)])
    @pytest.mark.parametrize("name", ["tone", "chirp", "speech", "fire", "rain"])
    def test_nearly_as_good_as_offline(self, waveform, convergence_db, name, look_ahead, band_db):
        stft = Stft(1024, 128)
        magnitude = stft.magnitude(waveform(name))
        causal, offline = (
            convergence_db(magnitude, phase, stft)
            for phase in (rtpghi(magnitude, stft, look_ahead=look_ahead), pghi(magnitude, stft))
        )
        assert causal < offline + band_db
        assert causal < convergence_db(magnitude, random_phase(magnitude), stft) - 3


class TestKnownSignals:
    def test_a_steady_tone_turns_by_its_frequency(self, waveform):
        stft = Stft(256, 32)
        magnitude = stft.magnitude(waveform("tone", torch.float64))
        loudest = int(magnitude.mean(1).argmax())
        turns = torch.polar(torch.ones(1).double(), rtpghi(magnitude, stft)[loudest].diff() - 2 * np.pi * 0.1 * 32)
        assert float((turns[20:-20] - 1).abs().max()) < 0.25

    def test_an_impulse_has_its_phases_in_line(self):
        stft = Stft(256, 16)
        signal = torch.zeros(2048, dtype=torch.float64)
        signal[1000] = 1
        magnitude = stft.magnitude(signal)
        frame = int(magnitude.sum(0).argmax())
        steps = (rtpghi(magnitude, stft)[:, frame] - stft.forward(signal)[:, frame].angle()).diff()
        wrong = torch.polar(torch.ones_like(steps), steps).angle().abs()[4:-4]
        assert float(wrong.median()) < 0.1


class TestAgainstHeap:
    @given(bins=st.integers(1, 40), seed=st.integers(0, 10_000))
    def test_the_scan_visits_what_a_heap_visits(self, bins, seed):
        rng = np.random.default_rng(seed)
        log, known = rng.permutation(2 * bins).reshape(2, bins).astype(float)
        found = _sources(log[None], known[None])[0]
        np.testing.assert_array_equal(found, by_heap(log, known))


class TestLookAhead:
    @pytest.mark.parametrize("look_ahead", [0, 1])
    def test_no_frame_looks_further_than_it_says(self, waveform, look_ahead):
        stft = Stft(256, 32)
        magnitude = stft.magnitude(waveform("speech"))[:, 100:140]
        changed = magnitude.clone()
        changed[:, 25:] = stft.magnitude(waveform("rain"))[:, 125:140]
        one, other = (rtpghi(m, stft, look_ahead=look_ahead) for m in (magnitude, changed))
        first = int((one != other).any(0).float().argmax())
        assert first == 25 - look_ahead

    def test_other_look_aheads_are_refused(self):
        with pytest.raises(ValueError, match="look_ahead must be 0 or 1 frames, not 2"):
            rtpghi(torch.ones(33, 4), Stft(64, 16), look_ahead=2)
