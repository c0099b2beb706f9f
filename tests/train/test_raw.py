"""Training of causal models: data, stop and resume, and what is learnt."""

import csv

import numpy as np
import pytest
import torch

from gramophone.datasets.recordings import Recording, read_recordings
from gramophone.errors import InputError, UsageError
from gramophone.raw import LruConfig, WaveNetConfig
from gramophone.raw.baselines import histogram_bits
from gramophone.raw.models import model_of
from gramophone.train.raw_data import CROP_SAMPLES, raw_data
from gramophone.train.raw_evaluate import bits_per_sample, held_out_bits
from gramophone.train.raw_loop import RawTraining
from gramophone.train.raw_result import trained_raw_model
from gramophone.train.recipes import Recipe

RATE_HZ = 16000


def recordings(seconds=6.0, count=2):
    rng = np.random.default_rng(0)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return [
        Recording(
            f"{place}.wav",
            (0.3 * np.sin(2 * np.pi * 200 * (place + 1) * time_s) + 0.01 * rng.standard_normal(len(time_s))).astype(
                np.float32
            ),
            {"pitch": str(place + 1), "sort": "ab"[place % 2]},
        )
        for place in range(count)
    ]


CONFIGS = {
    "wavenet": lambda data: WaveNetConfig(
        conditions=data.conditions, channels=8, skip=16, embedding=4, layers=3, cycles=1
    ),
    "lru": lambda data: LruConfig(conditions=data.conditions, channels=8, skip=16, embedding=4, depth=1),
}


@pytest.fixture(params=sorted(CONFIGS))
def config(request):
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def data():
    return raw_data(recordings(), RATE_HZ)


def training(config, data, **options):
    recipe = Recipe(epochs=2, batch=4, learning_rate=5e-3)
    found = RawTraining(data, config(data), recipe, **options)
    found.per_epoch, found.steps = 2, 4
    return found


class TestData:
    def test_ends_are_held_out_and_conditions_found(self, data):
        assert data.train_samples == 2 * 86400
        assert [one.name for one in data.conditions] == ["pitch", "sort"]
        assert data.given.tolist() == [[-1, 1, 0], [1, 0, 1]]
        assert data.histogram.sum() == data.train_samples
        assert max(codes.max() for codes in data.codes) == 254  # of a peak of 0.98

    def test_crops_are_drawn_by_seed_and_step_from_what_is_trained_on(self, data):
        codes, given = data.batch(1, 5, 3)
        again, _ = data.batch(1, 5, 3)
        other, _ = data.batch(1, 6, 3)
        assert codes.shape == (3, CROP_SAMPLES + 1)
        assert given.shape == (3, 1, 3)
        assert torch.equal(codes, again)
        assert not torch.equal(codes, other)
        for crop, condition in zip(codes.numpy(), given.numpy(), strict=True):
            place = int(condition[0, 0] > 0)
            windows = np.lib.stride_tricks.sliding_window_view(data.codes[place][: -data.held_out[place]], 40)
            assert (windows == crop[-40:]).all(1).any()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (recordings(4.0, 2), r"there are 8.0 s of recordings; 10 s are needed at least"),
            ([*recordings(), Recording("short.wav", np.ones(3000, np.float32), {})], "short.wav has 0.19 s; 0.28 s"),
            ([Recording("a.wav", np.zeros(200000, np.float32), {})], "all recordings are silent"),
        ],
    )
    def test_too_little_sound_is_refused_with_the_least(self, given, said):
        with pytest.raises(InputError, match=said):
            raw_data(given, RATE_HZ)

    def test_a_condition_must_differ(self):
        same = [Recording(one.name, one.samples, {"pitch": "1"}) for one in recordings()]
        with pytest.raises(UsageError, match="all recordings have the same pitch"):
            raw_data(same, RATE_HZ)


