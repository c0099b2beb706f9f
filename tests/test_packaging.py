"""The package as it is installed, in a process that cannot reach a network."""

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from gramophone.workers.subprocess_env import environment

ROOT = Path(__file__).parents[1]
WHEEL = os.environ.get("GRAMOPHONE_WHEEL")
"""A wheel that is tested in place of the source tree, as `make package` does."""
LARGEST_WHEEL_BYTES = 15_000_000  # of which the trained networks are 13.2
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


def install(folder):
    """Puts there what a wheel holds: the wheel itself if there is one, or the packages of which it is built."""
    if WHEEL:
        with zipfile.ZipFile(ROOT / WHEEL) as wheel:
            wheel.extractall(folder)
        return
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    (package,) = settings["packages"]
    shutil.copytree(ROOT / package, folder / "gramophone", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.survives("without a network")
def test_the_installed_package_works_without_a_network(tmp_path):
    installed = tmp_path / "site"
    install(installed)
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


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_all_places_state_the_same_version():
    import gramophone

    version = project()["project"]["version"]
    assert gramophone.__version__ == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest, date = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)[0]
    assert newest == version
    assert f"\ndate-released: {date}\n" in citation


def test_the_description_of_the_package_has_no_link_into_the_repository():
    """The substitutions of pyproject.toml, done here as the build does them."""
    settings = project()["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/" in text
    for one in settings["substitutions"]:
        text = re.sub(one["pattern"], one["replacement"], text)
    assert re.findall(r"\]\((?!https://)[^)]*\)", text) == []
    assert "has pages for sound designers" in " ".join(text.split())


def test_the_source_archive_takes_what_a_developer_needs():
    named = project()["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"src", "tests", "bench", "docs", "examples", "CITATION.cff", "CONTRIBUTING.md"} <= set(named)
    assert all((ROOT / name).exists() for name in named)


@pytest.mark.skipif(WHEEL is None, reason="make package builds the wheel")
def test_the_wheel_is_small_and_complete():
    path = ROOT / WHEEL
    assert path.stat().st_size < LARGEST_WHEEL_BYTES
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        (about,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        described = email.message_from_bytes(wheel.read(about))
    tracked = {one.relative_to(ROOT / "src").as_posix() for one in (ROOT / "src").rglob("*") if one.is_file()}
    assert {one for one in tracked if "__pycache__" not in one and one.startswith("gramophone/")} <= names
    assert described["Version"] == project()["project"]["version"]
    assert re.findall(r"\]\((?!https://)[^)]*\)", described.get_payload()) == []
    with tarfile.open(next(path.parent.glob("*.tar.gz"))) as archive:
        held = {"/".join(name.split("/")[1:]) for name in archive.getnames()}
    assert {"LICENSE", "CITATION.cff", "examples/texture.ipynb", "docs/gallery/rain.ogg", "tests/conftest.py"} <= held
    assert not any("_build" in name for name in held)
