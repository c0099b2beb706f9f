"""What the studio is told when it starts, and the limits within which it works."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """Largest values that are accepted, so that no request can fill the memory, the disk or the queue.

    Attributes:
        upload_bytes: size of an uploaded file.
        decoded_s: size of a decoded sound, in seconds of stereo at 48 kHz.
        decode_s: time for decoding a file, after which the decoder is ended.
        duration_s: length of a texture that is made in blocks, in seconds.
        whole_s: length of a result that is made in one piece, in seconds.
        stored_bytes: size of all sounds and results together.
        jobs_waiting: length of the queue.
        uploads: number of uploads at a time.
        streams: number of streams at a time.
        styles: number of styles of a job.
        iterations: optimiser steps of a job.
        keep_s: time for which sounds, after their last use, and results that nobody keeps stay, in seconds.
        silence_s: time without data after which an upload is ended, in seconds.
        least_bytes_per_s: rate below which an upload is ended, once it has lasted for `silence_s`.
        head_s: time for the head of a request, after which the connection is closed, in seconds.
        connections: number of connections; those that wait for a request make room for new ones.
    """

    upload_bytes: int = 200_000_000
    decoded_s: float = 600.0
    decode_s: float = 60.0
    duration_s: float = 600.0
    whole_s: float = 60.0
    stored_bytes: int = 4_000_000_000
    jobs_waiting: int = 32
    uploads: int = 8
    streams: int = 2
    styles: int = 8
    iterations: int = 2000
    keep_s: float = 7 * 86_400.0
    silence_s: float = 20.0
    least_bytes_per_s: int = 4000
    head_s: float = 10.0
    connections: int = 200


@dataclass(frozen=True)
class StudioFolder:
    """Paths of a studio's files.

    Attributes:
        folder: the folder that holds the database and all files.
    """

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the store."""
        return self.folder / "studio.sqlite"

    @property
    def spare(self) -> Path:
        """A file that is given up when the disk is full, so that the end of a job can be written."""
        return self.folder / "spare"

    def sound(self, name: str) -> Path:
        """The folder of a sound."""
        return self.folder / "sounds" / name

    def job(self, name: str) -> Path:
        """The folder of a job."""
        return self.folder / "jobs" / name


@dataclass(frozen=True)
class Config(StudioFolder):
    """One studio.

    Attributes:
        token: secret that gives access to the studio.
        hosts: accepted values of the Host header, such as `127.0.0.1:8765`.
        proxy_header: header in which a proxy names the user it has authenticated, accepted in place of the token.
        page: whether the page is served beside the HTTP API.
        devices: one worker process each; None is the best device available.
        limits: limits of requests, storage and waiting times.
        models: folder of causal models that are offered besides those of the package; None for none.
    """

    token: str
    hosts: frozenset[str]
    proxy_header: str | None = None
    page: bool = True
    devices: tuple[str | None, ...] = (None,)
    limits: Limits = field(default_factory=Limits)
    models: Path | None = None


SPARE_BYTES = 2_000_000


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