class TestTraining:
    def test_it_learns_more_than_the_histogram(self, config, data):
        found = RawTraining(data, config(data), Recipe(epochs=1, batch=4, learning_rate=2e-2))
        found.per_epoch, found.steps = 24, 24
        steps = list(found)
        codes = np.concatenate([c[-out:] for c, out in zip(data.codes, data.held_out, strict=True)])
        assert held_out_bits(found.model, data)["all"] < histogram_bits(data.histogram, codes).mean() - 0.3
        assert steps[-1].index == steps[-1].of == 24
        assert steps[-1].samples_per_s > 0

    def test_stopped_and_resumed_it_ends_with_the_same_model(self, config, data, tmp_path):
        whole = training(config, data)
        for _ in whole:
            pass
        path = tmp_path / "a.checkpoint"
        first = training(config, data, checkpoint_path=path)
        for step in first:
            if step.index == 3:
                first.save()
                break
        second = training(config, data, checkpoint_path=path)
        assert second.state.step == 3
        for _ in second:
            pass
        for name, value in whole.model.state_dict().items():
            assert torch.equal(value, second.model.state_dict()[name]), name
        assert [e["bits"] for e in whole.state.epochs] == [e["bits"] for e in second.state.epochs]

    def test_a_checkpoint_of_another_training_is_refused(self, config, data, tmp_path):
        path = tmp_path / "a.checkpoint"
        training(config, data, checkpoint_path=path).save()
        with pytest.raises(UsageError, match="another seed"):
            training(config, data, checkpoint_path=path, seed=1)

    def test_the_card_states_what_it_learnt_from(self, data):
        found = trained_raw_model(training(CONFIGS["lru"], data), "tones", ["gramophone", "train"])
        assert found.card["conditions"] == {"pitch": "from 1 to 2", "sort": "one of a, b"}
        assert set(found.bits) == {"all", "a", "b"}
        assert (found.card["recordings"], found.card["train_s"]) == (2, 10.8)
        assert found.card["command"] == "gramophone train"


class TestBits:
    def test_they_are_the_cross_entropy_whatever_is_asked_at_once(self, data):
        config = CONFIGS["wavenet"](data)
        model = model_of(config).eval().requires_grad_(False)
        codes, given = data.codes[0][:600], data.given[0]
        late = bits_per_sample(model, codes, 300, given)
        logits = model(torch.from_numpy(codes[:-1].astype(np.int64))[None], torch.from_numpy(given)[None, None])[0]
        wanted = torch.nn.functional.cross_entropy(
            logits[299:], torch.from_numpy(codes[300:].astype(np.int64)), reduction="none"
        )
        assert late == pytest.approx(wanted.numpy() / np.log(2), abs=1e-3)
        assert len(late) == 300


class TestRecordings:
    @pytest.fixture
    def folder(self, tmp_path):
        import soundfile

        for name in ("a.wav", "b.wav"):
            soundfile.write(tmp_path / name, np.full((800, 2), 0.25), 8000)
        with (tmp_path / "table.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("file", "level"), ("a.wav", "1"), ("b.wav", "2"), ("c.wav", "3")])
        return tmp_path

    def test_without_columns_all_sounds_are_read(self, folder):
        found = read_recordings(folder, 16000)
        assert [one.name for one in found] == ["a.wav", "b.wav"]
        assert found[0].samples.shape == (1600,)

    def test_a_table_that_lacks_files_is_refused_or_left_out(self, folder):
        with pytest.raises(InputError, match=r"1 of 3 recordings that table.csv lists are missing: c.wav; put them"):
            read_recordings(folder, 16000, ["level"])
        said = []
        found = read_recordings(folder, 16000, ["level"], skip=said.append)
        assert [one.cells for one in found] == [{"level": "1"}, {"level": "2"}]
        assert "c.wav; they are left out" in said[0]

    def test_damaged_recordings_are_named(self, folder):
        (folder / "c.wav").write_bytes(b"RIFF")
        with pytest.raises(InputError, match=r"1 of 3 recordings cannot be read: c.wav"):
            read_recordings(folder, 16000, ["level"])

    def test_other_faults_are_named(self, folder, tmp_path_factory):
        with pytest.raises(InputError, match="lacks the column"):
            read_recordings(folder, 16000, ["pitch"])
        with pytest.raises(UsageError, match="name a column twice"):
            read_recordings(folder, 16000, ["level", "level"])
        with pytest.raises(InputError, match="is not a folder"):
            read_recordings(folder / "no", 16000)
        empty = tmp_path_factory.mktemp("empty")
        with pytest.raises(InputError, match="has no recordings"):
            read_recordings(empty, 16000)
        with pytest.raises(InputError, match=r"has no table.csv, which a condition needs"):
            read_recordings(empty, 16000, ["level"])
        (folder / "table.csv").write_text("file,level\na.wav,\n")
        with pytest.raises(InputError, match=r"row 2 \(level\)"):
            read_recordings(folder, 16000, ["level"])
