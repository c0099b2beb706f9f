"""The channel vocoder imposes energies that are known, and words stay intelligible."""

import math

import pytest
import torch

from gramophone.errors import UsageError
from gramophone.rivals import VocoderSettings, vocoder
from gramophone.rivals.vocoder import bands, imposing_gain, spectrum_gain
from gramophone.rivals.waveforms import rms
from gramophone.spectral import Stft

RATE_HZ = 16000
STFT = Stft(512, 128)


def energies(waveform, scale="erb", count=16):
    return bands(scale, RATE_HZ, 512, count) @ STFT.magnitude(waveform).square()


def moving(samples, rate_hz, hz=3.0):
    return (1 + 0.9 * torch.sin(2 * torch.pi * hz * torch.arange(samples) / rate_hz)).sqrt()


class TestBands:
    def test_bands_part_every_frequency_among_them(self):
        for scale in ("erb", "mel", "constant-q"):
            torch.testing.assert_close(bands(scale, RATE_HZ, 512, 32).sum(0), torch.ones(257))

    def test_gains_give_the_bands_the_energies_that_are_asked_for(self, noise):
        power = STFT.magnitude(noise(1, 16000)).square()
        filters = bands("erb", RATE_HZ, 512, 16)
        wanted = energies(noise(1, 16000, seed=1) * moving(16000, RATE_HZ))
        found = filters @ (imposing_gain(power, wanted, filters, torch.zeros(1, 16, 1)).square() * power)
        assert float((10 * (found / wanted).log10()).abs().mean()) < 0.3


class TestVocoder:
    def test_the_result_moves_as_the_content_does_in_every_band(self, noise):
        content = noise(1, 32000) * moving(32000, RATE_HZ)
        style = noise(1, 32000, seed=1) * moving(32000, RATE_HZ, 7.0)
        result = vocoder(content, [style], RATE_HZ)
        for found, said, made_of in zip(*(energies(x).log()[0] for x in (result, content, style)), strict=True):
            kept = torch.corrcoef(torch.stack([found, said]))[0, 1]
            own = torch.corrcoef(torch.stack([found, made_of]))[0, 1]
            assert kept > 0.8
            assert own < 0.5

    def test_the_content_in_itself_is_the_content(self, noise):
        content = noise(2, 8000) * moving(8000, RATE_HZ)
        for share in (0.0, 1.0):
            result = vocoder(content, [content], RATE_HZ, VocoderSettings(style_spectrum=share))
            torch.testing.assert_close(result, content, atol=1e-4, rtol=1e-3)

    @pytest.mark.data
    @pytest.mark.parametrize("words", ["speech_jfk", "speech_female"])
    def test_speech_in_fire_is_intelligible(self, clip, words):
        pystoi = pytest.importorskip("pystoi", reason="pystoi is not installed")
        rate_hz = 22050
        content, fire = clip(words, rate_hz), clip("fire", rate_hz)

        def estoi(result):
            return pystoi.stoi(content[0].numpy(), result[0].numpy(), rate_hz, extended=True)

        by_bands = [estoi(vocoder(content, [fire], rate_hz, VocoderSettings(bands=bands))) for bands in (4, 16, 32)]
        assert by_bands[0] < by_bands[1] < by_bands[2]
        assert by_bands[2] >= 0.45
        bed = fire.repeat(1, 3)[:, : content.shape[1]]
        assert estoi(bed) < 0.2

    def test_silence_of_the_style_is_not_blown_up(self, noise):
        style = noise(1, 16000)
        style[:, 4000:12000] = 0
        result = vocoder(noise(1, 16000, seed=1), [style], RATE_HZ)
        assert torch.isfinite(result).all()
        assert float(result[:, 5000:11000].abs().max()) < 1e-3


class TestStyleSpectrum:
    def test_the_spectrum_goes_from_the_contents_to_the_styles(self, noise):
        low = torch.tensor([1.0, 0.9, 0.5]).reshape(1, 1, -1)
        content = torch.nn.functional.conv1d(noise(1, 32000)[None], low, padding=1)[0]
        style = noise(1, 32000, seed=1).diff(prepend=torch.zeros(1, 1))
        said, made_of = (10 * energies(x).mean(-1).log10()[0] for x in (content, style))
        for share in (0.0, 0.5, 1.0):
            result = vocoder(content, [style], RATE_HZ, VocoderSettings(style_spectrum=share))
            found = 10 * energies(result).mean(-1).log10()[0]
            asked = (1 - share) * said + share * made_of
            # The style has nothing at 0 Hz, where the lowest band lies.
            apart = (found - asked)[1:]
            assert float((apart - apart.mean()).abs().max()) < 1

    def test_a_share_of_0_leaves_the_content_and_1_gives_the_styles_spectrum_at_its_energy(self):
        own, other = torch.tensor([4.0, 1.0, 5.0])[:, None], torch.tensor([1.0, 2.0, 1.0])[:, None]
        assert torch.equal(spectrum_gain(own, other, 0.0), torch.ones(3, 1))
        torch.testing.assert_close(own * spectrum_gain(own, other, 1.0), torch.tensor([2.5, 5.0, 2.5])[:, None])
        torch.testing.assert_close(spectrum_gain(own, other, 0.5), spectrum_gain(own, other, 1.0).sqrt())


class TestBed:
    def test_the_bed_lies_as_far_below_as_is_asked(self, noise):
        content, style = noise(1, 32000) * moving(32000, RATE_HZ), noise(1, 32000, seed=1)
        alone = vocoder(content, [style], RATE_HZ)
        for bed_db in (-10.0, 0.0, 10.0):
            result = vocoder(content, [style], RATE_HZ, VocoderSettings(bed_db=bed_db))
            basis = torch.stack([alone[0] / rms(alone), style[0] / rms(style)], 1)
            parts = torch.linalg.lstsq(basis, result[0][:, None]).solution[:, 0]
            assert 20 * math.log10(float(parts[1] / parts[0])) == pytest.approx(bed_db, abs=0.05)
            assert rms(result) == pytest.approx(rms(content), rel=1e-4)


class TestRefusals:
    @pytest.mark.parametrize("wrong", [{"bands": 3}, {"bands": 65}, {"scale": "linear"}, {"style_spectrum": 1.5}])
    def test_settings_outside_their_range_are_refused(self, wrong):
        with pytest.raises(UsageError):
            VocoderSettings(**wrong)

    @pytest.mark.parametrize("bed_db", [math.nan, 41.0, math.inf])
    def test_a_bed_that_cannot_be_is_refused(self, bed_db):
        with pytest.raises(UsageError, match="bed_db"):
            VocoderSettings(bed_db=bed_db)
