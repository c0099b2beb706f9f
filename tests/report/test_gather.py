"""Sounds are found, changes are noted, and what cannot be used is refused."""

import json
import shutil

import pytest

from gramophone.errors import InputError, UsageError
from gramophone.report import entry_of, write_report


@pytest.fixture
def changed(written):
    """Writes the record again with some parts changed."""

    def change(**parts):
        record = {**json.loads(written.read_text(encoding="utf-8")), **parts}
        written.write_text(json.dumps(record), encoding="utf-8")
        return written

    return change


class TestEntries:
    def test_a_record_becomes_an_entry(self, written):
        entry = entry_of(written)
        assert entry.title == "voice made of fire"
        assert [(one.role, one.name, one.notes) for one in entry.tracks] == [
            ("content", "voice.wav", ()),
            ("style", "fire.wav", ()),
            ("result", "out.wav", ()),
        ]
        assert entry.figures
        assert not any(figure.group == "reconstruction" for figure in entry.figures)

    def test_a_texture_of_two_is_compared_with_the_heaviest(self, changed):
        inputs = [{"path": f"{name}.wav", "sha256": ""} for name in ("voice", "fire")]
        entry = entry_of(changed(task="texture", parameters={"weights": [0.2, 0.8]}, inputs=inputs))
        assert entry.title == "More of voice and fire"
        assert entry.notes[0] == "compared with fire.wav, one of 2 styles"


class TestSoundLookup:
    def test_sounds_are_found_beside_a_record_that_was_moved(self, written, tmp_path, monkeypatch):
        folder = shutil.copytree(tmp_path, tmp_path / "elsewhere")
        for name in ("voice", "fire", "out"):
            (tmp_path / f"{name}.wav").unlink()
        entry = entry_of(folder / "out.json")
        assert all(one.sound is not None and not one.notes for one in entry.tracks)

    def test_the_right_file_wins_over_one_of_the_same_name(self, written, tmp_path, monkeypatch):
        folder = shutil.copytree(tmp_path, tmp_path / "elsewhere")
        shutil.copy("voice.wav", "fire.wav")
        assert entry_of(folder / "out.json").tracks[1].notes == ()


class TestNotes:
    def test_changed_and_missing_inputs_are_noted(self, written, tmp_path):
        shutil.copy("voice.wav", "fire.wav")
        (tmp_path / "voice.wav").unlink()
        entry = entry_of(written)
        assert entry.tracks[0].sound is None
        assert "voice.wav no longer exists" in entry.tracks[0].notes[0]
        assert "fire.wav was changed after the run" in entry.tracks[1].notes[0]
        assert entry.figures == ()
        assert entry.notes == ("the evaluation needs all sounds of the run",)

    def test_an_input_that_is_no_sound_is_noted(self, written, tmp_path):
        (tmp_path / "fire.wav").write_text("no sound")
        assert "not a readable audio file" in entry_of(written).tracks[1].notes[0]


class TestWriteReport:
    def test_a_page_about_nothing_and_one_that_is_there(self, tmp_path, entry):
        with pytest.raises(UsageError, match="a report needs at least one run"):
            write_report(tmp_path / "a.html", [])
        (tmp_path / "a.html").write_text("old")
        with pytest.raises(UsageError, match="exists already"):
            write_report(tmp_path / "a.html", [entry()])
        assert (tmp_path / "a.html").read_text() == "old"
        write_report(tmp_path / "a.html", [entry()], overwrite=True)
        assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")


class TestRefusals:
    def test_a_result_that_is_missing_is_refused(self, written, tmp_path):
        (tmp_path / "out.wav").unlink()
        with pytest.raises(InputError, match=r"out.wav, the result of .*out.json, does not exist; put it beside"):
            entry_of(written)

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("inputs", [1]),
            ("inputs", [{"path": 3}]),
            ("output", {}),
            ("losses", [{}]),
            ("losses", [{"stage": "a", "total": "x", "terms": {}}]),
            ("losses", [{"stage": "a", "total": 1, "terms": {"style": None}}]),
            ("stages_s", {"a": "b"}),
            ("command", [1]),
            ("parameters", {"weights": "x"}),
            ("parameters", {"strength": []}),
        ],
    )
    def test_damage_is_refused(self, changed, part, value):
        with pytest.raises(InputError, match=f"is damaged: its {part} field is invalid"):
            entry_of(changed(**{part: value}))
