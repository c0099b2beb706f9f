"""Textures and transfers whose network sees another frequency scale."""

import dataclasses

import numpy as np
import pytest
import torch

from gramophone.errors import UsageError
from gramophone.networks import FilterbankNetwork, FrequencyConv, InfiniteNetwork, RandomConv1d
from gramophone.settings import Resolution, WaveformSettings
from gramophone.synthesis import texture, transfer
from gramophone.synthesis.analysis import Analysis


def view(settings, resolution):
    noise = torch.randn(1, 22050, generator=torch.Generator().manual_seed(0))
    return Analysis(resolution, settings, [noise], (1.0,), 22050, 0)


class TestSynthesis:
    @pytest.mark.parametrize("scale", ["mel", "erb", "constant-q"])
    @pytest.mark.parametrize("name", ["infinite", "ulyanov2016"])
    def test_a_texture_on_every_scale(self, sound, quick, scale, name):
        style = sound("rain")
        settings = quick("texture", name=name).on_scale(scale)
        task = texture([style], settings)
        totals = [step.total for step in task]
        result = task.finish()
        assert totals[3] < totals[0]
        assert result.sound.samples.shape == (1, 22050)
        assert np.isfinite(result.sound.samples).all()
        usual = texture([style], settings.on_scale("linear"))
        list(usual)
        assert not np.array_equal(usual.finish().sound.samples, result.sound.samples)
        assert result.record()["settings"]["resolution"]["scale"] == scale

    @pytest.mark.parametrize("name", ["infinite-deep", "ulyanov2016"])
    def test_a_transfer_on_another_scale(self, sound, quick, name):
        settings = quick("transfer", name=name).on_scale("constant-q")
        task = transfer(sound("voice"), [sound("fire")], settings)
        totals = [step.total for step in task]
        assert totals[-1] < totals[0]
        assert np.isfinite(task.finish().sound.samples).all()


class TestViewNetwork:
    def test_what_the_network_of_a_view_is(self, quick):
        settings, usual = quick("texture"), Resolution(512, 128, (23,))
        assert isinstance(view(settings, usual).network, InfiniteNetwork)
        erb = view(settings, dataclasses.replace(usual, scale="erb", bands=31)).network
        assert isinstance(erb, FilterbankNetwork)
        assert isinstance(erb.network, InfiniteNetwork)
        assert erb.frontend.bands.shape == (31, 257)
        drawn = view(quick("texture", name="ulyanov2016"), dataclasses.replace(usual, scale="mel")).network
        assert isinstance(drawn.network, RandomConv1d)
        assert drawn.network.weights[0].shape[1] == len(drawn.frontend.bands) == 199
        fewer = view(settings, dataclasses.replace(usual, bands=64)).network
        assert fewer.frontend.bands.shape == (64, 257)

    def test_the_spectrogram_stays_linear(self, quick):
        bound = view(quick("texture"), Resolution(512, 128, (23,), scale="mel"))
        assert bound.styles[0].shape[1] == 257
        assert abs(float(bound.style(bound.styles[0]))) < 1e-5


class TestFrequencySpans:
    @pytest.mark.parametrize("name", ["infinite", "ulyanov2016"])
    @pytest.mark.parametrize("scale", ["linear", "constant-q"])
    @pytest.mark.parametrize("duration_s", [0.6, 1.4])
    def test_spans_in_frequency(self, sound, quick, name, scale, duration_s):
        settings = quick("texture", name=name)
        resolution = dataclasses.replace(settings.resolution, span_bins=(3, 9, 5000), scale=scale)
        settings = dataclasses.replace(settings, resolution=resolution, waveform=WaveformSettings())
        task = texture([sound("rain")], settings, duration_s=duration_s)
        totals = [step.total for step in task]
        assert totals[-1] < totals[0]
        assert task.finish().sound.samples.shape == (1, round(duration_s * 22050))

    def test_what_looks_along_frequency(self, quick):
        resolution = Resolution(512, 128, (23,), scale="erb", span_bins=(3, 9, 5000))
        along = view(quick("texture"), resolution).network
        assert isinstance(along.network, FrequencyConv)
        assert along.network.network == InfiniteNetwork((3, 9, 145))
        assert along.network.frames == 22050 // 128 + 1
        drawn = view(quick("texture", name="ulyanov2016"), dataclasses.replace(resolution, scale="linear")).network
        assert [weights.shape[2] for weights in drawn.network.weights] == [3, 9, 257]

    def test_a_span_of_no_bin_is_refused(self):
        with pytest.raises(UsageError, match="at least 1 bin, not 0"):
            Resolution(512, 128, (23,), span_bins=(4, 0))
