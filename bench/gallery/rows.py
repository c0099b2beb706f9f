"""What the gallery shows: rows of recordings and of results, each result with the command that makes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A result of a row.

    Attributes:
        name: file name without suffix.
        label: what stands above its picture.
        options: words of the command after its recordings; the output is added.
        repeats: whether the player starts again at the end.
    """

    name: str
    label: str
    options: tuple[str, ...] = ()
    repeats: bool = False


@dataclass(frozen=True)
class Row:
    """Recordings and the results that are made of them.

    Attributes:
        title: heading.
        says: what is to be heard, in a sentence or two.
        results: what is made.
        styles: names of the styles.
        content: name of the content; None for a texture.
    """

    title: str
    says: str
    results: tuple[Shown, ...]
    styles: tuple[str, ...] = ()
    content: str | None = None

    @property
    def recordings(self) -> tuple[str, ...]:
        """Names of content and styles, in the order of the command."""
        return (*((self.content,) if self.content else ()), *self.styles)

    def command(self, shown: Shown) -> tuple[str, ...]:
        """Words of the command that makes a result, without `gramophone`."""
        verb = "transfer" if self.content else "texture"
        given = [f"{name}.wav" for name in self.recordings]
        return (verb, *given, "-o", f"{shown.name}.ogg", *shown.options)


STRENGTHS = (("--strength", "0.3"), ("--strength", "0.7"))

MATERIALS: dict[str, tuple[Row, ...]] = {
    "Rain": (
        Row(
            "More rain",
            "Five seconds of rain, new in every drop.",
            (Shown("rain-texture", "texture"),),
            ("rain",),
        ),
        Row(
            "Rain in a loop",
            "The end leads into the beginning, without a fade: the file repeats without a seam. (Some browsers leave "
            "a gap where a player starts again; the file has none.)",
            (Shown("rain-loop", "loop", ("--loop", "--duration", "4"), repeats=True),),
            ("rain",),
        ),
        Row(
            "Rain that turns into fire",
            "The weights of the two styles change over time. Every block is made from noise, so nothing is faded: in "
            "the middle both happen at once.",
            (Shown("rain-to-fire", "morph", ("--duration", "8", "--morph", "0:1,0 8:0,1")),),
            ("rain", "fire"),
        ),
        Row(
            "Failure: a recording that is half silent",
            "The silence belongs to the texture, too: the result rains and is silent by turns. Cut the "
            "recording to what you want to have more of.",
            (Shown("half-rain-texture", "texture"),),
            ("half-rain",),
        ),
    ),
    "Fire": (
        Row(
            "More fire",
            "Crackles of a few milliseconds over a rumble: short spans keep the snap, long ones the clusters.",
            (Shown("fire-texture", "texture", ("--seed", "1")),),
            ("fire",),
        ),
    ),
    "Voices": (
        Row(
            "A phrase in rain",
            "The style's bands carry the words; at 0.7 the rain has more of its own way. The channel vocoder keeps a "
            "little more of the words and is less like rain; its strength, 0.6 here, is the level of a bed of rain.",
            (
                Shown("phrase-in-rain-3", "strength 0.3", STRENGTHS[0]),
                Shown("phrase-in-rain-7", "strength 0.7", STRENGTHS[1]),
                Shown("phrase-in-rain-vocoder", "vocoder", ("--preset", "vocoder")),
            ),
            ("rain",),
            "phrase",
        ),
        Row(
            "A phrase in rain, by a published system",
            "Ulyanov & Lebedev 2016 as published, with 4,096 random filters, in some minutes. Its content term holds "
            "on to the phrase's own spectrogram: the voice itself is heard in noise, and hardly any rain.",
            (Shown("phrase-in-rain-ulyanov2016", "ulyanov2016", ("--preset", "ulyanov2016")),),
            ("rain",),
            "phrase",
        ),
        Row(
            "Failure: speech into one click",
            "A style must go on for a second or two. A click of some milliseconds has no statistics, so the style of "
            "the result cannot even be measured: the words are there, in a noise that is nobody's texture.",
            (Shown("phrase-in-click", "strength 0.6"),),
            ("click",),
            "phrase",
        ),
    ),
    "Instruments": (
        Row(
            "A plucked melody, played by a flute",
            "The flute has other notes than the melody; excerpts of it are transposed to those that are needed. "
            "`driedger2015` weighs single frames of the style by non-negative matrix factorisation: as much of the "
            "tune, and less of the flute.",
            (
                Shown("melody-by-flute-3", "strength 0.3", STRENGTHS[0]),
                Shown("melody-by-flute-7", "strength 0.7", STRENGTHS[1]),
                Shown("melody-by-flute-driedger2015", "driedger2015", ("--preset", "driedger2015")),
            ),
            ("flute",),
            "melody",
        ),
        Row(
            "A rhythm in water",
            "Whole strokes of the style are put where the content has its own.",
            (Shown("rhythm-in-water", "strength 0.6"),),
            ("water",),
            "rhythm",
        ),
        Row(
            "Failure: a melody in rain",
            "Rain has no notes. Its narrow bands carry the pitch, and what comes out is the tune and hardly rain.",
            (Shown("melody-in-rain-3", "strength 0.3", STRENGTHS[0]),),
            ("rain",),
            "melody",
        ),
    ),
    "Machines": (
        Row(
            "An engine that speeds up",
            "Made sample by sample by the network that comes with the package, at 16 kHz, which was trained on three "
            "minutes of five textures and obeys a number. There is no recording to compare with.",
            (
                Shown(
                    "engine-faster",
                    "network lru",
                    ("--network", "lru", "--condition", "texture=engine,amount=0:1", "--duration", "5"),
                ),
            ),
        ),
    ),
}
"""Rows by material."""


def all_rows() -> list[Row]:
    """Every row, in the order of the page."""
    return [row for rows in MATERIALS.values() for row in rows]
