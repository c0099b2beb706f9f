"""A real studio in a process of its own, and clients for it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
import pytest
import soundfile

from gramophone.audio import Sound, save
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.raw import Condition, LruConfig
from gramophone.raw.model_file import write
from gramophone.raw.models import model_of
from gramophone.synthesis import representative
from gramophone.synthesis.learn_style import Recording
from gramophone.web.config import Config, Limits
from gramophone.web.serve import known_hosts, listen, server_of

RATE_HZ = 22050
SECONDS = 60.0
TOKEN = "t" * 40
# One of several seconds, for what must not end while it is looked at: short ones are perfect too soon.
MADE = {"voice": (spoken_phrase, 1.0), "rain": (rain, 1.0), "fire": (fire, 1.0), "speech": (spoken_phrase, 5.0)}


@dataclass
class Running:
    """A studio that runs.

    Attributes:
        process: `gramophone serve`.
        address: without a path.
        token: of its link.
        client: sends the token.
    """

    process: subprocess.Popen
    address: str
    token: str
    client: httpx.Client = field(init=False)

    def __post_init__(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        self.client = httpx.Client(base_url=self.address, headers=headers, timeout=SECONDS)

    @property
    def link(self):
        return f"{self.address}/?token={self.token}"

    def upload(self, path, name=None):
        answer = self.client.post("/api/sounds", params={"name": name or path.name}, content=path.read_bytes())
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def order(self, **values):
        answer = self.client.post("/api/jobs", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def job(self, name):
        return self.client.get(f"/api/jobs/{name}").json()

    def until(self, name, *states):
        """The job, as soon as it is in one of these states."""
        return wait(lambda: (found := self.job(name))["state"] in states and found)

    def stepping(self, name):
        """Waits until a job has made a step."""
        with self.client.stream("GET", f"/api/jobs/{name}/events") as response:
            assert any(line == "event: step" for line in response.iter_lines())

    def worker(self):
        """The process id of the worker, as soon as it is ready."""
        return wait(lambda: (w := self.client.get("/api/status").json()["workers"][0])["ready"] and w["pid"])


def wait(found, seconds=SECONDS):
    """What `found` gives, once it is true."""
    end_s = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end_s, "nothing happened"
        time.sleep(0.02)
    return value


def start_studio(folder, *words):
    """Starts `gramophone serve` in a folder."""
    source = str(Path(__file__).parents[2] / "src")
    # Tests that run in the background of a shell were told to ignore Ctrl-C, and their children with them.
    heard = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    begin = "from gramophone.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", heard + begin, "serve", "--port", "0", "--no-browser", "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": source},
    )
    said = process.stdout.readline().strip()
    assert said.startswith("http://"), process.stderr.read()
    address, _, token = said.partition("/?token=")
    token = token or process.stdout.readline().split()[-1]
    running = Running(process, address, token)
    wait(lambda: reached(running))
    return running


def reached(running):
    try:
        return running.client.get("/api/status").status_code == 200
    except httpx.TransportError:
        return False


def end_studio(running):
    running.client.close()
    running.process.send_signal(signal.SIGINT)
    try:
        running.process.communicate(timeout=20)
    finally:
        running.process.kill()


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with a small causal model of two conditions, and a file that is none."""
    folder = tmp_path_factory.mktemp("models")
    conditions = (Condition("sort", ("calm", "wild")), Condition("level", low=1.0, high=3.0))
    model = model_of(LruConfig(conditions=conditions, channels=4, skip=8))
    write(folder / "small.safetensors", model, {"gain": 1.0}, overwrite=False)
    (folder / "other.safetensors").write_bytes(b"no model")
    return folder


@pytest.fixture(scope="session")
def studio(tmp_path_factory, models):
    """One studio for all tests that do not end it."""
    running = start_studio(tmp_path_factory.mktemp("studio"), "--models", str(models))
    yield running
    end_studio(running)


@pytest.fixture
def start():
    """Starts studios that end with the test."""
    started = []

    def begin(folder, *words):
        started.append(start_studio(folder, *words))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            end_studio(running)
        running.process.stdout.close()
        running.process.stderr.close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Files by name."""
    folder = tmp_path_factory.mktemp("clips")
    for name, (make, duration_s) in MADE.items():
        soundfile.write(folder / f"{name}.wav", make(RATE_HZ, duration_s, 0).T, RATE_HZ, subtype="FLOAT")
    return {name: folder / f"{name}.wav" for name in MADE}


@pytest.fixture(scope="session")
def style_file(tmp_path_factory):
    """A style file, learned from two recordings of rain: its path and the style."""
    recordings = [Sound(rain(RATE_HZ, 2.0, seed), RATE_HZ) for seed in (1, 2)]
    style = representative((Recording(f"{n}.wav", f"{n}.wav", [one]) for n, one in enumerate(recordings)), 1.0)
    path = tmp_path_factory.mktemp("styles") / "rain.style.safetensors"
    save(style, path)
    return path, style


@pytest.fixture
def small(tmp_path):
    """Starts studios in this process, without workers, with other limits."""
    servers = []

    def begin(**limits):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = tmp_path / f"studio-{port}"
        folder.mkdir()
        config = Config(folder, TOKEN, known_hosts("127.0.0.1", port, ()), devices=(), limits=Limits(**limits))
        server, listener = server_of(config), listen("127.0.0.1", port)
        state = server.config.app.state
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running = Running(None, f"http://127.0.0.1:{port}", TOKEN)
        servers.append((server, thread, listener, running))
        running.folder = folder
        wait(lambda: reached(running))
        running.studio = state.studio
        return running

    yield begin
    for server, thread, listener, running in servers:
        running.client.close()
        server.should_exit = True
        thread.join()
        listener.close()


PATIENCE_MS = 90_000
# How far the clock has come at most: a second of sound can be over between two looks at it.
FURTHEST = """
window.furthest = 0;
document.addEventListener("DOMContentLoaded", () => {
  const seen = (changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) window.furthest = Math.max(window.furthest, parseFloat(node.textContent));
    }
  };
  new MutationObserver(seen).observe(document.getElementById("clock"), { childList: true });
});
"""


@pytest.fixture
def opened(browser, studio):
    """Opens the page in an emptied studio; fails at the end if anything was complained about."""
    for job in studio.client.get("/api/jobs").json():
        studio.client.post(f"/api/jobs/{job['id']}/cancel")
        studio.until(job["id"], "done", "failed", "cancelled")
        studio.client.delete(f"/api/jobs/{job['id']}")
    contexts, complaints = [], []

    def show(context=None, **options):
        if context is None:
            contexts.append(browser.new_context(**options))
            context = contexts[-1]
        page = context.new_page()
        page.complaints = complaints
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.add_init_script(FURTHEST)
        page.goto(studio.link)
        page.wait_for_selector("body[data-ready=true]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def keep(request):
    """Keeps a picture of the page where GRAMOPHONE_SHOTS names a folder."""
    folder = os.environ.get("GRAMOPHONE_SHOTS")

    def shot(page, name):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return shot
