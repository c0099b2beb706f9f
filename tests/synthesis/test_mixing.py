"""Several styles as one."""

import pytest
import torch

from gramophone.errors import UsageError
from gramophone.presets.style_mix import Mix
from gramophone.synthesis.mixing import blended, by_band, mixed, repeated

RATE_HZ = 8000


def noise(seed, seconds=1.0, channels=1):
    generator = torch.Generator().manual_seed(seed)
    wave = torch.randn(channels, round(seconds * RATE_HZ), generator=generator, dtype=torch.float64)
    return wave / wave.square().mean().sqrt()


def level(wave):
    return float(wave.square().mean().sqrt())


class TestMixing:
    def test_alternating_styles_stay_apart_and_those_without_weight_are_left_out(self):
        waves = [noise(1), noise(2), noise(3)]
        found, weights = mixed(waves, [0.5, 0.0, 0.5], Mix(), RATE_HZ)
        assert weights == [0.5, 0.5]
        assert found[0] is waves[0]
        assert found[1] is waves[2]

    def test_a_blend_is_the_sum_at_shares_of_the_energy(self):
        one, other = noise(1), noise(2)
        (found,), weights = mixed([one, other], [0.8, 0.2], Mix("blend"), RATE_HZ)
        assert weights == [1.0]
        torch.testing.assert_close(found, 0.8**0.5 * one + 0.2**0.5 * other)
        assert level(found) == pytest.approx(1, abs=0.05)
        torch.testing.assert_close(blended([one], [1.0], RATE_HZ), one)

    def test_a_short_style_is_repeated_without_a_dent(self):
        short = noise(1, 0.4)
        found = repeated(short, 3 * RATE_HZ, RATE_HZ)
        assert found.shape == (1, 3 * RATE_HZ)
        torch.testing.assert_close(found[:, :2800], short[:, :2800])
        parts = found.reshape(60, -1).square().mean(1).sqrt()
        assert float(parts.min()) > 0.75
        assert float(parts.max()) < 1.25


class TestBands:
    def test_bands_take_their_frequencies_and_nothing_else(self):
        waves = [noise(seed, channels=2) for seed in (1, 2, 3)]
        found = by_band(waves, (500.0, 2000.0), RATE_HZ)
        spectrum, styles = torch.fft.rfft(found), [torch.fft.rfft(wave) for wave in waves]
        for style, (low, high) in zip(styles, [(0, 440), (570, 1770), (2260, 4000)], strict=True):
            torch.testing.assert_close(spectrum[:, low:high], style[:, low:high], rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(by_band([waves[0]] * 3, (500.0, 2000.0), RATE_HZ), waves[0])

    def test_a_crossover_above_the_band_is_refused(self):
        with pytest.raises(
            UsageError, match="4000 Hz has nothing above it at a rate of 8000 Hz; give one below 4000"
        ):
            by_band([noise(1), noise(2)], (4000.0,), RATE_HZ)
