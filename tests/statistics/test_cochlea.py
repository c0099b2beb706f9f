"""The cochleagram against its definition, computed another way, and on tones."""

import numpy as np
import pytest
import torch
from scipy import signal

from gramophone.statistics.auditory import EDGE_S, ENVELOPE_HZ, EXPONENT, cochleagram, cochlear_bands

RATE_HZ = 20_000


def noise(samples, seed=0):
    return torch.randn(samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestBands:
    @pytest.mark.parametrize("rate_hz", [8000, 16000, 20000, 44100])
    def test_the_squares_of_all_bands_add_up_to_one(self, rate_hz):
        assert torch.allclose(cochlear_bands(4096, rate_hz).square().sum(0), torch.ones(2049, dtype=torch.float64))

    def test_bands_are_as_wide_as_the_ear_s_filters_are_apart(self):
        bands = cochlear_bands(40_000, RATE_HZ)[1:-1]
        centres = bands.argmax(1) * (RATE_HZ / 40_000)
        erb = 24.7 + centres / 9.265
        steps = centres.diff() / erb[:-1]
        assert float(steps.max() / steps.min()) < 1.05


class TestCochleagram:
    def test_it_is_the_resampled_compressed_hilbert_envelope(self):
        sound = noise(RATE_HZ)
        found = cochleagram(sound, RATE_HZ)
        weights = cochlear_bands(RATE_HZ, RATE_HZ).numpy()
        spectrum = np.fft.rfft(sound.numpy())
        edge = round(EDGE_S * ENVELOPE_HZ)
        for band in (0, 5, 17, 31):
            analytic = signal.hilbert(np.fft.irfft(spectrum * weights[band], RATE_HZ))
            slow = np.fft.rfft(signal.resample(np.abs(analytic) ** EXPONENT, ENVELOPE_HZ))
            slow[-1] = 0  # the highest rate, which has no phase
            envelope = np.fft.irfft(slow)[edge:-edge]
            np.testing.assert_allclose(found[band].numpy(), np.maximum(envelope, 0), atol=1e-6)

    def test_a_tone_at_the_centre_of_a_band_has_its_amplitude_there(self):
        band = 15
        centre = int(cochlear_bands(RATE_HZ, RATE_HZ)[band].argmax())
        tone = 0.5 * torch.sin(2 * torch.pi * centre * torch.arange(RATE_HZ, dtype=torch.float64) / RATE_HZ)
        assert torch.allclose(
            cochleagram(tone, RATE_HZ)[band], torch.tensor(0.5**EXPONENT, dtype=torch.float64), atol=1e-3
        )

    def test_a_modulated_tone_has_its_modulation_in_the_envelope(self):
        time_s = torch.arange(2 * RATE_HZ, dtype=torch.float64) / RATE_HZ
        tone = (1 + 0.5 * torch.sin(2 * torch.pi * 8 * time_s)) * torch.sin(2 * torch.pi * 1000 * time_s)
        envelopes = cochleagram(tone, RATE_HZ)
        loudest = envelopes[envelopes.mean(1).argmax()]
        spectrum = torch.fft.rfft(loudest - loudest.mean()).abs()
        assert torch.fft.rfftfreq(len(loudest), 1 / ENVELOPE_HZ)[spectrum.argmax()] == pytest.approx(8, abs=0.6)

    def test_silence_is_silent(self):
        assert float(cochleagram(torch.zeros(RATE_HZ), RATE_HZ).max()) < 0.01  # rounding, compressed

    def test_a_batch_is_each_of_its_sounds(self):
        noise = torch.randn(3, 8000, generator=torch.Generator().manual_seed(0))
        assert torch.allclose(
            cochleagram(noise, 16000), torch.stack([cochleagram(one, 16000) for one in noise]), atol=1e-6
        )


class TestOversampling:
    def test_bands_at_a_multiple_of_their_width_have_nearly_the_same_envelopes(self):
        noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        exact, faster = cochleagram(noise, 16000), cochleagram(noise, 16000, oversampling=16)
        assert exact.shape == faster.shape
        assert float((exact - faster).norm() / exact.norm()) < 1e-3
        assert not torch.equal(exact, faster)


class TestRefusals:
    def test_a_very_short_sound_is_refused(self):
        with pytest.raises(ValueError, match=r"0\.3 s or more"):
            cochleagram(torch.zeros(RATE_HZ // 5), RATE_HZ)
