"""Collections: counts, splits that share nothing, damaged and missing files named."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from gramophone.datasets import esc50, folder, instruments
from gramophone.datasets.clips import Clip, Collection, Split, hold_out_groups
from gramophone.datasets.loaders import fold_split, held_out_files, held_out_font, held_out_samples
from gramophone.errors import InputError, UsageError


def esc50_rows():
    return [
        {
            "filename": f"{fold}-{fold}{label}{take}-A-{label}.wav",
            "fold": fold,
            "target": label,
            "category": f"c{label}",
        }
        for fold in range(1, 6)
        for label in range(50)
        for take in range(8)
    ]


def write_esc50(place, rows, licences=None):
    (place / "audio16k").mkdir(exist_ok=True)
    with (place / "esc50.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["filename", "fold", "target", "category"])
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        (place / "audio16k" / row["filename"].replace(".wav", ".ogg")).touch()
    if licences:
        lines = [f"{row['filename']},{licences(row)}" for row in rows]
        (place / "esc50_licences.csv").write_text("filename,licence\n" + "\n".join(lines) + "\n")


def write_notes(place, programs=80):
    for font in "fg":
        (place / font).mkdir()
        for program in range(programs):
            (place / font / f"{program:03d}.ogg").touch()
    lines = ["file,start,frames,instrument,gm_program,source,licence,sample_name"]
    lines += [
        f"{font}/{program:03d}.ogg,{100 * note},90,i{program},{program},{source},L,i{program}-{note // 2}"
        for font, source in (("f", "FluidR3_GM"), ("g", "GeneralUser_GS_1.471"))
        for program in [*range(programs), 99]
        for note in range(10)
    ]
    (place / "notes.csv").write_text("\n".join(lines) + "\n")


def write_sound(path, seconds=0.2):
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, round(8000 * seconds)), 8000)


class TestEsc50:
    def test_the_folds_are_kept_and_never_tested_on_what_is_trained_on(self, tmp_path):
        write_esc50(tmp_path, esc50_rows())
        found = esc50(tmp_path)
        assert (len(found.clips), len(found.classes)) == (2000, 50)
        for fold in range(1, 6):
            split = fold_split(found, fold)
            assert (len(split.train), len(split.test)) == (1600, 400)
            assert {found.clips[place].group for place in split.test} == {str(fold)}
            assert str(fold) not in {found.clips[place].group for place in split.train}
        for wrong in (0, 6):
            with pytest.raises(UsageError, match="fold must be between 1 and 5"):
                fold_split(found, wrong)

    def test_only_clips_free_for_anything(self, tmp_path):
        write_esc50(tmp_path, esc50_rows(), lambda row: "CC-BY-NC" if row["filename"].startswith("1-1") else "CC0")
        found = esc50(tmp_path, free_only=True)
        assert 0 < len(found.clips) < 2000
        assert {clip.licence for clip in found.clips} == {"CC0"}
        assert (found.name, len(found.classes)) == ("esc50-free", 50)

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (lambda rows: rows[:-1], "lists 1999 clips"),
            (lambda rows: [*rows[:-1], rows[0]], "combinations differ"),
            (lambda rows: [{**row, "fold": 1} for row in rows], "combinations differ"),
            (lambda rows: [{**rows[0], "target": "x"}, *rows[1:]], "in column 'target', not a number"),
            (lambda rows: [{**rows[0], "target": "-1"}, *rows[1:]], "in column 'target', not a number"),
            (lambda rows: [{**rows[1], "filename": rows[0]["filename"]}, *rows[1:-1], rows[0]], "combinations|twice"),
        ],
    )
    def test_tables_with_wrong_counts(self, tmp_path, damage, said):
        write_esc50(tmp_path, damage(esc50_rows()))
        with pytest.raises(InputError, match=said):
            esc50(tmp_path)

    def test_tables_that_are_none(self, tmp_path):
        with pytest.raises(InputError, match=r"holds no esc50\.csv"):
            esc50(tmp_path)
        (tmp_path / "esc50.csv").write_text("a,b\n1,2\n")
        with pytest.raises(InputError, match=r"lacks the column\(s\) filename"):
            esc50(tmp_path)
        (tmp_path / "esc50.csv").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="not valid CSV"):
            esc50(tmp_path)
        (tmp_path / "esc50.csv").write_text("filename,fold,target,category\na.wav,1\n")
        with pytest.raises(InputError, match="too few values"):
            esc50(tmp_path)

    def test_missing_clips_are_counted_named_and_refused_unless_skipped(self, tmp_path):
        write_esc50(tmp_path, esc50_rows())
        gone = sorted((tmp_path / "audio16k").iterdir())[:7]
        for path in gone:
            path.unlink()
        with pytest.raises(
            InputError, match=r"7 of 2000 clips of ESC-50 are missing: .* and 2 more; .*--skip-damaged"
        ):
            esc50(tmp_path)
        told = []
        assert len(esc50(tmp_path, skip_missing=told.append).clips) == 1993
        assert told[0].startswith("7 of 2000 clips")


class TestInstruments:
    def test_notes_and_their_two_splits(self, tmp_path):
        write_notes(tmp_path)
        found = instruments(tmp_path)
        assert (len(found.clips), len(found.classes)) == (1600, 80)
        notes = held_out_samples(found)
        assert len(notes.train) + len(notes.test) == 1600
        assert 0.1 < len(notes.test) / 1600 < 0.3
        heard = {found.clips[place].recorded for place in notes.train}
        assert not heard & {found.clips[place].recorded for place in notes.test}
        assert {found.clips[place].path for place in notes.train} == {clip.path for clip in found.clips}
        font = held_out_font(found, "GeneralUser_GS")
        assert {found.clips[place].group for place in font.test} == {"GeneralUser_GS_1.471"}
        assert {found.clips[place].group for place in font.train} == {"FluidR3_GM"}
        assert len(instruments(tmp_path, font="FluidR3_GM").clips) == 800
        with pytest.raises(UsageError, match="no sound font 'X'"):
            held_out_font(found, "X")

    def test_a_sample_that_instruments_share_is_on_one_side(self):
        notes = tuple(
            Clip(Path(f"{label}.ogg"), label, "font", recorded=f"font/{sample}")
            for label in range(4)
            for sample in range(label, label + 6)
            for _ in range(3)
        )
        collection = Collection("instruments", tuple("abcd"), notes, 2.57, "")
        split = held_out_samples(collection)
        sides = [{notes[place].recorded for place in places} for places in (split.train, split.test)]
        assert not sides[0] & sides[1]
        assert {notes[place].label for place in split.train} == set(range(4))
        assert held_out_samples(collection) == split

    def test_missing_programs_and_banks(self, tmp_path):
        write_notes(tmp_path, programs=79)
        with pytest.raises(InputError, match="79 of the 80 programs"):
            instruments(tmp_path)

    def test_missing_banks(self, tmp_path):
        write_notes(tmp_path)
        (tmp_path / "f" / "003.ogg").unlink()
        with pytest.raises(InputError, match=r"1 note files are missing: 003\.ogg"):
            instruments(tmp_path)


class TestFolder:
    def test_a_folder_of_ones_own(self, tmp_path):
        for name in ("rain", "fire"):
            for take in range(5):
                write_sound(tmp_path / name / f"{take}.wav", 0.2 if take else 0.65)
        (tmp_path / "rain" / "notes.txt").write_text("x")
        found = folder(tmp_path, duration_s=0.2)
        assert found.classes == ("fire", "rain")
        assert len(found.clips) == 14  # the longest of each gives three
        for seed in range(4):
            split = held_out_files(found, seed)
            groups = [{found.clips[place].group for place in places} for places in (split.train, split.test)]
            assert not groups[0] & groups[1]
            assert {found.clips[place].label for place in split.test} == {0, 1}
            assert len(split.train) + len(split.test) == 14

    @pytest.mark.parametrize("names", [[], ["rain"]])
    def test_folders_with_too_few_classes(self, tmp_path, names):
        for name in names:
            for take in range(2):
                write_sound(tmp_path / name / f"{take}.wav")
        with pytest.raises(InputError, match="give at least 2, one for each class"):
            folder(tmp_path, duration_s=0.2)

    def test_classes_with_too_few_recordings_and_damaged_files(self, tmp_path):
        for name in ("rain", "fire"):
            for take in range(3):
                write_sound(tmp_path / name / f"{take}.wav")
        (tmp_path / "fire" / "1.wav").write_bytes(b"no sound")
        with pytest.raises(InputError, match=r"1 recordings cannot be read: fire/1\.wav; remove them"):
            folder(tmp_path, duration_s=0.2)
        told = []
        assert len(folder(tmp_path, duration_s=0.2, skip_damaged=told.append).clips) == 5
        (tmp_path / "fire" / "1.wav").unlink()
        (tmp_path / "fire" / "2.wav").unlink()
        with pytest.raises(InputError, match=r"holds 1 recording\(s\); a class needs at least 2"):
            folder(tmp_path, duration_s=0.2)


class TestSplits:
    @given(st.lists(st.sampled_from("abc"), min_size=2, max_size=30), st.sampled_from("abc"))
    def test_held_out_groups_share_nothing(self, groups, held):
        clips = tuple(Clip(Path("x"), 0, group) for group in groups)
        collection = Collection("made", ("one",), clips, 1.0, "none")
        if set(groups) == {held} or held not in groups:
            with pytest.raises(InputError, match="leaves no clip"):
                hold_out_groups(collection, [held], "made")
            return
        split = hold_out_groups(collection, [held], "made")
        assert sorted(split.train + split.test) == list(range(len(groups)))
        assert {groups[place] for place in split.test} == {held}
        assert held not in {groups[place] for place in split.train}

    def test_a_split_that_tests_on_what_it_trains_on_cannot_be_made(self):
        with pytest.raises(ValueError, match="clips in both training and test"):
            Split((0, 1), (1, 2), "made")
