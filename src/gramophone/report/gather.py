"""Report entries, from run records and their sound files or from results in Python."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from gramophone import audio
from gramophone.audio import Sound, TruncatedWarning
from gramophone.errors import GramophoneError, InputError
from gramophone.evaluation import MetricResult
from gramophone.files import sha256_of
from gramophone.report.entry import Entry, Role, Track, validate_record
from gramophone.report.page import write_report
from gramophone.report.placing import pair_of
from gramophone.runs.run_record import read_record

if TYPE_CHECKING:
    import gramophone.synthesis
    from gramophone.evaluation.sweep import Sweep


def entry_of(path: Path) -> Entry:
    """Reads a run record, finds its sounds and evaluates the result.

    A path in the record is resolved from the working directory, then from the record's folder; then the file name is
    looked up beside the record. Missing and changed inputs are noted.

    Raises:
        InputError: the record is invalid, or its result cannot be found or read.
        LimitError: the record or the result is too large.
    """
    return entry_with(*tracks_of(path))


def tracks_of(path: Path) -> tuple[dict[str, Any], tuple[Track, ...]]:
    """Reads a run record and finds its sounds: content, style(s) and result; see `entry_of`.

    Raises:
        InputError: the record is invalid, or its result cannot be found or read.
        LimitError: the record or the result is too large.
    """
    record = read_record(path)
    validate_record(path, record)
    inputs = [_track(role, source, path) for role, source in zip(_roles(record), record["inputs"], strict=False)]
    return record, (*inputs, _result(record["output"], path))


def entry_from(
    result: "gramophone.synthesis.Result", *, content: Sound | None = None, styles: Sequence[Sound] = ()
) -> Entry:
    """Makes an entry of a result in Python.

    Args:
        result: result of a task.
        content: content of a transfer.
        styles: style recordings.
    """
    inputs = [] if content is None else [Track("content", "content", content)]
    inputs += [Track("style", f"style {n}" if len(styles) > 1 else "style", one) for n, one in enumerate(styles, 1)]
    return entry_with(result.record(), (*inputs, Track("result", result.task, result.sound)))


def check_sounds(path: Path) -> None:
    """Checks that a record is valid and its result exists, before anything large is loaded.

    Raises:
        InputError: the record is invalid, or its result cannot be found.
        LimitError: the record is too large.
    """
    record = read_record(path)
    validate_record(path, record)
    _find(record["output"], path)


def write_page(
    path: Path,
    records: Sequence[Path],
    *,
    announce: Callable[[str], object],
    overwrite: bool = False,
    rivals: bool = False,
) -> None:
    """Evaluates runs and writes one page about them.

    Args:
        path: of the page.
        records: run records, whose results are looked for beside them.
        announce: called with a few words before each run is evaluated, and before the page is written.
        overwrite: whether a page already there may be replaced.
        rivals: make and measure the rivals of every pair of a transfer, and draw their curves beside the runs.

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
    beside = _swept(entries, announce) if rivals else {}
    announce(f"writing {path}")
    write_report(path, entries, overwrite=overwrite, beside=beside)


def _swept(entries: Sequence[Entry], announce: Callable[[str], object]) -> dict[str, "Sweep"]:
    """The rivals of every pair, by its name; pairs with several styles or a missing sound have none."""
    from gramophone.evaluation.sweep import sweep

    found: dict[str, Sweep] = {}
    for entry in entries:
        content, style = (
            [track.sound for track in entry.tracks if track.role == role] for role in ("content", "style")
        )
        if len(content) == len(style) == 1 and content[0] and style[0] and pair_of(entry) not in found:
            found[pair_of(entry)] = sweep(content[0], style[0], names=(), announce=announce)
    return found


def _roles(record: dict[str, Any]) -> list[Role]:
    styles: list[Role] = ["style"] * len(record["inputs"])
    return ["content", *styles[1:]] if record["task"] == "transfer" else styles


def entry_with(record: dict[str, Any], tracks: Sequence[Track]) -> Entry:
    """Makes an entry of a run record and its sounds, and evaluates the result.

    Args:
        record: run record, see `runs.run_record`.
        tracks: content, style(s) and result, in this order.
    """
    figures, notes = _evaluated(record, tracks)
    return Entry(title_of(record, tracks), record, tuple(tracks), figures, notes)


