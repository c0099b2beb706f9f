"""One hypothesis profile for all tests, the slow oracle, and a browser."""

import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    "--autoplay-policy=no-user-gesture-required",
]

settings.register_profile("gramophone", derandomize=True, deadline=None, database=None)
settings.load_profile("gramophone")


@pytest.fixture(scope="session")
def oracle():
    """The formulas of `oracle.py`, slow and plain."""
    place = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; pages cannot be opened")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def module_beside(request, monkeypatch):
    """Imports modules from the folder of a test, where worker processes find them, too."""
    names = []

    def load(name):
        monkeypatch.syspath_prepend(str(request.path.parent))
        names.append(name)
        return importlib.import_module(name)

    yield load
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def is_alive():
    """Whether a process runs."""

    def look(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return look


@pytest.fixture
def tiny_disk(tmp_path):
    """Makes a folder on a disk of its own that holds so many bytes."""
    mounted = []

    def make(size_bytes):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("disks cannot be mounted here")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(autouse=True)
def one_thread():
    """More threads only wait for each other with sounds this short."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def unmeasured(monkeypatch):
    """Child processes do not write what they cover: they cannot write anything, which is what is tested."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
