"""Styles learnt from long recordings: a choice of representative pieces, in constant memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from gramophone import __version__
from gramophone.audio import Excerpt, Provenance, Selection, Sound, Style, StyleSource, audible
from gramophone.audio.audible import without_inaudible
from gramophone.bounds import as_number
from gramophone.errors import InputError, UsageError
from gramophone.spectral import LogScale, Stft
from gramophone.spectral.filterbanks import mel_filters
from gramophone.statistics.herding import Whole, herd, piece_gram, random_distance

MOST_PIECES = 600
MOST_BYTES = 400_000_000
KEEP_S = 10.0
KEEP_RANGE_S = (1.0, 300.0)
PIECE_S = 1.0
SHORTEST_S = 0.2
RATE_HZ = 22050
STFT = Stft(1024, 512)
BANDS = 48
PATCH_FRAMES = 8
MOST_PATCHES = 8192
FADE_S = 0.01


@dataclass(frozen=True)
class Piece:
    """A piece of a recording.

    Attributes:
        source: index of the recording.
        start: index of the first sample, at the recording's rate.
        sound: samples of the piece.
        stands_for_s: length that the piece represents, in seconds: its own and that of omitted neighbours.
    """

    source: int
    start: int
    sound: Sound
    stands_for_s: float

    @property
    def stop(self) -> int:
        """Index after the last sample."""
        return self.start + self.sound.samples.shape[1]

    def leads_to(self, other: "Piece") -> bool:
        """Whether another piece continues this one."""
        return (self.source, self.stop) == (other.source, other.start)


def cut(blocks: Iterable[Sound], source: int, piece_s: float) -> Iterator[Piece]:
    """Cuts a recording into pieces of equal length; the last one includes a rest of less than half a piece.

    Args:
        blocks: recording in blocks of any lengths, at one rate.
        source: index of the recording.
        piece_s: length of a piece, in seconds.
    """
    start = rate_hz = 0
    rest: Float32[np.ndarray, "channel _"] | None = None
    for block in blocks:
        rate_hz = block.rate_hz
        length = round(piece_s * rate_hz)
        pending = block.samples if rest is None else np.concatenate([rest, block.samples], axis=1)
        at = 0
        # The samples that are kept suffice for a last piece that includes the rest.
        while pending.shape[1] - at >= length + (length + 1) // 2:
            yield _piece(source, start + at, pending[:, at : at + length], rate_hz)
            at += length
        rest, start = pending[:, at:], start + at
    if rest is not None:
        yield _piece(source, start, rest, rate_hz)


@dataclass
class Candidates:
    """Pieces to choose from: at most a number of them, and of bytes of samples, evenly spread over the recordings.

    Whenever there are more, every second piece is omitted and represented by its neighbour: of an hour, one second in
    eight is considered. Silent pieces do not count and are omitted as soon as not everything can be kept.

    Args:
        keep_s: length up to which everything is kept, in seconds.
        most_pieces: pieces at most, where not everything is kept.
        most_bytes: bytes of their samples at most.

    Attributes:
        pieces: pieces in order.
        total_s: length of all pieces including the omitted ones, in seconds.
        is_all: whether no piece is omitted and all are within `keep_s`.
    """

    keep_s: float
    most_pieces: int = MOST_PIECES
    most_bytes: int = MOST_BYTES
    pieces: list[Piece] = field(default_factory=list)
    total_s: float = 0.0
    is_all: bool = True
    _bytes: int = 0
    _stride: int = 1
    _waiting: int = 0

    def add(self, piece: Piece) -> None:
        """Adds a piece, or lets the one before represent it."""
        self.total_s += piece.sound.duration_s
        too_much = self.total_s > self.keep_s * (1 + 1e-9) or self._bytes > self.most_bytes
        if self.is_all and too_much:
            self.is_all = False
            self._keep([one for one in self.pieces if not one.sound.is_silent])
        if self.is_all:
            self._keep([*self.pieces, piece])
        elif self._waiting:
            self.pieces[-1] = _with_neighbour(self.pieces[-1], piece)
            self._waiting -= 1
        elif not piece.sound.is_silent:
            self._keep([*self.pieces, piece])
            self._waiting = self._stride - 1
        while not self.is_all and len(self.pieces) > 1 and self._is_full():
            self._thin()

    def _is_full(self) -> bool:
        return len(self.pieces) > self.most_pieces or self._bytes > self.most_bytes

    def _thin(self) -> None:
        """Omits every second piece; the last one may represent pieces that are still to come."""
        pairs = zip_longest(self.pieces[::2], self.pieces[1::2])
        if len(self.pieces) % 2:
            self._waiting += self._stride
        self._keep([one if other is None else _with_neighbour(one, other) for one, other in pairs])
        self._stride *= 2

    def _keep(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self._bytes = sum(piece.sound.samples.nbytes for piece in pieces)


def _with_neighbour(piece: Piece, other: Piece) -> Piece:
    return replace(piece, stands_for_s=piece.stands_for_s + other.stands_for_s)


def _piece(source: int, start: int, samples: Float32[np.ndarray, "channel _"], rate_hz: int) -> Piece:
    # A copy, as a view would keep the whole recording in memory.
    sound = Sound(samples.copy(), rate_hz)
    return Piece(source, start, sound, sound.duration_s)


@dataclass(frozen=True)
class Recording:
    """A recording to learn from.

    Attributes:
        name: name in the style.
        role: name in errors.
        blocks: sound in blocks of any lengths, at one rate.
        sha256: hash of its file, if there is one.
    """

    name: str
    role: str
    blocks: Iterable[Sound]
    sha256: str | None = None


def check_keep(keep_s: float) -> None:
    """Raises UsageError for a length outside 1 s to 300 s."""
    least_s, most_s = KEEP_RANGE_S
    if not least_s <= as_number("what is kept", keep_s) <= most_s:
        raise UsageError(
            f"{keep_s:g} s cannot be kept; give {least_s:g} to {most_s:g} s: results are compared with all of it"
        )


def representative(recordings: Iterable[Recording], keep_s: float = KEEP_S, most_pieces: int = MOST_PIECES) -> Style:
    """The excerpts whose statistics are nearest to those of all recordings together.

    Recordings are cut into pieces of 1 s (a quarter of `keep_s` where that is less), of which a choice is made by
    herding; see `statistics.herding`. They are compared by patches of 186 ms of their log-mel spectrogram at
    22,050 Hz, through the squared arc-cosine kernel as in style terms: loud patches count more, silent ones not at
    all. Pieces that are neighbours in a recording stay joined, others are cross-faded within 10 ms. Recordings within
    `keep_s` are kept unchanged, in order.

    At most 600 pieces by default, evenly spread, are considered (see `Candidates`), so that memory and time are
    bounded: only the time of reading grows with the length of the recordings.

    Args:
        recordings: recordings of any rates and numbers of channels; the style has the highest rate and the most
            channels.
        keep_s: largest length of the style, 1 to 300 s.
        most_pieces: pieces to choose from, at most.

    Raises:
        InputError: a recording is silent or shorter than 0.2 s.
        UsageError: there is no recording, or `keep_s` is out of range.
    """
    check_keep(keep_s)
    candidates, sources = Candidates(keep_s, most_pieces), []
    for place, recording in enumerate(recordings):
        sources.append(_read(recording, place, min(PIECE_S, keep_s / 4), candidates))
    if not sources:
        raise UsageError("there is no recording to learn a style from; give one or more")
    pieces, choice = _choose(candidates)
    runs = _runs(pieces)
    rate_hz = max(piece.sound.rate_hz for piece in candidates.pieces)
    channels = max(piece.sound.channels for piece in candidates.pieces)
    samples = joined([_samples(run, rate_hz, channels) for run in runs], rate_hz)
    audible(Sound(samples, rate_hz), "the style")  # what nobody hears is kept, and removed where it is analysed
    return Style(samples, rate_hz, Provenance(tuple(sources), tuple(map(_excerpt, runs)), choice, __version__))


def _read(recording: Recording, place: int, piece_s: float, candidates: Candidates) -> StyleSource:
    samples, rate_hz, silent = 0, 1, True
    for piece in cut(recording.blocks, place, piece_s):
        samples, rate_hz = piece.stop, piece.sound.rate_hz
        silent = silent and piece.sound.is_silent
        candidates.add(piece)
    duration_s = samples / rate_hz
    if duration_s < SHORTEST_S:
        raise InputError(
            f"{recording.role} lasts {duration_s:.3f} s; "
            f"at least {SHORTEST_S} s are needed, so give a longer recording"
        )
    if silent:
        raise InputError(f"{recording.role} is silent; give a recording with sound in it")
    return StyleSource(recording.name, recording.sha256, duration_s)


def _choose(candidates: Candidates) -> tuple[list[Piece], Selection]:
    pieces = candidates.pieces
    if candidates.is_all:
        return pieces, Selection("all", len(pieces), 0.0, 0.0)
    budget_s = candidates.keep_s * (1 + 1e-9)
    whole = Whole(
        piece_gram(features([piece.sound for piece in pieces])),
        torch.tensor([piece.stands_for_s for piece in pieces], dtype=torch.float64),
        torch.tensor([piece.sound.duration_s for piece in pieces], dtype=torch.float64),
    )
    chosen = herd(whole, budget_s)
    by_chance = random_distance(whole, budget_s)
    choice = Selection("herding", len(pieces), whole.distance(chosen), by_chance)
    return [pieces[place] for place in sorted(chosen)], choice


def features(sounds: Sequence[Sound]) -> Float[Tensor, "piece patch value"]:
    """Patches of the sounds' log-mel spectrograms on one scale, equally many of each, evenly spread.

    Powers of the channels are added, so that the similarity of pieces does not depend on the relation of channels.
    """
    spectra = [_mel(sound) for sound in sounds]
    scale = LogScale.of(torch.cat(spectra, 1))
    longest = max(spectrum.shape[1] for spectrum in spectra) - PATCH_FRAMES + 1
    each = max(1, min(longest, MOST_PATCHES // len(spectra)))
    return torch.stack([_patches(scale.forward(spectrum), each) for spectrum in spectra])


def _mel(sound: Sound) -> Float[Tensor, "band frame"]:
    samples = torch.from_numpy(without_inaudible(sound).resampled(RATE_HZ).samples)
    power = STFT.magnitude(samples).square().sum(0)
    frames = (mel_filters(RATE_HZ, STFT.n_fft, BANDS) @ power).sqrt()
    return torch.nn.functional.pad(frames, (0, max(0, PATCH_FRAMES - frames.shape[1])))


def _patches(frames: Float[Tensor, "band frame"], each: int) -> Float[Tensor, "patch value"]:
    starts = torch.linspace(0, frames.shape[1] - PATCH_FRAMES, each).round().long()
    return frames.unfold(1, PATCH_FRAMES, 1)[:, starts].transpose(0, 1).flatten(1)


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Groups of neighbouring pieces."""
    runs = [[pieces[0]]]
    for before, piece in pairwise(pieces):
        if before.leads_to(piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _samples(run: Sequence[Piece], rate_hz: int, channels: int) -> Float32[np.ndarray, "channel sample"]:
    whole = Sound(np.concatenate([piece.sound.samples for piece in run], axis=1), run[0].sound.rate_hz)
    return whole.with_channels(channels).resampled(rate_hz).samples


def _excerpt(run: Sequence[Piece]) -> Excerpt:
    rate_hz = run[0].sound.rate_hz
    return Excerpt(run[0].source, run[0].start / rate_hz, (run[-1].stop - run[0].start) / rate_hz)


def joined(parts: Sequence[Float32[np.ndarray, "channel _"]], rate_hz: int) -> Float32[np.ndarray, "channel sample"]:
    """Joins parts with cross-fades of 10 ms, or of half of the shorter part where that is less.

    The fades are raised cosines of the power: parts from different places are uncorrelated, so that their powers add
    up and the level is constant. Each join makes the result shorter by one fade.

    Args:
        parts: one or more parts with the same number of channels.
        rate_hz: sampling rate of the parts, in Hz.
    """
    whole = parts[0]
    pieces = []
    for before, part in pairwise(parts):
        fade = min(round(FADE_S * rate_hz), before.shape[1] // 2, part.shape[1] // 2)
        rising = np.sin(np.pi / 2 * (np.arange(fade) + 0.5) / max(fade, 1)).astype(np.float32)
        kept = whole.shape[1] - fade
        pieces.append(whole[:, :kept])
        whole = np.concatenate([whole[:, kept:] * rising[::-1] + part[:, :fade] * rising, part[:, fade:]], axis=1)
    return np.concatenate([*pieces, whole], axis=1)
