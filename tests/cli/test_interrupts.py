"""Ctrl-C, SIGTERM, values that are not finite, and readers that go away: what is there is kept."""

import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from gramophone import synthesis
from gramophone.cli import main
from gramophone.runs.run_record import read_record

TEXTURE = ("texture", "rain.wav", "-o", "out.wav", "--iterations", "30")


@pytest.fixture
def at_call(monkeypatch):
    """Has something done when the loss is computed for the n-th time; returns what it gives, if anything."""

    def plan(number, action):
        calls = []

        def wrapped(function):
            def term(x):
                calls.append(1)
                given = action() if len(calls) == number else None
                return function(x) if given is None else given * function(x)

            return term

        def set_up(*args, **options):
            task = original(*args, **options)
            terms = task.synthesis.spectrogram.objectives[-1].terms
            terms[:] = [dataclasses.replace(one, function=wrapped(one.function)) for one in terms]
            return task

        original = synthesis.texture
        monkeypatch.setattr("gramophone.synthesis.texture", set_up)

    return plan


def send(number, times=1):
    for _ in range(times):
        os.kill(os.getpid(), number)


def check_kept(folder):
    samples, rate_hz = soundfile.read(folder / "out.wav")
    assert (len(samples), rate_hz) == (11025, 22050)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() > 0.01
    return read_record(folder / "out.json")


@pytest.mark.survives("interruptions")
class TestInterruption:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_signal_keeps_what_there_is(self, folder, gramophone, names, at_call, number, code):
        at_call(12, lambda: send(number))
        outcome = gramophone(*TEXTURE, "--quiet", "--json")
        assert outcome.code == code
        assert names() == ["out.json", "out.wav"]
        record = check_kept(folder)
        assert record["stopped"] == "interrupted"
        steps = len(record["losses"])
        assert 1 < steps < 30
        assert outcome.err == (f"gramophone: interrupted after {steps} steps; the result so far is in out.wav\n")
        assert json.loads(outcome.out)["stopped"] == "interrupted"
        assert signal.getsignal(number) in {signal.default_int_handler, signal.SIG_DFL}

    def test_an_interruption_that_is_raised_is_kept_too(self, folder, gramophone, at_call):
        def interrupt():
            raise KeyboardInterrupt

        at_call(12, interrupt)
        assert gramophone(*TEXTURE).code == 130
        assert check_kept(folder)["stopped"] == "interrupted"

    def test_before_the_first_step_nothing_is_written(self, folder, refused, at_call):
        at_call(1, lambda: send(signal.SIGINT))
        said = refused(130, *TEXTURE)
        assert said == "gramophone: interrupted before the first step; nothing was written\n"

    def test_while_reading_nothing_is_written(self, folder, refused, monkeypatch):
        monkeypatch.setattr("gramophone.runs.inputs.load_hashed", lambda path: send(signal.SIGTERM))
        assert refused(143, *TEXTURE) == "gramophone: interrupted; nothing was written\n"

    def test_between_result_and_record_nothing_stops(self, folder, gramophone, names, monkeypatch):
        from gramophone.runs import execute

        def record(*args, **options):
            send(signal.SIGINT, times=2)
            return original(*args, **options)

        original = execute.run_record
        monkeypatch.setattr(execute, "run_record", record)
        outcome = gramophone("texture", "rain.wav", "-o", "out.wav", "--iterations", "1", "--quiet")
        assert outcome.code == 130
        assert names() == ["out.json", "out.wav"]
        assert check_kept(folder)["stopped"] == "finished"

    @pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_process_that_is_interrupted(self, folder, start, names, number, code):
        words = ["texture", "rain.wav", "-o", "out.wav", "--iterations", "9999", "--duration", "5"]
        process = start(*words, cwd=folder)
        for line in process.stderr:
            if " step " in line:
                break
        process.send_signal(number)
        out, err = process.communicate()
        assert process.returncode == code
        assert "interrupted after" in err.splitlines()[-1]
        assert "Traceback" not in err
        assert "out.wav: 5.00 s" in out
        assert names() == ["out.json", "out.wav"]
        assert soundfile.info(folder / "out.wav").frames == 5 * 22050
        assert read_record(folder / "out.json")["stopped"] == "interrupted"


class TestSecondInterruption:
    def test_twice_gives_up(self, folder, refused, at_call):
        at_call(12, lambda: send(signal.SIGINT, times=2))
        assert "interrupted twice and given up; no unfinished file is left" in refused(130, *TEXTURE)

    def test_twice_while_writing_leaves_the_old_file(self, folder, refused, monkeypatch):
        (folder / "out.wav").write_bytes(b"old")
        monkeypatch.setattr("gramophone.audio.write.make_reproducible", lambda path: send(signal.SIGINT, times=2))
        assert "given up" in refused(130, *TEXTURE, "--overwrite")
        assert (folder / "out.wav").read_bytes() == b"old"


@pytest.mark.survives("values that are not finite")
class TestNonFiniteLoss:
    def test_not_finite_keeps_the_last_good_result(self, folder, gramophone, at_call):
        at_call(12, lambda: float("nan"))
        outcome = gramophone(*TEXTURE, "--quiet")
        assert outcome.code == 5
        assert outcome.err == "gramophone: the term 'style' became nan; the last good result is kept\n"
        assert "out.wav: 0.50 s" in outcome.out
        assert check_kept(folder)["stopped"] == "the term 'style' became nan; the last good result is kept"

    def test_not_finite_in_the_first_step_writes_nothing(self, folder, refused, at_call):
        at_call(1, lambda: float("inf"))
        assert "the term 'style' became" in refused(5, *TEXTURE)


@pytest.mark.survives("interruptions")
class TestBrokenPipes:
    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize("words", [["--help"], ["presets"], ["info", "rain.wav"], ["--version"]])
    def test_nobody_reads(self, folder, start, words, unbuffered):
        read, write = os.pipe()
        os.close(read)
        process = start(*words, cwd=folder, stdout=write, env={"PYTHONUNBUFFERED": unbuffered})
        os.close(write)
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")

    @pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
    def test_nobody_reads_the_outcome_or_the_progress(self, folder, start, names):
        read, write = os.pipe()
        os.close(read)
        words = ["texture", "rain.wav", "-o", "out.wav", "--iterations", "1"]
        process = start(*words, cwd=folder, stdout=write, stderr=write)
        os.close(write)
        assert process.wait() == 0
        assert names() == ["out.json", "out.wav"]

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
    @pytest.mark.parametrize("words", [["presets"], ["--help"], ["info", "rain.wav"]])
    def test_a_full_disk_behind_standard_output(self, folder, capsys, monkeypatch, words):
        with Path("/dev/full").open("w") as full:
            monkeypatch.setattr("sys.stdout", full)
            assert main(words) == 2
        said = "standard output could not be written: No space left on device; free some space, or send it somewhere"
        assert capsys.readouterr().err == f"gramophone: {said} else\n"

    @pytest.mark.skipif(os.name != "posix", reason="shells of POSIX")
    def test_closed_streams(self, folder):
        script = "from gramophone.cli import main; raise SystemExit(main())"
        command = f"{shlex.quote(sys.executable)} -c {shlex.quote(script)} presets >&- 2>&-"
        assert subprocess.run(command, shell=True, check=False).returncode == 0
