"""Auditory statistics of sounds whose statistics are known."""

import math

import numpy as np
import pytest
import torch

from gramophone.statistics.auditory import (
    CLASSES,
    ENVELOPE_HZ,
    MODULATION_BANDS,
    OCTAVES_HZ,
    auditory_statistics,
    class_masks,
    cochleagram,
)

RATE_HZ = 20_000
SECONDS = 6


def noise(seed=0, seconds=SECONDS):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(round(seconds * RATE_HZ), generator=generator, dtype=torch.float64)


def slow(rate_hz):
    time_s = torch.arange(SECONDS * RATE_HZ, dtype=torch.float64) / RATE_HZ
    return 1 + 0.9 * torch.sin(2 * torch.pi * rate_hz * time_s)


@pytest.fixture(scope="module")
def of_noise():
    return auditory_statistics(noise(), RATE_HZ)


@pytest.fixture(scope="module")
def of_modulated():
    return auditory_statistics(noise() * slow(10.0), RATE_HZ)


class TestKnownSounds:
    def test_bands_of_noise_are_independent_and_of_modulated_noise_are_not(self, of_noise, of_modulated):
        apart = of_noise.correlation[5:25, 5:25].diagonal(5)
        together = of_modulated.correlation[10:30, 10:30].diagonal(5)
        assert float(apart.abs().mean()) < 0.1
        assert float(together.min()) > 0.6

    def test_modulation_power_lies_in_the_band_of_the_modulation(self, of_modulated):
        centres = 0.5 * (ENVELOPE_HZ / 2 / 0.5) ** (torch.arange(MODULATION_BANDS) / (MODULATION_BANDS - 1))
        nearest = int((centres / 10).log().abs().argmin())
        assert set(of_modulated.modulation[:, 15:30].argmax(0).tolist()) <= {nearest - 1, nearest, nearest + 1}

    def test_modulations_are_correlated_in_the_octave_of_the_common_modulation(self, of_noise, of_modulated):
        octave = OCTAVES_HZ.index(12.5)
        assert float(of_modulated.c1[octave, 12:28, 12:28].diagonal(2).mean()) > 0.8
        assert float(of_noise.c1[octave, 12:28, 12:28].diagonal(2).abs().mean()) < 0.3

    def test_clicks_have_heavy_tails(self, of_noise):
        clicks = torch.zeros(SECONDS * RATE_HZ, dtype=torch.float64)
        clicks[:: RATE_HZ // 4] = 1.0
        found = auditory_statistics(clicks, RATE_HZ)
        assert float(found.kurtosis[10:].mean()) > 2 * float(of_noise.kurtosis[10:].mean())
        assert float(found.skewness[10:].mean()) > 1

    def test_reversed_time_conjugates_the_phase_correlations(self, of_modulated):
        decaying = noise(3) * torch.exp(-(torch.arange(SECONDS * RATE_HZ) % 4000) / 800.0)
        forth, back = (auditory_statistics(sound, RATE_HZ) for sound in (decaying, decaying.flip(0)))
        assert float(forth.c2[:, 1].abs().max()) > 0.3
        assert torch.allclose(back.c2[:, 0], forth.c2[:, 0], atol=0.05)
        assert torch.allclose(back.c2[:, 1], -forth.c2[:, 1], atol=0.05)


class TestAgainstDefinition:
    def test_moments_and_correlations_are_those_of_numpy(self, of_noise):
        envelopes = cochleagram(noise() / noise().square().mean().sqrt(), RATE_HZ).numpy()
        np.testing.assert_allclose(of_noise.mean, envelopes.mean(1), rtol=1e-9)
        np.testing.assert_allclose(of_noise.variation, envelopes.std(1) / envelopes.mean(1), rtol=1e-6)
        np.testing.assert_allclose(of_noise.correlation, np.corrcoef(envelopes), atol=1e-6)

    def test_modulation_power_is_that_of_the_filtered_envelope(self, of_noise):
        envelopes = cochleagram(noise() / noise().square().mean().sqrt(), RATE_HZ).numpy()
        standard = (envelopes - envelopes.mean(1, keepdims=True)) / envelopes.std(1, keepdims=True)
        rates = np.fft.rfftfreq(standard.shape[1], 1 / ENVELOPE_HZ)
        window = np.cos(np.clip(2 * (rates - 0.5) / 0.5, -1, 1) * np.pi / 2)
        filtered = np.fft.irfft(np.fft.rfft(standard) * window, standard.shape[1])
        np.testing.assert_allclose(of_noise.modulation[0], (filtered**2).mean(1), rtol=1e-6)


class TestClasses:
    def test_as_many_numbers_count_as_were_published(self):
        masks = class_masks(torch.ones(32, dtype=torch.bool))
        sound = auditory_statistics(noise(seconds=1), RATE_HZ).classes()
        counts = {name: int(masks[name].expand_as(sound[name]).sum()) for name in CLASSES}
        # 192 phase correlations were published; here every adjacent pair of octaves has them.
        upper = {"correlation": 189, "C1": 366, "modulation": 640, "C2": 320}
        assert counts == {name: upper.get(name, 32) for name in CLASSES}

    def test_the_level_does_not_count(self):
        quiet, loud = (auditory_statistics(gain * noise(seconds=1), RATE_HZ) for gain in (1e-3, 10.0))
        for name in CLASSES:
            assert torch.allclose(quiet.classes()[name], loud.classes()[name], atol=1e-6), name


class TestGradients:
    def test_the_gradient_is_finite_even_at_silence(self):
        for sound in (noise(seconds=0.5).float(), torch.zeros(RATE_HZ // 2), torch.ones(RATE_HZ // 2)):
            variable = sound.clone().requires_grad_(True)
            statistics = auditory_statistics(variable, RATE_HZ)
            total = sum(part.sum() for part in statistics.classes().values())
            assert math.isfinite(float(total.detach()))
            total.backward()
            assert bool(variable.grad.isfinite().all())
