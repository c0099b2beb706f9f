"""Memory is asked about before a long result is computed."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from gramophone.errors import LimitError
from gramophone.request import TransferRequest
from gramophone.runs import memory
from gramophone.runs.execute import prepare
from gramophone.runs.memory import available_bytes, check_memory
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.workers.subprocess_env import environment

LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from gramophone.cli import main
words = ["texture", "a.wav", "--iterations", "1", "--quiet"]
assert main([*words, "-o", "first.wav", "--duration", "0.3"]) == 0  # loads everything
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + 30_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(main([*words, "-o", "out.wav", "--duration", "25"]))
"""


def system(tmp_path, available_kb=1000, most=None, used=0):
    (tmp_path / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable:    {available_kb} kB\nDirty: 0 kB\n")
    if most is not None:
        (tmp_path / "memory.max").write_text(f"{most}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
    return available_bytes(tmp_path, tmp_path / "meminfo")


@pytest.mark.survives("memory")
class TestMemory:
    def test_what_is_free_is_what_system_and_container_leave(self, tmp_path):
        assert system(tmp_path) == 1_024_000
        assert system(tmp_path, most="max", used=5) == 1_024_000
        assert system(tmp_path, most=700_000, used=100_000) == 600_000
        assert system(tmp_path, most=10, used=100_000) == 0
        assert available_bytes(tmp_path, tmp_path / "none") is None

    @pytest.mark.parametrize(("in_blocks", "bytes_each"), [(False, 800), (True, 150)])
    def test_a_result_that_takes_more_is_refused(self, monkeypatch, in_blocks, bytes_each):
        needed = 600 * 48_000 * 2 * bytes_each
        monkeypatch.setattr(memory, "available_bytes", lambda: needed)
        check_memory(in_blocks=in_blocks, duration_s=600.0, rate_hz=48_000, channels=2)
        monkeypatch.setattr(memory, "available_bytes", lambda: needed - 1)
        with pytest.raises(LimitError, match=r"600 s of 2 channel\(s\) at 48000 Hz take about \d+\.\d GB, but"):
            check_memory(in_blocks=in_blocks, duration_s=600.0, rate_hz=48_000, channels=2)

    @pytest.mark.parametrize(("name", "is_refused"), [("infinite-deep", True), ("infinite", False)])
    def test_before_anything_is_computed(self, tmp_path, monkeypatch, name, is_refused):
        soundfile.write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(22_050), 22_050)
        monkeypatch.setattr(memory, "available_bytes", lambda: 5_000_000)
        request = TransferRequest(content=str(tmp_path / "a.wav"), styles=[str(tmp_path / "a.wav")], preset=name)
        run = Run(request, tmp_path / "out.wav")
        if is_refused:
            with pytest.raises(LimitError, match=r"but only 0\.0 GB of memory are free; give a shorter recording"):
                prepare(run, Observer())
        else:
            prepare(run, Observer())

    def test_where_nothing_is_known_nothing_is_refused(self, monkeypatch):
        monkeypatch.setattr(memory, "available_bytes", lambda: None)
        check_memory(in_blocks=False, duration_s=1e9, rate_hz=48_000, channels=2)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space as Linux has them")
@pytest.mark.survives("memory")
def test_memory_that_ends_in_the_middle_gives_a_sentence_and_no_file(tmp_path):
    soundfile.write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(22_050), 22_050)
    words = [sys.executable, "-c", LITTLE_MEMORY]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment())
    assert done.returncode == 4
    assert done.stderr.startswith("gramophone: there is not enough memory")
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "first.json", "first.wav"]
