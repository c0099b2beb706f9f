"""The collections: a folder per class, notes of 80 instruments from two sound fonts, and ESC-50.

ESC-50 (Piczak 2015) has 2,000 clips of 5 s in 50 classes; its 5 folds keep the clips of one source together. The
notes are those of General MIDI programs 0 to 79.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import soundfile

from gramophone.datasets.clips import Clip, Collection, Split, counted, hold_out_groups, integer, leave_out, rows_of
from gramophone.errors import InputError, UsageError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus")
MOST_PIECES = 60
TEST_FRACTION = 0.2

PROGRAMS = 80
FONTS = ("FluidR3_GM", "GeneralUser_GS")
NOTES_LICENCE = "notes of FluidR3 (MIT) and GeneralUser GS (its own licence 2.0)"
HELD_OUT = 0.25
COLUMNS = ("file", "start", "frames", "instrument", "gm_program", "source", "licence", "sample_name")

FOLDS = 5
CLASSES = 50
FREE = ("CC0", "CC-BY")
ESC50_LICENCE = "ESC-50 as a whole: CC BY-NC 3.0"
ESC50_FREE_LICENCE = "the 1,770 clips of ESC-50 that are CC0 or CC-BY"
# The data set as published, and a copy at 16 kHz.
ESC50_FOLDERS = (("audio16k", ".ogg"), ("audio", ".wav"), ("audio", ".ogg"))


def folder(root: Path, *, duration_s: float, skip_damaged: Callable[[str], None] | None = None) -> Collection:
    """Lists a user's recordings, `root/CLASS/...`; a long recording is cut into clips, 60 at most.

    Args:
        root: folder that holds a folder per class.
        duration_s: duration of a clip in seconds.
        skip_damaged: called with a warning about unreadable recordings, which are then left out; an error by default.

    Raises:
        InputError: there are fewer than two classes with two recordings each, or recordings cannot be read.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder; give one that holds a folder of recordings for each class")
    names = sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    clips, damaged = [], []
    for label, name in enumerate(names):
        files = sorted(path for path in (root / name).rglob("*") if path.suffix.lower() in SUFFIXES)
        if len(files) < 2:
            raise InputError(f"{root / name} holds {len(files)} recording(s); a class needs at least 2")
        for path in files:
            try:
                clips += _pieces(path, label, duration_s)
            except (soundfile.SoundFileError, OSError):
                damaged.append(str(path.relative_to(root)))
    if len(names) < 2:
        raise InputError(f"{root} holds {len(names)} folder(s) of recordings; give at least 2, one for each class")
    leave_out(damaged, "recordings cannot be read", "remove them, or add --skip-damaged", skip_damaged)
    return Collection("folder", tuple(names), tuple(clips), duration_s, "stated nowhere: the user's own recordings")


def held_out_files(collection: Collection, seed: int) -> Split:
    """Holds out about a fifth of the recordings of each class, at least one, chosen by a hash of name and seed."""
    files: dict[int, list[str]] = {}
    for clip in collection.clips:
        if clip.group not in files.setdefault(clip.label, []):
            files[clip.label].append(clip.group)
    held_out = set()
    for groups in files.values():
        count = max(1, round(TEST_FRACTION * len(groups))) if len(groups) > 1 else 0
        held_out |= set(sorted(groups, key=lambda group: _hash(group, seed))[:count])
    places = range(len(collection.clips))
    test = tuple(place for place in places if collection.clips[place].group in held_out)
    train = tuple(place for place in places if collection.clips[place].group not in held_out)
    return Split(train, test, "a fifth of the recordings of each class held out")


