import heapq

import numpy as np
import pytest
import torch

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire
from gramophone.phase import pghi
from gramophone.phase.convergence import spectral_convergence_db
from gramophone.spectral import Stft
from gramophone.spectral.windows import GAMMAS

RATE_HZ = 22050


def chirps():
    time_s = np.arange(RATE_HZ) / RATE_HZ
    rates = [(300, 500), (900, 1500), (3000, -1200), (6000, 2000)]
    return sum(np.sin(2 * np.pi * (start * time_s + rise * time_s**2 / 2)) for start, rise in rates)


def impulses():
    signal = np.zeros(RATE_HZ)
    signal[1000::3000] = 1
    return signal


SIGNALS = {
    "chirps": chirps,
    "impulses": impulses,
    "speech": lambda: spoken_phrase(RATE_HZ, 1.0, 0)[0],
    "fire": lambda: fire(RATE_HZ, 1.0, 0)[0],
}


def spectrogram(name, stft):
    return stft.magnitude(torch.from_numpy(np.asarray(SIGNALS[name](), np.float64)))


def convergence_db(magnitude, phase, stft):
    samples = (magnitude.shape[-1] - 1) * stft.hop_samples
    return spectral_convergence_db(stft.inverse(torch.polar(magnitude, phase), samples), magnitude, stft)


def by_heap(magnitude, stft, tolerance=1e-6):
    """Algorithm 1 of Prusa, Balazs & Sondergaard (2017), with a real heap; unreached coefficients have phase 0."""
    magnitude = magnitude.numpy()
    peak = magnitude.max()
    log = np.log(np.maximum(magnitude, tolerance * peak * 1e-3))
    ratio = stft.hop_samples / (GAMMAS["hann"] * stft.n_fft)
    along_time = 2 * np.pi * stft.hop_samples / stft.n_fft * np.arange(len(log))[:, None] + np.zeros_like(log)
    along_time[1:-1] += ratio * (log[2:] - log[:-2]) / 2
    along_frequency = -np.gradient(log, axis=1) / ratio
    moves = {(0, 1): along_time, (0, -1): -along_time, (1, 0): along_frequency, (-1, 0): -along_frequency}
    phase = np.zeros_like(log)
    waiting = magnitude > tolerance * peak
    while waiting.any():
        first = np.unravel_index(np.where(waiting, magnitude, -1).argmax(), log.shape)
        waiting[first] = False
        heap = [(-magnitude[first], first)]
        while heap:
            _, here = heapq.heappop(heap)
            for move, steps in moves.items():
                there = (here[0] + move[0], here[1] + move[1])
                if 0 <= there[0] < log.shape[0] and 0 <= there[1] < log.shape[1] and waiting[there]:
                    waiting[there] = False
                    phase[there] = phase[here] + (steps[here] + steps[there]) / 2
                    heapq.heappush(heap, (-magnitude[there], there))
    return torch.from_numpy(phase - np.pi * np.arange(len(log))[:, None])


def apart(magnitude, one, other):
    """Distance of two phases on the unit circle at every coefficient, after turning both to 0 at the largest."""
    turned = torch.polar(torch.ones_like(one), one - other)
    largest = np.unravel_index(int(magnitude.argmax()), magnitude.shape)
    return (turned / turned[largest] - 1).abs()


def gaussian_atom(stft, bins_wide=6.0):
    """Magnitude whose discrete phase steps have no curl, so that every path gives the same phase."""
    frequency, time = np.meshgrid(np.arange(stft.bins) - 16.0, np.arange(60) - 30.0, indexing="ij")
    ratio = stft.hop_samples / (GAMMAS["hann"] * stft.n_fft)
    by_frequency = -1 / (2 * bins_wide)
    by_time = -ratio / 2 * (2 * ratio * by_frequency + 2 * np.pi * stft.hop_samples / stft.n_fft)
    assert by_time < 0
    return torch.from_numpy(np.exp(by_frequency * frequency**2 + by_time * time**2))


class TestReconstruction:
    @pytest.mark.parametrize(("name", "band_db"), [("chirps", -28), ("speech", -23), ("fire", -15), ("impulses", -8)])
    def test_the_signal_nearly_has_the_magnitude(self, name, band_db):
        stft = Stft(1024, 128)
        magnitude = spectrogram(name, stft)
        random = 2 * np.pi * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(0))
        found = convergence_db(magnitude, pghi(magnitude, stft), stft)
        assert found < band_db
        assert found < convergence_db(magnitude, random.to(magnitude), stft) - 4

    def test_same_seed_same_phase(self):
        stft = Stft(64, 8)
        magnitude = spectrogram("impulses", stft)[:, :200].float()
        one, again, other = (pghi(magnitude, stft, seed=seed) for seed in (3, 3, 4))
        assert torch.equal(one, again)
        assert not torch.equal(one, other)

    def test_leading_axes_and_levels(self):
        stft = Stft(128, 16)
        magnitude = spectrogram("speech", stft)[:, 200:260]
        both = torch.stack([magnitude, 1e-4 * magnitude])[:, None]
        phases = pghi(both, stft)
        assert phases.shape == both.shape
        loud = magnitude > 1e-3 * magnitude.max()
        for phase in phases[:, 0]:
            assert float(apart(magnitude, phase, pghi(magnitude, stft))[loud].max()) < 1e-6


