"""Runs that a command asks for: one, or one for each recording and take, with the names of their results."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from gramophone.bounds import LARGEST_SEED
from gramophone.cli.options import RunOptions
from gramophone.errors import InputError, UsageError
from gramophone.request import TextureRequest, TransferRequest
from gramophone.runs.naming import free_path, stem_of
from gramophone.runs.run import Run

Request = TextureRequest | TransferRequest

SUFFIXES = frozenset(
    (
        *(".wav", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc", ".au"),
        *(".snd", ".caf", ".m4a", ".m4b", ".mp4", ".mov", ".3gp", ".webm", ".mka", ".mkv", ".wma", ".aac", ".amr"),
    )
)
"""Names of recordings in a folder; other files in it are left alone."""

STYLE_SUFFIX = ".style.safetensors"
MOST_TAKES, MOST_RUNS = 1000, 100_000


def planned(request: Request, options: RunOptions, command: tuple[str, ...]) -> list[Run]:
    """All runs of a command, in order.

    Raises:
        InputError: a folder holds no recordings.
        UsageError: results cannot be named or told apart.
    """
    if not 1 <= options.takes <= MOST_TAKES:
        raise UsageError(f"takes must be from 1 to {MOST_TAKES}, not {options.takes}")
    requests = list(_expanded(request, each=options.each))
    if len(requests) * options.takes > MOST_RUNS:
        raise UsageError(f"that would be {len(requests) * options.takes} results, and {MOST_RUNS} are the limit")
    if options.takes > 1:
        _check_seeds(request, options.takes)
    runs: list[Run] = []
    taken: set[Path] = set()
    folder = _folder(options.output, len(requests))
    for one, take in product(requests, range(options.takes)):
        path = _path(one, take, options, folder, taken)
        taken.add(path)
        seeded = one if take == 0 else type(one).model_validate({**dict(one), "seed": one.seed + take})
        # The record of one of several results has a command that makes it alone.
        words = command if len(requests) * options.takes == 1 else ()
        runs.append(Run(seeded, path, words, options.report, options.overwrite))
    return runs


def _check_seeds(request: Request, takes: int) -> None:
    if request.seed + takes - 1 > LARGEST_SEED:
        raise UsageError(f"{takes} takes need seeds up to {request.seed + takes - 1}; begin with a smaller seed")
    if isinstance(request, TransferRequest) and not request.draws:
        raise UsageError("nothing is drawn in this transfer, so all takes would be the same; leave out the takes")


def _expanded(request: Request, *, each: bool) -> Iterator[Request]:
    """Requests for each recording of a folder, and of several recordings if `each` is said."""
    contents = [(name,) for name in _recordings(request.content)] if isinstance(request, TransferRequest) else [()]
    styles = [request.styles]
    if each or any(Path(name).is_dir() for name in request.styles):
        if request.style_weights is not None:
            raise UsageError("weights mix styles, and here each style makes a result of its own; leave them out")
        styles = [(one,) for name in request.styles for one in _recordings(name)]
    for content, chosen in product(contents, styles):
        names = (*content, *chosen)
        yield request if names == request.sounds else request.with_sounds(names)


def _recordings(name: str) -> list[str]:
    """The recordings of a folder in order of their names; the name itself if it is no folder."""
    folder = Path(name)
    if not folder.is_dir():
        return [name]
    try:
        found = sorted(path for path in folder.iterdir() if _is_recording(path))
    except OSError as error:
        raise InputError(
            f"{name} is a folder that cannot be read: {error.strerror or error}; check its permissions"
        ) from error
    if not found:
        raise InputError(f"{name} is a folder that holds no recordings; name a file or another folder")
    return [str(path) for path in found]


def _is_recording(path: Path) -> bool:
    known = path.suffix.lower() in SUFFIXES or path.name.endswith(STYLE_SUFFIX)
    return known and path.is_file() and not path.name.startswith(".")


def _folder(output: Path | None, requests: int) -> Path | None:
    """The folder of results that are named after their recordings; None if the output is a file."""
    if output is None:
        return Path()
    if output.is_dir():
        return output
    if requests == 1:
        return None
    if output.suffix:
        raise UsageError(f"{requests} results do not fit into the file {output}; name a folder with --output")
    try:
        output.mkdir()
    except OSError as error:
        raise UsageError(
            f"the folder {output} cannot be made: {error.strerror or error}; name another one"
        ) from error
    return output


def _path(request: Request, take: int, options: RunOptions, folder: Path | None, taken: set[Path]) -> Path:
    mark = "" if options.takes == 1 else f"-take{take + 1}"
    if folder is None:
        output = options.output or Path()
        return output.with_name(f"{output.stem}{mark}{output.suffix}")
    stem = f"{stem_of(request)}{mark}"
    if options.overwrite and (path := folder / f"{stem}.wav") not in taken:
        return path
    return free_path(folder, stem, taken)
