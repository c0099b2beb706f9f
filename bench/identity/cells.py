"""One cell for each pair, system and strength: measured once, kept in a JSON file, so that a run can go on."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.identity import recogniser
from bench.identity.pairs import SPEECH, Pair
from bench.identity.sounds import sound
from bench.identity.systems import SYSTEMS
from gramophone.errors import GramophoneError
from gramophone.files import atomic_write
from gramophone.metrics.identity import Identity, listen

MEASURES_VERSION = 1  # to be raised when a measure changes: older cells are measured again
RECOGNISED = "words written"


@dataclass(frozen=True)
class Cell:
    """What the measures say of one result.

    Attributes:
        pair: name of the pair.
        system: name of the system.
        strength: at which it ran.
        seconds: processor seconds that it took.
        identity: mean score of the measures of the content.
        style: score of the kernel distance to the style.
        values: of all measures that have one, by name.
        scores: on the common scale, by name.
        naturals: natural levels, by name.
        reasons: of the measures that have no meaning, by name.
        failed: why the system gave no result; empty if it did.
    """

    pair: str
    system: str
    strength: float
    seconds: float
    identity: float | None
    style: float | None
    values: dict[str, float]
    scores: dict[str, float]
    naturals: dict[str, float]
    reasons: dict[str, str]
    failed: str = ""

    @property
    def key(self) -> str:
        """By which the file finds it."""
        return key_of(self.pair, self.system, self.strength)


def key_of(pair: str, system: str, strength: float) -> str:
    """What tells cells apart."""
    return f"{pair} | {system} | {strength:g}"


def kept(path: Path) -> dict[str, Cell]:
    """The cells of earlier runs; none of an older version of the measures."""
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored["version"] != MEASURES_VERSION:
        return {}
    return {cell.key: cell for cell in (Cell(**values) for values in stored["cells"])}


def write(path: Path, cells: Iterable[Cell]) -> None:
    """Replaces the file."""
    plain = {"version": MEASURES_VERSION, "cells": [asdict(cell) for cell in cells]}
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(json.dumps(plain, indent=0), encoding="utf-8")


def measured(
    path: Path,
    pairs: Iterable[Pair],
    systems: Iterable[str],
    *,
    strengths: Sequence[float] | None = None,
    words: bool,
    tell: Callable[[str], None],
) -> dict[str, Cell]:
    """Every cell, those of the file first; the file grows pair by pair.

    Args:
        path: of the file.
        pairs: to run.
        systems: names.
        strengths: at which systems with a dial run; by default each at its own.
        words: whether a recogniser writes the words of speech.
        tell: told about every new cell.
    """
    cells = kept(path)
    names = list(systems)
    for pair in pairs:
        wanted = [
            (name, strength)
            for name in names
            for strength in (strengths if strengths and SYSTEMS[name].has_dial else SYSTEMS[name].strengths)
            if key_of(pair.name, name, strength) not in cells
        ]
        if not wanted:
            continue
        for cell in _of_pair(pair, wanted, words=words and pair.kind == SPEECH):
            cells[cell.key] = cell
            tell(f"{cell.key}: identity {_said(cell.identity)}, style {_said(cell.style)} {cell.failed}")
        write(path, cells.values())
    return cells


def _of_pair(pair: Pair, wanted: list[tuple[str, float]], *, words: bool) -> Iterator[Cell]:
    content, style = sound(pair.content), sound(pair.style)
    ears = listen(content, style)
    clean = recogniser.transcript(content) if words else ()
    for name, strength in wanted:
        before = time.process_time()
        try:
            result = SYSTEMS[name].make(content, style, strength)
        except GramophoneError as error:
            yield Cell(pair.name, name, strength, 0.0, None, None, {}, {}, {}, {}, str(error))
            continue
        seconds = time.process_time() - before
        written = recogniser.share_of_words(result, clean) if words else None
        yield _cell(pair, name, strength, seconds, ears.hear(result), written)


def _cell(pair: Pair, system: str, strength: float, seconds: float, heard: Identity, written: float | None) -> Cell:
    def taken(which: str) -> dict[str, Any]:
        found = {measure.name: getattr(measure, which) for measure in heard.measures}
        return {name: round(value, 5) for name, value in found.items() if value is not None}

    values = taken("value") | ({RECOGNISED: round(written, 5)} if written is not None else {})
    reasons = {measure.name: measure.reading for measure in heard.measures if measure.value is None}
    return Cell(
        pair.name,
        system,
        strength,
        seconds,
        heard.identity,
        heard.style,
        values,
        taken("score"),
        taken("natural"),
        reasons,
    )


def _said(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