def title_of(record: dict[str, Any], tracks: Sequence[Track]) -> str:
    """Says what a run made of what."""
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
    path = _located(output, record)
    if path is None:
        is_elsewhere = any(one.is_file() for one in _candidates(str(output["path"]), record))
        raise InputError(
            f"{output['path']}, the result of {record}, "
            f"{'was changed and lies elsewhere' if is_elsewhere else 'does not exist'}; "
            f"put it beside the record, or run this in the folder where it was made"
        )
    return path


def _track(role: Role, source: dict[str, Any], record: Path) -> Track:
    name = _file_name(str(source["path"]))
    path = _located(source, record)
    if path is None:
        return Track(role, name, None, (_missing(source, record),))
    try:
        return _loaded(role, path, source)
    except GramophoneError as error:
        return Track(role, name, None, (str(error),))


def _loaded(role: Role, path: Path, source: dict[str, Any]) -> Track:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TruncatedWarning)
        sound = audio.load(path)
    warned = [str(warning.message) for warning in caught]
    return Track(role, path.name, sound, (*_changes(path, source), *warned))


def _missing(source: dict[str, Any], record: Path) -> str:
    if any(path.is_file() for path in _candidates(str(source["path"]), record)):
        return (
            f"{source['path']} is not the file that was used, and not beside the record, so it cannot be played or "
            "drawn"
        )
    return f"{source['path']} no longer exists, so it cannot be played or drawn"


def _located(source: dict[str, Any], record: Path) -> Path | None:
    """Returns the first existing path with the right checksum, or else the first existing one beside the record.

    A record may come from a stranger, and name any file: one elsewhere is only taken if the record tells its
    checksum, which nobody knows who has not got the file.
    """
    existing = [path for path in _candidates(str(source["path"]), record) if path.is_file()]
    unchanged = (path for path in existing if not list(_changes(path, source)))
    beside = (path for path in existing if path.resolve().is_relative_to(record.parent.resolve()))
    return next(unchanged, next(beside, None))


def _candidates(path: str, record: Path) -> Iterator[Path]:
    yield Path(path)
    yield record.parent / path
    yield record.parent / _file_name(path)


def _file_name(path: str) -> str:
    """Returns the last part of a POSIX or Windows path."""
    return Path(path).name if "/" in path else PureWindowsPath(path).name or path


def _changes(path: Path, source: dict[str, Any]) -> Iterator[str]:
    try:
        checksum = sha256_of(path)
    except InputError as error:
        yield str(error)
        return
    if checksum != source.get("sha256"):
        yield f"{path} was changed after the run: its SHA-256 differs from the record"


def _evaluated(record: dict[str, Any], tracks: Sequence[Track]) -> tuple[tuple[MetricResult, ...], tuple[str, ...]]:
    """Evaluates the result against the style of largest weight; returns metrics and notes."""
    styles = [track for track in tracks if track.role == "style"]
    content = next((track for track in tracks if track.role == "content"), None)
    result = next(track.sound for track in tracks if track.role == "result")
    weights = record.get("parameters", {}).get("weights") or [1.0]
    heaviest = styles[_largest(weights, len(styles))] if styles else None
    if heaviest is None or heaviest.sound is None or result is None or (content and content.sound is None):
        return (), ("the evaluation needs all sounds of the run",)
    try:
        from gramophone.evaluation import evaluate

        evaluation = evaluate(heaviest.sound, result, content.sound if content else None)
    except GramophoneError as error:
        return (), (str(error),)
    notes = [f"compared with {heaviest.name}, one of {len(styles)} styles"] if len(styles) > 1 else []
    # Sample by sample, a texture has nothing in common with its style.
    figures = tuple(metric for metric in evaluation.figures if metric.group != "reconstruction")
    return figures, (*notes, *evaluation.notes)


def _largest(weights: Sequence[float], count: int) -> int:
    values = [float(weight) for weight in weights[:count]]
    return values.index(max(values)) if values else 0
