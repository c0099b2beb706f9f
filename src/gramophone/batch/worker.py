"""Worker processes of the local engine: each runs the module of its `Compute` function."""

import sys

from gramophone.batch.item import Compute, items_from_json
from gramophone.batch.run_group import run_group
from gramophone.errors import OUT_OF_MEMORY
from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Handler, Reply, serve


def serve_computations(*functions: Compute) -> None:
    """Runs groups of items for the batch that started this process, by the function that it named."""
    # When memory runs out, the system ends a worker and not the batch.
    serve(lambda: _handler(functions), oom_score=800)


def _handler(functions: tuple[Compute, ...]) -> Handler:
    (compute,) = [one for one in functions if one.__name__ == sys.argv[1]]

    def handle(request: Frame, reply: Reply) -> None:
        for outcome in run_group(items_from_json(request.data["items"]), compute):
            reply({"outcome": outcome.as_json()})
            if outcome.error == OUT_OF_MEMORY:
                # oneDNN never recovers, and does without its fast products: another process makes the rest.
                raise MemoryError

    return handle
