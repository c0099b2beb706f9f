import librosa
import numpy as np
import pytest
import torch

from gramophone.phase import fgla
from gramophone.phase.convergence import spectral_convergence_db
from gramophone.spectral import Stft

STFT = Stft(256, 64)
SAMPLES = 4000


def signal(dtype=torch.float64):
    time = torch.arange(SAMPLES, dtype=dtype)
    noise = torch.randn(SAMPLES, generator=torch.Generator().manual_seed(1), dtype=dtype)
    return torch.sin(0.05 * time + 1e-5 * time**2) + torch.sin(0.4 * time) * (time / SAMPLES) + 0.05 * noise


def random_phase(magnitude, seed=0):
    return 2 * np.pi * torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(seed)).to(magnitude)


def invert(magnitude, iterations, momentum=0.99, samples=SAMPLES):
    phase = random_phase(magnitude)
    return fgla(magnitude, STFT, samples, phase=phase, iterations=iterations, momentum=momentum)


class TestConvergence:
    @pytest.mark.parametrize(("momentum", "falls_db"), [(0.0, 6), (0.99, 12)])
    def test_the_magnitude_is_approached(self, momentum, falls_db):
        magnitude = STFT.magnitude(signal())
        found = [spectral_convergence_db(invert(magnitude, n, momentum), magnitude, STFT) for n in (0, 4, 16, 64)]
        assert found == sorted(found, reverse=True)
        assert found[-1] < found[0] - falls_db

    def test_inertia_is_faster(self):
        magnitude = STFT.magnitude(signal())
        plain, fast = (spectral_convergence_db(invert(magnitude, 64, a), magnitude, STFT) for a in (0.0, 0.99))
        assert fast < plain - 3

    @pytest.mark.parametrize("momentum", [0.0, 0.99, 1.2])
    @pytest.mark.parametrize("iterations", [0, 1, 20])
    def test_the_true_phase_stays(self, momentum, iterations):
        spectrum = STFT.forward(signal())
        found = fgla(spectrum.abs(), STFT, SAMPLES, phase=spectrum.angle(), iterations=iterations, momentum=momentum)
        torch.testing.assert_close(found, signal(), rtol=0, atol=1e-8)

    def test_convergence_by_hand(self):
        sound = signal()
        magnitude = STFT.magnitude(sound)
        assert spectral_convergence_db(1.1 * sound, magnitude, STFT) == pytest.approx(-20, abs=1e-6)
        assert spectral_convergence_db(sound, magnitude, STFT) < -200
        assert spectral_convergence_db(torch.zeros(SAMPLES).double(), magnitude, STFT) == pytest.approx(0)


class TestUpdateFormula:
    def test_without_inertia_it_is_the_plain_alternation(self):
        magnitude = STFT.magnitude(signal())
        spectrum = torch.polar(magnitude, random_phase(magnitude))
        for _ in range(7):
            spectrum = STFT.forward(STFT.inverse(spectrum, SAMPLES))
            spectrum = torch.polar(magnitude, spectrum.angle())
        torch.testing.assert_close(invert(magnitude, 7, 0.0), STFT.inverse(spectrum, SAMPLES), rtol=0, atol=1e-9)

    def test_inertia_by_the_formula(self):
        magnitude = STFT.magnitude(signal())
        spectrum, previous = torch.polar(magnitude, random_phase(magnitude)), 0
        for _ in range(5):
            consistent = STFT.forward(STFT.inverse(spectrum, SAMPLES))
            inertial = consistent + 0.7 * (consistent - previous)
            spectrum, previous = torch.polar(magnitude, inertial.angle()), consistent
        torch.testing.assert_close(invert(magnitude, 5, 0.7), STFT.inverse(spectrum, SAMPLES), rtol=0, atol=1e-8)

    def test_leading_axes_do_not_mix(self):
        magnitude = STFT.magnitude(signal())
        both = torch.stack([magnitude, 3 * magnitude.flip(1)])
        phases = random_phase(both)
        found = fgla(both, STFT, SAMPLES, phase=phases, iterations=3)
        for one, phase, expected in zip(both, phases, found, strict=True):
            torch.testing.assert_close(fgla(one, STFT, SAMPLES, phase=phase, iterations=3), expected)


class TestAgainstLibrosa:
    def test_beside_another_implementation(self):
        magnitude = STFT.magnitude(signal())
        other = librosa.griffinlim(
            magnitude.numpy(),
            n_iter=60,
            hop_length=64,
            n_fft=256,
            momentum=0.99,
            pad_mode="constant",
            length=SAMPLES,
            random_state=0,
        )
        expected = spectral_convergence_db(torch.from_numpy(other), magnitude, STFT)
        found = spectral_convergence_db(invert(magnitude, 60), magnitude, STFT)
        assert expected < -15
        assert abs(found - expected) < 3

    @pytest.mark.parametrize(("n_fft", "hop_samples"), [(256, 64), (512, 64), (1024, 256)])
    @pytest.mark.parametrize("iterations", [1, 32])
    def test_from_the_same_start_it_goes_the_same_way(self, n_fft, hop_samples, iterations):
        stft = Stft(n_fft, hop_samples)
        magnitude = stft.magnitude(signal())
        other = librosa.griffinlim(
            magnitude.numpy(),
            n_iter=iterations,
            hop_length=hop_samples,
            n_fft=n_fft,
            pad_mode="constant",
            length=SAMPLES,
            init=None,
        )
        found = fgla(magnitude, stft, SAMPLES, phase=torch.zeros_like(magnitude), iterations=iterations)
        expected_db, found_db = (
            spectral_convergence_db(result, magnitude, stft) for result in (torch.from_numpy(other), found)
        )
        assert abs(found_db - expected_db) < 0.2


class TestSilence:
    @pytest.mark.parametrize("samples", [1, 63, 64, 300])
    @pytest.mark.parametrize("value", [0.0, 1e-30, 1.0])
    def test_silence_and_short_signals(self, samples, value):
        magnitude = torch.full((2, 129, STFT.frames(samples)), value)
        found = invert(magnitude, 10, samples=samples)
        assert found.shape == (2, samples)
        assert torch.isfinite(found).all()
        assert value or not found.any()

    def test_silent_frames_stay_silent(self):
        sound = signal(torch.float32)
        sound[1000:2500] = 0
        magnitude = STFT.magnitude(sound)
        magnitude[:, 20:35] = 0
        found = invert(magnitude, 60)
        assert torch.isfinite(found).all()
        assert float(found[1500:2000].square().mean()) < 0.02 * float(found.square().mean())


class TestRefusals:
    @pytest.mark.parametrize("momentum", [-0.1, 1.21, 2.0, float("nan")])
    def test_what_diverges_is_refused(self, momentum):
        magnitude = STFT.magnitude(signal())
        with pytest.raises(ValueError, match=r"momentum must be within 0 and 1\.2"):
            invert(magnitude, 1, momentum)
