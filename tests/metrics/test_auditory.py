"""The figure to quote is 0 for nature's own variation, above it for copies and below it for other sounds."""

import pytest
import torch

from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError
from gramophone.metrics.auditory import CEILING_DB, average_db, excess, statistics_snr_db
from gramophone.statistics.auditory import CLASSES, auditory_statistics, class_masks

RATE_HZ = 16_000


def noise(seconds, seed=0):
    return torch.randn(round(seconds * RATE_HZ), generator=torch.Generator().manual_seed(seed))


def made(make, seed, seconds=6.0):
    return torch.from_numpy(make(RATE_HZ, seconds, seed)[0])


def phase_randomised(sound, seed=0):
    spectrum = torch.fft.rfft(sound)
    angle = 2 * torch.pi * torch.rand(spectrum.shape, generator=torch.Generator().manual_seed(seed))
    return torch.fft.irfft(torch.polar(spectrum.abs(), angle), len(sound))


class TestStatisticsSnr:
    def test_equal_sounds_reach_the_ceiling_at_any_level(self):
        sound = noise(2)
        assert statistics_snr_db(sound, sound, RATE_HZ) == {name: pytest.approx(CEILING_DB) for name in CLASSES}
        assert average_db(statistics_snr_db(0.01 * sound, sound, RATE_HZ)) > 60

    def test_a_class_is_the_ratio_of_its_size_to_its_error(self):
        one, other = noise(2, 1), noise(2, 2)
        ours, theirs = (auditory_statistics(sound, RATE_HZ) for sound in (one, other))
        mask = class_masks(torch.ones(32, dtype=torch.bool))["correlation"]
        ratio = theirs.correlation[mask].square().sum() / (ours.correlation - theirs.correlation)[mask].square().sum()
        assert statistics_snr_db(one, other, RATE_HZ)["correlation"] == pytest.approx(
            10 * float(ratio.log10()), abs=1e-3
        )

    def test_bands_that_the_reference_does_not_have_do_not_count(self):
        low = made(rain, 0)
        spectrum = torch.fft.rfft(low)
        spectrum[len(spectrum) // 2 :] = 0
        low = torch.fft.irfft(spectrum, len(low))
        dusty = low + 1e-6 * noise(6, 3)
        assert average_db(statistics_snr_db(dusty, low, RATE_HZ)) > 30


class TestExcess:
    @pytest.mark.parametrize("make", [rain, fire])
    def test_more_of_the_same_process_is_as_near_as_the_recording_s_own_half(self, make):
        assert abs(excess(made(make, 1), made(make, 0), RATE_HZ).average_db) < 2.5

    def test_noise_of_equal_spectrum_is_further(self):
        recording = made(fire, 0)
        assert excess(phase_randomised(recording), recording, RATE_HZ).average_db < -2.5

    def test_a_copy_is_far_above(self):
        recording = made(fire, 0)
        assert excess(recording, recording, RATE_HZ).average_db > 15

    def test_the_natural_variation_is_that_between_the_halves(self):
        recording = made(rain, 0)
        half = len(recording) // 2
        found = excess(noise(3), recording, RATE_HZ)
        one = statistics_snr_db(recording[half:], recording[:half], RATE_HZ)
        other = statistics_snr_db(recording[:half], recording[half:], RATE_HZ)
        assert found.natural == {name: pytest.approx((one[name] + other[name]) / 2) for name in CLASSES}

    @pytest.mark.parametrize("seconds", [(1.5, 6.0), (6.0, 0.7)])
    def test_short_sounds_are_refused(self, seconds):
        reference, result = seconds
        with pytest.raises(InputError, match="too short for texture statistics"):
            excess(noise(result), noise(reference), RATE_HZ)
