"""Frequency scales as bands: no bin lost, no band empty, centres where the scale says."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import AXES, band_filters, default_bands

RATE_HZ = 22050
NAMES = ("mel", "erb", "constant-q")


def centres_hz(scale, rate_hz, bands):
    axis = AXES[scale]
    ends = axis.units(torch.tensor([axis.lowest_hz, rate_hz / 2], dtype=torch.float64))
    return axis.hz(torch.linspace(*ends.tolist(), bands, dtype=torch.float64))


class TestBandFilters:
    @settings(max_examples=50)
    @given(
        st.sampled_from(("linear", *NAMES)),
        st.sampled_from((8000, 16000, 22050, 44100, 96000)),
        st.sampled_from((64, 512, 1024, 4096)),
        st.integers(2, 300),
    )
    def test_no_bin_is_lost_and_no_band_is_empty(self, scale, rate_hz, n_fft, bands):
        filters, bins = band_filters(scale, rate_hz, n_fft, bands), n_fft // 2 + 1
        assert filters.shape == (bands, bins)
        assert filters.dtype == torch.float32
        assert (filters >= 0).all()
        assert (filters.sum(1) > 0).all()
        torch.testing.assert_close(filters.sum(0), torch.full((bins,), bands / bins), rtol=1e-5, atol=0)

    @pytest.mark.parametrize("scale", NAMES)
    def test_the_mean_magnitude_is_kept(self, scale):
        magnitude = torch.rand(513, 9, generator=torch.Generator().manual_seed(0)) ** 4
        seen = band_filters(scale, RATE_HZ, 1024) @ magnitude
        torch.testing.assert_close(seen.mean(0), magnitude.mean(0))

    def test_bands_narrower_than_a_bin_share_it(self):
        filters = band_filters("constant-q", RATE_HZ, 512, 0)
        bin_hz = RATE_HZ / 512
        low = int((centres_hz("constant-q", RATE_HZ, len(filters)) < 2 * bin_hz).sum())
        assert low > 20
        assert (filters[1:low].count_nonzero(1) <= 3).all()
        assert (filters[1:low].sum(1).diff() > 0).all()


class TestTones:
    @pytest.mark.parametrize("scale", NAMES)
    @pytest.mark.parametrize("octave", range(1, 7))
    def test_a_tone_is_loudest_in_its_own_band(self, scale, octave):
        tone_hz, bands = 100.0 * 2**octave, 60
        time_s = torch.arange(RATE_HZ // 2) / RATE_HZ
        magnitude = Stft(4096, 1024).magnitude(torch.sin(2 * torch.pi * tone_hz * time_s)).mean(-1)
        seen = band_filters(scale, RATE_HZ, 4096, bands) @ magnitude
        nearest = (centres_hz(scale, RATE_HZ, bands) - tone_hz).abs().argsort()[:2]
        assert int(seen.argmax()) in nearest.tolist()

    def test_a_higher_pitch_is_a_shift_of_constant_q_bands(self):
        # 12 bands an octave, and wide enough at 1 kHz to hold several bins.
        bands = 1 + round(12 * math.log2(RATE_HZ / 2 / 32.703))
        filters = band_filters("constant-q", RATE_HZ, 8192, bands)
        step = 2 ** (math.log2(RATE_HZ / 2 / 32.703) / (bands - 1))
        time_s = torch.arange(RATE_HZ, dtype=torch.float64) / RATE_HZ

        def seen(tone_hz):
            return filters.double() @ Stft(8192, 2048).magnitude(torch.sin(2 * torch.pi * tone_hz * time_s))[:, 5]

        low, high = seen(1000.0), seen(1000.0 * step**12)
        assert int(high.argmax()) == int(low.argmax()) + 12
        near = slice(int(low.argmax()) - 1, int(low.argmax()) + 2)
        shifted = slice(near.start + 12, near.stop + 12)
        torch.testing.assert_close(high[shifted], low[near], rtol=0, atol=0.06 * float(low.max()))


class TestLinearScale:
    @pytest.mark.parametrize("n_fft", [256, 1024, 2048])
    def test_linear_is_the_identity(self, n_fft):
        assert torch.equal(band_filters("linear", RATE_HZ, n_fft), torch.eye(n_fft // 2 + 1))

    def test_fewer_linear_bands_are_evenly_spaced(self):
        filters = band_filters("linear", RATE_HZ, 1024, 9)
        assert filters.argmax(1).tolist()[1:-1] == [64, 128, 192, 256, 320, 384, 448]


class TestScales:
    @pytest.mark.parametrize("scale", NAMES)
    @pytest.mark.parametrize(("n_fft", "bands"), [(512, 0), (1024, 0), (2048, 0), (1024, 24), (4096, 60)])
    def test_bands_stand_at_their_centres(self, scale, n_fft, bands):
        filters = band_filters(scale, RATE_HZ, n_fft, bands)
        bin_hz = RATE_HZ / n_fft
        centres = centres_hz(scale, RATE_HZ, len(filters))
        # The last column is half a bin wide, the first band of constant-q reaches down to 0 Hz.
        inside = slice(1, -1)
        loudest = filters.argmax(1) * bin_hz
        assert ((loudest - centres).abs()[inside] <= bin_hz).all()
        assert (filters.argmax(1).diff() >= 0).all()

    def test_published_scales(self):
        hz = torch.tensor([1000.0, 11025.0], dtype=torch.float64)
        assert AXES["mel"].units(hz).tolist() == pytest.approx([1000, 3176], rel=1e-3)
        assert AXES["erb"].units(hz).tolist() == pytest.approx([15.62, 36.2], rel=1e-3)
        assert AXES["constant-q"].units(32.703 * torch.tensor([1.0, 8.0])).tolist() == pytest.approx([0, 3])
        assert [axis.lowest_hz for axis in AXES.values()] == [0, 0, 0, 32.703]
        for axis in AXES.values():
            torch.testing.assert_close(axis.hz(axis.units(hz)), hz)


class TestDefaultBands:
    def test_the_usual_number_of_bands(self):
        assert [default_bands(scale, RATE_HZ, 1024) for scale in ("linear", *NAMES)] == [513, 199, 145, 202]

    def test_two_where_there_is_room_for_one(self):
        assert default_bands("mel", 8, 1024) == 2


class TestRefusals:
    @pytest.mark.parametrize(
        ("scale", "bands", "said"),
        [
            ("bark", 0, "the scale must be one of linear, mel, erb, constant-q, not bark"),
            ("mel", 1, "bands must be at least 2, or 0 for the usual number, not 1"),
            ("mel", -3, "not -3"),
        ],
    )
    def test_refused(self, scale, bands, said):
        with pytest.raises(ValueError, match=said):
            band_filters(scale, RATE_HZ, 1024, bands)
