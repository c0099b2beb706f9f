"""Names of results that were not named: after their recordings, and never those of files that exist."""

import re
from collections.abc import Collection
from itertools import count
from pathlib import Path

from gramophone.request import TextureRequest, TransferRequest

SUFFIX = ".wav"
RECORD, PAGE = ".json", ".html"
MOST_CHARACTERS = 60
MOST_NAMED = 3
"""Recordings in a name; of more, their number is in it."""


def stem_of(request: TextureRequest | TransferRequest) -> str:
    """Name of a result without a suffix.

    Example:
        >>> stem_of(TransferRequest(content="talk/voice.flac", styles=("fire.style.safetensors",)))
        'voice-in-fire'
    """
    styles = "-".join(_short(name) for name in request.styles[:MOST_NAMED])
    if (more := len(request.styles) - MOST_NAMED) > 0:
        styles += f"-and-{more}-more"
    if isinstance(request, TransferRequest):
        return f"{_cut(_short(request.content))}-in-{_cut(styles)}"
    return f"{_cut(styles or request.network or 'network')}-{'loop' if request.loop else 'texture'}"


def free_path(folder: Path, stem: str, taken: Collection[Path] = ()) -> Path:
    """The first of `STEM.wav`, `STEM-2.wav` ... that is free, with its run record and its report.

    Args:
        folder: where it goes.
        stem: name without a suffix.
        taken: further names that are not free.
    """
    for number in count(1):
        path = folder / f"{stem if number == 1 else f'{stem}-{number}'}{SUFFIX}"
        beside = (path, path.with_suffix(RECORD), path.with_suffix(PAGE))
        if path not in taken and not any(one.exists() or one.is_symlink() for one in beside):
            return path
    raise AssertionError


def _short(name: str) -> str:
    """The name of a file without its folder and suffixes, of characters that every system takes."""
    stem = Path(name).name
    for suffix in (".safetensors", ".style"):
        stem = stem.removesuffix(suffix)
    stem = stem.rpartition(".")[0] or stem if stem == Path(name).name else stem
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "sound"


def _cut(stem: str) -> str:
    return stem[:MOST_CHARACTERS].strip("-.") or "sound"
