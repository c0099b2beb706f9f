"""Features of a collection, computed once and cached in a memory-mapped file."""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float16, Float32

from gramophone.audio import Sound, TruncatedWarning, load
from gramophone.datasets.clips import Clip, Collection, leave_out
from gramophone.errors import GramophoneError, WriteError
from gramophone.files import atomic_write, reserve, unwritable
from gramophone.networks.pretrained.waveform_input import Representation

FORMAT = 1
FILES_PER_BLOCK = 64


@dataclass(frozen=True)
class Features:
    """Log spectrograms of a collection.

    Attributes:
        values: one log spectrogram per clip, as long as the collection's clips.
        damaged: indices of unreadable clips, whose values are 0; no split may contain them.
    """

    values: Float16[np.ndarray, "clip frequency frame"]
    damaged: tuple[int, ...]


@dataclass(frozen=True)
class Prepared:
    """Progress of the computation.

    Attributes:
        done: number of finished clips.
        of: total number of clips.
        features: finished features, in the last event.
    """

    done: int
    of: int
    features: Features | None = None


def prepare(
    collection: Collection,
    representation: Representation,
    cache: Path,
    *,
    skip_damaged: Callable[[str], None] | None = None,
    workers: int | None = None,
) -> Iterator[Prepared]:
    """Computes the features, or loads those of an earlier run; the last event carries them.

    Files are written atomically; several runs may share the folder.

    Args:
        collection: clips to read.
        representation: spectrogram to compute.
        cache: folder of the cache; created if missing.
        skip_damaged: called with a warning about unreadable clips, which are then left out; an error by default.
        workers: number of threads; one per processor by default.

    Raises:
        InputError: clips cannot be read.
        WriteError: the folder cannot be written, or has too little room for the features.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(unwritable(cache, error)) from error
    path = cache / f"{collection.name}-{_fingerprint(collection, representation)}.npy"
    is_cached = path.is_file() and path.with_suffix(".json").is_file()
    if not is_cached:
        yield from _compute(collection, representation, path, skip_damaged, workers or os.cpu_count() or 1)
    damaged = tuple(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["damaged"])
    if is_cached:
        _leave_out(collection, damaged, skip_damaged)
    features = Features(np.load(path, mmap_mode="r"), damaged)
    yield Prepared(len(collection.clips), len(collection.clips), features)


def _compute(
    collection: Collection,
    representation: Representation,
    path: Path,
    skip_damaged: Callable[[str], None] | None,
    workers: int,
) -> Iterator[Prepared]:
    files: dict[Path, list[int]] = {}
    for place, clip in enumerate(collection.clips):
        files.setdefault(clip.path, []).append(place)
    samples = round(collection.duration_s * representation.rate_hz)
    frames = max(representation.frames, representation.frames_of(samples))
    shape = (len(collection.clips), representation.bins, frames)
    damaged: list[int] = []
    done = 0
    with atomic_write(path, overwrite=True) as temporary:
        values = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float16, shape=shape)
        reserve(temporary)
        pieces = [[collection.clips[n] for n in places] for places in files.values()]
        with ThreadPoolExecutor(workers) as pool:
            found = _each(pool, pieces, representation, samples)
            for places, spectrograms in zip(files.values(), found, strict=True):
                for place, spectrogram in zip(places, spectrograms, strict=True):
                    if spectrogram is None:
                        damaged.append(place)
                    else:
                        values[place, :, : spectrogram.shape[1]] = spectrogram[:, :frames]
                done += len(places)
                yield Prepared(done, len(collection.clips))
        _leave_out(collection, sorted(damaged), skip_damaged)
        values.flush()
        del values
    with atomic_write(path.with_suffix(".json"), overwrite=True) as temporary:
        temporary.write_text(json.dumps({"format": FORMAT, "damaged": sorted(damaged)}), encoding="utf-8")


def _each(
    pool: ThreadPoolExecutor, files: Sequence[Sequence[Clip]], representation: Representation, samples: int
) -> Iterator[list[Float32[np.ndarray, "frequency _"] | None]]:
    for first in range(0, len(files), FILES_PER_BLOCK):
        # Filters of warnings belong to all threads: they are set while a group of files is read, and by nobody else.
        with warnings.catch_warnings():
            warnings.simplefilter("error", TruncatedWarning)
            found = list(
                pool.map(lambda clips: _file(clips, representation, samples), files[first : first + FILES_PER_BLOCK])
            )
        yield from found


def _file(
    clips: Sequence[Clip], representation: Representation, samples: int
) -> list[Float32[np.ndarray, "frequency _"] | None]:
    """Computes the features of the clips of one file; None for a damaged clip."""
    try:
        sound = load(clips[0].path).mono()
    except (GramophoneError, TruncatedWarning):
        return [None] * len(clips)
    found: list[Float32[np.ndarray, "frequency _"] | None] = []
    for clip in clips:
        end = sound.samples.shape[1] if clip.samples is None else clip.start + clip.samples
        if clip.start >= sound.samples.shape[1]:
            found.append(None)
            continue
        piece = Sound(sound.samples[:, clip.start : end], sound.rate_hz).resampled(representation.rate_hz)
        waveform = torch.zeros(samples)
        heard = torch.from_numpy(piece.samples[0, :samples])
        waveform[: len(heard)] = heard
        found.append(representation.values(waveform).numpy())
    return found


def _leave_out(collection: Collection, damaged: Sequence[int], skip: Callable[[str], None] | None) -> None:
    names = [collection.clips[place].path.name for place in damaged]
    what = f"of {len(collection.clips)} clips cannot be read or are cut short"
    leave_out(names, what, "download them again, or leave them out with --skip-damaged", skip)


def _fingerprint(collection: Collection, representation: Representation) -> str:
    """Hashes all that decides the features: files, clips and representation."""
    digest = hashlib.sha256(json.dumps([FORMAT, representation.as_dict(), collection.duration_s]).encode())
    stamps: dict[Path, tuple[int, int]] = {}
    for clip in collection.clips:
        if clip.path not in stamps:
            status = clip.path.stat()
            stamps[clip.path] = (status.st_size, status.st_mtime_ns)
        # Not the whole path: the cache stays valid if the data are moved.
        place = f"{clip.path.parent.name}/{clip.path.name}"
        digest.update(json.dumps([place, *stamps[clip.path], clip.start, clip.samples]).encode())
    return digest.hexdigest()[:20]
