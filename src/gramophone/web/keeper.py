"""Keeps a worker process alive: starts it, hears its beats, ends it when it hangs, says what became of its job."""

import contextlib
import os
import secrets
import select
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gramophone.web.jobs import Jobs
from gramophone.web.pulse import NEWS
from gramophone.web.store import Store
from gramophone.workers.subprocess_env import environment, how_it_ended

SILENCE_S = 4.0
START_S = 120.0
LOOK_S = 0.25
LONGEST_PAUSE_S = 30.0


class Keeper(threading.Thread):
    """One worker, and the next one should it die.

    Args:
        folder: of the studio.
        device: on which it computes; None for the best.
        ring: called, from this thread, when there is news in the store.
    """

    def __init__(self, folder: Path, device: str | None, ring: Callable[[], object]) -> None:
        super().__init__(name=f"keeper of {device or 'the best device'}", daemon=True)
        self._folder = folder
        self._device = device
        self._ring = ring
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ending = threading.Event()
        self.is_ready = False

    @property
    def pid(self) -> int | None:
        """The worker's process id."""
        return self._process.pid if self._process else None

    def wake(self) -> None:
        """Tells the worker that there may be a job."""
        try:
            if self._process and self._process.stdin:
                self._process.stdin.write(b"\n")
        except OSError:
            pass  # it has just died, and the next one looks for itself

    def end(self) -> None:
        """Ends the worker at once, and this thread; its job is begun again by the next studio."""
        self._is_ending.set()
        if self._process:
            self._process.kill()
        self.join()

    def run(self) -> None:
        """Keeps workers until `end`."""
        pause_s = 0.0
        while not self._is_ending.wait(pause_s):
            began_s, name = time.monotonic(), secrets.token_hex(8)
            reason = self._one_life(name)
            if self._is_ending.is_set():
                return
            while not self._bury(name, reason) and not self._is_ending.wait(1.0):
                pass  # the disk is full, perhaps; a job must not stay with a worker that is gone
            lived_s = time.monotonic() - began_s
            pause_s = 0.0 if lived_s > 10 else min(LONGEST_PAUSE_S, 2 * pause_s + 0.5)

    def _one_life(self, name: str) -> str:
        """Starts a worker and stays with it; returns why it ended."""
        words = [sys.executable, "-m", "gramophone.web.worker", str(self._folder), name]
        with subprocess.Popen(
            [*words, *([self._device] if self._device else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=environment(),
            start_new_session=True,
        ) as process:
            self._process = process
            if self._is_ending.is_set():
                process.kill()
            hung = self._stay(process)
            process.kill()
            code = process.wait()
            self.is_ready = False
        return hung or how_it_ended(code)

    def _stay(self, process: subprocess.Popen[bytes]) -> str | None:
        heard_s, patience_s = time.monotonic(), START_S
        out = process.stdout.fileno() if process.stdout else -1
        while True:
            if select.select([out], [], [], LOOK_S)[0]:
                signs = os.read(out, 4096)
                if not signs:
                    return None
                heard_s = time.monotonic()
                if NEWS in signs:
                    self.is_ready, patience_s = True, SILENCE_S
                    self._ring()
            elif time.monotonic() - heard_s > patience_s:
                return f"the worker did not answer for {patience_s:g} s and was ended; try again"

    def _bury(self, name: str, reason: str) -> bool:
        """Fails the job of a worker that is gone; tells whether that could be written."""
        try:
            with contextlib.closing(Store(self._folder / "studio.sqlite")) as store:
                Jobs(store).lost(name, reason)
        except sqlite3.Error:
            return False
        self._ring()
        return True
