"""Who may use the studio: checks before anything else sees a request, and headers on every response.

Loopback alone is no protection: any web page can send requests to it, by its address or by a name that resolves to
it. So a request must name a known host, must not come from another site, and must carry the token.
"""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gramophone.web.config import Config

SAFE_METHODS = frozenset({"GET", "HEAD"})
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class Authentication:
    """Middleware that refuses unauthenticated requests and those of other sites with 403.

    Args:
        app: the application behind it.
        config: hosts, token and proxy.
    """

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "websocket" and self._refusal(scope) is not None:
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: an answer 403
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        refusal = self._refusal(scope)
        if scope["method"] == "HEAD":  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            await _answer(scope, refusal)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self._config.hosts:
            return "this host name is not known here; use the link that gramophone serve printed"
        # Only the first page may be opened from elsewhere, by its link; nothing of it can be read from there.
        may_be_linked = scope.get("method") in SAFE_METHODS and scope["path"] == "/"
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if scope["type"] == "websocket" and origin is None and "authorization" not in headers:
            return "a page must say where it comes from"
        if origin is not None and origin.partition("://")[2].lower() != host:
            return "requests from other sites are refused"
        if site not in (None, "same-origin", "none") and not may_be_linked:
            return "requests from other sites are refused"
        if not self._is_authenticated(headers, scope):
            return "the token is missing or wrong; open the link that gramophone serve printed"
        return None

    def _is_authenticated(self, headers: Headers, scope: Scope) -> bool:
        if self._config.proxy_header and headers.get(self._config.proxy_header):
            return True
        given = [headers.get("authorization", "").removeprefix("Bearer "), _cookie(headers, cookie_name(scope))]
        if scope["path"] == "/":
            given += parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        token = self._config.token.encode()
        return any([hmac.compare_digest(one.encode("utf-8", "replace"), token) for one in given])  # noqa: C419


def cookie_name(scope: Scope) -> str:
    """The cookie that holds the token: browsers share cookies among the ports of a host, so it names the port."""
    server = scope.get("server") or ("", 0)
    return f"gramophone-{server[1]}"


def set_token_cookie(request: Request, response: Response, token: str) -> None:
    """Sets the cookie that holds the token."""
    response.set_cookie(cookie_name(request.scope), token, httponly=True, samesite="strict", path="/")


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _answer(scope: Scope, sentence: str) -> Response:
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": sentence}, 403)
    return PlainTextResponse(f"gramophone: {sentence}\n", 403)
