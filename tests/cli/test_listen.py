"""`gramophone listen`: the page, the evaluation of answers, refusals."""

import json

import pytest

SPEED = ("--iterations", "1", "--quiet")
HEAD = "listener,trial,system,rating\n"


class TestListenCommand:
    def test_a_page_and_its_outcome(self, folder, gramophone):
        assert gramophone("texture", "rain.wav", "-o", "a.wav", *SPEED).code == 0
        assert gramophone("texture", "rain.wav", "-o", "b.wav", "--scale", "mel", *SPEED).code == 0
        outcome = gramophone("listen", "a.json", "b.json", "-o", "test.html", "--quiet", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert (found["page"], found["trials"], found["sounds"]) == ("test.html", 1, 4)
        assert found["bytes"] == (folder / "test.html").stat().st_size
        assert gramophone("listen", "a.json", "-o", "test.html", "--quiet").code == 2
        assert gramophone("listen", "a.json", "-o", "test.html", "--quiet", "--overwrite").code == 0

    def test_answers(self, folder, gramophone):
        for name, rating in (("anna", 40), ("ben", 60)):
            rows = f"{name},one,preset x,{rating}\n{name},one,hidden reference,100\n"
            (folder / f"{name}.csv").write_text(HEAD + rows)
        outcome = gramophone("listen", "--answers", "anna.csv", "ben.csv", "--json")
        found = {one["system"]: one for one in json.loads(outcome.out)["systems"]}
        assert found["preset x"]["mean"] == 50
        assert found["preset x"]["half_width"] == pytest.approx(127.062, rel=1e-4)
        assert found["hidden reference"]["half_width"] == 0
        shown = gramophone("listen", "--answers", "anna.csv", "ben.csv").out
        assert "preset x" in shown
        assert "+- 127.1" in shown
        assert "confidence intervals over listeners" in shown


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            ((), 2, "a listening test needs run records, or answers to evaluate"),
            (("a.json",), 2, "nothing is not a name for a page; give one that ends in .html with -o"),
            (("a.json", "-o", "a.wav"), 2, "a.wav is not a name for a page"),
            (("a.json", "-o", "a.html"), 3, "a.json"),
            (("a.json", "--answers", "a.csv"), 2, "without run records and without a page"),
            (("--answers", "none.csv"), 3, "none.csv cannot be read: No such file"),
        ],
    )
    def test_one_sentence(self, folder, refused, words, code, said):
        assert said in refused(code, "listen", *words)
