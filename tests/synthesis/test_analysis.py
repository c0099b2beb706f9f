"""Rates, channels and loops of whole tasks."""

import dataclasses

import numpy as np
import pytest
import torch

from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.presets.spans import with_spans
from gramophone.presets.style_mix import Mix
from gramophone.settings import TermSettings
from gramophone.spectral import Stft
from gramophone.statistics.interchannel_coherence import coherence, covariances
from gramophone.synthesis import Stream, texture
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.prepare import agreed, common_form


def made(styles, settings, **options):
    task = texture(styles, settings, **options)
    for _ in task:
        pass
    return task.finish()


def related(sound, share, seed=1):
    """Two channels whose coherence is known."""
    noise = np.random.default_rng(seed).standard_normal(sound.samples.shape[1]).astype(np.float32)
    noise *= sound.samples.std()
    other = share * sound.samples[0] + np.sqrt(1 - share**2) * noise
    return Sound(np.stack([sound.samples[0], 0.5 * other]), sound.rate_hz)


def relation(sound):
    stft = Stft(1024, 256)
    spectra = stft.forward(torch.from_numpy(sound.samples))
    found = covariances(spectra, torch.ones(1, stft.bins))
    energy = found[0].diagonal().real
    return float(coherence(found)[0, 0, 1].abs()), float(10 * (energy[0] / energy[1]).log10())


TERMS = TermSettings(rhythm=0.5, diversity=0.01, time_energy=0.1, frequency_energy=0.1)


class TestRatesAndChannels:
    @pytest.mark.parametrize("share", [0.2, 0.9])
    def test_the_width_of_a_style_is_kept(self, sound, quick, share):
        style = related(sound("rain", 1.5), share)
        result = made([style], quick("texture", iterations=15, waveform=25, phase=8), seed=3).sound
        (ours, level_db), (theirs, their_level_db) = relation(result), relation(style)
        assert result.channels == 2
        assert ours == pytest.approx(theirs, abs=0.12)
        assert level_db == pytest.approx(their_level_db, abs=1.0)

    def test_recordings_of_different_form_meet_at_the_highest_rate_and_the_most_channels(self, sound, stereo, quick):
        settings = quick("texture")
        sounds = [sound("rain", rate_hz=16000), stereo(sound("fire", rate_hz=48000))]
        assert common_form(sounds, settings) == (48000, 2)
        found_settings, found = agreed(sounds, settings, ["style 1", "style 2"])
        assert [(one.rate_hz, one.channels) for one in found] == [(48000, 2)] * 2
        assert found_settings.rate_hz == 48000
        np.testing.assert_array_equal(found[0].samples[0], found[0].samples[1])
        fixed = dataclasses.replace(settings, native=False)
        assert agreed(sounds, fixed, ["style 1", "style 2"])[0] is fixed

    @pytest.mark.parametrize(("rate_hz", "expected"), [(4000, 8000), (96000, 96000), (192000, 96000)])
    def test_rates_stay_within_what_is_sensible(self, sound, quick, rate_hz, expected):
        assert common_form([Sound(sound("rain").samples, rate_hz)], quick("texture")) == (expected, 1)


class TestLoops:
    @pytest.mark.parametrize("rate_hz", [11025, 22050, 32000])
    def test_a_loop_leads_into_itself(self, sound, quick, rate_hz):
        settings = quick("texture", iterations=10, waveform=8, phase=8)
        style, ranks = sound("rain", 1.5, rate_hz=rate_hz), []
        for seed in range(3):
            wave = made([style], settings, duration_s=1.2, loop=True, seed=seed).sound.samples[0]
            steps = np.abs(np.diff(np.concatenate([wave, wave])))
            ranks.append(np.mean(steps < steps[len(wave) - 1]))
        assert np.median(ranks) < 0.95
        assert len(wave) / rate_hz == pytest.approx(1.2, abs=0.03)
        assert all(len(wave) % view.hop_samples == 0 for view in settings.at_rate(rate_hz).views)

    def test_every_patch_of_a_loop_counts_wherever_it_begins(self, sound, quick):
        settings = quick("texture")
        style = torch.from_numpy(sound("rain").samples)
        samples = 40 * 512
        view = Analysis(settings.resolution, settings, [style], [1.0], samples, 0, circular=True)
        wave = torch.from_numpy(sound("fire").samples)[:, :samples]
        here, turned = (float(view.style(view.log_magnitude(one))) for one in (wave, wave.roll(7 * 512, -1)))
        assert turned == pytest.approx(here, rel=0.02)


