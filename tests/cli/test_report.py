"""`gramophone report`, and `--report`: the page, its name, its refusals."""

import json
import re

import pytest

SPEED = ("--iterations", "1", "--quiet")


@pytest.fixture
def made(folder, gramophone):
    """A texture a.wav and a transfer b.wav with their records."""
    assert gramophone("texture", "rain.wav", "-o", "a.wav", *SPEED).code == 0
    assert gramophone("transfer", "voice.wav", "fire.wav", "-o", "b.wav", *SPEED).code == 0
    return folder


class TestReportCommand:
    def test_one_record(self, made, gramophone):
        outcome = gramophone("report", "a.json")
        assert outcome.code == 0
        assert outcome.out.startswith("a.html: 1 run(s) in 0.")
        assert outcome.err == "loading torch\nevaluating the result of a.json\nwriting a.html\n"
        text = (made / "a.html").read_text(encoding="utf-8")
        assert "<h1>More of rain</h1>" in text
        assert re.sub(r"<[^>]*>", "", re.search(r"<code>(.*)</code>", text)[1]).startswith(
            "gramophone texture rain.wav"
        )

    def test_several_records(self, made, gramophone, names):
        outcome = gramophone("report", "a.json", "b.json", "--quiet", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert (found["report"], found["runs"]) == ("report.html", ["a.json", "b.json"])
        assert found["bytes"] == (made / "report.html").stat().st_size
        assert "report.html" in names()

    def test_a_name_for_the_page(self, made, gramophone):
        assert gramophone("report", "a.json", "-o", "page.html", "--quiet").code == 0
        assert gramophone("report", "a.json", "-o", "page.html", "--quiet").code == 2
        assert gramophone("report", "a.json", "-o", "page.html", "--quiet", "--overwrite").code == 0

    def test_a_missing_recording_is_only_noted(self, made, gramophone):
        (made / "fire.wav").unlink()
        assert gramophone("report", "b.json", "--quiet").code == 0
        assert "fire.wav no longer exists" in (made / "b.html").read_text(encoding="utf-8")


class TestReportOption:
    @pytest.mark.parametrize("words", [["texture", "rain.wav"], ["transfer", "voice.wav", "fire.wav"]])
    def test_with_the_run(self, folder, gramophone, names, words):
        outcome = gramophone(*words, "-o", "a.wav", *SPEED, "--report", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        assert json.loads(outcome.out)["report"] == "a.html"
        assert names() == ["a.html", "a.json", "a.wav"]
        outcome = gramophone(*words, "-o", "b.wav", *SPEED, "--report")
        assert outcome.out.splitlines()[-1] == "report: b.html"

    def test_the_name_of_its_page_is_refused_before_anything_is_read(self, folder, refused, gramophone):
        (folder / "a.html").write_text("old")
        assert "a.html exists already" in refused(2, "texture", "missing.wav", "-o", "a.wav", "--report")
        assert gramophone("texture", "rain.wav", "-o", "a.wav", *SPEED).code == 0
        assert (folder / "a.html").read_text() == "old"


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "words", "said"),
        [
            (2, ["a.json", "-o", "a.txt"], "a.txt is not a name for a page; give one that ends in .html"),
            (2, ["a.json", "-o", "none/a.html"], "the folder none does not exist"),
            (2, ["a.json", "-o", "old.html"], "old.html exists already; choose another name or add --overwrite"),
            (3, ["none.json"], "none.json is not a file"),
            (3, ["rain.wav"], "is not JSON"),
            (3, ["a.json", "b.json"], "b.wav, the result of b.json, does not exist; put it beside the record"),
        ],
    )
    def test_refusals(self, made, refused, code, words, said):
        (made / "old.html").write_text("old")
        (made / "b.wav").unlink()
        assert said in refused(code, "report", *words)
        assert (made / "old.html").read_text() == "old"
