"""Linear explanations and long-term spectra of sounds that were made to have known ones."""

import pytest
import torch

from gramophone.metrics.mixture import explained_by_mix, spectrum_distance_db

RATE_HZ = 16_000


def noise(seed, seconds=2):
    return torch.randn(seconds * RATE_HZ, generator=torch.Generator().manual_seed(seed))


def filtered(sound, gains):
    spectrum = torch.fft.rfft(sound)
    parts = [gain * part for part, gain in zip(spectrum.tensor_split(len(gains)), gains, strict=True)]
    return torch.fft.irfft(torch.cat(parts), len(sound))


class TestExplainedByMix:
    def test_either_input_alone_is_explained_wholly(self):
        content, style = noise(1), noise(2)
        assert explained_by_mix(content, content, style, RATE_HZ) == pytest.approx(1)
        assert explained_by_mix(3 * style, content, style, RATE_HZ) == pytest.approx(1)

    def test_a_third_sound_is_not_explained_and_a_mix_is(self):
        content, style = filtered(noise(1), (1, 0.01)), filtered(noise(2), (0.01, 1))
        assert explained_by_mix(noise(3), content, style, RATE_HZ) < 0.1
        assert explained_by_mix(content + style, content, style, RATE_HZ) > 0.4

    def test_a_short_style_is_repeated(self):
        content, style = noise(1), noise(2, 1)
        assert explained_by_mix(style.repeat(2), content, style, RATE_HZ) == pytest.approx(1)


class TestSpectrumDistance:
    def test_half_the_bands_6_db_up_are_3_db_away_on_both_sides(self):
        sound = noise(1)
        quarter = [1.0] * 8
        assert spectrum_distance_db(0.1 * sound, sound, RATE_HZ) == pytest.approx(0, abs=1e-4)
        louder = filtered(sound, [*quarter[:4], *(2.0 for _ in range(4))])
        # Mel bands crowd at the lower half: p of them are 6.02 dB up, so the deviation is 6.02 sqrt(p (1 - p)).
        assert 2 < spectrum_distance_db(louder, sound, RATE_HZ) < 3.02

    def test_it_is_symmetric(self):
        one, other = noise(1), filtered(noise(2), (1, 0.2, 3))
        assert spectrum_distance_db(one, other, RATE_HZ) == pytest.approx(spectrum_distance_db(other, one, RATE_HZ))