class TestStyleMix:
    def test_bands_of_two_styles_are_heard_in_one_texture(self, sound, quick):
        low = Sound(np.sin(np.arange(22050) * 2 * np.pi * 300 / 22050).astype(np.float32)[None], 22050)
        settings = quick("texture", iterations=15, waveform=10, phase=8)
        result = made([low, sound("rain")], settings, mix=Mix(crossover_hz=(1000.0,)), duration_s=1.0).sound
        power = np.abs(np.fft.rfft(result.samples[0])) ** 2
        assert power[280:320].sum() > 20 * power[400:900].sum()
        assert power[1500:].sum() > 0.05 * power.sum()


class TestFurtherTerms:
    def test_further_terms_are_asked_and_fall(self, sound, quick):
        style = sound("fire", 1.5)
        settings = dataclasses.replace(quick("texture", iterations=20, waveform=2), terms=TERMS)
        result = made([style], settings, duration_s=1.5)
        first, last = result.losses[0].terms, result.losses[19].terms
        assert first.keys() == {"style", "rhythm", "time energy", "frequency energy", "diversity"}
        assert last.keys() == {"style", "rhythm", "time energy", "frequency energy"}
        assert last["rhythm"] < first["rhythm"]
        assert result.losses[-1].terms.keys() == last.keys()


class TestStreams:
    def test_streams_have_all_of_it(self, sound, stereo, quick):
        settings = dataclasses.replace(quick("stream", iterations=2, waveform=1), terms=TERMS)
        styles = [stereo(sound("rain", 1.5)), sound("fire", 1.5, rate_hz=32000)]
        stream = Stream(styles, settings, mix=Mix("blend"), first_block_s=1.0, block_s=1.0, device="cpu")
        blocks = [next(stream) for _ in range(2)]
        assert [(block.channels, block.rate_hz, block.samples.shape[1]) for block in blocks] == [
            (2, 32000, 32000)
        ] * 2
        stream.weights = (1.0, 0.0)
        assert next(stream).channels == 2


class TestRefusals:
    def test_a_loop_that_is_too_long_is_refused(self, sound, quick):
        with pytest.raises(UsageError, match="a loop of 61 s is too long; ask for 60 s or less"):
            texture([sound("rain")], quick("texture"), duration_s=61, loop=True)

    def test_spans_longer_than_half_the_style_are_refused_with_the_longest(self, sound, quick):
        settings = with_spans("infinite", quick("texture"), [20, 600])
        with pytest.raises(UsageError, match=r"600 ms is too long for the style, which lasts 1.000 s; .* is 500 ms"):
            texture([sound("rain")], settings)
        found = texture([sound("rain")], with_spans("infinite", quick("texture"), [20, 400]))
        assert found.synthesis.spectrogram.view.network.spans == (2, 34)

    def test_a_rhythm_needs_time(self, sound, quick):
        settings = dataclasses.replace(quick("texture"), terms=TermSettings(rhythm=1.0))
        with pytest.raises(UsageError, match=r"needs sounds of 0.4 s or more"):
            texture([sound("fire", 0.35)], settings)

    @pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
    def test_weights_of_terms_that_cannot_be(self, weight):
        with pytest.raises(UsageError, match="time_energy must be at least 0"):
            TermSettings(time_energy=weight)
