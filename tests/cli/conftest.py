"""Short sounds, and the command line run in this process or in one of its own."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
import soundfile

from gramophone.cli import main
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain

RATE_HZ = 22050
CHILD = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from gramophone.cli import main
if os.environ.get("AS_NOBODY") and os.geteuid() == 0:
    # Nobody may read the interpreter's folder.
    import gramophone.cli.app, gramophone.cli.texture, gramophone.runs.execute
    os.setuid(65534)
sys.exit(main())
"""


@dataclass(frozen=True)
class Outcome:
    """What one command gave."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def heard_signals():
    """Started in the background of a shell, this process would have been told to ignore Ctrl-C."""
    numbers = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in numbers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with rain.wav, fire.wav and voice.wav, to work in."""
    for name, make in (("rain", rain), ("fire", fire), ("voice", spoken_phrase)):
        soundfile.write(tmp_path / f"{name}.wav", make(RATE_HZ, 0.5, 0).T, RATE_HZ, subtype="FLOAT")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def names(folder):
    """The names of all files that came to the folder."""
    given = {path.name for path in folder.iterdir()}
    return lambda: sorted({path.name for path in folder.iterdir()} - given)


@pytest.fixture
def gramophone(capsys):
    """Runs a command in this process."""

    def run(*words):
        code = main([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(gramophone, names):
    """Runs a command that is refused: one line on stderr, nothing on stdout, no file; returns the line."""

    def run(code, *words):
        before = names()
        outcome = gramophone(*words, "--quiet")
        assert outcome.code == code
        assert outcome.out == ""
        assert outcome.err.startswith("gramophone: ")
        assert outcome.err.count("\n") == 1
        assert outcome.err.endswith("\n")
        assert names() == before
        return outcome.err

    return run


@pytest.fixture
def start():
    """Starts a command in a process of its own; it is ended with the test."""
    started = []

    def popen(*words, env=(), **options):
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **dict(env)}
        command = [sys.executable, "-c", CHILD, *map(str, words)]
        started.append(subprocess.Popen(command, env=environment, **given))
        return started[-1]

    yield popen
    for process in started:
        with process:
            process.kill()
