"""Every route of the HTTP API, once: what answers, and what the OpenAPI document says about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from gramophone.web import info_routes, job_routes, sound_routes, stream_routes

Handler = Callable[[Request], Awaitable[Response]]
JSON = "application/json"
SOUND_FILES = {"audio/wav": "", "image/png": "", JSON: "Peaks"}
JOB_FILES = {"audio/wav": "", "audio/flac": "", "image/png": "", "text/html": "", JSON: "PeaksOrRecord"}


def _json(name: str) -> dict[str, str]:
    return {JSON: name}


@dataclass(frozen=True)
class Endpoint:
    """One route.

    Attributes:
        method: of HTTP.
        path: with parameters in braces.
        handler: what answers; the first line of its docstring is the summary.
        status: when all is well.
        also: other statuses when all is well.
        gives: media types of the answer, each with the name of its schema, or none for the bytes of a file.
        takes: media type of the body; empty for none.
        schema: name of the body's schema.
        refusals: statuses besides 403 and 404.
        query: parameters after the path, with what they are.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    gives: dict[str, str] = field(default_factory=dict)
    also: tuple[int, ...] = ()
    takes: str = ""
    schema: str = ""
    refusals: tuple[int, ...] = ()
    query: dict[str, str] = field(default_factory=dict)


ENDPOINTS = (
    Endpoint("GET", "/api/openapi.json", info_routes.document, gives=_json("Document")),
    Endpoint("GET", "/api/status", info_routes.status, gives=_json("Status")),
    Endpoint("GET", "/api/form", info_routes.form, gives=_json("Form")),
    Endpoint("GET", "/api/sounds", sound_routes.list_sounds, gives=_json("Sounds")),
    Endpoint(
        "POST",
        "/api/sounds",
        sound_routes.upload_sound,
        status=201,
        gives=_json("UploadedSound"),
        takes="application/octet-stream",
        refusals=(400, 408, 413, 415, 422, 503, 507),
        query={"name": "what the sound is called"},
    ),
    Endpoint(
        "POST",
        "/api/sounds/built-in/{which}",
        sound_routes.make_sound,
        status=201,
        also=(200,),
        gives=_json("Sound"),
        refusals=(507,),
    ),
    Endpoint("GET", "/api/sounds/{id}", sound_routes.get_sound, gives=_json("Sound")),
    Endpoint("DELETE", "/api/sounds/{id}", sound_routes.remove_sound, status=204, refusals=(409,)),
    Endpoint("GET", "/api/sounds/{id}/{what}", sound_routes.sound_file, gives=SOUND_FILES),
    Endpoint("GET", "/api/jobs", job_routes.list_jobs, gives=_json("Jobs")),
    Endpoint(
        "POST",
        "/api/jobs",
        job_routes.add_job,
        status=201,
        gives=_json("Job"),
        takes=JSON,
        schema="Order",
        refusals=(409, 413, 422, 503, 507),
    ),
    Endpoint("GET", "/api/jobs/{id}", job_routes.get_job, gives=_json("Job")),
    Endpoint("DELETE", "/api/jobs/{id}", job_routes.remove_job, status=204, refusals=(409,)),
    Endpoint(
        "GET",
        "/api/jobs/{id}/events",
        job_routes.job_events,
        gives={"text/event-stream": ""},
        refusals=(422,),
        query={"after": "id of the last event that is known; the header Last-Event-ID comes first"},
    ),
    Endpoint("POST", "/api/jobs/{id}/{wish}", job_routes.steer_job, gives=_json("Job"), refusals=(409,)),
    Endpoint("GET", "/api/jobs/{id}/{what}", job_routes.job_file, gives=JOB_FILES, refusals=(415, 422)),
    Endpoint(
        "POST",
        "/api/streams",
        stream_routes.start_stream,
        status=201,
        gives=_json("Started"),
        takes=JSON,
        schema="Order",
        refusals=(409, 413, 422, 503),
    ),
    Endpoint(
        "GET",
        "/api/streams/{id}/block",
        stream_routes.next_block,
        gives={"application/octet-stream": ""},
        refusals=(409, 410, 422),
    ),
    Endpoint(
        "POST",
        "/api/streams/{id}/weights",
        stream_routes.change_stream,
        status=204,
        takes=JSON,
        schema="Weights",
        refusals=(413, 422),
    ),
    Endpoint("DELETE", "/api/streams/{id}", stream_routes.end_stream, status=204),
)
