"""Recordings cut into pieces that a choice can be made from, in memory that does not grow with their length."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np
from jaxtyping import Float32

from gramophone.audio import Sound

MOST_PIECES = 600
MOST_BYTES = 400_000_000


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording.

    Attributes:
        source: place of the recording among all.
        start: its first sample, at the recording's own rate.
        sound: what is heard.
        stands_for_s: seconds that it stands for: its own, and those of the pieces left out beside it.
    """

    source: int
    start: int
    sound: Sound
    stands_for_s: float

    @property
    def stop(self) -> int:
        """The sample behind its last one."""
        return self.start + self.sound.samples.shape[1]

    def leads_to(self, other: "Piece") -> bool:
        """Whether the other one goes on where this one ends."""
        return (self.source, self.stop) == (other.source, other.start)


def cut(blocks: Iterable[Sound], source: int, piece_s: float) -> Iterator[Piece]:
    """Pieces of equal length, one after the other; the last one takes a rest of less than half a piece.

    Args:
        blocks: a recording in blocks of any lengths, at one rate.
        source: place of the recording among all.
        piece_s: length of a piece.
    """
    start = rate_hz = 0
    rest: Float32[np.ndarray, "channel _"] | None = None
    for block in blocks:
        rate_hz = block.rate_hz
        length = round(piece_s * rate_hz)
        together = block.samples if rest is None else np.concatenate([rest, block.samples], axis=1)
        at = 0
        # What is held back is enough for a last piece that takes the rest.
        while together.shape[1] - at >= length + (length + 1) // 2:
            yield _piece(source, start + at, together[:, at : at + length], rate_hz)
            at += length
        rest, start = together[:, at:], start + at
    if rest is not None:
        yield _piece(source, start, rest, rate_hz)


@dataclass
class Candidates:
    """Pieces to choose from: at most `MOST_PIECES`, and `MOST_BYTES` of samples, evenly spread over the recordings.

    Whenever there are more, every second one is left out and its neighbour stands for it: of an hour one second in
    eight is looked at, wherever it lies. Silent pieces have no say and are left out as soon as not everything can be
    kept.

    Args:
        keep_s: length up to which everything is kept.

    Attributes:
        pieces: in order.
        heard_s: length of all pieces, those left out included.
        is_all: whether they are all there are, and within `keep_s`.
    """

    keep_s: float
    pieces: list[Piece] = field(default_factory=list)
    heard_s: float = 0.0
    is_all: bool = True
    _bytes: int = 0
    _stride: int = 1
    _waiting: int = 0

    def add(self, piece: Piece) -> None:
        """Takes a piece, or lets the one before stand for it."""
        self.heard_s += piece.sound.duration_s
        too_much = self.heard_s > self.keep_s * (1 + 1e-9) or self._bytes > MOST_BYTES
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
        return len(self.pieces) > MOST_PIECES or self._bytes > MOST_BYTES

    def _thin(self) -> None:
        """The last one has none to take in, but for those that are still to come."""
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
    # A copy, or a view would keep the whole recording in memory.
    sound = Sound(samples.copy(), rate_hz)
    return Piece(source, start, sound, sound.duration_s)
