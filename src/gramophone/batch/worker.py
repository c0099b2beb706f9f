"""A worker process: `python -m gramophone.batch.worker MODULE:FUNCTION`, lots in, outcomes out, a line each."""

import contextlib
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from gramophone.batch.item import from_line
from gramophone.batch.lot import do, found

OOM_SCORE = 800  # where memory runs out, the system ends a worker and not the batch


def main(words: list[str]) -> None:
    """Works until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch, which ends its workers itself
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # libraries write to standard output what they like
    make = found(words[0])
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    out.write(b"\n")  # ready
    while True:
        for outcome in do(from_line(waiting.get().decode("utf-8")), make):
            out.write(f"{outcome.as_json()}\n".encode())


def _listen(lines: BinaryIO, waiting: "queue.SimpleQueue[bytes]") -> None:
    for line in lines:
        waiting.put(line)
    os._exit(0)  # the batch is gone or needs no more; what was under way begins again with the next


if __name__ == "__main__":
    main(sys.argv[1:])
