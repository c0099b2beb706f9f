"""What is judged: half of the recordings may be used to choose settings, the other half only to report."""

from bench.recordings import RATE_HZ, clip
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody

DURATION_S = 5.0

TUNING_TEXTURES = ("applause", "birds_starlings", "drum_roll", "engine_idle", "fire", "pouring_water", "rain")
HELD_OUT_TEXTURES = (
    "church_bells",
    "clock_tick",
    "insect_fly",
    "rain_steady",
    "train",
    "vinyl_hiss",
    "water_drops",
)

TUNING_PAIRS = (
    ("phrase", "pouring_water"),
    ("phrase", "drum_roll"),
    ("melody", "engine_idle"),
    ("melody", "birds_starlings"),
    ("laughing", "train"),
)
HELD_OUT_PAIRS = (
    ("speech_jfk", "fire"),
    ("speech_female", "rain"),
    ("piano_bach", "applause"),
    ("jazz_vibe_ace", "rooster"),
    ("song_fishin", "fire"),
)


def recording(name: str) -> Sound:
    """The first five seconds of a clip, or of a sound that this project makes itself; one channel."""
    made = {"phrase": spoken_phrase, "melody": melody}
    if name in made:
        return Sound(made[name](RATE_HZ, DURATION_S, 0), RATE_HZ)
    return clip(name).trimmed(DURATION_S)
