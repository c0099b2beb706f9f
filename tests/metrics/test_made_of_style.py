"""Measures of what a result is made of: timbre, patches, embeddings, leak."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError
from gramophone.metrics.effects_network import EffectsNetwork
from gramophone.metrics.leak import Leak
from gramophone.metrics.patches import Patches
from gramophone.metrics.style import Style, kernel_distance
from gramophone.metrics.timbre import Timbre, sliced_wasserstein

RATE_HZ = 22050


def sound(make, seed=0, duration_s=4.0):
    waveform = make(RATE_HZ, duration_s, seed)[0]
    return (0.1 * waveform / waveform.std()).astype(np.float32)


class Averages:
    """An embedding that hears little: log energies of four octaves, ten times a second."""

    def windows(self, waveform, rate_hz):
        frames = waveform[: len(waveform) // 2048 * 2048].reshape(-1, 2048)
        energy = np.square(np.abs(np.fft.rfft(frames)))
        bands = np.stack([energy[:, 2**n : 2 ** (n + 1)].sum(1) for n in range(4, 10)], 1)
        return np.log(bands / energy.sum(1, keepdims=True) + 1e-6)


class TestTimbreAndPatches:
    @pytest.mark.parametrize("ear", [Timbre, Patches])
    def test_distances_put_content_style_and_mix_in_order(self, ear):
        content, style = sound(spoken_phrase), sound(rain)
        heard = ear.of(content, style, RATE_HZ)
        scores = [heard.measure(content + gain * style)[0].score for gain in (0.0, 0.5, 2.0, 1e4)]
        assert scores[0] == pytest.approx(0, abs=0.02)
        assert scores == sorted(scores)
        assert scores[-1] >= 0.95
        assert heard.measure(sound(rain, seed=1))[0].score > 0.7
        assert heard.measure(style)[0].value < heard.measure(style)[0].natural

    @pytest.mark.parametrize("ear", [Timbre, Patches])
    def test_alike_sounds_have_no_distance_to_go(self, ear):
        found = ear.of(sound(rain, seed=1), sound(rain), RATE_HZ).measure(sound(rain, seed=2))[0]
        assert found.value is None
        assert "already as near" in found.reading

    @given(st.lists(st.floats(-5, 5), min_size=9, max_size=9))
    def test_sliced_wasserstein_of_a_shift_is_its_length(self, shift):
        rows = np.random.default_rng(0).standard_normal((500, 9))
        length = float(np.linalg.norm(shift))
        assert sliced_wasserstein(rows + np.array(shift), rows) == pytest.approx(length, rel=0.35, abs=1e-9)
        assert sliced_wasserstein(rows[::-1], rows) == pytest.approx(0, abs=1e-9)


class TestStyle:
    def test_style_runs_from_the_content_to_the_halves(self):
        content, style = sound(spoken_phrase), sound(rain)
        heard = Style.of(content, style, RATE_HZ, Averages())
        for kind in (0, 1):
            scores = [heard.measure(content + gain * style)[kind].score for gain in (0.0, 0.3, 1.0, 1e4)]
            assert scores[0] == pytest.approx(0, abs=0.02)
            assert scores == sorted(scores)
            assert scores[-1] == pytest.approx(1, abs=0.05)


class TestKernelDistance:
    def test_kernel_distance_is_unbiased_and_bounded(self):
        rng = np.random.default_rng(0)
        same = [kernel_distance(rng.standard_normal((20, 4)), rng.standard_normal((20, 4)), 2.0) for _ in range(200)]
        assert np.mean(same) == pytest.approx(0, abs=0.01)
        far = kernel_distance(np.zeros((5, 4)), np.full((5, 4), 1e3), 1.0)
        assert far == pytest.approx(2)

    def test_kernel_distance_of_two_points_by_hand(self):
        one, other = np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]])
        k = lambda d: np.exp(-(d**2) / 2)  # noqa: E731
        expected = k(1) + k(2) - 2 * (k(0) + k(2) + k(1) + k(1)) / 4
        assert kernel_distance(one, other, 1.0) == pytest.approx(expected)


class TestLeak:
    def test_leak_is_the_share_of_the_content(self):
        content, style = sound(spoken_phrase), sound(fire)
        heard = Leak.of(content, style, RATE_HZ)
        leaks = [heard.measure(gain * content + style)[0].value for gain in (0.0, 0.3, 1.0, 10.0)]
        assert abs(leaks[0]) < 0.03
        assert leaks == sorted(leaks)
        assert leaks[2] > 0.2
        assert heard.measure(content)[0].value == pytest.approx(1, abs=1e-3)
        assert heard.measure(-0.01 * content)[0].value == pytest.approx(1, abs=1e-3)

    def test_the_content_with_other_phases_does_not_leak(self):
        content = sound(spoken_phrase)
        spectrum = np.fft.rfft(content)
        turned = np.fft.irfft(
            spectrum * np.exp(2j * np.pi * np.random.default_rng(0).random(len(spectrum))), len(content)
        )
        assert abs(Leak.of(content, content, RATE_HZ).measure(turned.astype(np.float32))[0].value) < 0.05

    def test_the_same_notes_with_other_phases_do_not_leak(self):
        rng, time_s = np.random.default_rng(0), np.arange(round(0.35 * RATE_HZ)) / RATE_HZ

        def played(cents=0.0):
            parts = []
            for key in (60, 64, 67, 65, 62, 59, 60, 69, 67, 64):
                partials = [
                    np.sin(2 * np.pi * (n * 440 * 2 ** ((key - 69 + cents / 100) / 12) * time_s + rng.random())) / n
                    for n in range(1, 9)
                ]
                parts.append(np.sum(partials, 0) * np.minimum(1, time_s / 0.01))
            return np.concatenate(parts).astype(np.float32)

        content, other = played(), played(cents=10)
        heard = Leak.of(content, other, RATE_HZ)
        assert abs(heard.measure(other)[0].value) < 0.1
        assert heard.measure(content + other)[0].value > 0.3


class TestEffectsNetwork:
    @pytest.mark.skipif(importlib.util.find_spec("aisfx") is None, reason="needs the weights of the package aisfx")
    def test_the_effects_network_tells_textures_apart(self):
        network = EffectsNetwork.installed()
        rows = {make: network.windows(sound(make), RATE_HZ) for make in (rain, fire, spoken_phrase)}
        assert rows[rain].shape[1] == 512
        assert len(rows[rain]) > 12
        again = network.windows(10 * sound(rain, seed=1), RATE_HZ).mean(0)
        nearest = min(rows, key=lambda make: np.linalg.norm(rows[make].mean(0) - again))
        assert nearest is rain

    def test_a_short_sound_has_one_window(self):
        if importlib.util.find_spec("aisfx") is None:
            pytest.skip("needs the weights of the package aisfx")
        assert EffectsNetwork.installed().windows(sound(rain)[:2000], RATE_HZ).shape == (1, 512)


class TestRefusals:
    def test_a_style_too_short_for_halves_is_refused(self):
        with pytest.raises(InputError, match=r"style of 1\.00 s is too short"):
            Style.of(sound(spoken_phrase), sound(rain, duration_s=1.0), RATE_HZ, Averages())
        with pytest.raises(InputError, match=r"style of 0\.50 s has too few patches"):
            Patches.of(sound(spoken_phrase), sound(rain, duration_s=0.5), RATE_HZ)
