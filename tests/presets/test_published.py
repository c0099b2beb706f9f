"""Published systems as published: layers, draws, starts, weights, and a range that results keep."""

import dataclasses
import os
from pathlib import Path

import pytest
import torch

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire
from gramophone.errors import ModelError
from gramophone.networks.pretrained.log_spectrogram import GREY
from gramophone.networks.pretrained.packaged import network_of
from gramophone.presets import preset, steered
from gramophone.presets.pretrained import on_network
from gramophone.presets.published import SYSTEMS, WYSE, WYSE_CONTENT, WYSE_FIRST_LAYER
from gramophone.settings import Settings
from gramophone.synthesis import texture, transfer

RATE_HZ, DURATION_S = 22050, 0.9
TRAINED = ("wyse2017", "huzaifah2019-freq", "verma2018")
VGG = Path(os.environ.get("GRAMOPHONE_DATA", "")) / "weights" / "vgg19_conv_imagenet_caffe.npz"


def sounds(duration_s=DURATION_S):
    made = (spoken_phrase, fire)
    return [Sound(one(RATE_HZ, duration_s, 0), RATE_HZ) for one in made]


def ran(settings: Settings, steps: int, duration_s=DURATION_S):
    content, style = sounds(duration_s)
    optimiser = dataclasses.replace(settings.optimiser, iterations=steps)
    task = transfer(content, [style], dataclasses.replace(settings, optimiser=optimiser), device="cpu")
    for step in task:
        last = step
    return task.synthesis, last


def overshoot_db(stage, waveform, highest):
    """Loudest bin of a result above the loudest of content and style, all as the network sees them."""
    found = stage.view.magnitude(waveform).max()
    return float(20 * (found / stage.view.scale.inverse(torch.tensor(highest))).log10())


def overshoot_of(synthesis):
    stage = synthesis.spectrogram
    return overshoot_db(stage, synthesis.waveform(), stage.highest)


class TestRange:
    @pytest.mark.parametrize("name", TRAINED)
    def test_results_of_trained_networks_keep_to_the_inputs(self, name):
        synthesis, last = ran(preset(name, "transfer"), 20)
        assert overshoot_of(synthesis) < 3
        stage, loud = synthesis.spectrogram, last.preview().clone()
        loud[0, 30:34, 20:40] = stage.highest + 6  # 52 dB
        assert overshoot_db(stage, stage.waveform(loud), stage.highest) < 3
        free = dataclasses.replace(stage, highest=None)
        assert overshoot_db(stage, free.waveform(loud), stage.highest) > 40

    @pytest.mark.parametrize("kind", ["wyse2017", "verma2018"])
    def test_on_a_trained_network_too(self, kind):
        synthesis, _ = ran(on_network(preset("infinite", "transfer"), kind, "trained"), 20)
        assert overshoot_of(synthesis) < 3

    @pytest.mark.data
    @pytest.mark.skipif(
        not VGG.is_file(), reason="needs the weights of VGG-19 in the folder that GRAMOPHONE_DATA names"
    )
    def test_pictures_of_vgg_too(self):
        settings = preset("grinstein2017-vgg19", "transfer")
        network = dataclasses.replace(settings.network, weights=str(VGG))
        synthesis, _ = ran(dataclasses.replace(settings, network=network), 3, 1.9)
        assert overshoot_of(synthesis) < 3

    def test_the_penalty_has_two_sides(self):
        content, style = sounds()
        task = transfer(content, [style], preset("wyse2017", "transfer"), device="cpu")
        stage = task.synthesis.spectrogram
        (term,) = (one.function for one in stage.objectives[0].terms if one.name == "bounds")
        inside = stage.start.clamp(0, stage.highest)
        assert float(term(inside)) == 0
        assert float(term(torch.full_like(inside, stage.highest + 2))) == pytest.approx(4, rel=1e-5)
        assert float(term(torch.full_like(inside, -3.0))) == pytest.approx(9, rel=1e-5)

    def test_every_preset_with_trained_weights_keeps_the_range(self):
        kept = {name for name, one in SYSTEMS.items() if one.transfer.in_range}
        networks = {name: one.transfer.network for name, one in SYSTEMS.items()}
        # A model of the waveform has no magnitudes to keep.
        assert {name for name, one in networks.items() if one.takes_weights and not one.is_waveform_model} <= kept