class TestKnownSignals:
    def test_a_steady_tone_turns_by_its_frequency(self):
        stft = Stft(256, 32)
        tone = torch.sin(2 * np.pi * 0.1 * torch.arange(4000, dtype=torch.float64))
        magnitude = stft.magnitude(tone)
        phase = pghi(magnitude, stft)
        loudest = int(magnitude.mean(1).argmax())
        turns = torch.polar(torch.ones(1).double(), phase[loudest].diff() - 2 * np.pi * 0.1 * 32)[20:-20]
        assert float((turns - 1).abs().max()) < 0.25

    def test_an_impulse_has_its_phases_in_line(self):
        stft = Stft(256, 16)
        signal = torch.zeros(2048, dtype=torch.float64)
        signal[1000] = 1
        magnitude = stft.magnitude(signal)
        frame = int(magnitude.sum(0).argmax())
        found, true = pghi(magnitude, stft)[:, frame], stft.forward(signal)[:, frame].angle()
        steps = (found - true).diff()
        wrong = torch.polar(torch.ones_like(steps), steps).angle().abs()[4:-4]
        assert float(wrong.median()) < 0.1
        assert float(wrong.max()) < 0.5


class TestAgainstHeap:
    def test_tree_and_heap_agree_where_the_path_does_not_matter(self):
        stft = Stft(64, 8)
        magnitude = gaussian_atom(stft)
        # High enough that no border, where derivatives are one-sided, is reached.
        phase = pghi(magnitude, stft, tolerance=1e-3)
        slow = by_heap(magnitude, stft, tolerance=1e-3)
        usable = magnitude > 1e-3
        assert 100 < int(usable.sum()) < usable.numel()
        assert float(apart(magnitude, phase, slow)[usable].max()) < 1e-9

    @pytest.mark.parametrize("name", ["chirps", "speech", "fire"])
    @pytest.mark.parametrize("redundancy", [4, 8])
    def test_the_tree_is_as_good_as_the_heap(self, name, redundancy):
        stft = Stft(512, 512 // redundancy)
        magnitude = spectrogram(name, stft)[:, : 5000 // stft.hop_samples]
        tree, heap = (convergence_db(magnitude, way(magnitude, stft), stft) for way in (pghi, by_heap))
        assert tree < heap + 1

    def test_the_tree_follows_the_paths_of_the_heap(self):
        stft = Stft(64, 8)
        place = torch.arange(600, dtype=torch.float64)
        magnitude = stft.magnitude(torch.sin(2 * np.pi * (0.05 * place + 1e-4 * place**2)))
        equal = apart(magnitude, pghi(magnitude, stft), by_heap(magnitude, stft)) < 1e-6
        assert float(equal.double().mean()) > 0.8


class TestWindows:
    @pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "gauss"])
    def test_every_window_has_its_own_relation(self, window):
        stft, other = Stft(1024, 128, window), Stft(1024, 128, "blackman" if window == "hamming" else "hamming")
        magnitude = spectrogram("speech", stft)
        own, wrong = (convergence_db(magnitude, pghi(magnitude, view), stft) for view in (stft, other))
        assert own < -20
        assert own < wrong - 0.3

    def test_a_gaussian_window_is_the_best(self):
        found = {}
        for window in ("hann", "gauss"):
            stft = Stft(1024, 128, window)
            magnitude = spectrogram("speech", stft)
            found[window] = convergence_db(magnitude, pghi(magnitude, stft), stft)
        assert found["gauss"] < found["hann"]


class TestIslands:
    def test_two_islands_are_both_filled(self):
        stft = Stft(64, 8)
        island = gaussian_atom(stft)
        island[island < 1e-3] = 0
        magnitude = torch.cat([island, 0.3 * island], 1)
        phase = pghi(magnitude, stft)
        alone = pghi(island, stft)
        inside = island > 1e-2
        for half in (phase[:, :60], phase[:, 60:]):
            assert float(apart(island, half, alone)[inside].max()) < 1e-6

    def test_islands_are_integrated_by_themselves_before_others_join(self):
        stft = Stft(64, 8)
        atom = gaussian_atom(stft)
        magnitude = torch.maximum(atom, atom.roll(12, 1))  # 0.002 between the two
        whole, joined, apart_ = (pghi(magnitude, stft, island_tolerance=share) for share in (1.0, 1e-3, 0.5))
        turns = [torch.polar(torch.ones_like(whole), phase - whole)[16, [30, 42]] for phase in (joined, apart_)]
        assert float(turns[0].diff().abs()) < 1e-6
        assert float(turns[1].diff().abs()) > 1e-3


class TestDegenerateInputs:
    @pytest.mark.parametrize("shape", [(33, 20), (33, 1), (33, 2), (3, 5), (3, 1)])
    @pytest.mark.parametrize("what", ["silence", "one bin", "equal", "noise"])
    def test_nothing_is_not_a_number(self, shape, what):
        magnitude = torch.zeros(shape)
        if what == "one bin":
            magnitude[shape[0] // 2, shape[1] // 2] = 3.0
        if what == "equal":
            magnitude += 1
        if what == "noise":
            magnitude = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        phase = pghi(magnitude, Stft(2 * shape[0] - 2, 2))
        assert phase.shape == shape
        assert phase.dtype == torch.float32
        assert torch.isfinite(phase).all()
        assert (phase.abs() <= np.pi + 1e-5).all()
