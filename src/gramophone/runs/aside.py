"""Results that cannot be written where they belong are kept elsewhere: they took long to make."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gramophone import audio
from gramophone.audio import Sound, Written
from gramophone.errors import GramophoneError, WriteError


def save_or_keep_aside(
    sound: Sound, path: Path, *, overwrite: bool, loops: bool = False, places: tuple[Path, ...] = ()
) -> Written:
    """Writes a sound; where the system refuses, writes it somewhere else and says where in the error.

    Args:
        sound: sound.
        path: where it belongs.
        overwrite: whether an existing file may be replaced.
        loops: whether the end leads into the beginning, see `audio.save`.
        places: folders to try in its stead; that of temporary files and the user's own by default.

    Raises:
        ModelError: samples are not finite.
        UsageError: the file exists, or its format cannot hold the sound.
        WriteError: the system refuses; the sentence says where the result is now, if it could be kept.
    """
    try:
        return audio.save(sound, path, overwrite=overwrite, loops=loops)
    except WriteError as error:
        kept = next(_kept(sound, path, places or (Path(tempfile.gettempdir()), Path.home())), None)
        if kept is None:
            raise
        raise WriteError(f"{error}; the result is kept as {kept}, without a run record") from error


def _kept(sound: Sound, path: Path, places: tuple[Path, ...]) -> Iterator[Path]:
    for place in places:
        with suppress(GramophoneError, OSError):
            name = f"gramophone-{path.stem[:32]}-{secrets.token_hex(3)}{path.suffix}"
            yield audio.save(sound, place / name).path
