"""`gramophone batch` with sounds: a plan in, results out, and what is said about them."""

import json
import signal

import pytest
import soundfile

from gramophone.runs.run_record import read_record

PLAN = """task,content,style,output,strength,seed
texture,,rain.wav,rain.wav,,3
transfer,voice.wav,rain.wav;fire.wav,sub/voice.flac,0.4,
texture,,broken.wav,broken.wav,,
"""


@pytest.fixture
def planned(folder):
    """A plan of which one item fails."""
    (folder / "plan.csv").write_text(PLAN)
    (folder / "broken.wav").write_text("this is no sound\n" * 100)
    return folder


class TestBatch:
    def test_a_plan_becomes_results(self, planned, gramophone):
        command = ("batch", "plan.csv", "-o", "out", "--iterations", "2", "--jobs", "1")
        outcome = gramophone(*command, "--evaluate")
        assert outcome.code == 1
        assert outcome.out.splitlines()[1].startswith("made         2  1.0 s of sound in ")
        assert "100 %  3/3  0.0 s left" in outcome.err
        assert "gramophone: line 4, out/broken.wav: broken.wav is not a readable audio file" in outcome.err
        results = [json.loads(line) for line in (planned / "out" / "results.jsonl").read_text().splitlines()]
        assert [(one["line"], one["status"], one["exit_code"]) for one in results] == [
            (2, "made", 0),
            (3, "made", 0),
            (4, "failed", 3),
        ]
        # What the single command makes, down to the bytes, with a record that says how.
        single = ("texture", "rain.wav", "-o", "single.wav", "--iterations", "2", "--seed", "3", "--quiet")
        assert gramophone(*single).code == 0
        assert (planned / "single.wav").read_bytes() == (planned / "out" / "rain.wav").read_bytes()
        record = read_record(planned / "out" / "rain.json")
        words = "gramophone texture rain.wav -o out/rain.wav --iterations 2 --seed 3"
        assert record["command"] == words.split()
        assert record["measures"]
        assert record["measures"].items() <= results[0]["figures"].items()
        assert read_record(planned / "out" / "sub" / "voice.json")["parameters"]["strength"] == 0.4
        assert soundfile.info(planned / "out" / "sub" / "voice.flac").duration == 0.5
        soundfile.write("broken.wav", soundfile.read("fire.wav")[0], 22050)
        outcome = gramophone(*command, "--quiet", "--json")
        assert (outcome.code, outcome.err) == (0, "")
        said = json.loads(outcome.out)
        assert (said["items"], said["made"], said["kept"], said["failed"]) == (3, 1, 2, 0)

    def test_ctrl_c_finishes_what_is_under_way(self, folder, start):
        words = ("batch", "--content", "*.wav", "--style", "*.wav", "--pairs", "product", "-o", "out", "--jobs", "1")
        process = start(*words, "--iterations", "2")
        lines = iter(process.stderr.readline, "")
        assert any(line.startswith("batch") for line in lines)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "of 9 items; run the same command again to continue" in err
        made = len((folder / "out" / "results.jsonl").read_text().splitlines())
        assert 1 <= made < 9
        assert f"made        {made}" in out
        assert len(list((folder / "out").glob("*.json"))) == made
        assert not list((folder / "out").glob(".*part*"))


class TestRefusals:
    def test_faults_are_said_before_anything_runs(self, folder, gramophone):
        (folder / "plan.jsonl").write_text('{"style": "rain.wav", "colour": 1}\n\n{"style": "none.wav"}\n')
        outcome = gramophone("batch", "plan.jsonl", "-o", "out", "--quiet")
        assert outcome.code == 2
        assert outcome.err.splitlines()[0].startswith("gramophone: plan.jsonl, line 1: there is no column 'colour'")
        assert outcome.err.splitlines()[1:] == [
            "gramophone: plan.jsonl, line 3: none.wav does not exist; check the name",
            "gramophone: plan.jsonl has 2 fault(s) and nothing was run; correct it and start again",
        ]
        assert not (folder / "out").exists()

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            ([], 2, "a batch takes a PLAN, or --style"),
            (["plan.csv", "--style", "*.wav"], 2, "a batch takes a PLAN, or --style"),
            (["plan.csv"], 3, "plan.csv is not a file"),
            (["--style", "none*"], 3, "the style pattern 'none*' matches no file"),
            (["--style", "rain.wav", "--jobs", "0"], 2, "jobs must be between 1 and 1024, not 0"),
            (["--style", "rain.wav", "--colour", "1"], 2, "has 1 fault(s)"),
        ],
    )
    def test_refusals(self, folder, gramophone, words, code, said):
        outcome = gramophone("batch", *words, "-o", "out", "--quiet")
        assert (outcome.code, outcome.out) == (code, "")
        assert said in outcome.err.splitlines()[-1]
        assert not (folder / "out").exists()
