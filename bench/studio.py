"""`python -m bench.studio [section ...]`: figures of the studio, each beside the one asked for.

Sections: picture (click to the first picture), status (answers while a job computes), soak (many small jobs), stream
(gaps of an endless texture; MINUTES=10 by default, in a browser), page (first paint and weight).
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bench.recordings import made
from gramophone.audio import save

CHROMIUM_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


@contextmanager
def studio() -> Iterator[tuple[httpx2.Client, str, int]]:
    """A studio in a process of its own: a client, the link, the process id."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "gramophone", "serve", "--no-browser", "--port", "0", "--folder", folder]
        with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
            link = process.stdout.readline().strip() if process.stdout else ""
            address, _, token = link.partition("/?token=")
            headers = {"Authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=address, headers=headers, timeout=120) as client:
                _until(lambda: _status(client).get("workers", [{}])[0].get("ready"))
                yield client, link, process.pid
            process.send_signal(signal.SIGINT)


def picture() -> str:
    """Seconds from the order to the first picture of what forms, for clips of 5 s; the least of five."""
    with studio() as (client, _, _):
        sounds = [_upload(client, name, 5.0) for name in ("phrase", "fire")]
        times = [_first_picture(client, sounds, 44100) for _ in range(5)]
    shown = ", ".join(f"{one:.2f}" for one in times)
    return f"first picture: {min(times):.2f} s at least (of {shown}); asked: under 1.5 s"


def status() -> str:
    """How long GET /api/status takes while a job computes."""
    with studio() as (client, _, _):
        sounds = [_upload(client, name, 5.0) for name in ("phrase", "fire")]
        job = _order(client, sounds, iterations=2000)
        _until(lambda: client.get(f"/api/jobs/{job}").json()["state"] == "running")
        times = []
        for _ in range(300):
            began_s = time.perf_counter()
            client.get("/api/status").raise_for_status()
            times.append(time.perf_counter() - began_s)
            time.sleep(0.02)
        client.post(f"/api/jobs/{job}/cancel")
    p95 = statistics.quantiles(times, n=20)[-1]
    median = statistics.median(times)
    return f"status during a job: p95 {1000 * p95:.1f} ms, median {1000 * median:.1f} ms; asked: p95 under 100 ms"


def soak() -> str:
    """Memory, descriptors and threads of server and worker over JOBS small jobs (1,000 by default)."""
    jobs = int(os.environ.get("JOBS", "1000"))
    with studio() as (client, _, pid):
        sound = _upload(client, "rain", 0.5)
        worker = _status(client)["workers"][0]["pid"]
        _run_jobs(client, sound, max(20, jobs // 10))
        before = [_footprint(one) for one in (pid, worker)]
        _run_jobs(client, sound, jobs)
        after = [_footprint(one) for one in (pid, worker)]
        lines = [f"{jobs} jobs; worker {'the same' if worker == _status(client)['workers'][0]['pid'] else 'ANOTHER'}"]
        for name, first, last in zip(("server", "worker"), before, after, strict=True):
            growth = 100 * (last["rss"] / first["rss"] - 1)
            lines.append(
                f"{name}: memory {growth:+.1f} % (of {first['rss'] / 1e6:.0f} MB), "
                f"descriptors {first['files']} to {last['files']}, threads {first['threads']} to {last['threads']}"
            )
        zombies = sum(1 for path in Path("/proc").glob("[0-9]*/stat") if _is_zombie_of(path, pid))
        lines.append(f"zombies: {zombies}; asked: memory under +5 %, the rest constant, none")
    return "\n".join(lines)


def stream() -> str:
    """Gaps of an endless texture in a browser, mono 44.1 kHz, and how soon a moved mix is heard."""
    from playwright.sync_api import sync_playwright

    minutes = float(os.environ.get("MINUTES", "10"))
    with studio() as (_, link, _), sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        files = [str(_file(Path(folder), name, 5.0)) for name in ("rain", "fire")]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.set_default_timeout(180_000)
        page.goto(link)
        page.wait_for_selector("body[data-ready=true]")
        page.click("#tab-stream")
        page.set_input_files("#slot-style", files[0])
        page.wait_for_selector("[aria-label=style] img.spectrogram")
        page.click("#add-style")
        page.set_input_files("#slot-style-2", files[1])
        page.wait_for_selector("#mix")
        page.click("#make")
        page.wait_for_selector("#stream-view[data-state=playing]")
        page.wait_for_timeout(60_000 * minutes)
        gaps = page.get_attribute("#stream-view", "data-gaps")
        heard = []
        for key in ("ArrowRight", "ArrowLeft") * 3:
            page.focus("#mix")
            page.keyboard.press(key)
            page.wait_for_timeout(8_000)
            heard.append(float(page.get_attribute("#stream-view", "data-changed-after-s") or "nan"))
        browser.close()
    shown = ", ".join(f"{one:.2f}" for one in heard)
    return f"{minutes:g} minutes: {gaps} gaps (asked: 0); a moved mix is heard after {shown} s (asked: 2 s)"


def page() -> str:
    """First paint and bytes of the page, without sounds; the least of five."""
    from playwright.sync_api import sync_playwright

    paints, sent = [], 0
    with studio() as (_, link, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for _ in range(5):
            opened = browser.new_context().new_page()
            opened.goto(link)
            opened.wait_for_selector("body[data-ready=true]", timeout=60_000)
            painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
            paints.append(opened.evaluate(painted) / 1000)
            sizes = "performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize ?? 0), 0)"
            sent = opened.evaluate(sizes)
        browser.close()
    return f"first paint {min(paints):.2f} s (asked: under 1 s); {sent / 1000:.0f} kB (asked: under 300 kB)"


SECTIONS: dict[str, Callable[[], str]] = {
    "page": page,
    "picture": picture,
    "status": status,
    "soak": soak,
    "stream": stream,
}


def _file(folder: Path, name: str, duration_s: float) -> Path:
    return save(made(name, duration_s).resampled(44_100), folder / f"{name}.wav", overwrite=True).path


def _upload(client: httpx2.Client, name: str, duration_s: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        body = _file(Path(folder), name, duration_s).read_bytes()
    return str(client.post("/api/sounds", params={"name": f"{name}.wav"}, content=body).json()["id"])


def _order(client: httpx2.Client, sounds: list[str], **values: object) -> str:
    order = {"task": "transfer", "content": sounds[0], "styles": sounds[1:], **values}
    return str(client.post("/api/jobs", json=order).raise_for_status().json()["id"])


def _first_picture(client: httpx2.Client, sounds: list[str], seed: int) -> float:
    began_s = time.perf_counter()
    job = _order(client, sounds, iterations=40, seed=seed)
    with client.stream("GET", f"/api/jobs/{job}/events") as response:
        next(line for line in response.iter_lines() if line == "event: picture")
    client.get(f"/api/jobs/{job}/forming").raise_for_status()
    seconds = time.perf_counter() - began_s
    client.post(f"/api/jobs/{job}/cancel")
    _until(lambda: client.get(f"/api/jobs/{job}").json()["state"] not in ("queued", "running"))
    return seconds


def _run_jobs(client: httpx2.Client, sound: str, count: int) -> None:
    for _ in range(count):
        order = {"task": "texture", "styles": [sound], "iterations": 1}
        job = client.post("/api/jobs", json=order).raise_for_status().json()["id"]
        _until(lambda job=job: client.get(f"/api/jobs/{job}").json()["state"] == "done")  # type: ignore[misc]
        client.delete(f"/api/jobs/{job}").raise_for_status()


def _status(client: httpx2.Client) -> dict[str, Any]:
    try:
        return dict(client.get("/api/status").json())
    except httpx2.TransportError:
        return {}


def _footprint(pid: int) -> dict[str, int]:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {
        "rss": pages * os.sysconf("SC_PAGE_SIZE"),
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
    }


def _is_zombie_of(path: Path, parent: int) -> bool:
    try:
        state, found = path.read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return False
    return state == "Z" and int(found) == parent


def _until(true: Callable[[], object]) -> None:
    end_s = time.monotonic() + 300
    while not true():
        if time.monotonic() > end_s:
            raise TimeoutError("the studio does not answer")
        time.sleep(0.02)


def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in SECTIONS]:
        sys.exit(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    for name in names or SECTIONS:
        print(SECTIONS[name](), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
