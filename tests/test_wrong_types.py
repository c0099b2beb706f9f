"""Wrong values in Python give a sentence of the project's own, and never an accident further down."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

import gramophone as gp
from gramophone.audio import Sound, check_sound
from gramophone.augment import StyleTransfer
from gramophone.errors import InputError, UsageError
from gramophone.workers.subprocess_env import environment

RATE_HZ = 22_050


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    program = Path(__file__).with_name("wrong_types.py")
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        check=True,
        cwd=tmp_path_factory.mktemp("wrong"),
        env=environment(),
        timeout=250,
    )
    assert done.stderr == b""
    return json.loads(done.stdout)


def noise(seconds=0.5, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal((1, round(RATE_HZ * seconds)))).astype(np.float32)


@pytest.mark.survives("wrong types")
class TestEveryWrongType:
    def test_no_exception_of_others(self, tried):
        foreign = [entry for entry in tried if entry[2] != "ok" and not entry[2][1]]
        assert foreign == []

    def test_much_is_tried_and_most_refused(self, tried):
        outcomes = Counter(entry[2] == "ok" for entry in tried)
        assert len(tried) > 2500
        assert outcomes[False] > 15 * outcomes[True]

    def test_every_refusal_is_one_sentence(self, tried):
        for call, wrong, outcome in tried:
            if outcome != "ok":
                assert 10 < len(outcome[2]) < 600, (call, wrong)
                assert "\n" not in outcome[2], (call, wrong)


@pytest.mark.survives("wrong types")
class TestValuesOfOtherLibraries:
    def test_numbers_of_numpy(self):
        sound = Sound(noise(), np.int64(RATE_HZ))
        assert type(sound.rate_hz) is int
        assert type(Sound(noise(), 44_100.0).rate_hz) is int
        plain = gp.texture(sound, duration_s=0.25, iterations=1, seed=3).sound.samples
        other = gp.texture(sound, duration_s=np.float32(0.25), iterations=np.int64(1), seed=np.uint8(3)).sound.samples
        np.testing.assert_array_equal(plain, other)
        one = gp.transfer(sound, sound, strength=np.float64(0.5), weights=np.array([2]), iterations=1)
        assert one.parameters["strength"] == 0.5

    def test_read_only_arrays(self):
        samples = noise()
        samples.flags.writeable = False
        assert gp.texture(Sound(samples, RATE_HZ), duration_s=0.2, iterations=1).sound.duration_s == 0.2

    def test_inference_mode(self):
        sound = Sound(noise(), RATE_HZ)
        expected = gp.texture(sound, duration_s=0.2, iterations=2).sound.samples
        with torch.inference_mode():
            np.testing.assert_array_equal(gp.texture(sound, duration_s=0.2, iterations=2).sound.samples, expected)
            assert gp.transfer(sound, sound, iterations=1, no_copy=True).sound.duration_s == 0.5
            assert next(gp.stream(Sound(noise(1), RATE_HZ), iterations=1)).duration_s > 0.4

    def test_samples_by_channels(self):
        with pytest.raises(InputError, match=r"would be 132300 channels of 2 sample\(s\).*transpose"):
            Sound(np.zeros((132_300, 2), np.float32), RATE_HZ)

    def test_values_beyond_any_sound(self):
        with pytest.raises(InputError, match=r"samples reach 3e\+38, where full scale is 1; the limit is 1e\+10"):
            Sound(np.full((1, 9), 3e38, np.float32), RATE_HZ)
        with pytest.raises(InputError, match="not finite"):
            Sound(np.full((1, 9), 1e39), RATE_HZ)

    def test_files_named_by_bytes(self, tmp_path):
        gp.save(Sound(noise(), RATE_HZ), str(tmp_path / "a.wav"))
        assert gp.load(str(tmp_path / "a.wav")).duration_s == 0.5

    def test_result_in_place_of_a_sound(self):
        made = gp.texture(Sound(noise(), RATE_HZ), duration_s=0.2, iterations=1)
        with pytest.raises(UsageError, match=r"the style must be a Sound, not of type Result; give its \.sound"):
            check_sound(made, "the style")


class TestTrainingData:
    @pytest.mark.parametrize("seed", range(4))
    def test_what_was_within_full_scale_stays_there(self, seed):
        augment = StyleTransfer([Sound(noise(2), RATE_HZ)], rate_hz=RATE_HZ, p=1.0, seed=seed)
        tone = (0.95 * np.sin(np.arange(RATE_HZ) * (seed + 1) / 50)).astype(np.float32)
        made = augment(tone, 0)
        assert np.abs(made).max() <= 1
        assert not np.array_equal(made, tone)
