"""VGG-19: files of both conventions, pictures, and files that nobody should trust."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gramophone.errors import InputError, LimitError, ModelError
from gramophone.networks import Network
from gramophone.networks.pretrained.vgg import (
    CHANNELS,
    HIGHEST,
    LAYERS,
    TORCHVISION,
    VggNetwork,
    luma,
    random_weights,
    read_vgg,
)

REAL = Path(os.environ.get("GRAMOPHONE_DATA", "none")) / "weights" / "vgg19_conv_imagenet_caffe.npz"


@pytest.fixture
def narrow(monkeypatch):
    """Few filters, so that files are small."""
    for name in LAYERS:
        monkeypatch.setitem(CHANNELS, name, 3)


def arrays(names):
    generator = torch.Generator().manual_seed(0)
    found = {}
    for name in LAYERS:
        found[f"{names[name]}.weight"] = torch.randn(3, 3, 3, 3, generator=generator)
        found[f"{names[name]}.bias"] = torch.randn(3, generator=generator)
    return found


CAFFE = arrays({name: name for name in LAYERS})
TORCH = arrays({name: f"features.{TORCHVISION[name]}" for name in LAYERS})


def written(path, tensors):
    if path.suffix == ".npz":
        np.savez(path, **{name: value.numpy() for name, value in tensors.items()})
    elif path.suffix == ".pth":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    return str(path)


def picture(seed=0):
    return torch.rand(3, 9, 8, generator=torch.Generator().manual_seed(seed)) * HIGHEST


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (os.mkdir, ("trapped",))


class TestWeightFormats:
    @pytest.mark.parametrize("suffix", [".npz", ".pth", ".safetensors"])
    @pytest.mark.parametrize("tensors", [CAFFE, TORCH], ids=["caffe", "torchvision"])
    def test_colours_mean_and_scale_are_those_of_each_convention(self, narrow, tmp_path, suffix, tensors):
        network = VggNetwork(read_vgg(written(tmp_path / f"a{suffix}", tensors)))
        x = picture()
        red, green, blue = x * 255 / HIGHEST
        if tensors is CAFFE:
            seen = torch.stack([blue - 103.939, green - 116.779, red - 123.68])
            weight, bias = tensors["conv1_1.weight"], tensors["conv1_1.bias"]
        else:
            centred = zip((red, green, blue), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)
            seen = torch.stack([(colour / 255 - mean) / spread for colour, mean, spread in centred])
            weight, bias = tensors["features.0.weight"], tensors["features.0.bias"]
        expected = torch.relu(torch.nn.functional.conv2d(seen[None], weight, bias, padding=1))[0].flatten(1)
        torch.testing.assert_close(network.features(x, 1)[0], expected, rtol=1e-4, atol=1e-2)

    def test_kernels_of_8_bits_are_read_with_their_scale(self, narrow, tmp_path):
        tensors = {name: value for name, value in CAFFE.items() if name != "conv4_1.weight"}
        found = {name: value.numpy() for name, value in tensors.items()}
        steps = np.arange(81, dtype=np.uint8).reshape(3, 3, 3, 3)
        np.savez(
            tmp_path / "a.npz", **found, **{"conv4_1.weight_q": steps, "conv4_1.scale_min": np.float32([0.5, -3])}
        )
        weight, _ = read_vgg(str(tmp_path / "a.npz")).layers["conv4_1"]
        torch.testing.assert_close(weight, torch.from_numpy(steps * np.float32(0.5) - 3))


class TestTerms:
    def test_one_channel_stands_for_three_and_comes_back_by_luma(self, narrow):
        network = VggNetwork(random_weights(0))
        assert isinstance(network, Network)
        grey = torch.rand(1, 32, 40, generator=torch.Generator().manual_seed(0)) * HIGHEST
        term = network.style_term([grey], [1.0])
        assert float(term(grey.repeat(3, 1, 1))) == pytest.approx(0, abs=1e-9)
        torch.testing.assert_close(luma(grey.repeat(3, 1, 1)), grey)
        assert float(luma(torch.tensor([[[1.0]], [[0.0]], [[0.0]]]))) == pytest.approx(0.299)

    @pytest.mark.skipif(
        not REAL.is_file(), reason="needs the weights of VGG-19 in the folder that GRAMOPHONE_DATA names"
    )
    def test_the_published_weights_tell_sounds_apart(self):
        network = VggNetwork(read_vgg(str(REAL)))
        generator = torch.Generator().manual_seed(0)
        hiss, other = (torch.rand(1, 32, 64, generator=generator) * 5 for _ in range(2))
        tones = torch.zeros(1, 32, 64)
        tones[:, ::8] = 6.0
        term = network.style_term([hiss], [1.0])
        assert float(term(other)) < 0.2 * float(term(tones))


@pytest.mark.survives("weights")
class TestRefusals:
    def test_no_code_of_a_file_is_run(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("a.pth").write_bytes(pickle.dumps(Trap()))
        torch.save({"conv1_1.weight": Trap()}, "b.pth")
        np.save("c.npy", np.array([Trap()], dtype=object), allow_pickle=True)
        np.savez("c.npz", **{"conv1_1.bias": np.array([Trap()], dtype=object)})
        for name in ("a.pth", "b.pth", "c.npz"):
            with pytest.raises(ModelError, match="cannot be read as weights of VGG-19"):
                read_vgg(name)
        assert not Path("trapped").exists()

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"conv3_1.weight": None}, "lacks conv3_1, so it is not VGG-19"),
            ({"conv2_1.weight": torch.zeros(3, 3, 5, 5)}, r"conv2_1.weight has the shape \[3, 3, 5, 5\]"),
            ({"conv5_1.bias": torch.full((3,), float("nan"))}, "conv5_1 has values that are not finite"),
        ],
    )
    def test_files_of_other_networks_and_damaged_ones(self, narrow, tmp_path, change, said):
        tensors = {name: value for name, value in (CAFFE | change).items() if value is not None}
        with pytest.raises(ModelError, match=said):
            read_vgg(written(tmp_path / "a.safetensors", tensors))

    @pytest.mark.parametrize("name", ["a.npz", "a.pth", "a.safetensors", "a.txt"])
    @pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut"])
    def test_what_is_no_such_file(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match="fetch it again"):
            read_vgg(str(tmp_path / name))

    def test_missing_weights_say_where_to_get_them(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        for weights in ("trained", str(tmp_path / "none.npz")):
            with pytest.raises(
                InputError, match=r"fetch https://\S+vgg19\S+ to .*--weights, or say --weights random"
            ):
                read_vgg(weights)

    def test_a_file_that_is_too_large(self, tmp_path):
        (tmp_path / "a.npz").write_bytes(b"x" * 11)
        with pytest.raises(LimitError, match="the limit for VGG-19 is 10"):
            read_vgg(str(tmp_path / "a.npz"), most_bytes=10)
