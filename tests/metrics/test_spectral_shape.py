from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from gramophone.demo.speech import spoken_phrase
from gramophone.metrics.spectral_shape import BANDS, QUARTERS, SpectralShape, shape
from gramophone.spectral.filterbanks import mel_filters

RATE_HZ = 22050


def noise(seed=0, duration_s=4.0):
    return np.random.default_rng(seed).standard_normal(round(duration_s * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def ear():
    return SpectralShape.of(spoken_phrase(RATE_HZ, 4.0, 0)[0], noise(), RATE_HZ)


def four_band_vocoder(speech):
    """Keeps what is deliberately not measured: energies over time in the four quarters."""
    filters = mel_filters(RATE_HZ, 1024, BANDS)
    centres_hz = [float(np.average(np.arange(513) * RATE_HZ / 1024, weights=row)) for row in filters.numpy()]
    edges_hz = [40.0, *(centres_hz[n * BANDS // QUARTERS] for n in range(1, QUARTERS)), RATE_HZ / 2 - 100]
    result = np.zeros(len(speech))
    for low_hz, high_hz in pairwise(edges_hz):
        band = butter(4, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
        envelope = np.sqrt(np.convolve(np.square(sosfilt(band, speech)), np.ones(441) / 441, "same"))
        result += envelope * sosfilt(band, noise(7)[: len(speech)])
    return result.astype(np.float32)


class TestSpectralShapeScore:
    def test_the_content_scores_one_and_noise_none(self, ear):
        assert ear.measure(spoken_phrase(RATE_HZ, 4.0, 0)[0])[0].score == pytest.approx(1, abs=1e-3)
        assert abs(ear.measure(noise(1))[0].value) < 0.1

    def test_four_bands_are_not_enough(self, ear):
        assert ear.measure(four_band_vocoder(spoken_phrase(RATE_HZ, 4.0, 0)[0]))[0].value < 0.5

    def test_a_fixed_filter_costs_little(self, ear):
        duller = sosfilt(butter(1, 2000, fs=RATE_HZ, output="sos"), spoken_phrase(RATE_HZ, 4.0, 0)[0])
        assert ear.measure(duller.astype(np.float32))[0].value > 0.75

    def test_steady_noise_has_no_shape(self):
        found = SpectralShape.of(noise(), noise(1), RATE_HZ).measure(noise())[0]
        assert found.value is None
        assert "does not move" in found.reading


class TestShapeFeatures:
    def test_the_mean_of_each_quarter_is_gone(self):
        found = shape(noise(), RATE_HZ).reshape(QUARTERS, BANDS // QUARTERS, -1)
        assert np.abs(found.mean(1)).max() < 1e-4
