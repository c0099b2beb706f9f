"""A worker that does what it is told, faults included; `python -m faulty_worker [FAULT]`."""

import os
import signal
import sys
import time
from pathlib import Path

from gramophone.errors import InputError
from gramophone.files import atomic_write
from gramophone.workers.sandbox import confine
from gramophone.workers.serve import serve

FAULTS = {
    "garbage": b"Traceback (most recent call last):\n",
    "oversized": b"gph1\xff\xff\xff\xff\0\0\0\0",
    "half a frame": b"gph1\0\0\0\x20\0\0\0\0{",
    "no kind": b"gph1\0\0\0\x02\0\0\0\0{}",
}


def handle(request, reply):  # noqa: PLR0912
    match request.data.get("do", "echo"):
        case "echo":
            reply(request.data, b"\0\1\n" * request.data.get("repeat", 1))
        case "count":
            for number in range(request.data["to"]):
                reply({"number": number})
        case "print":
            sys.stdout.write("a library that prints\n")
            sys.stdout.flush()
            os.write(1, b"and another one")
            reply({"input": os.read(0, 10).decode()})
        case "refuse":
            raise InputError("a.wav is not a readable audio file; convert it to WAV or FLAC")
        case "fault":
            reply({"before": True})
            raise ZeroDivisionError("division by zero")
        case "memory":
            confine(memory_bytes=int(request.data["bytes"]), processor_s=60, files=64)
            bytearray(2 * int(request.data["bytes"]))
        case "not finite":
            reply({"loss": float("nan")})
        case "exit":
            raise SystemExit("the device has failed")
        case "die":
            os.kill(os.getpid(), getattr(signal, request.data["signal"]))
        case "sleep":
            reply({"pid": os.getpid()})
            if place := request.data.get("place"):
                with atomic_write(Path(place), overwrite=False) as path:
                    path.write_text(str(os.getpid()))
            time.sleep(request.data["seconds"])
        case "controlled":
            reply({"controls": controls})
            end_s = time.monotonic() + 20
            while not controls and time.monotonic() < end_s:
                time.sleep(0.01)
            reply({"controls": controls})


controls = []


def set_up(fault):
    if fault == "fails to start":
        raise InputError("no model; download it")
    if fault == "slow":
        time.sleep(1.5)
    return handle


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in FAULTS:  # before there is a heartbeat that could come between
        os.write(0, FAULTS[sys.argv[1]])
        sys.exit()
    if sys.argv[1:] == ["silent"]:
        time.sleep(60)
    if sys.argv[1:] == ["hung"]:
        serve(lambda: handle, step_limit_s=0.0)
    if sys.argv[1:2] == ["leaves its name"]:
        Path(sys.argv[2], sys.argv[3]).touch()
    serve(lambda: set_up("".join(sys.argv[1:2])), control=lambda frame: controls.append(frame.data), niceness=1)
