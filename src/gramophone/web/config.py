"""What the studio is told when it starts, and the limits within which it works."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What is refused, so that no request can fill the memory, the disk or the queue.

    Attributes:
        upload_bytes: of one uploaded file.
        decoded_s: of one sound, as seconds of stereo at 48 kHz.
        decode_s: for reading one file, after which its decoder is ended.
        duration_s: of one texture that is made in blocks.
        whole_s: of one result that is made in one piece.
        stored_bytes: of everything in the folder.
        jobs_waiting: in the queue.
        uploads: at a time.
        streams: at a time.
        styles: of one job.
        iterations: of one job.
        keep_s: how long sounds and results stay after their last use.
        silence_s: after which a client that sends nothing is given up.
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
    keep_s: float = 86_400.0
    silence_s: float = 20.0


@dataclass(frozen=True)
class Config:
    """One studio.

    Attributes:
        folder: holds the database and all files.
        token: who has it may use the studio.
        hosts: values of the Host header that are answered, such as `127.0.0.1:8765`.
        proxy_header: a header by which a proxy in front names whom it has let in; taken in place of the token.
        page: whether the page is served, or the HTTP API alone.
        devices: one worker process each; None is the best device there is.
        limits: see `Limits`.
    """

    folder: Path
    token: str
    hosts: frozenset[str]
    proxy_header: str | None = None
    page: bool = True
    devices: tuple[str | None, ...] = (None,)
    limits: Limits = field(default_factory=Limits)

    @property
    def database(self) -> Path:
        """The file of the store."""
        return self.folder / "studio.sqlite"

    def sound(self, name: str) -> Path:
        """The folder of a sound."""
        return self.folder / "sounds" / name

    def job(self, name: str) -> Path:
        """The folder of a job."""
        return self.folder / "jobs" / name
