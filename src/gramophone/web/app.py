"""The ASGI application: routes, errors, the page, and authentication around all of it."""

import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator
from importlib import resources

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import WebSocketRoute

from gramophone import __version__
from gramophone.errors import GramophoneError
from gramophone.request.refusals import shown
from gramophone.web import info_routes, job_routes, live_routes, model_routes, sound_routes, stream_routes
from gramophone.web.auth import POLICY, Authentication, set_token_cookie
from gramophone.web.config import Config
from gramophone.web.errors import ApiError, refusal_of, status_of
from gramophone.web.routing import refused
from gramophone.web.studio import open_studio

KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".ogg": "audio/ogg",
    ".webp": "image/webp",
}
SENTENCES = {
    400: "the request was interrupted; send it again",
    404: "there is nothing at this address",
    405: "this address does not take this method",
}
DESCRIPTION = (
    "Sounds are uploaded, jobs made of them, and watched by server-sent events; streams are read block by block. "
    "The token goes into the header Authorization: Bearer TOKEN. GET /api/form tells the limits of this studio."
)
TOKEN = Depends(HTTPBearer(scheme_name="token", auto_error=False))  # for the document: `auth` asks for it
page = APIRouter(include_in_schema=False)


def create_app(config: Config) -> FastAPI:
    """Makes the application of one studio; its workers run during its lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_studio(config) as studio:
            app.state.studio = studio
            yield

    app = FastAPI(
        title="gramophone studio",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=refused(403, 422),
        dependencies=[TOKEN],
        middleware=[Middleware(Authentication, config=config)],
        exception_handlers={
            HTTPException: _refused,
            RequestValidationError: _invalid,
            GramophoneError: _refused_below,
            ClientDisconnect: _left,
            OSError: _refused_by_system,
            sqlite3.Error: _refused_by_system,
        },
        lifespan=lifespan,
    )
    for routes in (info_routes, sound_routes, job_routes, stream_routes, model_routes):
        app.include_router(routes.router)
    # Not a route of FastAPI's, whose dependency on the token knows HTTP alone; `auth` checks it.
    app.router.routes.append(WebSocketRoute(live_routes.PATH, live_routes.play))
    if config.page:
        app.include_router(page)
    app.state.config = config
    app.state.files = static_files() if config.page else {}
    return app


def static_files() -> dict[str, bytes]:
    """Reads the files of the page, by name; nothing else is served."""
    folder = resources.files("gramophone.web").joinpath("static")
    places = [folder, folder.joinpath("vendor"), folder.joinpath("examples")]
    files = [file for place in places for file in place.iterdir() if file.is_file()]
    return {file.name: file.read_bytes() for file in files if f".{file.name.rpartition('.')[2]}" in KINDS}


@page.get("/")
async def first_page(request: Request) -> Response:
    """The page; the token in its link is set as a cookie."""
    nonce = secrets.token_urlsafe(16)
    html = request.app.state.files["index.html"].replace(b"{{nonce}}", nonce.encode())
    # wavesurfer.js puts a style element into its shadow tree.
    policy = f"{POLICY}; style-src 'self' 'nonce-{nonce}'"
    response = Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})
    config: Config = request.app.state.config
    if request.query_params.get("token"):
        set_token_cookie(request, response, config.token)
    return response


@page.get("/static/{name}")
async def static_file(name: str, request: Request) -> Response:
    """A file of the page."""
    if name not in request.app.state.files:
        raise ApiError(404, "there is no such file")
    return Response(request.app.state.files[name], media_type=KINDS[f".{name.rpartition('.')[2]}"])


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    sentence = error.detail if isinstance(error, ApiError) else SENTENCES.get(error.status_code, error.detail)
    return JSONResponse({"error": sentence}, error.status_code, headers=error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"][1:])) or "the body"
    given = "" if first["type"] == "missing" else f", not {shown(first['input'])}"
    return JSONResponse({"error": f"{name} is invalid: {first['msg']}{given}; see /api/openapi.json"}, 422)


async def _left(request: Request, error: Exception) -> Response:
    return await _refused(request, ApiError(400, SENTENCES[400]))


async def _refused_by_system(request: Request, error: Exception) -> Response:
    if not isinstance(error, OSError | sqlite3.Error):
        raise error
    return await _refused(request, refusal_of(error))


async def _refused_below(request: Request, error: Exception) -> Response:
    status = status_of(error.exit_code) if isinstance(error, GramophoneError) else 500
    return JSONResponse({"error": str(error)}, status)
