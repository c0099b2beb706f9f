"""Trained networks in synthesis: the protocol, their terms, the shipped ones."""

import json
import shutil

import pytest
import torch

from gramophone.errors import InputError, ModelError, UsageError
from gramophone.files import sha256_of
from gramophone.networks import Network
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained import packaged as shipped
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import MODEL_CONFIGS, ModelConfig, huzaifah2019, wyse2017
from gramophone.networks.pretrained.network import TrainedNetwork
from gramophone.presets import preset
from gramophone.presets.pretrained import on_network, with_weights
from gramophone.settings import TRAINED_KINDS


def made(design: ModelConfig) -> TrainedNetwork:
    torch.manual_seed(0)
    classifier = Classifier(design.with_heads({"class": 2}).architecture).eval().requires_grad_(False)
    return TrainedNetwork(classifier, design.style_blocks, design.content_block)


@pytest.fixture(params=["wyse2017", "huzaifah2019", "huzaifah2019-2d", "verma2018"])
def network(request):
    small = {"wyse2017": lambda: wyse2017(8), "huzaifah2019": lambda: huzaifah2019(channels=8)}
    return made(small.get(request.param, MODEL_CONFIGS[request.param])())


def spectrogram(network, frames=48, seed=0):
    bins = network.classifier.architecture.bins
    return torch.rand(1, bins, frames, generator=torch.Generator().manual_seed(seed)) * 5


@pytest.fixture
def folder(tmp_path):
    """A folder of shipped networks, made here."""
    design = wyse2017(4).with_heads({"class": 2})
    path = tmp_path / "wyse2017.safetensors"
    stored.write(path, Classifier(design.architecture), design.representation, {}, overwrite=False)
    (tmp_path / "wyse2017.json").write_text("{}")
    (tmp_path / "sha256.json").write_text(json.dumps({"wyse2017": sha256_of(path)}))
    return tmp_path


class TestTerms:
    def test_it_is_a_network(self, network):
        assert isinstance(network, Network)

    def test_terms_are_zero_at_their_targets_and_not_elsewhere(self, network):
        x, y = spectrogram(network), spectrogram(network, seed=1)
        for term in (network.style_term([x], [1.0]), network.content_term(x)):
            assert float(term(x)) == pytest.approx(0, abs=1e-9)
            assert float(term(y)) > 1e-5

    def test_styles_of_any_length_and_their_mixture(self, network):
        x, long = spectrogram(network), spectrogram(network, frames=75, seed=1)
        half = [(a + b) / 2 for a, b in zip(network.grams(x), network.grams(long), strict=True)]
        shares = [weight for _, weight in network.style_layers]
        expected = sum(
            share * float((gram - target).square().sum() / target.square().sum())
            for gram, target, share in zip(network.grams(x), half, shares, strict=True)
        ) / sum(shares)
        assert float(network.style_term([x, long], [2.0, 2.0])(x)) == pytest.approx(expected, rel=1e-4)

    def test_style_does_not_hear_where_in_time_something_is_and_content_does(self):
        network = made(huzaifah2019(channels=8))
        x = torch.zeros(1, 513, 96)
        x[:, 100:140, 30:40] = 3
        later = torch.roll(x, 24, 2)
        assert float(network.style_term([x], [1.0])(later)) == pytest.approx(0, abs=1e-6)
        assert float(network.content_term(x)(later)) > 1e-3

    def test_time_as_channels_takes_one_length_and_styles_of_any(self):
        network = made(huzaifah2019("time", 4))
        short, whole = spectrogram(network, frames=300), spectrogram(network, frames=431, seed=1)
        term = network.style_term([short], [1.0])
        assert float(term(torch.cat([short, short[..., :131]], -1))) == pytest.approx(0, abs=1e-9)
        assert float(term(whole)) > 1e-5
        with pytest.raises(InputError, match="takes exactly 431 of them, not 300; give a sound of that length"):
            term(short)


