import math

import pytest
import torch

from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import mel_filters

CASES = [(22050, 1024, 40, 40.0), (22050, 1024, 4, 60.0), (44100, 512, 40, 40.0), (8000, 256, 128, 40.0)]


def centres_hz(rate_hz, bands, lowest_hz):
    low, high = (2595 * math.log10(1 + hz / 700) for hz in (lowest_hz, rate_hz / 2))
    return [700 * (10 ** ((low + (high - low) * (i + 1) / (bands + 1)) / 2595) - 1) for i in range(bands)]


class TestMelFilters:
    @pytest.mark.parametrize(("rate_hz", "n_fft", "bands", "lowest_hz"), CASES)
    def test_every_band_hears_something_and_sums_to_one(self, rate_hz, n_fft, bands, lowest_hz):
        filters = mel_filters(rate_hz, n_fft, bands, lowest_hz)
        assert filters.shape == (bands, n_fft // 2 + 1)
        assert filters.dtype == torch.float32
        assert (filters >= 0).all()
        torch.testing.assert_close(filters.sum(1), torch.ones(bands), rtol=1e-6, atol=0)

    @pytest.mark.parametrize(("rate_hz", "n_fft", "bands", "lowest_hz"), CASES)
    def test_bands_stand_at_their_centres(self, rate_hz, n_fft, bands, lowest_hz):
        filters = mel_filters(rate_hz, n_fft, bands, lowest_hz)
        bin_hz = rate_hz / n_fft
        for band, centre_hz in zip(filters, centres_hz(rate_hz, bands, lowest_hz), strict=True):
            assert abs(int(band.argmax()) * bin_hz - centre_hz) <= bin_hz
        assert (filters.argmax(1).diff() >= 0).all()

    def test_neighbours_overlap_to_a_flat_sum(self):
        filters = mel_filters(22050, 4096, 10)
        triangles = filters / filters.amax(1, keepdim=True)
        between = slice(int(triangles[0].argmax()) + 1, int(triangles[-1].argmax()))
        torch.testing.assert_close(
            triangles.sum(0)[between], torch.ones(between.stop - between.start), rtol=0, atol=0.05
        )

    @pytest.mark.parametrize("band", [3, 11, 25, 38])
    def test_a_tone_is_loudest_in_its_own_band(self, band):
        rate_hz, bands = 22050, 40
        tone_hz = centres_hz(rate_hz, bands, 40.0)[band]
        time_s = torch.arange(rate_hz // 2) / rate_hz
        energy = Stft(1024, 256).magnitude(torch.sin(2 * torch.pi * tone_hz * time_s)).square().mean(-1)
        assert int((mel_filters(rate_hz, 1024, bands) @ energy).argmax()) == band

    def test_nothing_below_the_lowest_frequency(self):
        filters = mel_filters(22050, 1024, 4, lowest_hz=500.0)
        assert (filters[:, : int(500 / (22050 / 1024)) + 1] == 0).all()
