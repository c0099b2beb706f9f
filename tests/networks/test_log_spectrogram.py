"""What a trained network is given."""

import dataclasses

import numpy as np
import pytest
import torch

from gramophone.audio import Sound
from gramophone.errors import ModelError
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import MODEL_CONFIGS, huzaifah2019, verma2018, wyse2017
from gramophone.networks.pretrained.log_spectrogram import deltas, representation_from
from gramophone.networks.pretrained.waveform_input import WaveformInput, input_from
from gramophone.presets import preset
from gramophone.settings import NetworkSettings, Resolution
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.prepare import agreed, waveform


def noise(seconds=1.0, level=0.1):
    generator = torch.Generator().manual_seed(0)
    return level * torch.randn(round(16000 * seconds), generator=generator)


class TestLogSpectrogram:
    @pytest.mark.parametrize("name", MODEL_CONFIGS)
    def test_level_does_not_matter_and_silence_is_zero(self, name):
        seen = MODEL_CONFIGS[name]().representation
        quiet, loud = seen.values(noise(level=1e-3)), seen.values(noise(level=0.5))
        torch.testing.assert_close(quiet, loud, rtol=1e-4, atol=1e-4)
        assert not seen.values(torch.zeros(16000)).any()

    def test_white_noise_lies_around_the_logarithm_of_the_gain(self):
        seen = wyse2017().representation
        magnitude = torch.expm1(seen.log_spectrogram(noise(4.0))) / seen.gain
        assert magnitude.square().mean().sqrt().item() == pytest.approx(1, abs=0.03)

    def test_shapes_of_five_seconds(self):
        five = torch.zeros(80_000)
        assert wyse2017().representation.log_spectrogram(five).shape == (257, 861)
        assert MODEL_CONFIGS["huzaifah2019"]().representation.log_spectrogram(five).shape == (513, 431)
        assert MODEL_CONFIGS["piczak2015"]().representation.log_spectrogram(five).shape == (60, 216)
        assert MODEL_CONFIGS["verma2018"]().representation.log_spectrogram(torch.zeros(41_120)).shape == (257, 258)

    @pytest.mark.parametrize("design", [wyse2017(4), huzaifah2019(channels=4), verma2018((4, 4, 4, 4, 4))])
    def test_training_and_synthesis_see_the_same(self, design, tmp_path):
        """The spectrogram of a view on a trained network is that of its representation."""
        name, seen, path = design.architecture.name, design.representation, tmp_path / "small.safetensors"
        classifier = Classifier(design.with_heads({"class": 2}).architecture)
        checkpoint.write(path, classifier, seen, {}, overwrite=False)
        settings = dataclasses.replace(
            preset("infinite", "transfer"),
            rate_hz=seen.rate_hz,
            resolution=Resolution(seen.n_fft, seen.hop_samples, (), gain=seen.gain),
            network=NetworkSettings(name, weights=str(path)),
        )
        settings, (sound,) = agreed([Sound(noise().numpy()[None], 16000)], settings, ["style"])
        wave = waveform(sound, settings, torch.device("cpu"))
        view = Analysis(settings.resolution, settings, [wave], [1.0], wave.shape[-1], 0)
        torch.testing.assert_close(view.styles[0][0], seen.log_spectrogram(noise()), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(view.log_magnitude(wave)[0], seen.log_spectrogram(noise()), rtol=1e-4, atol=1e-4)


class TestDeltas:
    def test_deltas_are_slopes(self):
        ramp = torch.arange(30.0).expand(2, 3, 30) * torch.tensor([1.0, -2.0, 0.5])[:, None]
        inner = deltas(ramp)[..., 4:-4]
        torch.testing.assert_close(inner, torch.tensor([1.0, -2.0, 0.5])[:, None].expand_as(inner))
        torch.testing.assert_close(deltas(torch.ones(1, 5, 12)), torch.zeros(1, 5, 12))

    def test_deltas_agree_with_librosa(self):
        librosa = pytest.importorskip("librosa")
        x = noise(0.01).reshape(4, 40)
        expected = librosa.feature.delta(x.numpy(), width=9, mode="nearest")
        np.testing.assert_allclose(deltas(x).numpy(), expected, atol=1e-5)


class TestWaveform:
    def test_the_level_is_one_and_every_sample_a_frame(self):
        seen = WaveformInput(16000, 80000)
        values = seen.values(noise(level=0.2))
        assert values.shape == (1, seen.frames_of(16000))
        assert values.square().mean().item() == pytest.approx(1, abs=1e-4)
        assert seen.duration_s == 5


class TestSerialisation:
    def test_a_representation_survives_its_file(self):
        for make in MODEL_CONFIGS.values():
            assert input_from(make().representation.as_dict()) == make().representation

    @pytest.mark.parametrize("changes", [{"rate_hz": 10}, {"frames": 0}, {"frames": 1.5}, {"rate_hz": True}])
    def test_waveforms_that_no_network_takes_are_refused(self, changes):
        with pytest.raises(ModelError, match="invalid for a network"):
            input_from(WaveformInput(16000, 80000).as_dict() | changes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"rate_hz": 0},
            {"rate_hz": "16000"},
            {"n_fft": 513},
            {"n_fft": 2**20},
            {"hop_samples": 0},
            {"gain": 0},
            {"gain": float("nan")},
            {"frames": 0},
            {"bands": -1},
            {"deltas": 2},
            {"more": 1},
        ],
    )
    def test_representations_that_cannot_be(self, changes):
        with pytest.raises(ModelError):
            representation_from({**wyse2017().representation.as_dict(), **changes})
