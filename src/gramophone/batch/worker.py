"""A worker of the local engine: `python -m gramophone.batch.worker MODULE:FUNCTION` makes groups of items."""

import sys

from gramophone.batch.item import from_line
from gramophone.batch.lot import do, found
from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Handler, Reply, serve


def set_up(name: str) -> Handler:
    """Returns what makes a group."""
    make = found(name)

    def handle(request: Frame, reply: Reply) -> None:
        for outcome in do(from_line(request.data["items"]), make):
            reply({"outcome": outcome.as_json()})

    return handle


if __name__ == "__main__":
    # Where memory runs out, the system ends a worker and not the batch.
    serve(lambda: set_up(sys.argv[1]), oom_score=800)
