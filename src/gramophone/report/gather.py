"""Entries from run records, whose sounds are looked for, and from results that were never written."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from gramophone import audio
from gramophone.audio import Sound, TruncatedWarning
from gramophone.errors import GramophoneError, InputError
from gramophone.evaluation import MetricResult
from gramophone.files import sha256_of
from gramophone.report.entry import Entry, Role, Track
from gramophone.report.page import write_report
from gramophone.report.validate_record import check_record
from gramophone.runs.run_record import read_record

if TYPE_CHECKING:
    import gramophone.synthesis


def entry_of(path: Path) -> Entry:
    """Reads a run record, finds its sounds and evaluates the result.

    A sound is looked for where the record says, seen from here, then from the record's folder, and then under its
    file name beside the record. An input that is missing or was changed is noted.

    Raises:
        InputError: the record cannot be used, or its result cannot be found or read.
        LimitError: the record or the result is too large.
    """
    record = read_record(path)
    check_record(path, record)
    inputs = [_track(role, source, path) for role, source in zip(_roles(record), record["inputs"], strict=False)]
    return entry_with(record, (*inputs, _result(record["output"], path)))


def entry_from(
    result: "gramophone.synthesis.Result", *, content: Sound | None = None, styles: Sequence[Sound] = ()
) -> Entry:
    """Makes an entry of a result in Python.

    Args:
        result: what a task gave.
        content: what a transfer was given.
        styles: what it was made of.
    """
    given = [] if content is None else [Track("content", "content", content)]
    given += [Track("style", f"style {n}" if len(styles) > 1 else "style", one) for n, one in enumerate(styles, 1)]
    return entry_with(result.record(), (*given, Track("result", result.task, result.sound)))


def check_sounds(path: Path) -> None:
    """Refuses a record whose result is not there, before anything large is loaded.

    Raises:
        InputError: the record cannot be used, or its result cannot be found.
        LimitError: the record is too large.
    """
    record = read_record(path)
    check_record(path, record)
    _find(record["output"], path)


def write_page(
    path: Path, records: Sequence[Path], *, announce: Callable[[str], object], overwrite: bool = False
) -> None:
    """Evaluates runs and writes one page about them.

    Args:
        path: of the page.
        records: run records, whose results are looked for beside them.
        announce: called with a few words before each run is evaluated, and before the page is written.
        overwrite: whether a page already there may be replaced.

    Raises:
        InputError: a record cannot be used, or its result cannot be found or read.
        LimitError: a record or a result is too large.
        UsageError: the page cannot or must not be written.
    """
    for record in records:
        check_sounds(record)
    entries = []
    for record in records:
        announce(f"evaluating the result of {record}")
        entries.append(entry_of(record))
    announce(f"writing {path}")
    write_report(path, entries, overwrite=overwrite)


def _roles(record: dict[str, Any]) -> list[Role]:
    styles: list[Role] = ["style"] * len(record["inputs"])
    return ["content", *styles[1:]] if record["task"] == "transfer" else styles


def entry_with(record: dict[str, Any], tracks: Sequence[Track]) -> Entry:
    """Makes an entry of a run record and its sounds, and evaluates the result.

    Args:
        record: see `record.run_record`.
        tracks: content, style(s) and result, in this order.
    """
    figures, notes = _judged(record, tracks)
    return Entry(_title(record, tracks), record, tuple(tracks), figures, notes)


def _title(record: dict[str, Any], tracks: Sequence[Track]) -> str:
    styles = " and ".join(_stem(track.name) for track in tracks if track.role == "style") or "nothing"
    content = next((_stem(track.name) for track in tracks if track.role == "content"), None)
    if content is not None:
        return f"{content} made of {styles}"
    return f"More of {styles}" if record["task"] == "texture" else f"{record['task']} of {styles}"


def _stem(name: str) -> str:
    return Path(name).stem or name


def _result(output: dict[str, Any], record: Path) -> Track:
    return _loaded("result", _find(output, record), output)


def _find(output: dict[str, Any], record: Path) -> Path:
    path = _place(output, record)
    if path is None:
        raise InputError(
            f"the result {output['path']} of {record} is not there; "
            f"put it beside the record, or run this in the folder where it was made"
        )
    return path


def _track(role: Role, source: dict[str, Any], record: Path) -> Track:
    name = _file_name(str(source["path"]))
    path = _place(source, record)
    if path is None:
        return Track(
            role, name, None, (f"{source['path']} is not there any more, so it can be neither heard nor seen",)
        )
    try:
        return _loaded(role, path, source)
    except GramophoneError as error:
        return Track(role, name, None, (str(error),))


def _loaded(role: Role, path: Path, source: dict[str, Any]) -> Track:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TruncatedWarning)
        sound = audio.load(path)
    odd = [str(warning.message) for warning in caught]
    return Track(role, path.name, sound, (*_changes(path, source), *odd))


def _place(source: dict[str, Any], record: Path) -> Path | None:
    """The first place with the right file; the first with any where none is right."""
    there = [place for place in _places(str(source["path"]), record) if place.is_file()]
    right = (place for place in there if not list(_changes(place, source)))
    return next(right, there[0] if there else None)


def _places(path: str, record: Path) -> Iterator[Path]:
    yield Path(path)
    yield record.parent / path
    yield record.parent / _file_name(path)


def _file_name(path: str) -> str:
    """The last part of a path of this system or of another."""
    return Path(path).name if "/" in path else PureWindowsPath(path).name or path


def _changes(path: Path, source: dict[str, Any]) -> Iterator[str]:
    try:
        found = sha256_of(path)
    except InputError as error:
        yield str(error)
        return
    if found != source.get("sha256"):
        yield f"{path} was changed since the run: its SHA-256 differs from that in the record"


def _judged(record: dict[str, Any], tracks: Sequence[Track]) -> tuple[tuple[MetricResult, ...], tuple[str, ...]]:
    """Evaluates the result against its heaviest style; what prevents that is said."""
    styles = [track for track in tracks if track.role == "style"]
    content = next((track for track in tracks if track.role == "content"), None)
    result = next(track.sound for track in tracks if track.role == "result")
    weights = record.get("parameters", {}).get("weights") or [1.0]
    heaviest = styles[_heaviest(weights, len(styles))] if styles else None
    if heaviest is None or heaviest.sound is None or result is None or (content and content.sound is None):
        return (), ("the figures need all sounds of the run",)
    try:
        from gramophone.evaluation import evaluate

        evaluation = evaluate(heaviest.sound, result, content.sound if content else None)
    except GramophoneError as error:
        return (), (str(error),)
    notes = [f"compared with {heaviest.name}, one of {len(styles)} styles"] if len(styles) > 1 else []
    # Sample by sample, a texture has nothing in common with its style.
    figures = tuple(figure for figure in evaluation.figures if figure.group != "reconstruction")
    return figures, (*notes, *evaluation.notes)


def _heaviest(weights: Sequence[float], count: int) -> int:
    known = [float(weight) for weight in weights[:count]]
    return known.index(max(known)) if known else 0