class TestGradients:
    def test_gradients_reach_the_spectrogram_and_agree_with_differences(self):
        network = made(wyse2017(4))
        network.classifier.double()
        x = spectrogram(network, frames=12).double()
        for term in (network.style_term([x], [1.0]), network.content_term(x)):
            y = spectrogram(network, frames=12, seed=2).double().requires_grad_(True)
            term(y).backward()
            direction = torch.rand(y.shape, generator=torch.Generator().manual_seed(3)).double()
            with torch.no_grad():
                change = (term(y + 1e-6 * direction) - term(y - 1e-6 * direction)) / 2e-6
            assert float((y.grad * direction).sum()) == pytest.approx(float(change), rel=1e-4)


class TestWeights:
    def test_drawn_weights_have_the_layers_of_the_shipped_ones(self, folder):
        one, same, other = (
            shipped.network_of("wyse2017", "random", seed, filters=4, folder=folder) for seed in (1, 1, 2)
        )
        first = [network.classifier.convolutions[0].weight for network in (one, same, other)]
        assert torch.equal(first[0], first[1])
        assert not torch.equal(first[0], first[2])
        assert first[0].shape == (4, 257, 5)
        assert float(first[0].std()) == pytest.approx((2 / (257 * 5)) ** 0.5, rel=0.1)
        with pytest.raises(UsageError, match="no network 'verma2018' comes with gramophone"):
            shipped.network_of("verma2018", "trained", 0, folder=folder)

    def test_settings_on_a_network(self, folder):
        path = str(folder / "wyse2017.safetensors")
        settings = on_network(preset("infinite", "transfer"), "wyse2017", path, 7)
        assert (settings.rate_hz, settings.resolution.n_fft, settings.resolution.hop_samples) == (16000, 512, 93)
        assert settings.network.weights == path
        assert settings.optimiser.iterations == 7
        assert not settings.waveform.resolutions
        with pytest.raises(UsageError, match=r"network must be one of wyse2017, .*, not 'piczak2015'"):
            on_network(settings, "piczak2015", path)
        with pytest.raises(UsageError, match="need a network"):
            with_weights(preset("infinite", "transfer"), "infinite", "trained")


class TestShippedNetworks:
    def test_shipped_networks_are_whole(self):
        found = shipped.shipped()
        for one in found.values():
            one.verify()
            kept = stored.read(one.path)
            assert kept.architecture.name == one.name
            assert one.path.stat().st_size <= 16_000_000
            assert {"licence", "accuracy", "command", "split", "data"} <= set(kept.card)
        assert set(found) <= {*TRAINED_KINDS, "soundnet"}

    def test_the_copy_of_a_network_works_as_a_file(self, tmp_path):
        for one in shipped.shipped().values():
            shutil.copy(one.path, tmp_path / "copy.safetensors")
            assert shipped.opened(one.name, str(tmp_path / "copy.safetensors")).architecture.name == one.name


class TestVerification:
    def test_a_changed_file_does_not_verify(self, folder):
        one = shipped.shipped(folder)["wyse2017"]
        one.verify()
        data = bytearray(one.path.read_bytes())
        data[-1] ^= 1
        one.path.write_bytes(data)
        with pytest.raises(ModelError, match="has the sha256"):
            one.verify()
        one.path.unlink()
        with pytest.raises(InputError, match="cannot be read"):
            one.verify()

    @pytest.mark.parametrize("damage", ["[", "3", None])
    def test_a_damaged_list(self, folder, damage):
        listed = folder / "sha256.json"
        listed.unlink() if damage is None else listed.write_text(damage)
        with pytest.raises(ModelError, match="install the package again"):
            shipped.shipped(folder)

    def test_a_file_of_another_network(self, folder):
        path = folder / "wyse2017.safetensors"
        assert shipped.opened("wyse2017", str(path)).architecture.name == "wyse2017"
        with pytest.raises(ModelError, match="holds a network wyse2017, not verma2018"):
            shipped.opened("verma2018", str(path))
