"""`python -m bench.studio_examples`: makes the sounds and pictures that the studio's empty page holds.

Three pairs of the project's own sounds, each with the result of a transfer at the default settings: Ogg files of 5 s,
grey WebP spectrograms as the page colours them, and `examples.json`, which says what belongs to what. The sounds are
those that the studio makes itself when a pair is tried.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import soundfile
from PIL import Image

import gramophone as gp
from gramophone import web
from gramophone.audio import Sound
from gramophone.audio.loudness import limit_gain_db, loudness_lufs, peak
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, flute, melody, rhythm, water
from gramophone.plotting.preview import sound_picture
from gramophone.web.sound_worker import MADE_S, RATE_HZ

FOLDER = Path(web.__file__).parent / "static" / "examples"
SOUNDS = {"phrase": spoken_phrase, "fire": fire, "melody": melody, "flute": flute, "rhythm": rhythm, "water": water}
SENT_HZ = 24_000
COMPRESSION = 1.0  # the least quality of Vorbis
CEILING = 0.891
WEBP_QUALITY = 40


@dataclass(frozen=True)
class Example:
    """A pair whose result comes with the studio."""

    name: str
    title: str
    line: str
    content: str
    style: str


EXAMPLES = (
    Example("voice-in-fire", "A voice in fire", "The words stay; the sound is crackling fire.", "phrase", "fire"),
    Example("melody-by-flute", "A tune by a flute", "A plucked tune, played by a flute.", "melody", "flute"),
    Example("rhythm-in-water", "A rhythm in water", "The beat of hands, in drops of water.", "rhythm", "water"),
)


def write_sound(sound: Sound, stem: str) -> dict[str, object]:
    """Writes a sound and its picture; returns what the page needs to know of them."""
    sent = sound.mono().resampled(SENT_HZ)
    gain_db = min(0.0, limit_gain_db(peak(sent.samples), CEILING))
    samples = sent.samples * 10 ** (gain_db / 20)
    soundfile.write(
        FOLDER / f"{stem}.ogg", samples.T, SENT_HZ, format="OGG", subtype="VORBIS", compression_level=COMPRESSION
    )
    picture = Image.open(BytesIO(sound_picture(samples, SENT_HZ)))
    picture.save(FOLDER / f"{stem}.webp", quality=WEBP_QUALITY, method=6)
    lufs = loudness_lufs(samples, SENT_HZ)
    return {"file": stem, "rate_hz": SENT_HZ, "duration_s": MADE_S, "loudness_lufs": round(lufs, 2)}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    sounds = {name: Sound(make(RATE_HZ, MADE_S, 0), RATE_HZ) for name, make in SOUNDS.items()}
    written = {name: write_sound(sound, name) for name, sound in sounds.items()}
    told = []
    for one in EXAMPLES:
        result = gp.transfer(sounds[one.content], sounds[one.style])
        told.append(
            {
                "name": one.name,
                "title": one.title,
                "line": one.line,
                "request": {"task": "transfer", "content": one.content, "styles": [one.style]},
                "sounds": [written[one.content], written[one.style], write_sound(result.sound, one.name)],
            }
        )
    (FOLDER / "examples.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sizes = sum(path.stat().st_size for path in FOLDER.glob("*.ogg"))
    print(f"{len(told)} examples in {FOLDER}: {sizes / 1000:.0f} kB of sound")


if __name__ == "__main__":
    main()
