"""What the HTTP API says about the studio itself."""

from fastapi import APIRouter
from pydantic import BaseModel

from gramophone import __version__
from gramophone.web.form import Form, form
from gramophone.web.routing import ApiRoute, CurrentStudio, Error, refused

router = APIRouter(route_class=ApiRoute)


class WorkerStatus(BaseModel):
    """One worker process."""

    pid: int | None
    ready: bool


class Status(BaseModel):
    """How busy the studio is."""

    version: str
    workers: list[WorkerStatus]
    queued: int
    running: int
    uploads: int
    streams: int
    stored_bytes: int
    stored_bytes_limit: int


@router.get("/api/status", responses={403: {"model": Error, **refused(403)[403]}})
async def status(studio: CurrentStudio) -> Status:
    """How busy the studio is."""
    return Status(
        version=__version__,
        workers=[WorkerStatus(pid=one.pid, ready=one.is_ready) for one in studio.supervisors],
        queued=studio.jobs.count("queued"),
        running=studio.jobs.count("running"),
        uploads=studio.uploads,
        streams=len(studio.streams),
        stored_bytes=studio.stored_bytes(),
        stored_bytes_limit=studio.config.limits.stored_bytes,
    )


@router.get("/api/form")
async def get_form(studio: CurrentStudio) -> Form:
    """All fields of requests with their limits and descriptions, for the page and for other forms."""
    return form(studio.config.limits)
