"""The page of a listening test in a browser: blind, by keyboard, offline, and its answers."""

import csv
import io
import time

import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.report.answers import outcome, read_answers
from gramophone.report.blind import listening_page, write_listening_page
from gramophone.report.trials import ANCHOR, HIDDEN, Stimulus, Trial

SYSTEMS = ("preset wyse2017", '=cmd, "quoted" <b>', HIDDEN, ANCHOR)


def trial(name, seconds=1.0):
    def sound(seed):
        rng = np.random.default_rng(seed)
        return Sound((0.05 * rng.standard_normal((1, round(16000 * seconds)))).astype(np.float32), 16000)

    stimuli = tuple(Stimulus(system, sound(place)) for place, system in enumerate(SYSTEMS))
    return Trial(name, sound(9), stimuli)


@pytest.fixture
def opened(browser, tmp_path):
    contexts, complaints = [], []

    def show(*names):
        path = tmp_path / "test.html"
        write_listening_page(path, [trial(name) for name in names], overwrite=True)
        contexts.append(browser.new_context(accept_downloads=True))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: complaints.append(request.url) if request.url[:4] == "http" else None)
        page.goto(path.as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def until(page, expression):
    end_s = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end_s, expression
        page.wait_for_timeout(20)


def rate_all(page, values):
    """Plays and rates every sound by keyboard: tens and ones."""
    for number, value in enumerate(values, 1):
        page.keyboard.press(str(number))
        for _ in range(value // 10):
            page.keyboard.press("Shift+ArrowUp")
        for _ in range(value % 10):
            page.keyboard.press("ArrowUp")


def begin(page, name="Anna"):
    page.fill("#listener", name)
    page.click("#begin")
    until(page, "[...document.querySelectorAll('audio')].every((one) => one.readyState > 0)")


class TestPage:
    def test_nobody_reads_by_accident_what_is_what(self):
        page = listening_page([trial("voice made of rain")])
        for name in (*SYSTEMS, "voice made of rain"):
            assert name not in page
        assert page.count("data:audio/flac") == 5

    def test_it_asks_for_the_style_or_for_the_content(self):
        assert "made of the reference" in listening_page([trial("a")])
        assert "melody and rhythm" in listening_page([trial("a")], "content")

    def test_nothing_is_written_for_nothing(self, tmp_path):
        with pytest.raises(UsageError, match="needs at least one run"):
            write_listening_page(tmp_path / "a.html", [])


class TestByKeyboard:
    def test_a_whole_test(self, opened, tmp_path):
        page = opened("one", "two")
        begin(page)
        assert page.is_disabled("#next")
        for _ in range(2):
            rate_all(page, (90, 31, 5, 100))
            until(page, "!document.getElementById('next').disabled")
            page.keyboard.press("Enter")
        until(page, "!document.getElementById('end').hidden")
        with page.expect_download() as saved:
            page.click("#save")
        saved.value.save_as(tmp_path / "answers.csv")
        text = (tmp_path / "answers.csv").read_text(encoding="utf-8")
        assert text == page.input_value("#table")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 8
        assert {row["listener"] for row in rows} == {"Anna"}
        assert {row["trial"] for row in rows} == {"one", "two"}
        assert sorted(int(row["rating"]) for row in rows) == [5, 5, 31, 31, 90, 90, 100, 100]
        # A cell that a spreadsheet would run is made text.
        assert {row["system"] for row in rows} == {SYSTEMS[0], "'" + SYSTEMS[1], HIDDEN, ANCHOR}
        assert len(read_answers([tmp_path / "answers.csv"])) == 8

    def test_next_waits_until_all_is_heard_and_rated(self, opened):
        page = opened("one")
        begin(page)
        rate_all(page, (50, 50, 50))
        assert page.text_content("#left") == "1 to be heard and rated"
        page.keyboard.press("Enter")
        assert page.is_visible("#trial")

    def test_switching_keeps_the_moment_and_space_pauses(self, opened):
        page = opened("one")
        begin(page)
        page.keyboard.press("0")
        until(page, "document.querySelectorAll('audio')[0].currentTime > 0.2")
        page.keyboard.press("2")
        until(page, "!document.querySelectorAll('audio')[2].paused")
        assert page.evaluate("document.querySelectorAll('audio')[0].paused")
        assert page.evaluate("document.querySelectorAll('audio')[2].currentTime") > 0.15
        page.keyboard.press(" ")
        assert page.evaluate("[...document.querySelectorAll('audio')].every((one) => one.paused)")

    def test_the_order_is_drawn_anew(self, opened):
        orders = set()
        for _ in range(6):
            page = opened("one")
            begin(page)
            orders.add(
                page.evaluate("[...document.querySelectorAll('audio')].map((one) => one.src.slice(-80)).join()")
            )
        assert len(orders) > 1


class TestEvaluation:
    def test_what_the_page_saves_can_be_evaluated(self, opened, tmp_path):
        page = opened("one")
        begin(page)
        rate_all(page, (100, 100, 100, 100))
        page.keyboard.press("Enter")
        until(page, "!document.getElementById('end').hidden")
        (tmp_path / "a.csv").write_text(page.input_value("#table"), encoding="utf-8")
        assert {one.mean for one in outcome(read_answers([tmp_path / "a.csv"])).systems} == {100}
