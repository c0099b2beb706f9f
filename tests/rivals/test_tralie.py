"""The particle filter: how particles move, vote and are drawn again, and that it follows what it knows."""

import numpy as np
import pytest
import torch

from gramophone.errors import InputError, UsageError
from gramophone.rivals import TralieSettings, tralie2024, tralie2024_steps
from gramophone.rivals.activations import kl_update
from gramophone.rivals.corpus import Corpus
from gramophone.rivals.particles import Particles, resampled, voted
from gramophone.rivals.tralie import Follower, divergence, fitted
from gramophone.rivals.waveforms import window_samples

RATE_HZ = 8000
WINDOW = window_samples(2048 / 44.1, RATE_HZ)
HOP = WINDOW // 2


def rng(seed=0):
    return np.random.default_rng(seed)


class CountedCorpus(Corpus):
    """Remembers how many windows are read at a time."""

    def __init__(self, *arguments):
        self.read = []
        super().__init__(*arguments)

    def windows(self, numbers):
        self.read.append(len(numbers))
        return super().windows(numbers)


class TestParticles:
    def test_windows_go_on_as_often_as_is_asked(self):
        particles = Particles(np.full((400, 50), 7), np.full(400, 1 / 400))
        moved = particles.moved(rng(), 10**6, np.array([0]), 0.95)
        assert np.mean(moved == 8) == pytest.approx(0.95, abs=0.005)
        assert np.mean(moved[moved != 8]) == pytest.approx(5e5, rel=0.05)

    def test_windows_jump_at_the_end_of_a_recording_and_of_the_corpus(self):
        particles = Particles(np.array([[4, 9, 2]]), np.ones(1))
        moved = np.concatenate([particles.moved(rng(seed), 10, np.array([0, 5]), 1.0) for seed in range(300)])
        assert (moved[:, 2] == 3).all()
        assert len(set(moved[:, 0])) == 10
        assert len(set(moved[:, 1])) == 10

    def test_particles_are_drawn_again_by_their_weights(self):
        weights = np.array([0.9] + [0.1 / 99] * 99)
        counts = np.zeros(100)
        for seed in range(200):
            again = resampled(Particles(np.arange(100)[:, None], weights), rng(seed))
            assert again.weights == pytest.approx(0.01)
            counts += np.bincount(again.states[:, 0], minlength=100)
        # Universal sampling: between the whole numbers around its share of the draws, every time.
        assert counts[0] == 200 * 90
        assert counts[1:].sum() == 200 * 10

    def test_particles_that_still_count_are_left_alone(self):
        even = Particles(np.arange(100)[:, None], np.full(100, 0.01))
        assert resampled(even, rng()) is even

    def test_the_heaviest_particles_vote(self):
        weights = np.full(20, 0.01)
        weights[[3, 8]] = 0.45, 0.37
        states = np.full((20, 2), 99)
        states[3], states[8] = (10, 11), (10, 12)
        particles = Particles(states, weights)
        assert sorted(voted(particles, [], 2, 3)) == [10, 11]
        # 12 goes on from what was chosen before; 10 has just been used.
        assert list(voted(particles, [np.array([11])], 1, 0)) == [12]
        assert sorted(voted(particles, [np.array([10])], 3, 3)) == [11, 12]


class TestFit:
    def test_a_fit_is_that_of_the_multiplicative_updates(self):
        columns, observed, start = torch.rand(3, 4, 30), torch.rand(30), torch.rand(3, 4)
        found = fitted(columns, observed, start, torch.zeros(3, 4), 10)
        for particle in range(3):
            slow = start[particle][None]
            for _ in range(10):
                slow = kl_update(slow, observed[None], columns[particle], columns[particle].sum(1))
            torch.testing.assert_close(found[particle], slow[0], atol=1e-4, rtol=1e-4)

    def test_the_divergence_is_0_for_a_perfect_fit_and_lowest_for_the_best(self):
        columns = torch.eye(3, 30)[None] + torch.tensor([0.1, 0.2, 5.0])[:, None, None] * torch.rand(3, 1, 30)
        observed = torch.tensor([1.0, 2.0, 3.0]) @ columns[0]
        heights = torch.tensor([[1.0, 2.0, 3.0]]).expand(3, -1)
        found = divergence(columns, heights, observed)
        assert float(found[0]) == pytest.approx(0, abs=1e-5)
        assert found[0] < found[1] < found[2]


