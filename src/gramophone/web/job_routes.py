"""What the HTTP API does with jobs."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from gramophone.request import StreamRequest, TextureRequest
from gramophone.request.refusals import shown
from gramophone.web.archive import zipped
from gramophone.web.errors import ApiError
from gramophone.web.events import JobEvent
from gramophone.web.jobs import ENDED, Job
from gramophone.web.requests import AnyBody, Body, StreamBody, check_length, check_limits, read_body
from gramophone.web.routing import ApiRoute, CurrentStudio, Id, files, refused
from gramophone.web.sound_routes import send_file
from gramophone.web.sounds import file_name, readable_name
from gramophone.web.store import new_id
from gramophone.web.studio import Studio
from gramophone.web.titles import title_of

router = APIRouter(route_class=ApiRoute)
BYTES_PER_SAMPLE = 5  # of a result at the least: WAV with 24 bits, and what FLAC makes of it
KEEP_ALIVE_S = 10.0
FILES = {
    "wav": "result.wav",
    "flac": "result.flac",
    "record": "result.json",
    "picture": "picture.png",
    "peaks": "peaks.json",
}
KINDS = ("audio/wav", "audio/flac", "image/png", "text/html")


class JobChange(BaseModel):
    """What of a job can be changed; what is left out stays as it is."""

    title: str | None = Field(default=None, min_length=1, max_length=200, description="What the result is called.")
    kept: bool | None = Field(default=None, description="Whether it stays until it is removed.")


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@router.get("/api/jobs")
async def list_jobs(studio: CurrentStudio) -> list[Job]:
    """Every job, the newest first."""
    return studio.jobs.all()


@router.post("/api/jobs", status_code=201, responses=refused(409, 413, 503, 507))
async def add_job(body: Body, studio: CurrentStudio) -> Job:
    """Queues a job."""
    check_limits(body, studio.config.limits)
    if isinstance(body, StreamBody):
        raise ApiError(422, "a stream has no end and cannot be a job; start it at /api/streams")
    look_up(studio, body)
    folder = studio.config.job(new_id())
    folder.mkdir(mode=0o700)
    try:
        title = title_of(body.model_dump(), [file_name(studio.sounds.get(name).name) for name in body.sounds])
        waiting = studio.config.limits.jobs_waiting
        job = studio.jobs.add(body.given(), most_waiting=waiting, name=folder.name, title=title)
        if body.steered and body.begun is not None and studio.jobs.get(body.begun).kept:
            job = studio.jobs.change(job.id, kept=True)
    except BaseException:
        folder.rmdir()
        raise
    studio.wake()
    return job


@router.get("/api/jobs/{id}", responses=refused(404))
async def get_job(name: Id, studio: CurrentStudio) -> Job:
    """One job as it stands."""
    return studio.jobs.get(name)


@router.patch("/api/jobs/{id}", responses=refused(404, 413))
async def change_job(name: Id, studio: CurrentStudio, change: JobChange | None = None) -> Job:
    """Renames a result, or keeps it from expiring; without a body, nothing changes."""
    change = change or JobChange()
    title = None if change.title is None else readable_name(change.title, "result").removesuffix(".wav")
    job = studio.jobs.change(name, title=title, kept=change.kept)
    studio.notifier.notify()
    return job


@router.get("/api/results", response_class=StreamingResponse, responses={200: files("application/zip")})
async def all_results(studio: CurrentStudio) -> Response:
    """Every result with its run record, in one ZIP file."""
    done = [job for job in studio.jobs.all() if job.state == "done"]
    kinds = (FILES["wav"], FILES["record"])
    paths = [(job.title, studio.config.job(job.id) / kind) for job in reversed(done) for kind in kinds]
    named = [(f"{title or path.parent.name}{path.suffix}", path) for title, path in paths]
    headers = {"Content-Disposition": 'attachment; filename="gramophone-results.zip"'}
    return StreamingResponse(zipped(named), media_type="application/zip", headers=headers)


@router.delete("/api/jobs/{id}", status_code=204, response_class=Response, responses=refused(404, 409))
async def remove_job(name: Id, studio: CurrentStudio) -> None:
    """Removes a job that has ended."""
    studio.remove_job(name)


@router.get(
    "/api/jobs/{id}/events",
    response_class=EventStream,
    responses={200: {"model": JobEvent, "description": "events of these kinds"}, **refused(404)},
)
async def job_events(
    name: Id,
    studio: CurrentStudio,
    after: Annotated[str, Query(description="id of the last event that is known")] = "0",
    last_event_id: Annotated[str | None, Header(description="the same, and comes first")] = None,
) -> Response:
    """The events of a job, as server-sent events; resumes after Last-Event-ID."""
    job = studio.jobs.get(name)
    known = after if last_event_id is None else last_event_id
    if not (known.isascii() and known.isdigit() and len(known) < 19):
        raise ApiError(422, f"the last event must be named by its id, a number, not {shown(known)}")
    return EventStream(_events(studio, job.id, int(known)))


@router.post("/api/jobs/{id}/{control}", responses=refused(404, 409))
async def control_job(name: Id, control: str, studio: CurrentStudio) -> Job:
    """Requests a job to stop (and keep the result so far), to cancel, or to make a preview (listen)."""
    match control:
        case "stop" | "cancel":
            job = studio.jobs.request_control(name, control)
        case "listen":
            job = studio.jobs.request_preview(name)
        case _:
            raise ApiError(404, "a job can be told to stop, cancel or listen")
    studio.wake()
    return job


@router.get(
    "/api/jobs/{id}/{what}",
    response_class=FileResponse,
    responses={200: files(*KINDS, model=list[float] | dict[str, Any]), **refused(404, 415)},
)
async def job_file(name: Id, what: str, studio: CurrentStudio) -> Response:
    """A file of a result, once the job is done; `so-far` and `forming` while it runs."""
    job = studio.jobs.get(name)
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
    stem = _output(job).removesuffix(".wav")
    if what == "report":
        return send_file(await _report(studio, job, folder), f"{stem}.html")
    path = folder / FILES[what]
    return send_file(path, f"{stem}{path.suffix}" if path.stem == "result" else path.name)


def look_up(studio: Studio, body: AnyBody) -> list[Path]:
    """Returns the files of a request's sounds, the content first.

    Raises:
        ApiError: a sound or job is not there, the result would be too long, or has no room.
    """
    sounds = [studio.sounds.use(name) for name in body.sounds]
    if not isinstance(body, StreamRequest):
        lengths = [sound.duration_s for sound in (sounds if isinstance(body, TextureRequest) else sounds[:1])]
        length_s = (body.length_s if isinstance(body, TextureRequest) else None) or max(lengths)
        check_length(body, length_s, studio.config.limits)
        values = length_s * max(one.rate_hz for one in sounds) * max(one.channels for one in sounds)
        studio.check_room(round(BYTES_PER_SAMPLE * values))
        if body.begun is not None and studio.jobs.get(body.begun).state in ("failed", "cancelled"):
            raise ApiError(409, "the job in 'begun' left no result; leave it out")
    return [studio.config.sound(sound.id) / "sound.wav" for sound in sounds]


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
        if not await studio.notifier.wait(KEEP_ALIVE_S):
            yield ": still here\n\n"


def _output(job: Job) -> str:
    """Name of a result for downloads; until it is renamed, that in its run record and its command."""
    if job.title:
        return f"{job.title}.wav"
    command = job.result.command if job.result else []
    return command[command.index("-o") + 1] if "-o" in command else "result.wav"


async def _report(studio: Studio, job: Job, folder: Path) -> Path:
    path = folder / "report.html"
    if not path.is_file():
        body = read_body(job.request)
        roles = ["content"] * (len(body.sounds) - len(body.styles)) + ["style"] * len(body.styles)
        words = []
        for role, name in zip(roles, body.sounds, strict=True):
            words += [role, studio.sounds.use(name).name, str(studio.config.sound(name) / "sound.wav")]
        words += ["result", _output(job), str(folder / "result.wav")]
        await studio.sandbox.run("report", str(folder), *words, limit_s=300)
    return path
