"""The programs in examples/ that use the HTTP API, run as their readers run them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

FOLDER = Path(__file__).parents[2] / "examples"
PROGRAMS = {"studio_client.py": [sys.executable], "studio.sh": ["sh"]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_example_makes_a_transfer(studio, clips, tmp_path, program):
    if program.endswith(".sh") and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    out = tmp_path / "out.wav"
    words = [*PROGRAMS[program], FOLDER / program, studio.link, clips["voice"], clips["fire"], out]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(out).frames == pytest.approx(22050, abs=1)
    said = done.stderr if program.endswith(".py") else done.stdout
    assert re.search(r"step (\d+) of \1\n" if program.endswith(".py") else '"state": "done"', said)
