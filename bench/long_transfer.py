"""`python -m bench.long_transfer`: transfers of minutes in stereo, made in blocks: time, peak memory, and the joins.

The contents are clips over and over; joins are compared with the same moments of the clip elsewhere.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from bench.endless.hour import compared
from bench.recordings import clips
from bench.timing import command
from gramophone.audio import Sound, load, save
from gramophone.synthesis.conditioned import OVERLAP_S, block_ranges

RATE_HZ = 44100
STYLE_S = 5.0
APART_SAMPLES = 777  # between the channels
PERIODS = 6
PAIRS = {
    "words": ("speech_female", "rain"),
    "melody": ("song_fishin", "fire"),
    "rhythm": ("electronic_beat", "drum_roll"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", choices=PAIRS, action="append", help="only these")
    parser.add_argument("--duration", type=float, default=240.0, help="length of the contents in seconds")
    arguments = parser.parse_args()
    folder = clips()
    if folder is None:
        raise SystemExit("set GRAMOPHONE_DATA to a folder that has clips/*.flac")
    for keep in arguments.keep or PAIRS:
        content, style = PAIRS[keep]
        with tempfile.TemporaryDirectory() as work:
            print(f"\n### {keep}: {content} in {style}, {arguments.duration:g} s of stereo at {RATE_HZ} Hz\n")
            for line in measured(folder, Path(work), (content, style), keep, arguments.duration):
                print(line, flush=True)


def measured(folder: Path, work: Path, pair: tuple[str, str], keep: str, duration_s: float) -> list[str]:
    """Time, memory and joins of one transfer."""
    content, style = (load(folder / f"{name}.flac").resampled(RATE_HZ).samples[0] for name in pair)
    samples = round(duration_s * RATE_HZ)
    names = [str(work / name) for name in ("content.wav", "style.wav", "result.wav")]
    save(_stereo(np.tile(content, -(-samples // len(content)))[:samples]), names[0])
    save(_stereo(style[: round(STYLE_S * RATE_HZ)]), names[1])
    words = ["transfer", names[0], names[1], "-o", names[2], "--keep", keep, "--quiet"]
    taken_s, memory_gb = command("gramophone", *words)
    joins_s = np.array([start / RATE_HZ + OVERLAP_S / 2 for start, _ in block_ranges(samples, RATE_HZ)[1:]])
    # The same moments of the content at other times.
    others_s = (joins_s[:, None] + np.arange(-PERIODS, PERIODS + 1) * len(content) / RATE_HZ).ravel()
    others_s = others_s[(others_s > 1) & (others_s < duration_s - 1)]
    elsewhere_s = others_s[np.abs(others_s[:, None] - joins_s).min(1) > 1]
    rows = compared(Path(names[2]), joins_s, elsewhere_s)
    return [
        f"{taken_s:.0f} s ({duration_s / taken_s:.1f} times real time), peak memory {memory_gb:.2f} GB",
        "",
        *rows,
    ]


def _stereo(samples: np.ndarray) -> Sound:
    return Sound(np.stack([samples, np.roll(samples, APART_SAMPLES)]), RATE_HZ)


if __name__ == "__main__":
    main()