def _hash(group: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {group}".encode()).hexdigest()


def _pieces(path: Path, label: int, duration_s: float) -> list[Clip]:
    info = soundfile.info(path)
    length = round(duration_s * info.samplerate)
    count = min(MOST_PIECES, max(1, info.frames // length))
    group = f"{path.parent.name}/{path.name}"
    return [Clip(path, label, group, "", place * length, length) for place in range(count)]


def instruments(root: Path, *, font: str | None = None) -> Collection:
    """Lists the notes.

    Args:
        root: folder that holds `notes.csv` and the audio files it names.
        font: sound font to restrict the notes to; all by default.

    Raises:
        InputError: the table cannot be read, or a program or an audio file is missing.
        UsageError: the sound font does not exist.
    """
    if font is not None and font not in FONTS:
        raise UsageError(f"no sound font '{font}'; choose one of {', '.join(FONTS)}")
    table = root / "notes.csv"
    names: dict[int, str] = {}
    clips = []
    for row in rows_of(table, COLUMNS):
        program = integer(table, row, "gm_program")
        if program >= PROGRAMS:
            continue
        names[program] = row["instrument"]
        start, samples = integer(table, row, "start"), integer(table, row, "frames")
        recorded = f"{row['source']}/{row['sample_name']}"
        clips.append(Clip(root / row["file"], program, row["source"], row["licence"], start, samples, recorded))
    if set(names) != set(range(PROGRAMS)):
        raise InputError(f"{table} has notes of {len(names)} of the {PROGRAMS} programs 0 to 79; download it again")
    missing = sorted({clip.path.name for clip in clips if not clip.path.is_file()})
    if missing:
        raise InputError(counted(missing, "note files are missing", f"download them into {root}"))
    kept = tuple(clip for clip in clips if font in {None, _font(clip)})
    licence = NOTES_LICENCE if font is None else f"notes of {font}"
    return Collection("instruments", tuple(names[n] for n in range(PROGRAMS)), kept, 2.57, licence)


def held_out_samples(collection: Collection) -> Split:
    """Holds out recorded samples, with every note that was made of them, whatever instrument it belongs to.

    A sound font has a recorded sample for every few keys, and instruments share some: two notes of one sample are the
    same recording at two speeds. A quarter of the samples is chosen by a hash of their names; one sample of every
    instrument always stays in training.

    Example:
        >>> notes = [Clip(Path("flute.ogg"), 0, "font", recorded=f"font/{n // 2}") for n in range(40)]
        >>> split = held_out_samples(Collection("instruments", ("flute",), tuple(notes), 2.57, ""))
        >>> {notes[n].recorded for n in split.train} & {notes[n].recorded for n in split.test}
        set()
    """
    by_file: dict[Path, set[str]] = {}
    for clip in collection.clips:
        by_file.setdefault(clip.path, set()).add(clip.recorded)
    kept = {max(samples, key=_position) for samples in by_file.values()}
    held_out = {
        one for samples in by_file.values() for one in samples if one not in kept and _position(one) < HELD_OUT
    }
    places = range(len(collection.clips))
    return Split(
        train=tuple(place for place in places if collection.clips[place].recorded not in held_out),
        test=tuple(place for place in places if collection.clips[place].recorded in held_out),
        name="a quarter of the recorded samples held out, with all notes made of them",
    )


def _position(recorded: str) -> float:
    """A number from 0 to 1 that follows from the name alone."""
    return int(_hash(recorded, 0)[:8], 16) / 16**8


def held_out_font(collection: Collection, font: str) -> Split:
    """Holds out one sound font.

    Raises:
        UsageError: the sound font does not exist.
    """
    if font not in FONTS:
        raise UsageError(f"no sound font '{font}'; choose one of {', '.join(FONTS)}")
    groups = sorted({clip.group for clip in collection.clips if _font(clip) == font})
    return hold_out_groups(collection, groups, f"sound font {font} held out")


def _font(clip: Clip) -> str:
    return FONTS[0] if clip.group.lower().startswith("fluid") else FONTS[1]


def esc50(root: Path, *, free_only: bool = False, skip_missing: Callable[[str], None] | None = None) -> Collection:
    """Lists the clips of ESC-50.

    Args:
        root: folder that holds `esc50.csv` (or `meta/esc50.csv`) and the clips in `audio16k/*.ogg` or `audio/*.wav`;
            for `free_only` also `esc50_licences.csv`.
        free_only: keep only the clips that are CC0 or CC-BY.
        skip_missing: called with a warning about missing clips, which are then left out; an error by default.

    Raises:
        InputError: the table is not that of ESC-50, or clips are missing.
    """
    table = next((path for path in (root / "esc50.csv", root / "meta" / "esc50.csv") if path.is_file()), None)
    if table is None:
        raise InputError(f"{root} holds no esc50.csv; give the folder of ESC-50 with --data")
    rows = rows_of(table, ("filename", "fold", "target", "category"))
    folder_name, suffix = next(((p, s) for p, s in ESC50_FOLDERS if any((root / p).glob(f"*{s}"))), ESC50_FOLDERS[0])
    licences = _licences(root) if free_only else {}
    names: dict[int, str] = {}
    clips = []
    for row in rows:
        label = integer(table, row, "target")
        names[label] = row["category"]
        path = root / folder_name / Path(row["filename"]).with_suffix(suffix).name
        clips.append(Clip(path, label, row["fold"], licences.get(row["filename"], "")))
    _check_counts(table, clips, names)
    clips = _present(clips, skip_missing)
    collection = Collection("esc50", tuple(names[n] for n in range(CLASSES)), tuple(clips), 5.0, ESC50_LICENCE)
    if not free_only:
        return collection
    free = collection.only(lambda clip: clip.licence in FREE)
    return Collection("esc50-free", free.classes, free.clips, free.duration_s, ESC50_FREE_LICENCE)


def fold_split(collection: Collection, fold: int) -> Split:
    """Holds out one fold.

    Raises:
        UsageError: the fold does not exist.
    """
    if not 1 <= fold <= FOLDS:
        raise UsageError(f"fold must be between 1 and {FOLDS}, not {fold}")
    return hold_out_groups(collection, [str(fold)], f"fold {fold} held out")


def _licences(root: Path) -> dict[str, str]:
    path = root / "esc50_licences.csv"
    return {row["filename"]: row["licence"] for row in rows_of(path, ("filename", "licence"))}


def _check_counts(table: Path, clips: list[Clip], names: dict[int, str]) -> None:
    found = Counter((clip.group, clip.label) for clip in clips)
    wanted = {(str(fold), label): 8 for fold in range(1, FOLDS + 1) for label in range(CLASSES)}
    wrong = [key for key in {*found, *wanted} if found[key] != wanted.get(key)]
    if wrong or len(names) != CLASSES:
        raise InputError(
            f"{table} lists {len(clips)} clips, not 8 for each of {CLASSES} classes in each of {FOLDS} folds "
            f"({len(wrong)} combinations differ); download the table again"
        )
    if len({clip.path for clip in clips}) != len(clips):
        raise InputError(f"{table} lists a clip twice; download the table again")


def _present(clips: list[Clip], skip_missing: Callable[[str], None] | None) -> list[Clip]:
    missing = [clip.path.name for clip in clips if not clip.path.is_file()]
    remedy = f"download them into {clips[0].path.parent}, or add --skip-damaged"
    leave_out(missing, f"of {len(clips)} clips of ESC-50 are missing", remedy, skip_missing)
    return [clip for clip in clips if clip.path.name not in set(missing)]
