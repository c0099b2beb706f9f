"""What the HTTP API says about the studio itself."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gramophone import __version__
from gramophone.presets import DESCRIPTIONS, PRESETS, WHOLE_S
from gramophone.web.openapi import openapi
from gramophone.web.orders import order_fields
from gramophone.web.sound_routes import studio_of
from gramophone.web.sound_worker import MADE


async def document(request: Request) -> Response:
    """This API as an OpenAPI document."""
    return JSONResponse(openapi(request.app.state.endpoints))


async def status(request: Request) -> Response:
    """How busy the studio is."""
    studio = studio_of(request)
    return JSONResponse(
        {
            "version": __version__,
            "workers": [{"pid": one.pid, "ready": one.is_ready} for one in studio.supervisors],
            "queued": studio.jobs.count("queued"),
            "running": studio.jobs.count("running"),
            "uploads": studio.uploads,
            "streams": len(studio.streams),
            "stored_bytes": studio.stored_bytes(),
            "stored_bytes_limit": studio.config.limits.stored_bytes,
        }
    )


async def form(request: Request) -> Response:
    """Everything that an order can say: names, limits, words; for the page, and for other forms."""
    limits = studio_of(request).config.limits
    presets = [
        {
            "name": name,
            "help": DESCRIPTIONS[name],
            "tasks": list(jobs),
            "goes_on": all(settings.network.normalise_level for settings in jobs.values()),
        }
        for name, jobs in PRESETS.items()
    ]
    return JSONResponse(
        {
            "fields": [asdict(field) for field in order_fields()],
            "presets": presets,
            "built_in": list(MADE),
            "long_s": WHOLE_S,
            "limits": asdict(limits),
        }
    )
