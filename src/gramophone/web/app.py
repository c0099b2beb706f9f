"""The ASGI application: routes, errors, and the guard around all of it."""

import contextlib
import secrets
import sqlite3
from collections.abc import AsyncIterator
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gramophone.errors import GramophoneError
from gramophone.web.auth import POLICY, Guard, let_in
from gramophone.web.config import Config
from gramophone.web.errors import ApiError, refusal_of, status_of
from gramophone.web.routes import ENDPOINTS
from gramophone.web.studio import running

KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def create_app(config: Config) -> Starlette:
    """The application of one studio; its workers run as long as its lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(config) as studio:
            app.state.studio = studio
            yield

    app = Starlette(
        routes=[Route(one.path, one.handler, methods=[one.method]) for one in ENDPOINTS],
        middleware=[Middleware(Guard, config=config)],
        exception_handlers={
            ApiError: _refused,
            GramophoneError: _refused_below,
            HTTPException: _unknown,
            ClientDisconnect: _left,
            OSError: _refused_by_system,
            sqlite3.Error: _refused_by_system,
        },
        lifespan=lifespan,
    )
    if config.page:
        app.router.routes.extend([Route("/", _page), Route("/static/{name}", _static)])
    app.state.endpoints = ENDPOINTS
    app.state.config = config
    app.state.files = static_files() if config.page else {}
    return app


def static_files() -> dict[str, bytes]:
    """What the page consists of, by name; nothing else is ever served from there."""
    folder = resources.files("gramophone.web").joinpath("static")
    places = [folder, folder.joinpath("vendor")]
    files = [file for place in places for file in place.iterdir() if file.is_file()]
    return {file.name: file.read_bytes() for file in files if f".{file.name.rpartition('.')[2]}" in KINDS}


async def _page(request: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    html = request.app.state.files["index.html"].replace(b"{{nonce}}", nonce.encode())
    # wavesurfer.js puts a style element into its shadow tree.
    policy = f"{POLICY}; style-src 'self' 'nonce-{nonce}'"
    response = Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})
    config: Config = request.app.state.config
    if request.query_params.get("token"):
        let_in(request, response, config.token)
    return response


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in request.app.state.files:
        raise ApiError(404, "there is no such file")
    return Response(request.app.state.files[name], media_type=KINDS[f".{name.rpartition('.')[2]}"])


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse({"error": error.sentence}, error.status, headers=error.headers)


async def _left(request: Request, error: Exception) -> Response:
    return await _refused(request, ApiError(400, "the request broke off; send it again"))


async def _refused_by_system(request: Request, error: Exception) -> Response:
    if not isinstance(error, OSError | sqlite3.Error):
        raise error
    return await _refused(request, refusal_of(error))


async def _refused_below(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, GramophoneError) else 500
    return JSONResponse({"error": str(error)}, status)


async def _unknown(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = "this method is not for this address" if status == 405 else "there is nothing at this address"
    return JSONResponse({"error": sentence}, status)
