"""`gramophone serve`."""

import os
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.console import write_stderr, write_stdout
from gramophone.cli.graceful_stop import Interrupted
from gramophone.cli.options import Flag, Whole
from gramophone.errors import UsageError

PORT = 8765
MISSING = "the studio needs fastapi and uvicorn: pip install 'gramophone[web]'"


def serve(  # noqa: PLR0913
    *,
    port: Annotated[Whole, Parameter(name="--port")] = PORT,
    host: Annotated[str, Parameter(metavar="ADDRESS")] = "127.0.0.1",
    browser: Annotated[bool, Parameter(negative="--no-browser", show_default=False)] = True,
    api_only: Flag = False,
    folder: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    device: Annotated[tuple[str, ...], Parameter(metavar="NAME", negative=())] = (),
    name: Annotated[tuple[str, ...], Parameter(metavar="HOST", negative=())] = (),
    proxy_header: Annotated[str | None, Parameter(metavar="HEADER")] = None,
    models: Annotated[Path | None, Parameter(metavar="DIR")] = None,
) -> int:
    """The studio: a page to hear, see and steer what is made.

    Prints a link with a token and opens it. Only this computer is answered,
    and only with the token; sounds stay in DIR for a week after their last use,
    and results that are kept as long as you like.

        gramophone serve

    Args:
        port: Where it listens; 0 takes any free port.
        host: Another address than this computer's own: others in the network can then reach it, too.
        browser: Open the page in a browser.
        api_only: The HTTP API without the page, for scripts; see docs/studio.md.
        folder: For sounds, results and the queue.
        device: cpu or cuda, each with a worker of its own; the best there is by default.
        name: Another name under which it is reached, such as that of a proxy in front.
        proxy_header: Header in which a proxy names whom it has let in, in place of the token. Whoever
            reaches the port past the proxy can write it, too.
        models: Folder of networks of 'gramophone train texture', which make streams without a recording.
    """
    if os.name == "nt":
        raise UsageError("the studio runs on Linux and macOS; on Windows, run it in WSL")
    try:
        from gramophone.web.config import Config
        from gramophone.web.serve import LOOPBACK, known_hosts, listen, studio_lock
        from gramophone.web.serve import serve as run
    except ModuleNotFoundError as error:
        raise UsageError(MISSING) from error
    if models is not None and not models.is_dir():
        raise UsageError(f"{models} is not a folder; name one that holds files of 'gramophone train texture'")
    place = folder or default_folder()
    with studio_lock(place) as token, listen(host, port or 0) as listener:
        port = listener.getsockname()[1]
        hosts = known_hosts(host, port, name)
        config = Config(place, token, hosts, proxy_header, not api_only, device or (None,), models=models)
        shown = f"[{host}]" if ":" in host else host
        link = f"http://{shown}:{port}/?token={token}"
        if host not in LOOPBACK:
            write_stderr(
                f"{host}:{port} is open to everybody who reaches this computer and has the link; it is not encrypted"
            )

        def announce() -> None:
            write_stdout(f"{link}\n" if not api_only else f"http://{shown}:{port}\ntoken {token}\n")
            if browser and not api_only:
                threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()  # some block

        try:
            run(config, listener, announce)
        except Interrupted as error:
            raise Interrupted(
                error.signal_number, "the studio has stopped; running jobs start again with the next one"
            ) from None
    return 0


def default_folder() -> Path:
    """Where programs of this system keep what they remember."""
    home = Path.home()
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "gramophone" / "studio"
