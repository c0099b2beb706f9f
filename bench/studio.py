"""`python -m bench.studio [section ...]`: figures of the studio, each beside the one asked for.

Sections: picture (click to the first picture, in a browser), status (answers while a job computes), soak (JOBS=1000
small jobs), stream (gaps of an endless texture; MINUTES=10, in a browser), live (microphone to headphones; MINUTES=5,
in a browser), page (first paint and weight), first (click to the first transfer that is heard, in a browser), crowd
(UPLOADS=1000 at once and ORDERS=10000 beside a job).
"""

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bench.recordings import made
from gramophone.audio import save

CHROMIUM_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
AUDIBLE_DB = -50.0
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


# Clicks, and waits for the first picture of this job to be drawn.
CLICK = """
() => new Promise((done) => {
  const image = document.getElementById("forming");
  const began = performance.now();
  const ends = () => {
    if (image.hidden || !image.complete) return;
    watch.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  };
  const watch = new MutationObserver(ends);
  document.getElementById("warm").checked = false;
  document.getElementById("make").click();
  watch.observe(image, { attributes: true });
})
"""


@contextmanager
def browser(flags: Sequence[str] = ()) -> Iterator[Any]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*CHROMIUM_FLAGS, *flags])
        yield found
        found.close()


@contextmanager
def studio() -> Iterator[tuple[httpx2.Client, str, int]]:
    """A studio in a process of its own: a client, the link, the process id."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "gramophone", "serve", "--no-browser", "--port", "0", "--folder", folder]
        with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
            link = process.stdout.readline().strip() if process.stdout else ""
            address, _, token = link.partition("/?token=")
            headers = {"Authorization": f"Bearer {token}"}
            try:
                with httpx2.Client(base_url=address, headers=headers, timeout=120) as client:
                    _until(lambda: _status(client).get("workers", [{}])[0].get("ready"))
                    yield client, link, process.pid
            finally:
                process.send_signal(signal.SIGINT)


def picture() -> str:
    """Seconds from the click to the first picture of what forms on the page, for clips of 5 s; the median of nine."""
    with studio() as (client, link, _), browser() as chromium, tempfile.TemporaryDirectory() as folder:
        page = chromium.new_page()
        page.goto(link)
        page.wait_for_selector("body[data-ready=true]")
        for place, name in (("content", "phrase"), ("style", "fire")):
            page.set_input_files(f"#slot-{place}", str(_file(Path(folder), name, 5.0)))
            page.wait_for_selector(f"[aria-label={place}] img.spectrogram")
        page.wait_for_selector("#make:not([disabled])")
        times, parts = [], []
        for seed in range(9):
            page.evaluate(f"document.getElementById('field-seed').value = {seed}")
            times.append(page.evaluate(CLICK) / 1000)
            job = client.get("/api/jobs").json()[0]["id"]
            parts.append(_steps_before_picture(client, job))
            client.post(f"/api/jobs/{job}/cancel")
            _until(lambda job=job: client.get(f"/api/jobs/{job}").json()["state"] not in ("queued", "running"))  # type: ignore[misc]
    shown = ", ".join(f"{one:.2f}" for one in times)
    return (
        f"first picture: {statistics.median(times):.2f} s in the median (of {shown}); asked: under 1.5 s; {parts[-1]}"
    )


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
    minutes = float(os.environ.get("MINUTES", "10"))
    with studio() as (_, link, _), browser() as chromium, tempfile.TemporaryDirectory() as folder:
        files = [str(_file(Path(folder), name, 5.0)) for name in ("rain", "fire")]
        page = chromium.new_page()
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
        rate = page.evaluate("Number(document.getElementById('stream-view').dataset.rateHz)")
        last = page.get_attribute("#stream-view", "data-gaps")
    shown = ", ".join(f"{one:.2f}" for one in heard)
    return (
        f"{minutes:g} minutes, mono {rate} Hz: {gaps} gaps (asked: 0), {last} with the moves after it; "
        f"a moved mix is heard after {shown} s (asked: 2 s)"
    )


def live() -> str:
    """Microphone to headphones on the Live tab, with Chromium's made-up microphone: the way there, and drop-outs."""
    minutes = float(os.environ.get("MINUTES", "5"))
    rows = []
    for mode in ("fast", "default"):
        with studio() as (_, link, _), browser(MICROPHONE) as chromium, tempfile.TemporaryDirectory() as folder:
            page = chromium.new_context(permissions=["microphone"]).new_page()
            page.set_default_timeout(180_000)
            page.goto(link)
            page.wait_for_selector("body[data-ready=true]")
            page.click("#tab-live")
            page.set_input_files("#slot-style", str(_file(Path(folder), "rain", 5.0)))
            page.wait_for_selector("#make:not([disabled])")
            page.select_option("#play-mode", mode)
            page.click("#make")
            page.wait_for_selector("#play-view[data-round-trip-ms]:not([data-round-trip-ms=''])")
            way_ms = []
            for _ in range(round(60 * minutes)):
                page.wait_for_timeout(1_000)
                way_ms.append(float(page.get_attribute("#play-view", "data-round-trip-ms") or "nan"))
            drops = page.get_attribute("#play-view", "data-drops")
        rows.append(
            f"{mode}: {statistics.median(way_ms):.0f} ms, at most {max(way_ms):.0f} ms (asked: under 300 ms), "
            f"{drops} drop-outs in {minutes:g} minutes (asked: 0)"
        )
    return "; ".join(rows)


