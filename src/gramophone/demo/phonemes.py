"""The sounds of speech that the demonstration voice knows, and the phrases that it says.

Vowel formants are the averages over men of Peterson and Barney, "Control methods used in a study of the
vowels", J. Acoust. Soc. Am. 24 (1952), table II; "ax" is a neutral tube. Consonant formants follow Klatt,
"Software for a cascade/parallel formant synthesizer", J. Acoust. Soc. Am. 67 (1980), table II. Durations and
levels are our own.
"""

from dataclasses import dataclass

OFF_DB = -90.0


@dataclass(frozen=True)
class Phone:
    """One stretch of speech with steady targets.

    Attributes:
        duration_ms: natural length.
        formants_hz: targets of the first three formants; None takes those of the next phone.
        voice_db: level of the glottal pulses.
        breath_db: level of the noise at the glottis, which passes the formants.
        noise_db: level of the noise at the constriction, which does not.
        noise_hz: where that noise is brightest.
        noise_width_hz: bandwidth of that noise.
        nasal: whether the nose is open.
        vowel: whether it is a vowel.
    """

    duration_ms: float
    formants_hz: tuple[float, float, float] | None
    voice_db: float = OFF_DB
    breath_db: float = OFF_DB
    noise_db: float = OFF_DB
    noise_hz: float = 3000.0
    noise_width_hz: float = 2000.0
    nasal: bool = False
    vowel: bool = False


def _vowel(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=0.0, breath_db=-42.0, vowel=True)


def _glide(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=-3.0, breath_db=-36.0)


def _nasal(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=-5.0, nasal=True)


# Stops are two phones: the closure, named with 0, and the burst, named with 1.
PHONES: dict[str, Phone] = {
    "iy": _vowel(150, 270, 2290, 3010),
    "ih": _vowel(85, 390, 1990, 2550),
    "eh": _vowel(95, 530, 1840, 2480),
    "ae": _vowel(140, 660, 1720, 2410),
    "aa": _vowel(135, 730, 1090, 2440),
    "ao": _vowel(110, 570, 840, 2410),
    "uh": _vowel(80, 440, 1020, 2240),
    "uw": _vowel(110, 300, 870, 2240),
    "ah": _vowel(85, 640, 1190, 2390),
    "er": _vowel(130, 490, 1350, 1690),
    "ax": _vowel(60, 500, 1500, 2500),
    "w": _glide(75, 290, 610, 2150),
    "r": _glide(75, 310, 1060, 1380),
    "l": _glide(75, 310, 1050, 2880),
    "m": _nasal(80, 480, 1270, 2130),
    "n": _nasal(85, 480, 1340, 2470),
    "hh": Phone(70, None, breath_db=-9.0),
    "f": Phone(105, (340, 1100, 2080), noise_db=-25.0, noise_hz=6500, noise_width_hz=6000),
    "v": Phone(65, (220, 1100, 2080), voice_db=-9.0, noise_db=-36.0, noise_hz=6500, noise_width_hz=6000),
    "dh": Phone(50, (270, 1290, 2540), voice_db=-9.0, noise_db=-36.0, noise_hz=5500, noise_width_hz=6000),
    "s": Phone(120, (320, 1390, 2530), noise_db=-8.0, noise_hz=6400, noise_width_hz=1900),
    "t0": Phone(65, (400, 1600, 2600)),
    "t1": Phone(42, None, breath_db=-15.0, noise_db=-10.0, noise_hz=4600, noise_width_hz=2200),
    "d0": Phone(50, (200, 1600, 2600), voice_db=-16.0),
    "d1": Phone(16, (300, 1600, 2600), voice_db=-14.0, noise_db=-17.0, noise_hz=4300, noise_width_hz=2200),
    "g0": Phone(60, (200, 1700, 2400), voice_db=-16.0),
    "g1": Phone(22, (300, 1700, 2400), voice_db=-14.0, noise_db=-13.0, noise_hz=1900, noise_width_hz=700),
    "pause": Phone(240, None),
    "rest": Phone(60, None),
}

# Each entry is a word and its phones; an apostrophe marks the accent, an empty word is a pause.
WORDS: tuple[tuple[str, str], ...] = (
    ("we", "w iy'"),
    ("are", "aa r"),
    ("the", "dh ax"),
    ("sound", "s aa' uh n d0 d1"),
    ("of", "ah v"),
    ("rain", "r eh' ih n"),
    ("", "pause"),
    ("hello", "hh eh l ao' uw"),
    ("gramophone", "g0 g1 r ae' m ax f ao uh n"),
    ("", "pause"),
    ("listen", "l ih' s ax n"),
    ("to", "t0 t1 uw"),
    ("the", "dh ax"),
    ("fire", "f aa' ih er"),
    ("", "pause"),
)


@dataclass(frozen=True)
class Spoken:
    """A phone placed in time, with its name, its word and whether it carries the accent."""

    name: str
    word: str
    accent: bool
    start_s: float
    end_s: float

    @property
    def phone(self) -> Phone:
        """The targets of this phone."""
        return PHONES[self.name]
