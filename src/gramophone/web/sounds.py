"""The sounds in a store: what was uploaded, recorded or made."""

import sqlite3
import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gramophone.web.errors import ApiError
from gramophone.web.store import Store
from gramophone.web.titles import LONGEST_NAME


class SoundFacts(BaseModel):
    """Format, length and level of a sound or result."""

    rate_hz: int
    channels: int
    duration_s: float
    level_db: float = Field(description="Root mean square level, in dB of full scale.")
    loudness_lufs: float = Field(description="Loudness after ITU-R BS.1770.")


class StoredSound(SoundFacts):
    """One sound."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Name of the sound, and of its folder.")
    name: str = Field(description="What it is called on the page.")
    made: str | None = Field(description="Which built-in sound it is, if it is one.")
    kind: Literal["recording", "style"] = Field(description="Style: learned from recordings by `gramophone style`.")
    sha256: str = Field(description="Of the file that was uploaded.")
    bytes: int = Field(description="What it takes on the disk.")


class UploadedSound(StoredSound):
    """A sound that was just uploaded."""

    notes: list[str] = Field(description="What is odd about the file.")


class Sounds:
    """The sounds in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, sound: StoredSound) -> None:
        """Stores a sound whose files have been written."""
        values = {**sound.model_dump(), "used_s": time.time()}
        with self._store.writing() as database:
            database.execute(
                f"INSERT INTO sounds ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )

    def get(self, name: str) -> StoredSound:
        """Returns the sound of that name.

        Raises:
            ApiError: there is none.
        """
        row = self._store.row("SELECT * FROM sounds WHERE id = ?", name)
        if row is None:
            raise ApiError(404, "there is no such sound; it may have expired")
        return _sound(row)

    def use(self, name: str) -> StoredSound:
        """Returns the sound of that name, and marks it as used now."""
        sound = self.get(name)
        with self._store.writing() as database:
            database.execute("UPDATE sounds SET used_s = ? WHERE id = ?", (time.time(), name))
        return sound

    def made(self, which: str) -> StoredSound | None:
        """Returns a built-in sound, if it was made before."""
        row = self._store.row("SELECT * FROM sounds WHERE made = ?", which)
        return None if row is None else _sound(row)

    def all(self) -> list[StoredSound]:
        """Returns all sounds, the last used first."""
        return [_sound(row) for row in self._store.rows("SELECT * FROM sounds ORDER BY used_s DESC")]

    def remove(self, name: str) -> None:
        """Removes a sound from the store."""
        with self._store.writing() as database:
            database.execute("DELETE FROM sounds WHERE id = ?", (name,))


def readable_name(text: str, other: str = "sound") -> str:
    """Makes a readable name of what a client sent: one line, without folders, at most 80 characters; never a path."""
    last = text.replace("\\", "/").rsplit("/", 1)[-1]
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())
    return shown[:LONGEST_NAME].lstrip(".-") or other


def file_name(name: str) -> str:
    """Returns a file name for a sound, for commands and downloads."""
    stem, dot, suffix = name.rpartition(".")
    if stem and suffix == "safetensors":
        return name
    return name if dot and stem and suffix.isalnum() and len(suffix) <= 5 else f"{name}.wav"


def _sound(row: sqlite3.Row) -> StoredSound:
    return StoredSound(**{name: row[name] for name in StoredSound.model_fields})