class TestWyse2017:
    def test_random_weights_and_biases_are_uniform_on_grey_values(self):
        network = network_of("wyse2017", "random", 3, draw="uniform", filters=64)
        classifier = network.classifier
        for layer in classifier.convolutions:
            for values in (layer.weight, layer.bias):
                assert -0.1 <= float(values.min()) < -0.09
                assert 0.09 < float(values.max()) <= 0.1
                assert float(values.mean()) == pytest.approx(0, abs=0.02)
        assert torch.equal(classifier.centre, torch.zeros_like(classifier.centre))
        assert classifier.spread.unique().tolist() == [pytest.approx(1 / GREY)]
        assert GREY * torch.tensor(1e4).log() == pytest.approx(255)

    def test_drawn_by_hand_it_is_the_published_layer(self):
        network = network_of("wyse2017", "random", 3, draw="uniform", filters=8)
        x = 3 * torch.rand(1, 257, 20, generator=torch.Generator().manual_seed(0))
        weight, bias = (network.classifier.convolutions[0].get_parameter(name) for name in ("weight", "bias"))
        expected = torch.relu(torch.nn.functional.conv1d(x * GREY, weight, bias, padding=2))[0]
        assert torch.allclose(network.features(x, 1)[0], expected, rtol=1e-4, atol=1e-2)

    def test_noise_is_one_grey_value_over_a_faded_content(self):
        content, style = sounds()
        faded = steered(preset("wyse2017", "transfer"), "wyse2017", noise=0.5)
        whole, half = (transfer(content, [style], one, device="cpu").synthesis for one in (WYSE, faded))
        difference = half.spectrogram.start - 0.5 * whole.spectrogram.start
        assert 0.9 * 0.5 / GREY < float(difference.abs().max()) <= 0.5 / GREY * (1 + 1e-4)
        assert float(difference.mean()) == pytest.approx(0, abs=0.01 / GREY)

    def test_layers_content_and_step_weigh_as_measured(self):
        synthesis = transfer(*(lambda c, s: (c, [s]))(*sounds()), WYSE, device="cpu").synthesis
        stage = synthesis.spectrogram
        assert dict(stage.view.network.style_layers) == {0: WYSE_FIRST_LAYER, 1: 1 - WYSE_FIRST_LAYER}
        weights = {term.name: term.weight for term in stage.objectives[0].terms}
        assert weights == {"style": 1.0, "bounds": 1.0, "content": pytest.approx(WYSE_CONTENT)}
        assert stage.optimiser.method == "adam"
        assert stage.optimiser.iterations == 3000
        assert stage.optimiser.learning_rate * GREY == pytest.approx(2, rel=0.01)

    def test_textures_start_from_the_noise_alone(self):
        stage = texture(sounds()[1:], WYSE, device="cpu").synthesis.spectrogram
        assert float(stage.start.abs().max()) <= 1 / GREY

    def test_a_layer_weight_is_needed_for_each_layer(self):
        with pytest.raises(ValueError, match="argument"):
            network_of("wyse2017", "random", 0, filters=4, layer_weights=(1.0,))


class TestDraws:
    def test_uncentred_draws_see_log_magnitudes_as_they_are(self):
        seen = {draw: network_of("huzaifah2019", "random", 1, draw=draw, filters=4) for draw in ("he", "uncentred")}
        assert float(seen["he"].classifier.centre.abs().max()) > 0
        assert float(seen["uncentred"].classifier.centre.abs().max()) == 0
        first = [one.classifier.convolutions[0].get_parameter("weight") for one in seen.values()]
        assert torch.equal(*first)

    def test_the_number_of_filters_is_free(self):
        assert network_of("huzaifah2019", "random", 1, filters=6).classifier.convolutions[2].weight.shape == (
            6,
            6,
            11,
        )
        with pytest.raises(ModelError, match="is not a readable safetensors file"):
            network_of("huzaifah2019", __file__, 1, filters=6)
