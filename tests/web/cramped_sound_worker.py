"""The sound worker with room for the program and little more."""

import resource
from pathlib import Path

from gramophone.web import sound_worker
from gramophone.workers.serve import serve

ROOM_BYTES = 60_000_000


def handle(request, reply):
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    sound_worker.MEMORY_BYTES = taken + ROOM_BYTES
    sound_worker.handle(request, reply)


if __name__ == "__main__":
    serve(lambda: handle)
