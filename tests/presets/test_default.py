import dataclasses
import math

import numpy as np
import pytest
import torch

from gramophone import synthesis
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.errors import InputError, UsageError
from gramophone.networks.registry import entry_of
from gramophone.presets import DEFAULT, DESCRIPTIONS, PRESETS, preset, steered
from gramophone.settings import Resolution
from gramophone.spectral import Stft
from gramophone.synthesis.prepare import shortest_s

RATE_HZ = 22050
NAMES = sorted(name for name, jobs in PRESETS.items() if "texture" in jobs)


SMALL = {
    "vgg19": Resolution(64, 16, span_ms=(), gain=316.0),
    "caracalla2020": Resolution(256, 64, span_ms=()),
}


def shortened(settings):
    """The same in little: few filters, coarse pictures, no weights that would have to be fetched."""
    network = settings.network
    return dataclasses.replace(
        settings,
        resolution=SMALL.get(network.kind, settings.resolution),
        network=dataclasses.replace(
            network, filters=32, weights="random" if network.kind == "vgg19" else network.weights
        ),
        phase=dataclasses.replace(settings.phase, iterations=2),
        waveform=dataclasses.replace(
            settings.waveform, optimiser=dataclasses.replace(settings.waveform.optimiser, iterations=2)
        ),
    )


class TestPresets:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("job", ["texture", "transfer"])
    def test_every_preset_runs(self, name, job):
        settings = shortened(preset(name, job, iterations=3))
        in_first = settings.optimiser.iterations
        duration_s = max(0.3, shortest_s(settings) + 0.01)
        style = Sound(rain(RATE_HZ, duration_s, 0), RATE_HZ)
        content = Sound(spoken_phrase(RATE_HZ, duration_s, 0), RATE_HZ)
        task = (
            synthesis.texture([style], settings)
            if job == "texture"
            else synthesis.transfer(content, [style], settings)
        )
        totals = [step.total for step in task]
        assert totals[in_first - 1] < totals[0]
        result = task.finish()
        assert result.stopped == "finished"
        assert np.isfinite(result.sound.samples).all()
        assert result.sound.samples.shape == style.resampled(settings.at_rate(RATE_HZ).rate_hz).samples.shape

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("job", ["texture", "transfer"])
    def test_every_preset_makes_sense(self, name, job):
        settings = preset(name, job)
        for view in (settings.resolution, *settings.waveform.resolutions):
            assert Stft(view.n_fft, view.hop_samples).bins == view.n_fft // 2 + 1
            assert view.n_fft >= 2 * view.hop_samples
        assert PRESETS[name][job] is settings

    def test_every_preset_is_described(self):
        assert DESCRIPTIONS.keys() == PRESETS.keys()
        assert DEFAULT in PRESETS

    @pytest.mark.parametrize(
        ("asked", "steps"), [(1, (1, 0)), (2, (1, 1)), (7, (5, 2)), (90, (60, 30)), (300, (200, 100))]
    )
    def test_iterations_are_those_of_all_stages(self, asked, steps):
        changed, usual = preset(DEFAULT, iterations=asked), preset(DEFAULT)
        last = changed.waveform.optimiser.iterations * bool(changed.waveform.resolutions)
        assert (changed.optimiser.iterations, last) == steps
        assert preset("ulyanov2016", iterations=asked).optimiser.iterations == asked
        waveform = usual.waveform if steps[1] else changed.waveform
        restored = dataclasses.replace(changed, optimiser=usual.optimiser, waveform=waveform)
        assert restored == dataclasses.replace(usual, waveform=waveform)


class TestPublishedSystems:
    def test_what_the_networks_see_is_what_was_published(self):
        frames = {
            name: entry_of(preset(name).network).receptive_field_frames(preset(name).network)
            for name in ("ulyanov2016", "huzaifah2019-freq", "antognini2018", "gatys-vgg19", "caracalla2020")
        }
        assert frames == {
            "ulyanov2016": 11,
            "huzaifah2019-freq": 74,
            "antognini2018": 64,
            "gatys-vgg19": 156,
            "caracalla2020": 27,
        }

    def test_the_content_weighs_as_published_at_the_usual_strength(self):
        found = preset("ulyanov2016", "transfer").transfer
        assert found.weight(0.6) == pytest.approx(0.01)
        assert found.weight(0.1) == pytest.approx(0.1)
        assert preset("grinstein2017", "transfer").transfer.weight(0.6) == 0


