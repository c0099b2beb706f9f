"""ESC-50 (Piczak 2015): 2,000 clips of 5 s, 50 classes, 5 folds that keep the pieces of one source together."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from gramophone.datasets.clips import Clip, Collection, Split, counted, hold_out_groups, rows_of, whole
from gramophone.errors import InputError, UsageError

FOLDS = 5
CLASSES = 50
FREE = ("CC0", "CC-BY")
LICENCE = "ESC-50 as a whole: CC BY-NC 3.0"
FREE_LICENCE = "the 1,770 clips of ESC-50 that are CC0 or CC-BY"
# The data set as it is published, and a copy at 16 kHz.
PLACES = (("audio16k", ".ogg"), ("audio", ".wav"), ("audio", ".ogg"))


def esc50(folder: Path, *, free_only: bool = False, skip_missing: Callable[[str], None] | None = None) -> Collection:
    """Lists the clips.

    Args:
        folder: holds `esc50.csv` (or `meta/esc50.csv`) and the sounds in `audio16k/*.ogg` or `audio/*.wav`; for
            `free_only` also `esc50_licences.csv`.
        free_only: only clips that may be used for anything (CC0 and CC-BY).
        skip_missing: told about missing clips in one sentence, which are then left out; without it they are an error.

    Raises:
        InputError: the table is not that of ESC-50, or clips are missing.
    """
    table = next((path for path in (folder / "esc50.csv", folder / "meta" / "esc50.csv") if path.is_file()), None)
    if table is None:
        raise InputError(f"{folder} holds no esc50.csv; name the folder of ESC-50 with --data")
    rows = rows_of(table, ("filename", "fold", "target", "category"))
    place, suffix = next(((p, s) for p, s in PLACES if any((folder / p).glob(f"*{s}"))), PLACES[0])
    licences = _licences(folder) if free_only else {}
    names: dict[int, str] = {}
    clips = []
    for row in rows:
        label = whole(table, row, "target")
        names[label] = row["category"]
        path = folder / place / Path(row["filename"]).with_suffix(suffix).name
        clips.append(Clip(path, label, row["fold"], licences.get(row["filename"], "")))
    _check_counts(table, clips, names)
    clips = _present(clips, skip_missing)
    collection = Collection("esc50", tuple(names[n] for n in range(CLASSES)), tuple(clips), 5.0, LICENCE)
    if not free_only:
        return collection
    free = collection.only(lambda clip: clip.licence in FREE)
    return Collection("esc50-free", free.classes, free.clips, free.duration_s, FREE_LICENCE)


def fold_split(collection: Collection, fold: int) -> Split:
    """Tests on one fold, trains on the other four.

    Raises:
        UsageError: there is no such fold.
    """
    if not 1 <= fold <= FOLDS:
        raise UsageError(f"there is no fold {fold}; ESC-50 has the folds 1 to {FOLDS}")
    return hold_out_groups(collection, [str(fold)], f"fold {fold} held out")


def _licences(folder: Path) -> dict[str, str]:
    path = folder / "esc50_licences.csv"
    return {row["filename"]: row["licence"] for row in rows_of(path, ("filename", "licence"))}


def _check_counts(table: Path, clips: list[Clip], names: dict[int, str]) -> None:
    found = Counter((clip.group, clip.label) for clip in clips)
    wanted = {(str(fold), label): 8 for fold in range(1, FOLDS + 1) for label in range(CLASSES)}
    wrong = [key for key in {*found, *wanted} if found[key] != wanted.get(key)]
    if wrong or len(names) != CLASSES:
        raise InputError(
            f"{table} lists {len(clips)} clips, and not 8 for each of {CLASSES} classes in each of {FOLDS} folds "
            f"({len(wrong)} combinations differ); fetch the table again"
        )
    if len({clip.path for clip in clips}) != len(clips):
        raise InputError(f"{table} lists a clip twice; fetch the table again")


def _present(clips: list[Clip], skip_missing: Callable[[str], None] | None) -> list[Clip]:
    missing = [clip.path.name for clip in clips if not clip.path.is_file()]
    if missing and skip_missing is None:
        where = clips[0].path.parent
        remedy = f"fetch them into {where}, or add --skip-damaged"
        raise InputError(counted(missing, f"of {len(clips)} clips of ESC-50 are missing", remedy))
    if missing and skip_missing is not None:
        skip_missing(counted(missing, f"of {len(clips)} clips of ESC-50 are missing", "they are left out"))
    return [clip for clip in clips if clip.path.name not in set(missing)]
