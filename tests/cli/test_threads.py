"""Threads of the command line do not keep other programs from working, and a user's own setting stays."""

import os
import subprocess
import sys

from gramophone.cli.memory import reuse_freed_memory
from gramophone.cli.threads import WAITING, limit_spinning


class TestLimitSpinning:
    def test_threads_sleep_soon(self):
        environment = {}
        limit_spinning(environment)
        assert environment == WAITING

    def test_what_a_user_has_set_stays(self):
        own = {"GOMP_SPINCOUNT": "77"}
        limit_spinning(own)
        assert own == {**WAITING, "GOMP_SPINCOUNT": "77"}
        policy = {"OMP_WAIT_POLICY": "ACTIVE"}
        limit_spinning(policy)
        assert policy == {"OMP_WAIT_POLICY": "ACTIVE"}

    def test_it_is_set_before_torch_is_loaded(self):
        """Libraries of threads read their settings when they are loaded."""
        code = (
            "import os, sys; from gramophone.cli import main; sys.argv = ['gramophone', 'presets', '--help'];"
            "assert main() == 0; assert 'torch' not in sys.modules; print(os.environ['GOMP_SPINCOUNT'])"
        )
        clean = {name: value for name, value in os.environ.items() if name not in (*WAITING, "OMP_WAIT_POLICY")}
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean, check=True)
        assert ran.stdout.endswith("1000\n")


class TestCompiling:
    def test_the_first_run_says_that_it_compiles_and_the_next_one_does_not_have_to(self, folder, start):
        said = []
        for _ in range(2):
            words = ("texture", "rain.wav", "-o", "out.wav", "--iterations", "1", "--overwrite")
            _, err = start(*words, env={"NUMBA_CACHE_DIR": str(folder / "compiled")}).communicate(timeout=120)
            assert (folder / "out.wav").is_file()
            said.append("compiling for this processor" in err)
        assert said == [True, False]


class TestReuseFreedMemory:
    def test_new_arrays_cost_no_page_faults(self):
        code = (
            "import os, resource, sys; from gramophone.cli.memory import reuse_freed_memory\n"
            "if sys.argv[1] == 'reuse': reuse_freed_memory({})\n"
            "import numpy as np\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
            "for _ in range(20): [np.ones(1 << 19) for _ in range(4)]\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)"
        )
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        faults = {
            how: int(
                subprocess.run([sys.executable, "-c", code, how], capture_output=True, env=clean, check=True).stdout
            )
            for how in ("reuse", "default")
        }
        assert faults["reuse"] < 0.2 * faults["default"]

    def test_what_a_user_has_set_stays(self, monkeypatch):
        monkeypatch.setattr("ctypes.CDLL", None)
        reuse_freed_memory({"MALLOC_TRIM_THRESHOLD_": "131072"})
        reuse_freed_memory({"GLIBC_TUNABLES": "glibc.malloc.check=3"})