class TestFollowing:
    def test_it_follows_a_corpus_that_contains_the_content(self, noise):
        count = 60
        content = noise(1, (count + 1) * HOP)
        corpus = Corpus([content], 1, RATE_HZ, WINDOW, HOP)
        settings = TralieSettings(particles=400, windows=2, temperature=50.0)
        follower = Follower(corpus, RATE_HZ, settings, seed=0)
        for number in range(count):
            follower.follow(content[:, number * HOP :][:, :WINDOW])
        right = [number in chosen for number, chosen in enumerate(follower.chosen)]
        assert sum(right[10:]) > 0.9 * len(right[10:])

        # Chance would be two in sixty.

    def test_what_is_in_the_corpus_sounds_as_it_was(self, noise):
        content = noise(1, 60 * HOP)
        corpus = torch.cat([noise(1, 30 * HOP, seed=2), content, noise(1, 30 * HOP, seed=3)], 1)
        result = tralie2024(content, [corpus], RATE_HZ, TralieSettings(particles=1000, temperature=50.0))
        late = slice(30 * HOP, 58 * HOP)
        a, b = result[0, late], content[0, late]
        assert float(torch.dot(a, b) / a.norm() / b.norm()) > 0.6

    def test_quiet_windows_are_held_back(self, noise):
        quiet_then_loud = torch.cat([1e-4 * noise(1, 8000, seed=1), noise(1, 8000, seed=2)], 1)
        corpus = Corpus([quiet_then_loud], 1, RATE_HZ, WINDOW, HOP)
        quiet, loud = corpus.windows(np.array([3, 60])).abs().amax((1, 2))
        content = noise(1, 4000)
        result = tralie2024(content, [quiet_then_loud], RATE_HZ)
        assert float(quiet) < 1e-3 * float(loud)
        assert float(result.abs().max()) < 3 * float(content.abs().max())


class TestCorpus:
    def test_only_the_windows_of_the_particles_are_read(self, noise):
        # An hour that takes the memory of a second.
        second = noise(1, RATE_HZ).numpy()
        hour = np.lib.stride_tricks.as_strided(second, (1, 3600 * RATE_HZ), (0, 0), writeable=False)
        settings = TralieSettings(particles=20)
        corpus = CountedCorpus([hour], 1, RATE_HZ, WINDOW, HOP)
        follower = Follower(corpus, RATE_HZ, settings, seed=0)
        hops = -(-RATE_HZ // HOP) + 1
        for window in noise(1, (hops + 1) * HOP).unfold(1, WINDOW, HOP).unbind(1):
            follower.follow(window)
        assert len(corpus.read) == hops + 1
        assert max(corpus.read[1:]) <= settings.particles * settings.windows

    def test_a_memory_map_is_read_as_it_is(self, noise, tmp_path):
        style = noise(2, 9000, seed=1)
        path = tmp_path / "corpus.f32"
        style.numpy().tofile(path)
        mapped = np.memmap(path, dtype=np.float32, mode="r", shape=(2, 9000))
        content = noise(2, 3000)
        assert torch.equal(tralie2024(content, [mapped], RATE_HZ), tralie2024(content, [style], RATE_HZ))

    def test_windows_are_numbered_through_all_recordings(self, noise):
        styles = [noise(2, 1000, seed=1), noise(2, 2000, seed=2)]
        corpus = Corpus(styles, 2, RATE_HZ, 400, 200)
        assert corpus.count == 4 + 9
        assert list(corpus.firsts) == [0, 4]
        found = corpus.windows(np.array([1, 4, 6]))
        expected = [styles[0][:, 200:600], styles[1][:, 0:400], styles[1][:, 400:800]]
        torch.testing.assert_close(found, torch.stack(expected))

    def test_channels_that_cancel_are_not_mixed(self, noise):
        one = noise(1, 2000)
        corpus = Corpus([torch.cat([one, -one])], 1, RATE_HZ, 400, 200)
        torch.testing.assert_close(corpus.windows(np.array([2]))[0], one[:, 400:800])


class TestStopping:
    def test_it_can_be_stopped_and_what_is_to_come_is_silent(self, noise):
        content = noise(1, 8000)
        steps = tralie2024_steps(content, [noise(1, 8000, seed=1)], RATE_HZ)
        first = next(steps)
        begun = first.preview()
        assert 0 < first.done < first.total
        assert float(begun[0, :2000].abs().max()) > 0
        assert (begun[0, 17 * HOP :] == 0).all()


class TestRefusals:
    def test_samples_that_are_not_finite_are_found_when_they_are_read(self, noise):
        style = noise(1, 8000)
        style[0, 4000] = float("nan")
        with pytest.raises(InputError, match="not finite"):
            tralie2024(noise(1, 8000), [style], RATE_HZ)

    @pytest.mark.parametrize(
        "wrong", [{"particles": 0}, {"windows": 51}, {"continuation": 1.1}, {"temperature": -1.0}]
    )
    def test_settings_outside_their_range_are_refused(self, wrong):
        with pytest.raises(UsageError):
            TralieSettings(**wrong)
