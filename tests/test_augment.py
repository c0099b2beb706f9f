"""Style transfer as augmentation: what is drawn depends on seed, epoch and index, and on nothing else."""

import importlib
import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from gramophone.audio import Sound
from gramophone.augment import StyleTransfer, fast_settings
from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError, ModelError, UsageError

RATE_HZ = 8000


def clip(seed=0, seconds=0.3):
    return torch.from_numpy(fire(RATE_HZ, seconds, seed)[0])


@pytest.fixture(scope="module")
def styles():
    return [Sound(rain(RATE_HZ, seconds, 0), RATE_HZ) for seconds in (0.4, 2.0)]


def make(styles, **options):
    return StyleTransfer(styles, **{"rate_hz": RATE_HZ, "p": 1.0, **options})


class Clips(Dataset):
    def __init__(self, augment):
        self.augment = augment

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self.augment(clip(index), index)


def broken(*_args, **_options):
    raise ModelError("a term is not finite")


class TestAugmentation:
    def test_shapes_types_and_levels_stay(self, styles):
        augment, x = make(styles), clip()
        for given in (x, x[None], torch.stack([x, 0.5 * x]).double(), x.numpy().astype(np.float64)):
            made = augment(given, 3)
            assert (type(made), made.shape, made.dtype) == (type(given), given.shape, given.dtype)
            assert np.isfinite(np.asarray(made)).all()
            assert not np.array_equal(np.asarray(made), np.asarray(given))
            level = [float(np.sqrt(np.square(np.asarray(one)).mean())) for one in (given, made)]
            # At the level of the sound, unless that would take it beyond full scale.
            is_full = np.abs(np.asarray(made)).max() > 0.999
            assert level[1] <= level[0] * 1.001
            assert level[1] >= level[0] * (0.8 if is_full else 0.999)

    def test_the_share_of_changed_sounds(self, styles, monkeypatch):
        monkeypatch.setattr(StyleTransfer, "_transferred", lambda self, sound, rng: sound.samples + 1)
        x = clip()
        for p in (0.0, 0.3, 1.0):
            augment = make(styles, p=p)
            changed = sum(not torch.equal(augment(x, index), x) for index in range(300))
            assert abs(changed / 300 - p) < 0.08
        silent = torch.zeros(RATE_HZ)
        assert make(styles)(silent, 0) is silent

    def test_a_sound_that_breaks_down_is_left_as_it_was(self, styles, monkeypatch):
        module = importlib.import_module("gramophone.synthesis.conditioned")
        monkeypatch.setattr(module, "transfer_core", broken)
        x = clip()
        with pytest.warns(UserWarning, match="a sound is left as it was"):
            assert torch.equal(make(styles)(x, 0), x)


@pytest.mark.survives("order of data")
class TestReproducibility:
    def test_seed_epoch_and_index_decide(self, styles):
        x, augment = clip(), make(styles, seed=1)
        first = augment(x, 5)
        augment(x, 6)  # what went before has no say
        assert torch.equal(augment(x, 5), first)
        assert torch.equal(pickle.loads(pickle.dumps(augment))(x, 5), first)
        assert not torch.equal(augment(x, 6), first)
        assert not torch.equal(make(styles, seed=2)(x, 5), first)
        augment.epoch = 1
        assert not torch.equal(augment(x, 5), first)
        assert torch.equal(augment(x), augment(x.clone()))
        assert not torch.equal(augment(x), augment(clip(1)))

    def test_workers_change_nothing(self, styles):
        clips = Clips(make(styles, p=0.5))
        alone, shared = (list(DataLoader(clips, batch_size=2, num_workers=workers)) for workers in (0, 1))
        assert all(torch.equal(*pair) for pair in zip(alone, shared, strict=True))


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"strength": (0.6, 0.2)}, "the highest strength must be between 0.6 and 1, not 0.2"),
            ({"strength": (0.0, 1.5)}, "the highest strength must be between 0.0 and 1, not 1.5"),
            ({"p": 2.0}, "p must be between 0 and 1, not 2.0"),
            ({"seed": -1}, "seed must be between 0 and"),
        ],
    )
    def test_numbers_that_cannot_be(self, styles, options, said):
        with pytest.raises(UsageError, match=said):
            make(styles, **options)

    def test_styles_and_sounds_that_cannot_be(self, styles):
        with pytest.raises(UsageError, match="there is no style"):
            make([])
        with pytest.raises(InputError, match="style 2 is silent"):
            make([styles[0], Sound(np.zeros((1, RATE_HZ), np.float32), RATE_HZ)])
        with pytest.raises(InputError, match="at least"):
            make(styles)(clip(seconds=0.01), 0)
        assert fast_settings().optimiser.iterations < 40
