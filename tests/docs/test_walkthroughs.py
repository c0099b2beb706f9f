"""Tutorials and how-to pages run from top to bottom, on short sounds and with few steps, as they say themselves."""

import re
import shlex
from pathlib import Path

import pytest

from gramophone import api
from gramophone.audio import Sound
from gramophone.cli import main
from gramophone.cli.app import build
from gramophone.demo.run import SOUNDS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [*sorted((DOCS / "tutorial").glob("*.md")), *sorted((DOCS / "howto").glob("*.md"))]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
DEMO = ["gramophone", "demo", "-o", "sounds"]
RATE_HZ, SECONDS, LONGEST_S, STEPS = 16000, 1.5, 2.0, 2
WITHOUT_STEPS = {"vocoder"}  # they have no optimiser, and refuse its options
OPTIMISED = {"texture", "transfer", "stream"}


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """The recordings that the demonstration leaves, but shorter, and an empty report."""
    folder = tmp_path_factory.mktemp("walkthroughs") / "sounds"
    folder.mkdir()
    for name, make in SOUNDS.items():
        api.save(Sound(make(RATE_HZ, SECONDS, 0), RATE_HZ), folder / f"{name}.wav")
    (folder / "report.html").write_text("<!doctype html>", encoding="utf-8")
    return folder


def shortened(words):
    """The words of a command with less to compute: fewer steps, and no more than some seconds of a result."""
    words = list(words)
    if "--duration" in words:
        place = words.index("--duration") + 1
        words[place] = str(min(float(words[place]), LONGEST_S))
    if words[0] in OPTIMISED and not WITHOUT_STEPS & set(words):
        words += ["--iterations", str(STEPS)]
    return words


def run_shell(text):
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words and words != DEMO:
            assert words[0] == "gramophone", line
            assert main(shortened(words[1:])) == 0, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_runs(page, sounds, tmp_path, monkeypatch):
    (tmp_path / "sounds").symlink_to(sounds)
    monkeypatch.chdir(tmp_path)
    for verb in ("texture", "transfer"):
        monkeypatch.setattr(api, verb, quick(getattr(api, verb)))
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    names: dict[str, object] = {"__name__": "page"}
    for language, text in blocks:
        if language == "sh":
            run_shell(text)
        else:
            exec(compile(text, page.name, "exec"), names)


def quick(verb):
    """The verb with two steps, and with results that are no longer than three seconds."""

    def called(*sounds, **options):
        if "duration_s" in options:
            options["duration_s"] = min(options["duration_s"], LONGEST_S)
        return verb(*sounds, **{"iterations": STEPS, **options})

    return called


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_says_that_its_test_is_shorter(page):
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert "sounds and results are of two seconds at most and optimisers take two steps" in text


def test_every_command_of_a_page_in_prose_is_one():
    known = set(build())
    for page in PAGES:
        for name in re.findall(r"`gramophone ([a-z]+)", page.read_text(encoding="utf-8")):
            assert name in known, (page.name, name)
