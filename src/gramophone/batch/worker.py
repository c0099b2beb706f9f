"""Worker processes of the local engine: a module that makes items is run as one, see `Make`."""

import sys

from gramophone.batch.item import Make, from_line
from gramophone.batch.lot import do
from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Handler, Reply, serve


def serve_makers(*makers: Make) -> None:
    """Makes groups of items for the batch that started this process, with the function that it named."""
    # Where memory runs out, the system ends a worker and not the batch.
    serve(lambda: _handler(makers), oom_score=800)


def _handler(makers: tuple[Make, ...]) -> Handler:
    (make,) = [one for one in makers if one.__name__ == sys.argv[1]]

    def handle(request: Frame, reply: Reply) -> None:
        for outcome in do(from_line(request.data["items"]), make):
            reply({"outcome": outcome.as_json()})

    return handle
