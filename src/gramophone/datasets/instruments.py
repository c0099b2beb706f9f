"""Single notes of 80 pitched instruments (General MIDI programs 0-79) from two sound fonts."""

from pathlib import Path

from gramophone.datasets.clips import Clip, Collection, Split, counted, hold_out_groups, rows_of, whole
from gramophone.errors import InputError, UsageError

PROGRAMS = 80
FONTS = ("FluidR3_GM", "GeneralUser_GS")
LICENCE = "notes of FluidR3 (MIT) and GeneralUser GS (its own licence 2.0)"
EVERY = 5
COLUMNS = ("file", "start", "frames", "instrument", "gm_program", "source", "licence")


def instruments(folder: Path, *, font: str | None = None) -> Collection:
    """Lists the notes.

    Args:
        folder: holds `notes.csv` and the banks it names.
        font: only notes of this sound font; all by default.

    Raises:
        InputError: the table cannot be read, a program or a bank is missing.
        UsageError: there is no such sound font.
    """
    if font is not None and font not in FONTS:
        raise UsageError(f"there is no sound font '{font}'; choose one of {', '.join(FONTS)}")
    table = folder / "notes.csv"
    names: dict[int, str] = {}
    clips = []
    for row in rows_of(table, COLUMNS):
        program = whole(table, row, "gm_program")
        if program >= PROGRAMS:
            continue
        names[program] = row["instrument"]
        start, samples = whole(table, row, "start"), whole(table, row, "frames")
        clips.append(Clip(folder / row["file"], program, row["source"], row["licence"], start, samples))
    if set(names) != set(range(PROGRAMS)):
        raise InputError(f"{table} has notes of {len(names)} of the {PROGRAMS} programs 0 to 79; fetch it again")
    missing = sorted({clip.path.name for clip in clips if not clip.path.is_file()})
    if missing:
        raise InputError(counted(missing, "banks of notes are missing", f"fetch them into {folder}"))
    kept = tuple(clip for clip in clips if font in {None, _font(clip)})
    licence = LICENCE if font is None else f"notes of {font}"
    return Collection("instruments", tuple(names[n] for n in range(PROGRAMS)), kept, 2.57, licence)


def held_out_notes(collection: Collection) -> Split:
    """Tests on every fifth note of each bank: its neighbours on both sides stay in training."""
    seen: dict[Path, int] = {}
    test = []
    for place, clip in enumerate(collection.clips):
        seen[clip.path] = seen.get(clip.path, -1) + 1
        if seen[clip.path] % EVERY == EVERY // 2:
            test.append(place)
    train = sorted(set(range(len(collection.clips))) - set(test))
    return Split(tuple(train), tuple(test), "every fifth note of each instrument held out")


def held_out_font(collection: Collection, font: str) -> Split:
    """Tests on one sound font, trains on the other.

    Raises:
        UsageError: there is no such sound font.
    """
    if font not in FONTS:
        raise UsageError(f"there is no sound font '{font}'; choose one of {', '.join(FONTS)}")
    groups = sorted({clip.group for clip in collection.clips if _font(clip) == font})
    return hold_out_groups(collection, groups, f"sound font {font} held out")


def _font(clip: Clip) -> str:
    return FONTS[0] if clip.group.lower().startswith("fluid") else FONTS[1]
