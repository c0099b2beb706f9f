"""The pairs of the benchmark, by name: half of them may be used to choose settings, the other half only to report."""

from collections.abc import Collection
from dataclasses import dataclass

SPEECH, MELODY, CHORDS, TEXTURE, BEAT = "speech in textures", "melody", "polyphony", "music in textures", "beats"
KINDS = (SPEECH, MELODY, CHORDS, TEXTURE, BEAT)


@dataclass(frozen=True)
class Pair:
    """A content and a style by name (see `sounds.sound`).

    Attributes:
        content: name of the content.
        style: name of the style.
        kind: one of `KINDS`.
        held_out: whether no setting may be chosen by it.
    """

    content: str
    style: str
    kind: str
    held_out: bool

    @property
    def name(self) -> str:
        """How tables and files call it."""
        return f"{self.content} in {self.style}"


def _of(kind: str, tuning: tuple[tuple[str, str], ...], held_out: tuple[tuple[str, str], ...]) -> tuple[Pair, ...]:
    return tuple(Pair(*names, kind, out) for out, pairs in ((False, tuning), (True, held_out)) for names in pairs)


PAIRS = (
    *_of(
        SPEECH,
        (
            ("speech_jfk", "fire"),
            ("speech_female", "rain"),
            ("phrase:0", "applause"),
            ("speech_jfk", "pouring_water"),
        ),
        (
            ("speech_jfk@5.5", "rain_steady"),
            ("speech_female@2", "vinyl_hiss"),
            ("phrase:7", "water_drops"),
            ("speech_jfk@5.5", "engine_idle"),
        ),
    ),
    *_of(
        MELODY,
        (
            ("tune:0:trumpet", "notes:violin"),
            ("tune:1:clarinet", "notes:flute"),
            ("tune:0:flute", "notes:cello"),
            ("tune:1:oboe", "notes:vibraphone"),
        ),
        (
            ("tune:2:bassoon", "notes:accordion"),
            ("tune:3:recorder", "notes:french_horn"),
            ("tune:2:soprano_sax", "notes:marimba"),
            ("tune:3:viola", "notes:pan_flute"),
        ),
    ),
    *_of(
        CHORDS,
        (("piano_bach", "notes:harpsichord"), ("guitar_em9", "notes:church_organ")),
        (("sugar_plum_fairy", "notes:choir_aahs"), ("jazz_vibe_ace", "notes:string_ensemble_1")),
    ),
    *_of(
        TEXTURE,
        (("melody:0", "rain"), ("tune:0:trumpet", "fire"), ("piano_bach", "pouring_water")),
        (("song_fishin", "birds_starlings"), ("sugar_plum_fairy", "church_bells"), ("tune:2:bassoon", "train")),
    ),
    *_of(
        BEAT,
        (("electronic_beat", "drums:taiko_drum:woodblock:agogo"), ("rhythm:0", "electronic_beat")),
        (("rhythm:3", "drums:melodic_tom:synth_drum:tinkle_bell"), ("electronic_beat@2.3", "rhythm:5")),
    ),
)


def chosen(kinds: Collection[str], *, tuning: bool = False, each: int | None = None) -> list[Pair]:
    """The pairs to run, in the order of the table, those of all kinds in turn so that a stopped run has some of each.

    Args:
        kinds: of the pairs.
        tuning: leave out those that are held out.
        each: of each kind, take at most so many for tuning and so many held out.
    """
    groups = [
        [pair for pair in PAIRS if pair.kind == kind and pair.held_out == out][:each]
        for kind in KINDS
        if kind in kinds
        for out in ((False,) if tuning else (False, True))
    ]
    longest = max(map(len, groups), default=0)
    return [group[place] for place in range(longest) for group in groups if place < len(group)]
