"""A transfer through the studio's HTTP API, with nothing but the standard library.

LINK is what `gramophone serve --no-browser` prints: `python studio_client.py LINK voice.wav fire.wav out.wav`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import Request, urlopen


class Studio:
    """A studio at the link that `gramophone serve` prints.

    Args:
        link: with the token, which is sent in a header.
    """

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self._address = f"{parts.scheme}://{parts.netloc}/api"
        self._headers = {"Authorization": f"Bearer {parse_qs(parts.query)['token'][0]}"}

    def ask(self, path: str, body: bytes | None = None) -> Any:  # noqa: ANN401 (the open answer, as urllib types it)
        """Sends a request: POST with a body, GET without; an error has the studio's sentence as its body."""
        return urlopen(Request(f"{self._address}/{path}", data=body, headers=self._headers))

    def upload(self, path: Path) -> str:
        """Uploads a sound file; returns its id."""
        with self.ask(f"sounds?name={quote(path.name)}", path.read_bytes()) as answer:
            return str(json.load(answer)["id"])

    def order(self, request: dict[str, Any]) -> str:
        """Queues a job; returns its id. GET /api/form has every field of a request."""
        with self.ask("jobs", json.dumps(request).encode()) as answer:
            return str(json.load(answer)["id"])

    def events(self, job: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yields what happens to a job until it ends: kind and data of each server-sent event."""
        kind = ""
        with self.ask(f"jobs/{job}/events") as answer:
            for line in answer:
                name, _, value = line.decode().rstrip().partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)

    def save(self, job: str, path: Path) -> None:
        """Saves the result of a job that is done as a WAV file."""
        with self.ask(f"jobs/{job}/wav") as answer:
            path.write_bytes(answer.read())


def main(link: str, content: str, style: str, output: str) -> None:
    """Makes one sound of another, and says how far it is."""
    studio = Studio(link)
    request = {"task": "transfer", "content": studio.upload(Path(content)), "styles": [studio.upload(Path(style))]}
    job = studio.order(request)
    for kind, data in studio.events(job):
        if kind == "step":
            print(f"\rstep {data['index']} of {data['of']}", end="", file=sys.stderr)
        elif kind == "state" and data["state"] in ("failed", "cancelled"):
            sys.exit(f"the job {data['state']}: {data['reason']}")
    studio.save(job, Path(output))
    print(f"\n{output}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
