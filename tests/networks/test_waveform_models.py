"""Networks of published systems: statistics against their formulas, reach against their gradients."""

import numpy as np
import pytest
import torch

from gramophone.demo.textures import fire, rain
from gramophone.networks import Network
from gramophone.networks.pretrained.speech import STYLE_LAYERS, SpeechNetwork
from gramophone.networks.random import FrequencyWiseConv, Layer, SeluConvNet
from gramophone.networks.registry import NetworkInput, entry_of
from gramophone.networks.waveform_models import AuditoryModel, compressed_parts, stacked_parts
from gramophone.presets import preset
from gramophone.settings import NetworkSettings, Resolution
from gramophone.spectral import Stft
from gramophone.statistics.envelopes import raw_autocorrelation

RATE_HZ = 16_000
SPEECH_FRAMES = entry_of(NetworkSettings("chorowski2017")).receptive_field_frames(NetworkSettings("chorowski2017"))


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def frames_seen(output, x):
    output.backward()
    touched = x.grad.abs().flatten(0, -2).sum(0).nonzero().flatten()
    return int(touched[-1] - touched[0]) + 1


class TestFrequencyWiseConv:
    def test_correlations_of_rows_are_the_sums_they_stand_for(self):
        network, x = FrequencyWiseConv(2, 3, [(5, 3)], seed=3), noise(2, 8, 7)
        (rows,), (found,) = network.features(x, 1), network.grams(x)
        assert found.shape == (4, 3, 3)
        plain = sum(rows[2, 0, n] * rows[2, 1, n] for n in range(5)) / 5
        assert float(found[2, 0, 1]) == pytest.approx(float(plain))

    def test_rows_are_those_of_a_convolution_in_two_dimensions(self):
        bank, x = FrequencyWiseConv(2, 4, [(5, 3)], seed=3), noise(2, 12, 20)
        plain = torch.relu(torch.nn.functional.conv2d(x[None], bank.weights[0])[0])
        torch.testing.assert_close(bank.features(x, 1)[0], plain.transpose(0, 1))

    def test_rows_hear_which_frequency_and_not_which_moment(self):
        bank = FrequencyWiseConv(1, 4, [(3, 2)])
        x = torch.zeros(1, 20, 30)
        x[:, 5:8, 10:13] = 1
        term = bank.style_term([x], [1.0])
        assert float(term(x.roll(9, 2))) == pytest.approx(0, abs=1e-9)
        assert float(term(x.roll(9, 1))) > 0.1
        assert float(bank.content_term(x)(x.roll(9, 2))) > 0.1


class TestSpeechNetwork:
    def test_distances_of_frames_are_those_of_the_large_gram_matrices(self):
        network = SpeechNetwork(2, seed=1)
        x, y = noise(1, 16, 20), noise(1, 16, 26, seed=1)
        distances = []
        for own, target in zip(network.features(x, STYLE_LAYERS), network.features(y, STYLE_LAYERS), strict=True):
            gram, wanted = (f @ f.T / f.shape[-1] for f in (own, target))
            distances.append(float((gram - wanted).square().sum() / wanted.square().sum()))
        assert float(network.style_term([y], [1.0])(x)) == pytest.approx(np.mean(distances), rel=1e-3)
        assert float(network.content_term(x)(x)) == 0

    def test_what_the_recogniser_sees(self):
        x = noise(1, 16, 120).requires_grad_(True)
        deepest = SpeechNetwork(2).features(x, 10)[-1]
        # The slopes of the bands reach over 4 frames more on each side.
        assert frames_seen(deepest[:, 30].sum(), x) == SPEECH_FRAMES + 8


class TestSeluConvNet:
    def test_residual_layers_add_what_they_see(self):
        stack = SeluConvNet(4, [Layer(6, (3,)), Layer(6, (3,), dilation=2)], seed=3)
        x = noise(1, 4, 30)
        first, second = stack.features(x, 2)
        plain = torch.nn.functional.selu(
            torch.nn.functional.conv1d(first[None], stack.weights[1], padding="same", dilation=2)
        )[0]
        torch.testing.assert_close(second, plain + first)


class TestWaveformFrontends:
    def test_stacked_parts_are_those_of_the_transform(self):
        wave = noise(1, 900) - 0.5
        found = stacked_parts(256, 512, 128)(wave)
        frame = wave[0, 128:384] * torch.hann_window(256)
        spectrum = torch.fft.rfft(frame, 512)
        expected = torch.cat([spectrum.real, spectrum.imag, spectrum.abs()])
        torch.testing.assert_close(found[0, :, 1], expected, rtol=1e-3, atol=1e-4)

    def test_compression_is_that_of_the_sigmoid(self):
        stft, wave = Stft(256, 64), 4 * (noise(1, 600) - 0.5)
        parts = torch.view_as_real(stft.forward(wave[0])).movedim(-1, 0) / (4 * float(torch.hann_window(256).sum()))
        torch.testing.assert_close(
            compressed_parts(stft)(wave), 2 * torch.sigmoid(30 * parts) - 1, rtol=1e-3, atol=1e-5
        )


class TestWaveformTerms:
    @pytest.mark.parametrize("name", ["mital2017", "barry2017", "caracalla2020"])
    def test_terms_of_waveforms_are_0_at_their_targets_and_have_gradients(self, name):
        settings = preset(name)
        network = NetworkSettings(settings.network.kind, filters=16, widths_frames=settings.network.widths_frames)
        small = Resolution(512, 128, span_ms=(), gain=10.0)
        model = entry_of(network).build(NetworkInput(network, small, RATE_HZ, 0))
        assert isinstance(model, Network)
        x, y = (torch.randn(1, 16_000, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
        y = y * torch.linspace(0.1, 2, 16_000)
        for term in (model.style_term([x], [1.0]), model.content_term(x)):
            assert float(term(x)) == pytest.approx(0, abs=1e-9)
            other = y.clone().requires_grad_(True)
            value = term(other)
            value.backward()
            assert float(value.detach()) > 1e-4
            assert bool(torch.isfinite(other.grad).all())


class TestAuditoryModel:
    def test_the_ear_knows_rain_from_fire(self):
        model = AuditoryModel(RATE_HZ, ("mean", "correlation"))
        wet, wetter, burning = (
            torch.from_numpy(make(RATE_HZ, 1.5, seed)) for make, seed in ((rain, 0), (rain, 1), (fire, 0))
        )
        term = model.style_term([wet], [1.0])
        assert float(term(wet)) == pytest.approx(0, abs=1e-9)
        assert float(term(0.1 * wet)) == pytest.approx(0, abs=1e-6)
        assert float(term(wetter)) < 0.5 * float(term(burning))
        between = model.style_term([wet, burning], [1.0, 1.0])
        assert float(between(wet)) < float(model.style_term([burning], [1.0])(wet))


class TestRawAutocorrelation:
    def test_raw_autocorrelation_is_the_sum_it_stands_for(self):
        x = noise(2, 40)
        found = raw_autocorrelation(x, range(3, 9))
        plain = [float((x[1, : 40 - lag] * x[1, lag:]).sum()) / 40 for lag in range(3, 9)]
        np.testing.assert_allclose(found[1].numpy(), plain, rtol=1e-4)
        with pytest.raises(ValueError, match="do not fit"):
            raw_autocorrelation(x, range(3, 41))
