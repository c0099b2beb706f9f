"""`python -m bench.phase [--clips N]`: measures, and writes docs/phase.md (with all clips only)."""

import datetime
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

from bench.phase import more, table
from bench.phase.material import LENGTH_S, Score, sounds
from bench.phase.table import BEST, DEFAULT, LIBROSA, named
from gramophone.spectral import Stft

PAGE = Path(__file__).parents[2] / "docs" / "phase.md"
FINE, COARSE, GAUSS = Stft(1024, 128), Stft(2048, 512), Stft(1024, 128, "gauss")
# From worse to better in the tables of the LTFAT notes 040 and 048.
ORDER = ("spsi", "gla 100", "pghi", "fgla 100", "pghi+gla 64", "pghi+fgla 64")


def main(words: list[str]) -> None:
    limit = int(words[words.index("--clips") + 1]) if "--clips" in words else None
    torch.set_num_threads(1)
    material = sounds(limit)
    scores = {stft: table.measure(material, stft) for stft in (FINE, COARSE, GAUSS)}
    print("librosa, heap, streams, stereo, inconsistent magnitudes", flush=True)
    theirs, ours = table.against_librosa(material, FINE)
    heap_db, tree_db = table.against_heap(material, FINE)
    streaming, short_db, live_s = more.streams(material)
    best = scores[FINE][named(*BEST)]
    asked = [
        _default_row("1024/128", scores[FINE], 6),
        _default_row("2048/512", scores[COARSE], 3),
        (
            "PGHI against the published heap form",
            "within 1 dB",
            f"{tree_db - heap_db:+.2f} dB",
            tree_db < heap_db + 1,
        ),
        (
            "PGHI, 10 s at 1024/128, one core",
            "under 0.25 s",
            f"{scores[FINE]['pghi'].mean_s:.2f} s",
            scores[FINE]["pghi"].mean_s < 0.25,
        ),
        (
            "FGLA against librosa's, equal iterations, same start",
            "within 0.2 dB, 1.5 times faster",
            f"{ours.mean_db - theirs.mean_db:+.3f} dB, {theirs.mean_s / ours.mean_s:.1f} times",
            abs(ours.mean_db - theirs.mean_db) < 0.2 and theirs.mean_s > 1.5 * ours.mean_s,
        ),
        (
            f"best ({named(*BEST)}) at 1024/128, under 5 s for 10 s",
            "-35 dB",
            f"{best.mean_db:.1f} dB in {best.mean_s:.1f} s",
            best.mean_db <= -35 and best.mean_s < 5,
        ),
        (
            "streaming RTPGHI + GSRTISI-LA, 44.1 kHz, one core",
            "faster than real time, within 3 dB of the offline default",
            f"{1 / live_s:.1f} times real time, {short_db:+.1f} dB",
            live_s < 1 and short_db < 3,
        ),
        ("order of methods as published", " > ".join(ORDER), *_order(scores[FINE])),
    ]
    tables = [table.as_text(found, material, stft) for stft, found in scores.items()]
    parts = [
        _head(len(material)),
        _asked(asked),
        "## True magnitudes\n",
        *(f"{text}\n" for text in tables),
        streaming,
    ]
    text = "\n".join([*parts, more.stereo(), more.inconsistent()])
    print(text)
    if limit is None:
        PAGE.write_text(text, encoding="utf-8")


def _default_row(name: str, scores: Mapping[str, Score], least_db: float) -> tuple[str, str, str, bool]:
    theirs, ours = scores[LIBROSA], scores[DEFAULT]
    gain_db = theirs.mean_db - ours.mean_db
    return (
        f"default against {LIBROSA}, {name}",
        f"{least_db} dB better in no more time",
        f"{gain_db:.1f} dB better, {ours.mean_s:.2f} s against {theirs.mean_s:.2f} s for 10 s",
        gain_db >= least_db and ours.mean_s <= theirs.mean_s,
    )


def _order(scores: Mapping[str, Score]) -> tuple[str, bool]:
    found = [scores[name].mean_db for name in ORDER]
    return " > ".join(f"{value:.1f}" for value in found), found == sorted(found, reverse=True)


def _asked(rows: list[tuple[str, str, str, bool]]) -> str:
    lines = "\n".join(f"| {what} | {asked} | {got} | {'yes' if met else 'no'} |" for what, asked, got, met in rows)
    return f"## Asked and reached\n\n| what | asked | reached | met |\n|---|---|---|---|\n{lines}\n"


def _head(count: int) -> str:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"""# Phase reconstruction

Written by `make bench-phase` on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}: one thread of \
{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}, load {load:.1f}.

{count} sounds, the first {LENGTH_S:g} s of each at 22,050 Hz. Figures are spectral convergence, \
`20 log10(|| |STFT(y)| - S || / || S ||)`, lower is better; times are processor time, means for 10 s of sound.
"""


if __name__ == "__main__":
    main(sys.argv[1:])
