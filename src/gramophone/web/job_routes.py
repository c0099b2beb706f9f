"""What the HTTP API does with jobs."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from gramophone.web.errors import ApiError
from gramophone.web.jobs import ENDED, Job
from gramophone.web.orders import Order, check_length, read_order
from gramophone.web.sound_routes import send_file, studio_of
from gramophone.web.store import new_id
from gramophone.web.studio import Studio

ORDER_BYTES = 20_000
BYTES_PER_SAMPLE = 5  # of a result at the least: WAV with 24 bits, and what FLAC makes of it
KEEP_ALIVE_S = 10.0
FILES = {
    "wav": "result.wav",
    "flac": "result.flac",
    "record": "result.json",
    "picture": "picture.png",
    "peaks": "peaks.json",
}


async def list_jobs(request: Request) -> Response:
    """Every job, the newest first."""
    return JSONResponse([shown(job) for job in studio_of(request).jobs.all()])


async def add_job(request: Request) -> Response:
    """Queues a job."""
    studio = studio_of(request)
    values = await json_body(request)
    order, _ = read_order(values, studio.config.limits)
    if order.task == "stream":
        raise ApiError(422, "a stream is started at /api/streams")
    look_up(studio, order)
    folder = studio.config.job(new_id())
    folder.mkdir(mode=0o700)
    try:
        job = studio.jobs.add(values, most_waiting=studio.config.limits.jobs_waiting, name=folder.name)
    except BaseException:
        folder.rmdir()
        raise
    studio.wake()
    return JSONResponse(shown(job), 201)


async def get_job(request: Request) -> Response:
    """One job as it stands."""
    return JSONResponse(shown(studio_of(request).jobs.get(request.path_params["id"])))


async def remove_job(request: Request) -> Response:
    """Removes a job that has ended."""
    studio_of(request).forget_job(request.path_params["id"])
    return Response(status_code=204)


async def steer_job(request: Request) -> Response:
    """Stops a job and keeps what there is, cancels it, or asks for the sound so far."""
    studio, name = studio_of(request), request.path_params["id"]
    match request.path_params["wish"]:
        case "stop":
            job = studio.jobs.wish(name, "stop")
        case "cancel":
            job = studio.jobs.wish(name, "cancel")
        case "listen":
            job = studio.jobs.listen(name)
        case _:
            raise ApiError(404, "a job can be told to stop, cancel or listen")
    studio.wake()
    return JSONResponse(shown(job))


async def job_events(request: Request) -> Response:
    """What happens to a job, as server-sent events; goes on after Last-Event-ID."""
    studio = studio_of(request)
    job = studio.jobs.get(request.path_params["id"])
    after = request.headers.get("last-event-id", request.query_params.get("after", "0"))
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise ApiError(422, "Last-Event-ID must be the id of an event")
    return StreamingResponse(_events(studio, job.id, int(after)), media_type="text/event-stream")


async def job_file(request: Request) -> Response:
    """A file of a result, once the job is done; `so-far` and `forming` while it runs."""
    studio, what = studio_of(request), request.path_params["what"]
    job = studio.jobs.get(request.path_params["id"])
    folder = studio.config.job(job.id)
    if what == "so-far":
        return send_file(folder / "so-far.wav", "so-far.wav")
    if what == "forming":
        png = studio.jobs.picture(job.id)
        if png is None:
            raise ApiError(404, "there is no picture yet")
        return Response(png, media_type="image/png")
    if what != "report" and what not in FILES:
        raise ApiError(404, f"a job has {', '.join(FILES)}, report, so-far and forming")
    if job.state != "done":
        raise ApiError(404, f"the job is {job.state}; it has files when it is done")
    if what == "report":
        return send_file(await _report(studio, job, folder), "report.html")
    return send_file(folder / FILES[what], FILES[what])


def look_up(studio: Studio, order: Order) -> list[Path]:
    """The files of an order's sounds, content first.

    Raises:
        RefusedError: a sound or job is not there, the result would be too long, or has no room.
    """
    sounds = [studio.sounds.use(name) for name in order.sounds]
    if order.task != "stream":
        asked_s = order.known_s or max(sound.duration_s for sound in sounds[: 1 if order.content else None])
        check_length(order, asked_s, studio.config.limits)
        values = asked_s * max(one.rate_hz for one in sounds) * max(one.channels for one in sounds)
        studio.check_room(round(BYTES_PER_SAMPLE * values))
    if order.begun is not None and studio.jobs.get(order.begun).state in ("failed", "cancelled"):
        raise ApiError(409, "the job to go on from left no result; begin anew")
    return [studio.config.sound(sound.id) / "sound.wav" for sound in sounds]


async def json_body(request: Request) -> Any:  # noqa: ANN401
    """A small JSON body.

    Raises:
        RefusedError: it is large, or no JSON.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > ORDER_BYTES:
            raise ApiError(413, f"an order has at most {ORDER_BYTES} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(422, "the body is no JSON") from None


def shown(job: Job) -> dict[str, Any]:
    """A job in JSON."""
    return {name: value for name, value in vars(job).items() if name not in ("wish", "listens")}


async def _events(studio: Studio, name: str, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    while True:
        found = studio.jobs.events(name, after)
        for event in found:
            yield f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
            after = event.id
        if found:
            continue
        row = studio.store.row("SELECT state FROM jobs WHERE id = ?", name)
        if row is None or row["state"] in ENDED:
            yield "event: end\ndata: {}\n\n"
            return
        if not await studio.bell.wait(KEEP_ALIVE_S):
            yield ": still here\n\n"


async def _report(studio: Studio, job: Job, folder: Path) -> Path:
    path = folder / "report.html"
    if not path.is_file():
        order, _ = read_order(job.request, studio.config.limits)
        words = []
        for number, name in enumerate(order.sounds):
            sound = studio.sounds.use(name)
            role = "content" if order.content and number == 0 else "style"
            words += [role, sound.name, str(studio.config.sound(name) / "sound.wav")]
        words += ["result", "result.wav", str(folder / "result.wav")]
        await studio.children.ask("report", str(folder), *words, longest_s=300)
    return path
