"""`python -m bench.rivals`: what the rival systems cost and what they keep; writes docs/rivals.md.

Times are of one thread, medians, in seconds of the processor for every second of content; runs that are compared take
turns. Figures of sound are measured by `swift-f0` and `pystoi`, which no system looks through.
"""

import csv
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median

import numpy as np
import soundfile
import soxr
import torch
from jaxtyping import Float32

from bench.recordings import clip, clips
from gramophone.audio import Sound, load
from gramophone.rivals import RIVALS, DriedgerSettings, RivalSettings, TralieSettings, VocoderSettings
from gramophone.rivals.progress import finished

Wave = Float32[np.ndarray, "channel sample"]
PAGE = Path(__file__).parents[1] / "docs" / "rivals.md"
RATE_HZ = 22050
CONTENT_S = 5.0
REPEATS = 5
SURE = 0.9
"""Confidence above which a frame of the content counts as voiced."""
ALONE = (0.0,)
WITH_25 = tuple(float(semitones) for semitones in range(-12, 13))


CHOICES = """## What the papers leave open

- Every result is brought to the content's level as a whole, and turned down where a peak would pass full scale.
- A style with the content's channels is used with one choice for all of them; any other is mixed to one channel, or
  its loudest channel is taken where the channels cancel, and serves every channel of the content by itself.
- `driedger2015`: window, hop (2048 and 1024 samples at 22,050 Hz), iterations and restrictions are those of the
  authors' toolbox, templates sum to 1 as there. Frames over 80 dB below the loudest one are no templates. Diagonals
  do not lead from one recording, or transposed copy, into another. The complex mosaic is inverted by least squares;
  the toolbox goes on with 50 Griffin-Lim iterations, which are not made here. By default there are copies of the
  style from 6 semitones below to 6 above: more bring octave errors, fewer leave gaps between the notes.
- `tralie2024`: divergences depend on the level, so content and corpus are brought to -20 dB; spectra up to 8 kHz are
  compared. The heaviest tenth of the particles vote, windows that go on from the last ten choices count tenfold, and
  those of the last three frames do not count; windows under -50 dB are held back: as in the authors' program.
- `vocoder` and `cross`: styles follow one another with cross-fades of 20 ms, again from the start if too short.
"""


def main() -> None:
    if clips() is None:
        raise SystemExit("set GRAMOPHONE_DATA to a folder that has clips/ and instruments/")
    torch.set_num_threads(1)
    text = f"""# Rivals of the transfer

Earlier methods, each as it was published, beside which a claim is measured. Written by `python -m bench.rivals`.

{_systems()}
{CHOICES}
## Cost

Seconds of the processor for every second of content, one thread, medians of {REPEATS}; content and style of 5 s. The
machine's load was {os.getloadavg()[0]:.1f} at the start.

{costs()}
## Melody

Share of the content's voiced frames (`swift-f0`, confidence over {SURE}) that are within 50 cents, and the same
modulo octaves: {len(FONTS) * len(SEEDS)} trumpet melodies, each in the notes of two violins.

{melodies()}
## Words

ESTOI of speech in textures (the mean over `speech_jfk` and `speech_female`), by bands and level of the bed.

{words()}"""
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def costs() -> str:
    rows = ["| system | 22,050 Hz | 44,100 Hz |", "|---|---|---|"]
    cases: list[tuple[str, str, RivalSettings | None]] = [
        ("driedger2015", "no transposed copies", DriedgerSettings(transpositions=ALONE)),
        ("driedger2015", "as by default, 13 copies", DriedgerSettings()),
        ("driedger2015", "25 copies", DriedgerSettings(transpositions=WITH_25)),
        ("tralie2024", "100 particles", TralieSettings()),
        ("vocoder", "32 bands", None),
        ("cross", "by default", None),
    ]
    for name, what, settings in cases:
        cells = [f"{_cost(name, 'speech_jfk', 'fire', rate_hz, settings):.3f}" for rate_hz in (22050, 44100)]
        rows.append(f"| `{name}`, {what} | {' | '.join(cells)} |")
    minute, hour = corpus_costs()
    return "\n".join(rows) + (
        f"\n\n`tralie2024` at 44,100 Hz with a corpus of a minute in a memory map: {minute:.3f}; of an hour: "
        f"{hour:.3f} (ratio {hour / minute:.2f}).\n"
    )


