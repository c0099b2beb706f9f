"""A user's own recordings: one folder for each class."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import soundfile

from gramophone.datasets.clips import Clip, Collection, Split, counted
from gramophone.errors import InputError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus")
MOST_PIECES = 60
TEST_SHARE = 0.2


def folder(place: Path, *, duration_s: float, skip_damaged: Callable[[str], None] | None = None) -> Collection:
    """Lists the recordings of `place/CLASS/...`; a long one gives several clips of `duration_s`, 60 at most.

    Raises:
        InputError: there are not two classes with two recordings each, or files that cannot be read (unless skipped).
    """
    if not place.is_dir():
        raise InputError(f"{place} is no folder; name one that holds a folder of recordings for each class")
    names = sorted(path.name for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    clips, damaged = [], []
    for label, name in enumerate(names):
        files = sorted(path for path in (place / name).rglob("*") if path.suffix.lower() in SUFFIXES)
        if len(files) < 2:
            raise InputError(f"{place / name} holds {len(files)} recording(s); a class needs 2, to train and to test")
        for path in files:
            try:
                clips += _pieces(path, label, duration_s)
            except (soundfile.SoundFileError, OSError):
                damaged.append(str(path.relative_to(place)))
    if len(names) < 2:
        raise InputError(
            f"{place} holds {len(names)} folder(s) of recordings; give one for each of 2 classes or more"
        )
    if damaged and skip_damaged is None:
        raise InputError(counted(damaged, "recordings cannot be read", "remove them, or add --skip-damaged"))
    if damaged and skip_damaged is not None:
        skip_damaged(counted(damaged, "recordings cannot be read", "they are left out"))
    return Collection("folder", tuple(names), tuple(clips), duration_s, "stated nowhere: the user's own recordings")


def held_out_files(collection: Collection, seed: int) -> Split:
    """Tests on about a fifth of the recordings of each class, chosen by a hash of name and seed, at least one."""
    files: dict[int, list[str]] = {}
    for clip in collection.clips:
        if clip.group not in files.setdefault(clip.label, []):
            files[clip.label].append(clip.group)
    held = set()
    for groups in files.values():
        count = max(1, round(TEST_SHARE * len(groups))) if len(groups) > 1 else 0
        held |= set(sorted(groups, key=lambda group: _drawn(group, seed))[:count])
    places = range(len(collection.clips))
    test = tuple(place for place in places if collection.clips[place].group in held)
    train = tuple(place for place in places if collection.clips[place].group not in held)
    return Split(train, test, "a fifth of the recordings of each class held out")


def _drawn(group: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {group}".encode()).hexdigest()


def _pieces(path: Path, label: int, duration_s: float) -> list[Clip]:
    about = soundfile.info(path)
    length = round(duration_s * about.samplerate)
    count = min(MOST_PIECES, max(1, about.frames // length))
    group = f"{path.parent.name}/{path.name}"
    return [Clip(path, label, group, "", place * length, length) for place in range(count)]
