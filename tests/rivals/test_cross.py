"""Cross-synthesis has the content's magnitudes and the style's phases."""

import pytest
import torch

from gramophone.errors import InputError, UsageError
from gramophone.rivals import CrossSettings, cross
from gramophone.rivals.cross import crossed
from gramophone.spectral import Stft

RATE_HZ = 16000
STFT = Stft(2976, 744)


class TestCrossSynthesis:
    def test_the_magnitudes_are_exactly_the_contents(self, noise):
        magnitude, style = STFT.magnitude(noise(1, 20000)), STFT.forward(noise(1, 20000, seed=1))
        spectrum = crossed(magnitude, style, torch.ones(1, 1489, 1), 1.0)
        torch.testing.assert_close(spectrum.abs(), magnitude, atol=1e-5, rtol=1e-3)
        torch.testing.assert_close((spectrum * style.conj()).angle(), torch.zeros(magnitude.shape), atol=1e-3, rtol=0)

    def test_without_whitening_the_styles_mean_spectrum_alone_is_removed(self, noise):
        magnitude, style = torch.ones(1, 5, 400), torch.complex(noise(5, 400)[None], noise(5, 400, seed=1)[None])
        style = style * torch.tensor([1.0, 2.0, 5.0, 10.0, 3.0])[:, None]
        mean = style.abs().square().mean(-1, keepdim=True).sqrt()
        spectrum = crossed(magnitude, style, mean, 0.0)
        torch.testing.assert_close(spectrum.abs().square().mean(-1), torch.ones(1, 5))
        ratio = spectrum / style
        torch.testing.assert_close(ratio, ratio.mean(-1, keepdim=True).expand_as(ratio))

    def test_the_content_in_itself_is_the_content(self, noise):
        content = noise(2, 20000)
        torch.testing.assert_close(cross(content, [content], RATE_HZ), content, atol=1e-4, rtol=1e-3)

    def test_silent_places_of_the_style_stay_silent(self):
        style = torch.zeros(1, 3, 4, dtype=torch.complex64)
        style[0, 0] = 1.0
        spectrum = crossed(torch.ones(1, 3, 4), style, torch.ones(1, 3, 1), 1.0)
        assert torch.isfinite(spectrum.abs()).all()
        assert (spectrum[0, 1:] == 0).all()

    def test_a_melody_is_kept_whatever_the_style(self, tones, noise, pitch_share):
        melody_hz = [220 * 2 ** (n / 12) for n in (0, 4, 7, 12, 5, 9)]
        content, style = tones(melody_hz, 0.5, RATE_HZ), noise(1, 8000)
        assert pitch_share(cross(content, [style], RATE_HZ), melody_hz, 0.5, RATE_HZ) == 1
        over_bed = cross(content, [style], RATE_HZ, CrossSettings(bed_db=30.0))
        assert pitch_share(over_bed, melody_hz, 0.5, RATE_HZ) < 0.7


class TestRefusals:
    def test_a_style_shorter_than_a_window_is_refused(self, noise):
        with pytest.raises(InputError, match="smaller window_ms"):
            cross(noise(1, 20000), [noise(1, 1000)], RATE_HZ)

    @pytest.mark.parametrize("wrong", [{"whitening": -0.1}, {"window_ms": 5.0}])
    def test_settings_outside_their_range_are_refused(self, wrong):
        with pytest.raises(UsageError):
            CrossSettings(**wrong)