def corpus_costs(rate_hz: int = 44100) -> tuple[float, float]:
    """Seconds a second with a corpus of a minute, and of an hour, in turns."""
    names = ("fire", "rain", "applause", "birds_starlings", "piano_bach", "train", "jazz_vibe_ace", "crows")
    recorded = np.concatenate([_mono(name, rate_hz) for name in names], axis=1)
    content = _mono("speech_jfk", rate_hz)[:, : round(CONTENT_S * rate_hz)]
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        for _ in range(math.ceil(3600 * rate_hz / recorded.shape[1])):
            recorded.tofile(file)
        file.flush()
        hour = np.memmap(file.name, dtype=np.float32, mode="r", shape=(1, 3600 * rate_hz))
        minute = hour[:, : 60 * rate_hz]
        turns = [[_timed("tralie2024", content, [c], rate_hz, None) for c in (minute, hour)] for _ in range(REPEATS)]
    short, long = zip(*turns, strict=True)
    return median(short) / CONTENT_S, median(long) / CONTENT_S


FONTS = ("GeneralUser", "FluidR3")
SEEDS = (0, 5)


def melodies() -> str:
    contents = [trumpet_melody(font, seed) for font in FONTS for seed in SEEDS]
    styles = [violin_notes(font) for font in FONTS]
    cases: list[tuple[str, str, RivalSettings | None]] = [
        ("driedger2015", "no transposed copies", DriedgerSettings(transpositions=ALONE)),
        ("driedger2015", "by default, +-6 semitones", DriedgerSettings()),
        ("driedger2015", "+-6 semitones, overlap 4", DriedgerSettings(overlap=4)),
        ("driedger2015", "+-12 semitones", DriedgerSettings(transpositions=WITH_25)),
        ("tralie2024", "100 particles", TralieSettings()),
        ("tralie2024", "temperature 50", TralieSettings(temperature=50.0)),
        ("vocoder", "32 bands", None),
        ("cross", "by default", None),
    ]
    rows = ["| system | pitch | modulo octave | least pitch |", "|---|---|---|---|"]
    for name, what, settings in cases:
        found = [
            pitch_kept(finished(RIVALS[name].steps(c[None], [s[None]], RATE_HZ, settings, 0))[0].numpy(), c)
            for c in contents
            for s in styles
        ]
        exact, folded = zip(*found, strict=True)
        rows.append(f"| `{name}`, {what} | {mean(exact):.2f} | {mean(folded):.2f} | {min(exact):.2f} |")
    dumb = [pitch_kept(np.resize(s, len(c)), c) for c in contents for s in styles]
    exact, folded = zip(*dumb, strict=True)
    rows.append(f"| the style itself | {mean(exact):.2f} | {mean(folded):.2f} | {min(exact):.2f} |")
    return "\n".join(rows) + "\n"


