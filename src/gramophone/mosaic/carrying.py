"""How well a style can carry what is asked of it, in figures and in a sentence."""

from dataclasses import dataclass

FEW = 0.5


@dataclass(frozen=True)
class Carrying:
    """What a choice has found.

    Attributes:
        pitch: share of the content's pitched time for which the style has that pitch within the range; None where no
            melody is asked for, or the content has none.
        range_semitones: how far the style was transposed at most.
        octave: by how many octaves the content was moved.
        onsets: share of the content's onsets at which the style has one, too.
    """

    pitch: float | None
    range_semitones: int
    octave: int
    onsets: float

    @property
    def missing(self) -> float:
        """What the style does not have of what is asked: of the notes, or else of the onsets."""
        return 1 - (self.onsets if self.pitch is None else self.pitch)

    def sentence(self) -> str:
        """For the terminal, the record and the page."""
        parts = []
        if self.pitch is not None and self.pitch < FEW:
            parts.append(
                f"pitch: the style has only {100 * self.pitch:.0f} % of the notes within {self.range_semitones} "
                "semitones: the melody stays as rhythm only; try --keep rhythm, or a pitched style"
            )
        elif self.pitch is not None:
            moved = f", the melody moved by {self.octave:+d} octaves" if self.octave else ""
            found = f"{100 * self.pitch:.0f} % of the notes found within {self.range_semitones} semitones"
            parts.append(f"pitch: {found}{moved}")
        parts.append(f"onsets: {100 * self.onsets:.0f} % at onsets of the style")
        return "; ".join(parts)
