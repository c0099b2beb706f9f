"""State of the running server: store, workers, streams; and its periodic clean-up."""

import asyncio
import contextlib
import logging
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable

from gramophone.web import job_worker
from gramophone.web.config import SPARE_BYTES, Config
from gramophone.web.errors import ApiError
from gramophone.web.jobs import ENDED, Job, Jobs
from gramophone.web.sandbox import SoundSandbox
from gramophone.web.sounds import Sounds
from gramophone.web.store import Store, new_id, unknown_version
from gramophone.web.stream_sessions import StreamSessions
from gramophone.workers.supervisor import WorkerSupervisor

TIDY_S = 60.0


class ChangeNotifier:
    """Announces changes to coroutines that wait for them; `notify` may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def notify(self) -> None:
        """Wakes all that wait."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._wake)

    async def wait(self, longest_s: float) -> bool:
        """Waits for a change for at most `longest_s` seconds; returns whether there was one."""
        try:
            return await asyncio.wait_for(self._news.wait(), longest_s)
        except TimeoutError:
            return False

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Studio:
    """One studio, from its start to its end; `open_studio()` opens it.

    Attributes:
        config: configuration.
        jobs: all jobs.
        sounds: all sounds.
        streams: open streams.
        sandbox: processes for work that may crash.
        supervisors: supervisors of the job workers, one for each device.
        notifier: announces changes of jobs.
        uploads: number of uploads in progress.
        live_players: number of pages that play live.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store(config.database)
        self.jobs = Jobs(self.store)
        self.sounds = Sounds(self.store)
        self.sandbox = SoundSandbox()
        self.streams = StreamSessions(config)
        self.notifier = ChangeNotifier()
        self.supervisors = [
            WorkerSupervisor(
                job_worker, str(config.folder), device or "", on_reply=self.notifier.notify, on_end=self.lose_worker
            )
            for device in config.devices
        ]
        self.uploads = 0
        self.live_players = 0

    def wake(self) -> None:
        """Wakes the workers and the pages."""
        for supervisor in self.supervisors:
            supervisor.wake()
        self.notifier.notify()

    def lose_worker(self, name: str, reason: str) -> bool:
        """Fails the job of a worker that has ended, from any thread; returns whether that could be written."""
        for attempt in range(2):
            try:
                with contextlib.closing(Store(self.config.database)) as store:
                    Jobs(store).lost(name, reason)
            except (sqlite3.Error, OSError):
                if attempt or not self._give_up_spare():
                    return False
            else:
                self.notifier.notify()
                return True
        return False

    def _give_up_spare(self) -> bool:
        """Makes a little room on a full disk; returns whether there was any to make."""
        try:
            self.config.spare.unlink()
        except OSError:
            return False
        return True

    def keep_spare(self) -> None:
        """Takes a little room on the disk, for when it is full."""
        if self.config.spare.exists():
            return
        try:
            self.config.spare.write_bytes(bytes(SPARE_BYTES))
        except OSError:
            self.config.spare.unlink(missing_ok=True)

    def stored_bytes(self) -> int:
        """Returns the size of all sounds and results in bytes."""
        row = self.store.row("SELECT (SELECT total(bytes) FROM sounds) + (SELECT total(bytes) FROM jobs)")
        return int(row[0]) if row else 0

    def check_room(self, more_bytes: int = 0) -> None:
        """Refuses data for which no room is left.

        Raises:
            ApiError: the folder holds as much as it may.
        """
        stored, most = self.stored_bytes(), self.config.limits.stored_bytes
        if stored + more_bytes > most:
            raise ApiError(
                507, f"the studio holds {stored / 1e9:.2f} GB and may hold {most / 1e9:.2f}; remove sounds or results"
            )

    def remove_job(self, name: str) -> None:
        """Removes a job that has ended, and its files."""
        self.jobs.remove(name)
        shutil.rmtree(self.config.job(name), ignore_errors=True)

    def remove_sound(self, name: str) -> None:
        """Removes a sound and its files, unless a job waits for it.

        Raises:
            ApiError: a job that has not ended needs it.
        """
        if name in self._needed():
            raise ApiError(409, "a job still needs this sound; wait until it ends, or cancel it")
        self.sounds.remove(name)
        shutil.rmtree(self.config.sound(name), ignore_errors=True)

    def tidy(self) -> None:
        """Removes results that expired and are not kept, and sounds that expired and of which no job is left."""
        before_s = time.time() - self.config.limits.keep_s
        states = ", ".join("?" for _ in ENDED)
        expired = f"SELECT id FROM jobs WHERE used_s < ? AND NOT kept AND state IN ({states})"
        for row in self.store.rows(expired, before_s, *ENDED):
            self.remove_job(row["id"])
        needed = _sounds_of(self.jobs.all())
        for row in self.store.rows("SELECT id FROM sounds WHERE used_s < ?", before_s):
            if row["id"] not in needed:
                self.remove_sound(row["id"])

    def sweep(self) -> None:
        """At the start: removes folders of sounds and jobs that are not in the store, and unfinished uploads."""
        known = {row["id"] for row in self.store.rows("SELECT id FROM sounds UNION SELECT id FROM jobs")}
        for place in (self.config.folder / "sounds", self.config.folder / "jobs"):
            for folder in place.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)

    def _needed(self) -> set[str]:
        return _sounds_of(job for job in self.jobs.all() if job.state not in ENDED)


def _sounds_of(jobs: Iterable[Job]) -> set[str]:
    return {name for job in jobs for name in (job.request.get("content"), *job.request["styles"]) if name}


@contextlib.asynccontextmanager
async def open_studio(config: Config) -> AsyncIterator[Studio]:
    """Opens the folder, queues again what was interrupted, starts the workers; ends them at the end."""
    set_aside_unknown(config)
    for place in (config.folder / "sounds", config.folder / "jobs"):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    studio = Studio(config)
    studio.sweep()
    studio.jobs.recover()
    studio.keep_spare()
    for supervisor in studio.supervisors:
        supervisor.start()
    tidying = asyncio.create_task(_tidy_for_ever(studio))
    try:
        yield studio
    finally:
        tidying.cancel()
        await studio.streams.end_all()
        await asyncio.gather(*(asyncio.to_thread(one.end) for one in studio.supervisors))
        studio.store.close()


def set_aside_unknown(config: Config) -> None:
    """Moves a database of an unknown version and its files into a folder of their own, where nothing removes them."""
    version = unknown_version(config.database)
    if version is None:
        return
    kept = config.folder / f"version-{version}-{new_id()}"
    kept.mkdir(mode=0o700)
    for path in (*config.folder.glob(f"{config.database.name}*"), *map(config.folder.joinpath, ("sounds", "jobs"))):
        if path.exists():
            path.rename(kept / path.name)
    logging.getLogger(__name__).warning(
        "%s cannot be read by this version (its version: %s); it was moved with its sounds and results to %s, and an "
        "empty studio is opened",
        config.database,
        version,
        kept,
    )


async def _tidy_for_ever(studio: Studio) -> None:
    while True:
        # A full disk or a busy database now is no reason not to try again.
        with contextlib.suppress(OSError, sqlite3.Error):
            studio.tidy()
            studio.keep_spare()
        await studio.streams.tidy()
        await asyncio.sleep(TIDY_S)
