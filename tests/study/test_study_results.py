"""Results of the study: what the measures say of known sounds, what is kept, and what a key depends on."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from bench.study.__main__ import makeable
from bench.study.budget import Budget
from bench.study.cells import LOW_PASSED, Cell, excerpt
from bench.study.kept import RECORD, Kept
from bench.study.plan import cells
from bench.study.questions import QUESTIONS
from bench.study.references import REFERENCES, Reference, references

from gramophone.presets import preset

PAIR = ("phrase", "melody", 2.0)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Of all references of sounds that the project makes itself."""
    kept = Kept(tmp_path_factory.mktemp("cells"))
    return {name: kept.make(Reference(name, *PAIR)) for name in REFERENCES}


class TestEnds:
    def test_the_content_and_the_style_are_the_ends(self, figures):
        content, style = figures["content"], figures["style"]
        assert (content["identity"], content["embedding"]) == pytest.approx((1, 0))
        assert style["embedding"] >= 1
        assert style["identity"] < 0.1
        assert style["spectrum_db"] == style["band_db"] == content["overshoot_db"] == 0
        assert content["style_over_content"] == pytest.approx(-1)

    def test_mixes_lie_between_and_pieces_are_style_without_content(self, figures):
        mix, pieces = figures["mix, 0 dB"], figures["style in shuffled pieces of 0.1 s"]
        assert 0.1 < mix["identity"] < 1
        assert 0.05 < mix["embedding"] < 1
        assert pieces["identity"] < 0.2
        assert pieces["spectrum_db"] < 3

    @pytest.mark.parametrize("name", ["silence", "white noise"])
    def test_nothing_is_neither_content_nor_style(self, figures, name):
        found = figures[name]
        assert all(math.isfinite(value) for value in found.values())
        assert found["identity"] < 0.1
        assert found["embedding"] < 0.5


class TestKept:
    def test_figures_outlive_the_folder_in_the_record(self, tmp_path):
        record, reference = tmp_path / "results.json", Reference("white noise", *PAIR)
        kept = Kept(tmp_path, record)
        assert kept.figures(reference) is None
        made = kept.make(reference)
        assert kept.figures(reference) == made
        assert kept.sound(reference) is not None
        assert kept.record([reference, Reference("silence", *PAIR)]) == 1
        later = Kept(tmp_path / "empty", record).figures(reference)
        assert later == pytest.approx(made, rel=1e-4)
        assert json.loads(record.read_text(encoding="utf-8"))[reference.key]["content"] == "phrase"

    def test_the_record_is_of_planned_results(self):
        """Keys follow from the settings: other settings would leave results behind that no page shows."""
        planned = {one.key: one for one in (*cells(Budget()), *references(Budget()))}
        recorded = json.loads(RECORD.read_text(encoding="utf-8"))
        assert set(recorded) <= set(planned)
        for key, found in recorded.items():
            one = planned[key]
            assert (found["content"], found["style"], found["seed"]) == (one.content, one.style, one.seed)

    def test_a_kept_sound_is_judged_anew(self, tmp_path):
        kept, reference = Kept(tmp_path, tmp_path / "none"), Reference("white noise", *PAIR)
        made = kept.make(reference)
        path = tmp_path / f"{reference.key}.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"spectrum_db"', '"spectrum"'), encoding="utf-8")
        assert "spectrum_db" not in kept.figures(reference)
        kept.judge(reference)
        assert kept.figures(reference) == pytest.approx(made, rel=1e-4, abs=1e-6)

    def test_what_a_system_refuses_is_kept_with_its_words(self, tmp_path):
        settings = preset("verma2018", "transfer")
        cell = Cell("verma2018", settings, "phrase", "melody", 0, 0.6, 0.1, settings)
        kept = Kept(tmp_path, tmp_path / "none")
        assert kept.make(cell) == {} == kept.figures(cell)
        assert json.loads((tmp_path / f"{cell.key}.json").read_text(encoding="utf-8"))["failure"]


class TestMaking:
    def test_without_its_weights_vgg_is_left_out_and_everything_else_is_made(self, capsys):
        planned = QUESTIONS["l"]().cells(Budget(pairs=1, seeds=1))
        found = makeable(planned, Budget(vgg="none.npz"))
        assert [cell.settings.network.kind for cell in found] == ["huzaifah2019", "verma2018"]
        assert "the weights of VGG-19 are not at none.npz" in capsys.readouterr().out
        assert makeable(planned, Budget(vgg="random")) == planned
        assert makeable(found, Budget(vgg="none.npz")) == found
        assert not capsys.readouterr().out


class TestCells:
    def test_low_passed_recordings_end_at_two_kilohertz(self):
        whole, low = (excerpt(name, 2.0) for name in ("phrase", "phrase" + LOW_PASSED))
        power = [
            np.abs(np.fft.rfft(np.hanning(sound.samples.size) * sound.samples[0])) ** 2 for sound in (whole, low)
        ]
        edge = round(2000 * whole.duration_s)
        assert power[1][: edge // 2].sum() == pytest.approx(power[0][: edge // 2].sum(), rel=0.01)
        assert power[1][2 * edge :].sum() < 1e-6 * power[0][2 * edge :].sum()

    def test_keys_name_the_weights_of_vgg_and_not_their_file(self):
        here, there, drawn = (
            QUESTIONS["l"]().cells(Budget(vgg=weights))[0]
            for weights in ("/here/vgg.npz", "/there/vgg.npz", "random")
        )
        assert here.key == there.key != drawn.key
        assert replace(here, seed=1).key != here.key
