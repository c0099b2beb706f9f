"""Running a studio: its folder, its token, its socket."""

import fcntl
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import uvicorn

from gramophone.errors import UsageError
from gramophone.web.app import create_app
from gramophone.web.config import Config
from gramophone.web.http_protocol import protocol_with

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Server(uvicorn.Server):
    """A server that says when it takes requests.

    Args:
        settings: of the server.
        announce: called once it does.
    """

    def __init__(self, settings: uvicorn.Config, announce: Callable[[], object]) -> None:
        super().__init__(settings)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def serve(config: Config, listener: socket.socket, announce: Callable[[], object] = lambda: None) -> None:
    """Serves a studio until a signal ends it; running jobs start again with the next studio in the folder.

    Args:
        config: the studio.
        listener: bound socket.
        announce: called once it takes requests.
    """
    server_of(config, announce).run(sockets=[listener])


def server_of(config: Config, announce: Callable[[], object] = lambda: None) -> Server:
    """The server of a studio, not yet running."""
    settings = uvicorn.Config(
        create_app(config),
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        date_header=False,
        # Of requests that are under way; connections that wait for one give way, see `http_protocol`.
        limit_concurrency=2 * config.limits.connections,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=1,
        ws="wsproto" if find_spec("wsproto") else "none",
        ws_max_size=2**17,
        loop="asyncio",
        http=protocol_with(config.limits),
    )
    return Server(settings, announce)


def listen(host: str, port: int) -> socket.socket:
    """Binds a socket to an address; port 0 takes any that is free.

    Raises:
        UsageError: it cannot be used.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With its protocol named, small answers are sent at once and do not wait 40 ms for the last to be confirmed.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except (OSError, OverflowError):
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        raise UsageError(f"{host} port {port} cannot be used ({error}); choose another --port") from error
    return listener


def known_hosts(host: str, port: int, others: tuple[str, ...]) -> frozenset[str]:
    """Returns the accepted values of the Host header: the address itself, and further names."""
    names = {host, *(LOOPBACK if host in LOOPBACK else ())}
    shown = {f"[{name}]" if ":" in name else name for name in names}
    plain = {name.lower() for name in others}
    return frozenset({f"{name}:{port}" for name in shown | plain} | plain | (shown if port == 80 else set()))


@contextmanager
def studio_lock(folder: Path) -> Iterator[str]:
    """Locks a folder for one studio, and yields its token, which stays the same so that open pages go on.

    Raises:
        UsageError: another studio has it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / "lock").open("w") as lock:
            if not _lock(lock.fileno()):
                raise UsageError(f"another studio runs in {folder}; open its link, or choose another --folder")
            yield _token(folder / "token")
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror or error}; choose another --folder") from error


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _token(path: Path) -> str:
    if path.is_file():
        kept = path.read_bytes()[:1000].decode("ascii", "replace").strip()
        if re.fullmatch(r"[\w-]{32,}", kept, re.ASCII):
            return kept
    token = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
    return token
