"""SoundNet: its published reach, its random and trained weights, and the authors' file."""

import struct

import numpy as np
import pytest
import torch

from gramophone.errors import InputError, LimitError, ModelError
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.classifier import Classifier, fold_batchnorm
from gramophone.networks.pretrained.configs import MODEL_CONFIGS, SOUNDNET_LAYERS
from gramophone.networks.pretrained.torch7 import read_torch7
from gramophone.networks.registry import receptive_field
from gramophone.networks.soundnet import PUBLISHED_LEVEL, SoundNet, drawn_layers, published_layers, rate_of, soundnet


def noise(samples, seed=0):
    return torch.randn(1, 1, samples, generator=torch.Generator().manual_seed(seed))


def written(value, numbers=None):  # noqa: PLR0911
    """An object of Torch 7 in bytes: what the reader reads, written by its description."""
    numbers = {} if numbers is None else numbers
    if value is None:
        return struct.pack("<i", 0)
    if isinstance(value, bool):
        return struct.pack("<ii", 5, value)
    if isinstance(value, int | float):
        return struct.pack("<id", 1, value)
    if isinstance(value, str):
        return struct.pack("<ii", 2, len(value)) + value.encode()
    if id(value) in numbers:
        kind = 3 if isinstance(value, dict) else 4
        return struct.pack("<ii", kind, numbers[id(value)])
    numbers[id(value)] = len(numbers) + 1
    if isinstance(value, dict):
        head = struct.pack("<iii", 3, numbers[id(value)], len(value))
        return head + b"".join(written(part, numbers) for pair in value.items() for part in pair)
    head = struct.pack("<ii", 4, numbers[id(value)])
    name, contents = value
    head += b"".join(struct.pack("<i", len(text)) + text.encode() for text in ("V 1", name))
    if not isinstance(contents, np.ndarray):
        return head + written(contents, numbers)
    if name.endswith("Storage"):
        return head + struct.pack("<q", contents.size) + contents.tobytes()
    sizes = contents.shape
    strides = [stride // contents.itemsize for stride in contents.strides]
    shape = struct.pack(f"<i{2 * len(sizes)}qq", len(sizes), *sizes, *strides, 1)
    storage = (name.replace("Tensor", "Storage"), np.ascontiguousarray(contents).ravel())
    value_of_storage.append(storage)  # its id must stay its own
    return head + shape + written(storage, numbers)


value_of_storage = []


def published(random, **changes):
    """A module like the authors': convolutions as images one wide, normalisation, ReLU, pooling."""
    modules, inputs = [], 1
    for place, block in enumerate(SOUNDNET_LAYERS):
        shape = (block.channels, inputs, block.kernel[0], 1)

        def tensor(*size, low=-0.1, high=0.1):
            return ("torch.FloatTensor", random.uniform(low, high, size).astype(np.float32))

        convolution = {"weight": tensor(*shape), "bias": tensor(block.channels), "dW": 1.0, "train": False}
        norm = {
            "weight": tensor(block.channels, low=0.5, high=1.5),
            "bias": tensor(block.channels),
            "running_mean": tensor(block.channels),
            "running_var": tensor(block.channels, low=0.5, high=1.5),
            "eps": 1e-5,
        }
        if place == changes.get("without"):
            continue
        modules += [
            ("cudnn.SpatialConvolution", convolution),
            ("nn.SpatialBatchNormalization", norm),
            ("nn.ReLU", {}),
        ]
        inputs = block.channels
    table = {float(place): module for place, module in enumerate(modules, 1)}
    return ("nn.Sequential", {"modules": table, "output": None}), modules


class TestFeatures:
    def test_the_published_reach_of_every_layer(self):
        parts = [
            part
            for block in SOUNDNET_LAYERS
            for part in ((block.kernel[0], block.stride), *([(block.pool[0], block.pool[0])] if block.pool else []))
        ]
        ends = [n for n, (width, stride) in enumerate(parts, 1) if width != stride]
        assert [receptive_field(parts[:end]) for end in ends] == [64, 574, 4638, 8222, 11294, 42014, 91166]

    def test_channels_and_strides_of_the_layers(self):
        features = soundnet("random", 1).features(noise(40000), 7)
        assert [one.shape[0] for one in features] == [16, 32, 64, 128, 256, 512, 1024]
        strides = [40000 / one.shape[1] for one in features[:5]]
        assert strides == pytest.approx([2, 32, 512, 1024, 2048], rel=0.1)
        assert all(bool((one >= 0).all()) for one in features)

    def test_random_weights_are_the_seed_s_and_keep_the_level(self):
        first, again, other = (drawn_layers(seed)[2][0] for seed in (1, 1, 2))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
        deep = soundnet("random", 1).features(noise(40000), 3)[-1]
        assert 0.2 < float(deep.square().mean().sqrt()) < 5

    def test_style_layers_are_chosen_by_their_weights(self):
        network = soundnet("random", 1, (0, 0, 2.0, 0, 0, 0, 0))
        assert network.style_layers == ((2, 2.0),)
        assert network.style_count == 3
        term = network.style_term([noise(20000)], [1.0])
        assert float(term(noise(20000))) == pytest.approx(0, abs=1e-9)
        assert float(term(noise(20000, seed=2))) > 1e-4


class TestTrained:
    def test_a_file_of_a_training_is_the_network_that_was_trained(self, tmp_path):
        design = MODEL_CONFIGS["soundnet"]().with_heads({"class": 3})
        torch.manual_seed(0)
        network = fold_batchnorm(Classifier(design.architecture)).requires_grad_(False)
        network.centre.fill_(0.1)
        network.spread.fill_(2.0)
        for value in network.parameters():
            value.copy_(value.half().float())
        path = tmp_path / "a.safetensors"
        checkpoint.write(path, network, design.representation, {}, overwrite=False)
        x = noise(20000)
        wanted = network.activations(x[None], 5)
        found = soundnet(str(path), 0).features(x, 5)
        for mine, theirs in zip(found, wanted, strict=True):
            # At the ends zeros are padded before or after the mean is taken away.
            inner = slice(20, -20) if mine.shape[1] > 100 else slice(2, -2)
            torch.testing.assert_close(mine[:, inner], theirs[0][:, inner], rtol=1e-3, atol=1e-3)
        assert rate_of(str(path)) == 16000
        assert (rate_of("random"), rate_of("a.t7")) == (None, 22050)


class TestPublishedFile:
    def test_the_layers_are_those_of_convolution_and_normalisation(self, tmp_path):
        root, modules = published(np.random.default_rng(0))
        path = tmp_path / "soundnet8_final.t7"
        path.write_bytes(written(root))
        layers = published_layers(path)
        x = noise(30000)
        found, plain = SoundNet(layers).features(x, 3), PUBLISHED_LEVEL * x
        for place, block in enumerate(SOUNDNET_LAYERS[:3]):
            fields, norm = (one[1] for one in modules[3 * place : 3 * place + 2])
            weight, bias = (torch.from_numpy(fields[key][1]) for key in ("weight", "bias"))
            plain = torch.nn.functional.conv1d(plain, weight[..., 0], bias, 2, block.kernel[0] // 2)
            statistics = [torch.from_numpy(norm[key][1]) for key in ("running_mean", "running_var", "weight", "bias")]
            plain = torch.relu(torch.nn.functional.batch_norm(plain, *statistics, eps=1e-5))
            torch.testing.assert_close(found[place], plain[0], rtol=1e-3, atol=1e-3)
            plain = torch.nn.functional.max_pool1d(plain, block.pool[0]) if block.pool else plain

    def test_other_files_are_refused(self, tmp_path):
        path = tmp_path / "a.t7"
        with pytest.raises(InputError, match="are not at"):
            published_layers(path)
        path.write_bytes(written(published(np.random.default_rng(0), without=3)[0]))
        with pytest.raises(ModelError, match=r"conv4 has no (weight|bias) of"):
            published_layers(path)
        path.write_bytes(written(("nn.Sequential", {"modules": {}})))
        with pytest.raises(ModelError, match="has no conv1 with its normalisation"):
            published_layers(path)
        path.write_bytes(written({"a": 1.0})[:-3])
        with pytest.raises(ModelError, match="damaged"):
            published_layers(path)
        with pytest.raises(LimitError, match="the limit for SoundNet is 4"):
            published_layers(path, most_bytes=4)


class TestTorch7:
    @pytest.mark.parametrize("value", [None, 2.5, "text", True, {"a": 1.0, 2.0: {"b": "c"}}])
    def test_plain_values(self, value):
        assert read_torch7(written(value)) == value

    def test_tensors_and_references(self):
        array = np.arange(6, dtype=np.float32).reshape(2, 3)
        one = ("torch.FloatTensor", array)
        found = read_torch7(written({"a": one, "b": one}))
        assert (found["a"] == array).all()
        assert found["a"] is found["b"]

    @pytest.mark.parametrize(
        "data",
        [
            struct.pack("<i", 6),  # a function
            struct.pack("<i", 99),
            struct.pack("<ii", 2, -1),
            struct.pack("<ii", 2, 10**9),
            b"".join(struct.pack("<iii", 3, number, 1) for number in range(1, 200)),
            struct.pack("<iii", 4, 1, 3) + b"V 1" + struct.pack("<i", 17) + b"torch.FloatTensor" + b"\xff" * 40,
            b"",
        ],
    )
    def test_damage_is_refused(self, data):
        with pytest.raises(ModelError, match="Torch 7 is damaged"):
            read_torch7(data)

    def test_a_tensor_beyond_its_storage_is_refused(self):
        data = bytearray(written(("torch.FloatTensor", np.zeros(4, np.float32))))
        place = data.find(struct.pack("<q", 4))
        data[place : place + 8] = struct.pack("<q", 400)
        with pytest.raises(ModelError, match="beyond its storage"):
            read_torch7(bytes(data))
