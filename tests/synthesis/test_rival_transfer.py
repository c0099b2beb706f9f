"""Rivals as systems by name: from the command line, watched, stopped, recorded, refused."""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from gramophone import api, audio
from gramophone.audio import Sound, rms_db
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.errors import UsageError
from gramophone.presets import PRESETS, preset
from gramophone.presets.rivals import RIVALS, bed_db
from gramophone.request import TextureRequest, TransferRequest
from gramophone.rivals import RIVALS as SYSTEMS
from gramophone.synthesis import transfer
from gramophone.synthesis.batched import reason_not_batchable
from gramophone.web.config import Limits
from gramophone.web.form import form

RATE_HZ = 16_000
NAMES = sorted(RIVALS)
DRAWING = ["driedger2015", "tralie2024"]


@pytest.fixture(scope="module")
def sounds():
    return Sound(spoken_phrase(RATE_HZ, 1.2, 0), RATE_HZ), Sound(rain(RATE_HZ, 1.0, 0), RATE_HZ)


def request(name, **options):
    return TransferRequest(content="c.wav", styles=("s.wav",), preset=name, **options)


class TestPresets:
    def test_every_rival_is_a_preset_of_transfers_alone(self):
        assert set(RIVALS) == set(SYSTEMS)
        assert all(list(PRESETS[name]) == ["transfer"] for name in NAMES)
        with pytest.raises(UsageError, match="the preset 'vocoder' makes no textures; choose"):
            TextureRequest(styles=("s.wav",), preset="vocoder")

    def test_the_form_of_the_page_has_them(self):
        offered = {one.name: one for one in form(Limits()).presets}
        assert all(offered[name].tasks == ("transfer",) and not offered[name].goes_on for name in NAMES)


class TestCommandLine:
    @pytest.mark.parametrize("name", NAMES)
    def test_each_writes_a_file_of_the_right_length_and_its_record(self, name, sounds, tmp_path):
        for sound, stem in zip(sounds, ("c", "s"), strict=True):
            audio.save(sound, tmp_path / f"{stem}.wav")
        seed = 3 if name in DRAWING else 0
        words = ["transfer", "c.wav", "s.wav", "-o", "out.wav", "--preset", name, "--seed", str(seed), "--json"]
        made = subprocess.run(
            [sys.executable, "-m", "gramophone", *words],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["stopped"] == "finished"
        result, record = audio.load(tmp_path / "out.wav"), json.loads((tmp_path / "out.json").read_text())
        assert result.samples.shape == sounds[0].samples.shape
        is_full_scale = np.abs(result.samples).max() > 0.99  # then it is turned down
        assert is_full_scale or rms_db(result.samples) == pytest.approx(rms_db(sounds[0].samples), abs=0.1)
        assert record["settings"]["rival"] == name
        assert record["seed"] == seed
        assert record["parameters"]["source"] == SYSTEMS[name].source
        assert ("strength" in record["parameters"]) is (name in ("vocoder", "cross"))
        assert "window_ms" in record["parameters"]


class TestSteps:
    def test_it_can_be_watched_and_stopped_at_any_step(self, sounds):
        task = transfer(sounds[0], [sounds[1]], preset("driedger2015", "transfer"))
        assert not task.synthesis.has_result
        steps = iter(task)
        seen = [next(steps) for _ in range(3)]
        assert [(step.index, step.of, step.total) for step in seen] == [(1, 20, None), (2, 20, None), (3, 20, None)]
        assert seen[-1].preview().shape == sounds[0].samples.shape
        early = task.finish()
        assert early.stopped == "interrupted"
        assert early.sound.samples.shape == sounds[0].samples.shape
        assert sum(1 for _ in steps) == 17
        assert task.finish().stopped == "finished"
        assert not np.array_equal(task.finish().sound.samples, early.sound.samples)

    def test_iterations_are_those_of_the_rival(self, sounds):
        task = transfer(sounds[0], [sounds[1]], request("driedger2015", iterations=4).settings())
        assert sum(1 for _ in task) == 4
        assert task.finish().parameters["iterations"] == 4
        with pytest.raises(UsageError, match="iterations must be a whole number between 1 and 100, not 300"):
            transfer(sounds[0], [sounds[1]], request("tralie2024", iterations=300).settings())


class TestSeeds:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_seed_gives_the_same_samples_again(self, name, sounds):
        first, again = (api.transfer(*sounds, preset=name, seed=5 * (name in DRAWING)) for _ in range(2))
        assert np.array_equal(first.sound.samples, again.sound.samples)

    @pytest.mark.parametrize("name", DRAWING)
    def test_another_seed_is_another_take(self, name, sounds):
        first, other = (api.transfer(*sounds, preset=name, seed=seed).sound.samples for seed in (0, 1))
        assert not np.array_equal(first, other)


class TestStrength:
    @pytest.mark.parametrize(
        ("strength", "level_db"),
        [(0.0, -math.inf), (0.1, -math.inf), (0.3, -15), (0.5, -10), (0.7, -5), (0.9, 0), (1, 2.5)],
    )
    def test_the_strength_is_the_level_of_the_bed(self, strength, level_db):
        assert bed_db(strength) == pytest.approx(level_db)

    def test_more_strength_is_more_of_the_style_itself(self, sounds):
        content, style = sounds
        bed = np.resize(style.samples, content.samples.shape)
        shares = [
            np.corrcoef(api.transfer(content, style, preset="vocoder", strength=strength).sound.samples, bed)[0, 1]
            for strength in (0.0, 0.5, 1.0)
        ]
        assert shares == sorted(shares)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "options", "said"),
        [
            (
                "driedger2015",
                {"strength": 0.5},
                "has no strength; leave out the strength of 0.5",
            ),
            ("tralie2024", {"strength": 0}, "has no strength"),
            ("vocoder", {"iterations": 5}, "optimises no network and takes no iterations; leave it out"),
            ("vocoder", {"span_ms": "20,80"}, "takes no span ms"),
            ("cross", {"scale": "mel"}, "takes no scale"),
            ("cross", {"noise": 0.5}, "takes no noise"),
            ("tralie2024", {"network": "wyse2017"}, "takes no network"),
            ("driedger2015", {"weights": (1.0,)}, "takes no weights"),
            ("driedger2015", {"rhythm": 1.0}, "takes no rhythm"),
            ("driedger2015", {"filters": 5}, "takes no filters"),
        ],
    )
    def test_options_without_a_meaning_are_refused(self, name, options, said):
        with pytest.raises(UsageError, match=said):
            request(name, **options)

    def test_it_neither_goes_on_from_a_result_nor_is_batched(self, sounds):
        settings = preset("cross", "transfer")
        with pytest.raises(UsageError, match="cannot go on from an earlier result; begin anew"):
            transfer(sounds[0], [sounds[1]], settings, warm_start=sounds[0])
        assert reason_not_batchable(transfer(sounds[0], [sounds[1]], settings)) is not None
