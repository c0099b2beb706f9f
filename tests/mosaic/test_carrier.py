"""Styles as carriers: the envelopes and notes of a content, the colour of a style, and the style as a bed."""

import pytest
import torch

from gramophone.mosaic.carrier import cross_synthesised, level_of, narrow_band_filtered, repeated, vocoded

RATE_HZ = 16_000
SILENT_BED = -200.0


def noise(seconds=1.0, seed=0, channels=1):
    return torch.randn(channels, round(RATE_HZ * seconds), generator=torch.Generator().manual_seed(seed))


def tone(hz):
    return torch.sin(2 * torch.pi * hz * torch.arange(RATE_HZ) / RATE_HZ)[None]


def loudest_hz(waveform):
    spectrum = torch.fft.rfft(waveform[0] * torch.hann_window(RATE_HZ)).abs()
    return int(spectrum.argmax())


def level_db(waveform):
    return 20 * float(waveform.square().mean().sqrt().log10())


class TestVocoder:
    def test_the_envelope_is_the_contents_and_the_level_1(self):
        content = noise(seed=1, channels=2)
        content[:, 6000:10_000] *= 1e-3
        found = vocoded(content, noise(channels=2), RATE_HZ, SILENT_BED)
        assert found.shape == (2, RATE_HZ)
        assert level_of(found) == pytest.approx(1, rel=1e-5)
        assert level_db(found[:, 6800:9200]) == pytest.approx(level_db(found[:, 1000:5000]) - 60, abs=3)

    def test_the_colour_is_the_styles(self):
        dull = torch.nn.functional.avg_pool1d(noise(1.001), 9, 1)[:, :RATE_HZ]
        found = vocoded(noise(seed=1), dull, RATE_HZ, SILENT_BED)
        power = [torch.fft.rfft(one[0]).abs().square() for one in (dull, found)]
        tilts = [10 * float((one[4000:].sum() / one[:2000].sum()).log10()) for one in power]
        assert tilts[1] == pytest.approx(tilts[0], abs=1)

    @pytest.mark.parametrize("make", [vocoded, cross_synthesised])
    def test_the_bed_is_the_style(self, make):
        style, content = 0.2 * noise(), noise(seed=1)
        bed = make(content, style, RATE_HZ, -6.0) - make(content, style, RATE_HZ, SILENT_BED)
        torch.testing.assert_close(bed, 10 ** (-6 / 20) * style / level_of(style), atol=1e-4, rtol=1e-4)


class TestNotes:
    def test_a_carrier_takes_the_note(self):
        found = cross_synthesised(tone(440), noise(), RATE_HZ, SILENT_BED)
        assert loudest_hz(found) == pytest.approx(440, abs=4)
        assert level_of(found) == pytest.approx(1, rel=1e-5)

    def test_a_filter_leaves_the_note_of_noise_and_nothing_where_the_style_has_none(self):
        assert loudest_hz(narrow_band_filtered(tone(440), noise(), RATE_HZ)) == pytest.approx(440, abs=8)
        kept, lost = (narrow_band_filtered(tone(hz), tone(1000), RATE_HZ) for hz in (1000, 3000))
        assert level_db(lost) < level_db(kept) - 20


def test_a_style_is_repeated_to_a_length():
    style = noise(0.01)
    found = repeated(style, 400)
    assert found.shape == (1, 400)
    torch.testing.assert_close(found[:, 160:320], style)
    torch.testing.assert_close(found[:, 320:], style[:, :80])
    assert repeated(style, 160).equal(style)
    assert level_of(torch.zeros(1, 9)) > 0
