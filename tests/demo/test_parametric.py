"""Parametric textures have the parameter that they claim, also while it moves."""

import csv

import numpy as np
import pytest
import soundfile
from scipy import stats

from gramophone.demo.parametric import TEXTURES, centroid_hz, events_per_s, firings_per_s, level_db, write_recordings
from gramophone.errors import UsageError

RATE_HZ = 16000
NAMES = sorted(TEXTURES)


@pytest.mark.parametrize("name", NAMES)
class TestEveryTexture:
    def test_the_parameter_can_be_told_from_the_sound(self, name):
        texture, amounts = TEXTURES[name], np.linspace(0, 1, 7)
        found = [
            texture.measure(texture(RATE_HZ, 4.0, a, k)[0].astype(float), RATE_HZ) for k, a in enumerate(amounts)
        ]
        assert stats.spearmanr(amounts, found).statistic > 0.95

    def test_the_parameter_moves_within_one_sound(self, name):
        texture = TEXTURES[name]
        sound = texture(RATE_HZ, 8.0, (0.0, 1.0), 5)[0].astype(float)
        first, last = sound[: 3 * RATE_HZ], sound[-3 * RATE_HZ :]
        assert texture.measure(first, RATE_HZ) < texture.measure(last, RATE_HZ)

    def test_the_seed_decides_every_sample_and_none_is_clipped(self, name):
        once, again, other = (TEXTURES[name](RATE_HZ, 0.5, 1.0, seed) for seed in (3, 3, 4))
        assert once.tobytes() == again.tobytes() != other.tobytes()
        assert np.abs(once).max() < 1
        assert once.dtype == np.float32

    @pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan"), []])
    def test_amounts_out_of_range_are_named(self, name, amount):
        with pytest.raises(UsageError, match="amount"):
            TEXTURES[name](RATE_HZ, 0.5, amount, 0)


class TestRates:
    @pytest.mark.parametrize("name", ["bubbles", "pops"])
    def test_events_are_as_many_as_asked_where_they_seldom_meet(self, name):
        texture = TEXTURES[name]
        rate = float(texture.value(np.array([0.3]))[0])
        found = texture.measure(texture(RATE_HZ, 30.0, 0.3, 1)[0].astype(float), RATE_HZ)
        assert found == pytest.approx(rate, rel=0.3)

    @pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
    def test_an_engine_of_four_cylinders_fires_twice_a_turn(self, amount):
        engine = TEXTURES["engine"]
        rpm = float(engine.value(np.array([amount]))[0])
        assert engine.measure(engine(RATE_HZ, 3.0, amount, 2)[0].astype(float), RATE_HZ) == pytest.approx(
            rpm / 30, rel=0.03
        )


class TestMeasures:
    def test_of_signals_that_are_known(self):
        time_s = np.arange(2 * RATE_HZ) / RATE_HZ
        assert level_db(np.sqrt(2) * np.sin(2 * np.pi * 440 * time_s), RATE_HZ) == pytest.approx(0, abs=0.01)
        assert centroid_hz(np.sin(2 * np.pi * 1000 * time_s), RATE_HZ) == pytest.approx(1000, abs=8)
        clicks = np.zeros(len(time_s))
        clicks[800::1600] = 1.0
        assert events_per_s(np.convolve(clicks, np.hanning(80), "same"), RATE_HZ) == pytest.approx(10)
        clicks[400::400] = 1.0
        assert firings_per_s(np.convolve(clicks, np.hanning(80), "same"), RATE_HZ) == pytest.approx(40, rel=0.01)
        assert firings_per_s(np.zeros(RATE_HZ), RATE_HZ) == 0


class TestRecordings:
    def test_the_table_names_every_file_with_its_value(self, tmp_path):
        table = write_recordings(tmp_path / "data", (0.0, 1.0), names=("rain", "engine"), duration_s=0.5)
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(row["texture"], row["amount"], row["value"]) for row in rows] == [
            *(("rain", "0", "20"), ("rain", "1", "1200"), ("engine", "0", "700"), ("engine", "1", "2600")),
        ]
        for row in rows:
            facts = soundfile.info(str(table.parent / row["file"]))
            assert (facts.samplerate, facts.frames) == (16000, 8000)