class TestSteering:
    def test_noise_and_envelopes_are_for_systems_that_have_them(self):
        wyse = preset("wyse2017", "transfer")
        assert steered(wyse, "wyse2017") is wyse
        assert steered(wyse, "wyse2017", noise=0.5).transfer.noise == 0.5
        verma = steered(preset("verma2018", "transfer"), "verma2018", envelopes="content")
        assert verma.terms.envelopes == "content"
        with pytest.raises(UsageError, match="has no share of noise"):
            steered(preset("infinite", "transfer"), "infinite", noise=0.5)
        with pytest.raises(UsageError, match="compares no envelopes"):
            steered(wyse, "wyse2017", envelopes="content")
        with pytest.raises(UsageError, match=r"noise must be between 0 .* not 1.5"):
            steered(wyse, "wyse2017", noise=1.5)

    @pytest.mark.parametrize("noise", [0.0, 1.0])
    def test_the_start_of_a_transfer_is_the_content_or_noise(self, noise):
        settings = shortened(steered(preset("ulyanov2016", "transfer", iterations=1), "ulyanov2016", noise=noise))
        content, style = (Sound(make(RATE_HZ, 0.6, 0), RATE_HZ) for make in (spoken_phrase, rain))
        stage = synthesis.transfer(content, [style], settings, device="cpu").synthesis.spectrogram
        seen = stage.view.log_magnitude(torch.from_numpy(content.samples))
        assert torch.equal(stage.start, seen) is (noise == 0)
        assert (float(stage.start.std()) == pytest.approx(1e-3, rel=0.01)) is (noise == 1)

    def test_envelopes_are_those_of_the_style_or_of_the_content(self):
        content, style = (Sound(make(RATE_HZ, 0.8, 0), RATE_HZ) for make in (spoken_phrase, rain))
        distances = {}
        for source in ("style", "content"):
            settings = steered(shortened(preset("verma2018", "transfer")), "verma2018", envelopes=source)
            stage = synthesis.transfer(content, [style], settings, device="cpu").synthesis.spectrogram
            wave = content.resampled(16000).samples
            seen = stage.view.log_magnitude(torch.from_numpy(wave / wave.std()))
            losses = stage.objectives[0].losses(seen)
            distances[source] = [float(losses[name]) for name in ("time energy", "frequency energy")]
        assert distances["content"] == pytest.approx([0, 0], abs=1e-3)
        assert min(distances["style"]) > 0.01
        settings = steered(shortened(preset("verma2018")), "verma2018", envelopes="content")
        with pytest.raises(UsageError, match="a texture has no content"):
            synthesis.texture([style], settings, device="cpu")


class TestSpans:
    def test_spans_in_frames(self):
        view = Resolution(1024, 256, span_ms=(500, 12, 46, 186))
        assert view.spans(22050, math.inf) == (1, 4, 16, 43)
        assert view.spans(22050, 0.2) == (1, 4, 16)
        assert view.spans(22050, 0.186) == (1, 4, 16)
        assert view.spans(22050, 0.001) == (1,)
        assert Resolution(1024, 256, span_ms=(1, 2, 3)).spans(22050, 1) == (1,)


class TestRefusals:
    @pytest.mark.parametrize("name", NAMES)
    def test_recordings_shorter_than_what_a_network_sees_are_refused_with_the_length(self, name):
        settings = shortened(preset(name, "transfer", iterations=1))
        needed_s = shortest_s(settings)
        short = Sound(rain(RATE_HZ, 0.98 * needed_s, 0), RATE_HZ)
        with pytest.raises(InputError, match=f"at least {needed_s:.3f} s are needed") as error:
            synthesis.transfer(short, [short], settings)
        assert error.value.exit_code == 3

    @pytest.mark.parametrize("name", ["wyse2017", "chorowski2017", "mcdermott2011"])
    def test_a_network_with_a_scale_of_its_own_takes_no_other(self, name):
        with pytest.raises(UsageError, match="has a frequency scale of its own; leave out the scale"):
            preset(name, scale="mel")

    def test_what_hears_the_waveform_takes_no_terms_of_spectrograms(self):
        with pytest.raises(UsageError, match="optimises the waveform alone and takes no time energy"):
            preset("caracalla2020", time_energy=1.0)

    def test_an_unknown_name_is_refused_with_the_known_ones(self):
        with pytest.raises(UsageError, match=f"'nil'; choose one of {', '.join(sorted(PRESETS))}"):
            preset("nil")

    @pytest.mark.parametrize("iterations", [0, -5])
    @pytest.mark.parametrize("name", NAMES)
    def test_no_iterations_are_refused(self, name, iterations):
        with pytest.raises(UsageError, match=f"at least 1, not {iterations}"):
            preset(name, iterations=iterations)