def words() -> str:
    cases = [(f"{bands} bands", VocoderSettings(bands=bands)) for bands in (4, 16, 32, 64)]
    cases += [(f"32 bands, bed {bed:g} dB", VocoderSettings(bed_db=bed)) for bed in (-15.0, -10.0, -5.0, 0.0)]
    cases += [("32 bands, the style's spectrum", VocoderSettings(style_spectrum=1.0))]
    styles = ("fire", "rain", "applause")
    rows = [f"| `vocoder` | {' | '.join(styles)} |", "|---|---|---|---|"]
    spoken = [_mono(name, RATE_HZ)[:, : round(CONTENT_S * RATE_HZ)] for name in ("speech_jfk", "speech_female")]
    for what, settings in cases:
        cells = [_estoi("vocoder", spoken, _mono(style, RATE_HZ), settings) for style in styles]
        rows.append(f"| {what} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    for name in ("driedger2015", "tralie2024", "cross"):
        cells = [_estoi(name, spoken, _mono(style, RATE_HZ), None) for style in styles]
        rows.append(f"| (`{name}`) | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    return "\n".join(rows) + "\n"


def pitch_kept(
    result: Float32[np.ndarray, " sample"], content: Float32[np.ndarray, " sample"]
) -> tuple[float, float]:
    """Raw pitch accuracy of the content's sure frames, and the same modulo octaves."""
    import swift_f0

    detector = swift_f0.SwiftF0(threads=1)
    heard, said = (detector.detect(np.ascontiguousarray(x), RATE_HZ) for x in (result, content))
    sure = said.confidence > SURE
    cents = 1200 * np.log2(heard.pitch_hz[sure].clip(1) / said.pitch_hz[sure])
    folded = (cents + 600) % 1200 - 600
    return float(np.mean(np.abs(cents) < 50)), float(np.mean(np.abs(folded) < 50))


def trumpet_melody(font: str, seed: int) -> Float32[np.ndarray, " sample"]:
    """A random walk over the notes of a trumpet from C4 to C6, 0.4 s each."""
    notes, rng = _notes("trumpet", font), np.random.default_rng(seed)
    fade = np.linspace(1, 0, round(0.02 * RATE_HZ), dtype=np.float32)
    place = len(notes) // 2
    parts: list[Float32[np.ndarray, " _"]] = []
    while sum(part.shape[0] for part in parts) < CONTENT_S * RATE_HZ:
        place = int(np.clip(place + rng.integers(-3, 4), 0, len(notes) - 1))
        part = notes[place][: round(0.4 * RATE_HZ)].copy()
        part[-len(fade) :] *= fade
        parts.append(part)
    return np.concatenate(parts)[: round(CONTENT_S * RATE_HZ)]


def violin_notes(font: str) -> Float32[np.ndarray, " sample"]:
    """The notes of a violin from C4 to C6 one after the other, equally long, 5 s in all."""
    notes = _notes("violin", font)
    return np.concatenate([note[: round(CONTENT_S * RATE_HZ / len(notes))] for note in notes])


def _systems() -> str:
    rows = [f"| `{rival.name}` | {rival.summary} | {rival.source} |" for rival in RIVALS.values()]
    return "\n".join(["| system | what it does | source |", "|---|---|---|", *rows, ""])


def _notes(instrument: str, font: str) -> list[Float32[np.ndarray, " sample"]]:
    folder = _folder() / "instruments"
    found = []
    with (folder / "notes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = int(row["midi_pitch"])
            if row["instrument"] == instrument and row["source"].startswith(font) and 60 <= key <= 84:
                start, frames = int(row["start"]), int(row["frames"])
                samples, rate_hz = soundfile.read(folder / row["file"], start=start, frames=frames, dtype="float32")
                found.append((key, soxr.resample(samples, rate_hz, RATE_HZ).astype(np.float32)))
    return [samples for _, samples in sorted(found, key=lambda note: note[0])]


def _folder() -> Path:
    folder = clips()
    if folder is None:
        raise FileNotFoundError("set GRAMOPHONE_DATA to a folder that has clips/ and instruments/")
    return folder.parent


def _mono(name: str, rate_hz: int) -> Wave:
    sound = clip(name) if rate_hz == RATE_HZ else _at_rate(name, rate_hz)
    return np.asarray(sound.samples, dtype=np.float32)


def _at_rate(name: str, rate_hz: int) -> Sound:
    return load(_folder() / "clips" / f"{name}.flac").mono().resampled(rate_hz)


def _cost(name: str, content: str, style: str, rate_hz: int, settings: RivalSettings | None) -> float:
    said, made_of = (_mono(word, rate_hz)[:, : round(CONTENT_S * rate_hz)] for word in (content, style))
    _timed(name, said, [made_of], rate_hz, settings)
    return median(_timed(name, said, [made_of], rate_hz, settings) for _ in range(REPEATS)) / CONTENT_S


def _timed(name: str, content: Wave, styles: Sequence[Wave], rate_hz: int, settings: RivalSettings | None) -> float:
    return _processor_s(lambda: finished(RIVALS[name].steps(content, styles, rate_hz, settings, 0)))


def _processor_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _estoi(name: str, spoken: Sequence[Wave], style: Wave, settings: RivalSettings | None) -> float:
    from pystoi import stoi

    results = [finished(RIVALS[name].steps(said, [style], RATE_HZ, settings, 0)) for said in spoken]
    pairs = zip(spoken, results, strict=True)
    return mean(float(stoi(said[0], result[0].numpy(), RATE_HZ, extended=True)) for said, result in pairs)


if __name__ == "__main__":
    main()