def page() -> str:
    """First paint and bytes of the page, without sounds; the least of five."""
    paints, sent = [], 0
    with studio() as (_, link, _), browser() as chromium:
        for _ in range(5):
            opened = chromium.new_context().new_page()
            opened.goto(link)
            opened.wait_for_selector("body[data-ready=true]", timeout=60_000)
            painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"
            paints.append(opened.evaluate(painted) / 1000)
            sizes = "performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize ?? 0), 0)"
            sent = opened.evaluate(sizes)
    return f"first paint {min(paints):.2f} s (asked: under 1 s); {sent / 1000:.0f} kB (asked: under 400 kB)"


def first() -> str:
    """Seconds from opening the page, and from the one click, until an example is heard; the median of five."""
    opened_s, clicked_s = [], []
    with studio() as (_, link, _), browser() as chromium:
        for _ in range(5):
            context = chromium.new_context(viewport={"width": 1440, "height": 900})
            page, began_s = context.new_page(), time.monotonic()
            page.goto(link)
            page.wait_for_selector("[data-example] .hear")
            opened_s.append(time.monotonic() - began_s)
            began_s = time.monotonic()
            page.click("[data-example] .hear >> nth=0")
            while float(page.get_attribute("#meter", "data-peak-db") or "-99") < AUDIBLE_DB:
                page.wait_for_timeout(10)
            clicked_s.append(time.monotonic() - began_s)
            context.close()
    return (
        f"a transfer is heard {statistics.median(clicked_s):.2f} s after one click (at most {max(clicked_s):.2f}), "
        f"{statistics.median(opened_s):.2f} s after the page is opened (asked: one click and 5 s)"
    )


def crowd() -> str:
    """Many uploads at once, then many orders beside a job: what is answered, how soon the status, in what memory."""
    uploads, orders = int(os.environ.get("UPLOADS", "1000")), int(os.environ.get("ORDERS", "10000"))
    with studio() as (client, _, pid):
        sounds = [_upload(client, name, 20.0) for name in ("phrase", "fire")]
        with tempfile.TemporaryDirectory() as folder:
            body = _file(Path(folder), "rain", 5.0).read_bytes()
        job = _order(client, sounds, iterations=2000)
        before = _peak_bytes(pid)
        at_once, waits = asyncio.run(_pushed(client, uploads, body))
        queued: Counter[int] = Counter()
        texture = {"task": "texture", "styles": sounds[1:]}
        for number in range(orders):
            queued[client.post("/api/jobs", json=texture).status_code] += 1
            if number % 100 == 0:
                waits.append(_asked(client))
        state, peak = client.get(f"/api/jobs/{job}").json()["state"], _peak_bytes(pid)
        client.post(f"/api/jobs/{job}/cancel")
    p95 = statistics.quantiles(waits, n=20)[-1]
    return (
        f"{uploads} uploads of {len(body) / 1e6:.1f} MB at once: {_counted(at_once)}; "
        f"{orders} orders: {_counted(queued)}; "
        f"the job is {state}; status p95 {1000 * p95:.0f} ms (asked: under 100 ms); "
        f"server {before / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most (asked: under 200 MB)"
    )


async def _pushed(client: httpx2.Client, uploads: int, body: bytes) -> tuple["Counter[int]", list[float]]:
    """Statuses of uploads at once (0: the connection was not kept), and how long the status took meanwhile."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(
        base_url=client.base_url, headers=client.headers, timeout=300, limits=limits
    ) as many:

        async def one(number: int) -> int:
            try:
                return (await many.post("/api/sounds", params={"name": f"{number}.wav"}, content=body)).status_code
            except httpx2.TransportError:
                return 0

        pushed = [asyncio.create_task(one(number)) for number in range(uploads)]
        waits = []
        while not all(task.done() for task in pushed):
            waits.append(await asyncio.to_thread(_asked, client))
            await asyncio.sleep(0.05)
        return Counter(task.result() for task in pushed), waits


def _asked(client: httpx2.Client) -> float:
    began_s = time.perf_counter()
    client.get("/api/status")
    return time.perf_counter() - began_s


def _counted(statuses: "Counter[int]") -> str:
    return ", ".join(f"{count} times {status or 'closed'}" for status, count in sorted(statuses.items()))


def _peak_bytes(pid: int) -> int:
    (line,) = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


SECTIONS: dict[str, Callable[[], str]] = {
    "page": page,
    "first": first,
    "picture": picture,
    "status": status,
    "soak": soak,
    "stream": stream,
    "live": live,
    "crowd": crowd,
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


def _steps_before_picture(client: httpx2.Client, job: str) -> str:
    """What the events say of the time before the first step."""
    with client.stream("GET", f"/api/jobs/{job}/events") as response:
        lines = response.iter_lines()
        next(line for line in lines if line == "event: step")
        step = json.loads(next(lines).removeprefix("data: "))
    return f"its first step took {step['elapsed_s']:.2f} s"


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
