"""The package as it is installed, in a process that cannot reach a network."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from gramophone.workers.subprocess_env import environment

ROOT = Path(__file__).parents[1]
NO_NETWORK = """
import socket

def refuse(*_args, **_options):
    raise OSError("this process has no network")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
"""
WORK = """
import sys, json, socket
import gramophone as gp
from gramophone.cli import main
try:
    socket.create_connection(("127.0.0.1", 9))
    raise SystemExit("there is a network")
except OSError:
    pass
assert main(["--help"]) == 0
assert main(["transfer", "voice.wav", "rain.wav", "-o", "out.wav", "--iterations", "2", "--quiet"]) == 0
print(json.dumps([gp.__file__, gp.load("out.wav").duration_s]))
"""


@pytest.mark.survives("without a network")
def test_the_installed_package_works_without_a_network(tmp_path):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    (package,) = settings["packages"]
    installed = tmp_path / "site"
    shutil.copytree(ROOT / package, installed / "gramophone", ignore=shutil.ignore_patterns("__pycache__"))
    (installed / "sitecustomize.py").write_text(NO_NETWORK)
    rng = np.random.default_rng(0)
    for name in ("voice", "rain"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * rng.standard_normal(22_050), 22_050)
    inherited = environment()
    others = [one for one in inherited.get("PYTHONPATH", "").split(":") if one and Path(one) != ROOT / "src"]
    done = subprocess.run(
        [sys.executable, "-c", WORK],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**inherited, "PYTHONPATH": ":".join([str(installed), *others])},
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    place, duration_s = json.loads(done.stdout.splitlines()[-1])
    assert Path(place).is_relative_to(installed)
    assert duration_s == pytest.approx(1, abs=0.01)


def test_every_dependency_is_pinned_and_has_a_range():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        line.partition("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    for entry in project["dependencies"]:
        name = entry.split(">=")[0].strip().lower()
        assert ">=" in entry, entry
        assert name in pinned or name == "attrs", name
