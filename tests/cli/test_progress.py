"""The progress line: rewritten on a terminal, sparse elsewhere, never wrapped, never in the way."""

import io
import unicodedata

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.cli.progress import Progress, describe, duration
from gramophone.optim.minimise import Step


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def step(index, of=120, **losses):
    losses = losses or {"style": 0.01234}
    return Step(index, of, sum(losses.values()), losses, 0.5 * index, lambda: torch.zeros(1))


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


class TestTerminal:
    @settings(derandomize=True, deadline=None, max_examples=200)
    @given(
        columns=st.integers(1, 120),
        texts=st.lists(st.text(max_size=100), max_size=5),
        index=st.integers(1, 120),
    )
    def test_never_wraps(self, columns, texts, index):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(columns))
            patch.delenv("TERM", raising=False)
            stream = Terminal()
            with Progress(quiet=False, stream=stream) as progress:
                for text in texts:
                    progress.show(text)
                progress.begin("texture")
                progress.step(step(index))
        written = stream.getvalue()
        assert "\n" not in written
        assert all(columns_of(line) < max(columns, 1) or line == "" for line in written.split("\r"))
        assert columns_of(written.split("\r")[-1]) == 0

    def test_each_step_replaces_the_one_before(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.delenv("TERM", raising=False)
        stream = Terminal()
        progress = Progress(quiet=False, stream=stream)
        progress.begin("transfer")
        for index in (1, 2, 3):
            progress.step(step(index, style=0.5, rhythm=0.25))
        last = stream.getvalue().split("\r")[-1]
        assert last.rstrip() == "transfer    2 %  step 3/120  58 s left  style 0.5  rhythm 0.25"


class TestPlainOutput:
    def test_a_dumb_terminal_gets_plain_lines(self, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        stream = Terminal()
        with Progress(quiet=False, stream=stream) as progress:
            progress.show("reading")
        assert stream.getvalue() == "reading\n"

    def test_plain_lines_come_about_every_tenth(self):
        stream = io.StringIO()
        with Progress(quiet=False, stream=stream) as progress:
            progress.begin("texture")
            for index in range(1, 121):
                progress.step(step(index))
        lines = stream.getvalue().splitlines()
        assert len(lines) == 12
        assert "step 1/120" in lines[1]
        assert "100 %" in lines[-1]
        assert "\r" not in stream.getvalue()

    def test_quiet_warns_all_the_same(self, capsys):
        with Progress(quiet=True) as progress:
            progress.show("reading")
            progress.step(step(1))
            progress.warn("cut\nshort")
        assert capsys.readouterr() == ("", "gramophone: warning: cut short\n")


class TestUnusableStreams:
    def test_a_closed_terminal_is_survived(self):
        stream = io.StringIO()
        progress = Progress(quiet=False, stream=stream)
        stream.close()
        progress.show("reading")
        progress.clear()

    def test_letters_that_the_stream_cannot_hold(self):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        Progress(quiet=False, stream=stream).show("reading \N{VIOLIN}")
        assert stream.buffer.getvalue() == b"reading ?\n"


class TestWording:
    def test_the_most_important_comes_first(self):
        assert describe(step(60, 120, style=0.5)) == " 50 %  step 60/120  30 s left  style 0.5"

    @pytest.mark.parametrize(
        ("seconds", "said"),
        [
            (0.04, "0.0 s"),
            (9.94, "9.9 s"),
            (10, "10 s"),
            (59.7, "1 min 0 s"),
            (200, "3 min 20 s"),
            (7500, "2 h 5 min"),
        ],
    )
    def test_durations(self, seconds, said):
        assert duration(seconds) == said
