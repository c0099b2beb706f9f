"""How well a style can play what is kept of a content, in figures and in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

COMPLETE_FROM = 0.95
PLAYABLE_FROM = 0.5


@dataclass(frozen=True)
class Coverage:
    """How much of the content's notes and onsets a choice has found in the style.

    Attributes:
        pitch: fraction of the content's pitched time for which the style has that pitch within the range; None where
            no melody is kept, or the content has no notes.
        range_semitones: farthest transposition of the style, in semitones.
        octave: octaves by which the content was moved.
        onsets: fraction of the content's onsets at which the style has an onset, too.
        has_notes: whether the content has notes, where a melody is kept.
    """

    pitch: float | None
    range_semitones: int
    octave: int
    onsets: float
    has_notes: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether the style has next to all of the notes, so that nothing else need be tried."""
        return self.pitch is None or self.pitch >= COMPLETE_FROM

    @property
    def is_playable(self) -> bool:
        """Whether the style has enough of the notes to play the melody, where there is one."""
        return self.pitch is None or self.pitch >= PLAYABLE_FROM

    @property
    def missing(self) -> float:
        """Fraction of the notes, or without notes of the onsets, that the style does not have."""
        return 1 - (self.onsets if self.pitch is None else self.pitch)

    def sentence(self, *, carried_by_bands: bool = False, stays_as_rhythm: bool = False) -> str:
        """States it for the terminal, the record and the page.

        Args:
            carried_by_bands: whether the style's bands carry the melody, as the style cannot play it.
            stays_as_rhythm: whether excerpts without the melody's pitch are the result.
        """
        if carried_by_bands and self.pitch is not None:
            return (
                f"pitch: the style has {100 * self.pitch:.0f} % of the notes within {self.range_semitones} semitones"
                "; its bands carry the melody; a pitched style would play it"
            )
        parts = [] if self.has_notes else ["pitch: the content has no notes that could be kept"]
        if self.pitch is not None and not self.is_playable:
            rest = (
                "the melody stays as rhythm only; try --keep rhythm, or a pitched style"
                if stays_as_rhythm
                else "its nearest play the others; try a style with more notes, or a larger --transpose-range"
            )
            parts.append(
                f"pitch: the style has only {100 * self.pitch:.0f} % of the notes within {self.range_semitones} "
                f"semitones: {rest}"
            )
        elif self.pitch is not None:
            moved = f", the melody moved by {self.octave:+d} octaves" if self.octave else ""
            found = f"{100 * self.pitch:.0f} % of the notes found within {self.range_semitones} semitones"
            parts.append(f"pitch: {found}{moved}")
        parts.append(f"onsets: {100 * self.onsets:.0f} % at onsets of the style")
        return "; ".join(parts)


def mean_coverage(found: Sequence[Coverage]) -> Coverage:
    """The coverage of a content by those of its blocks."""
    pitches = [one.pitch for one in found if one.pitch is not None]
    return replace(
        found[0],
        pitch=sum(pitches) / len(pitches) if pitches else None,
        onsets=sum(one.onsets for one in found) / len(found),
        has_notes=any(one.has_notes for one in found),
    )
