"""Run as `python -m bench.endless`: every figure of textures without end, as Markdown tables."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.endless import hour, loops, morphs, repetition, speed, width
from bench.recordings import clips
from gramophone.audio import Sound, load
from gramophone.presets.style_mix import MixKind


@dataclass(frozen=True)
class Work:
    """What is measured, and where the hour lies."""

    folder: Path
    style: Path
    out: Path
    duration_s: float

    def clip(self, name: str) -> Sound:
        """A recording by its name."""
        return load(self.folder / f"{name}.flac")


def _speed(work: Work) -> list[str]:
    head = ["| style | first block | times real time | best block | load |", "|---|---|---|---|---|"]
    return head + [speed.row(name, work.clip(name)) for name in ("rain", "vinyl_hiss")]


def _hour(work: Work) -> list[str]:
    return [f"- {key}: {value:.4g}" for key, value in hour.make(work.style, work.out, work.duration_s).items()]


def _seams(work: Work) -> list[str]:
    return hour.seams(work.out, hour.length_s(work.out))


def _drift(work: Work) -> list[str]:
    return ["| | | |", "|---|---|---|", *hour.drift(work.style, work.out, hour.length_s(work.out))]


def _repetition(work: Work) -> list[str]:
    found = repetition.rows(work.style, work.out, min(600.0, hour.length_s(work.out)))
    return ["| | largest correlation |", "|---|---|", *found]


def _loops(work: Work) -> list[str]:
    names = ("rain", "fire", "vinyl_hiss")
    head = ["| style | jump | derivative | spectral flux |", "|---|---|---|---|"]
    return head + [row for name in names for row in loops.rows(name, work.clip(name), range(5))]


def _morphs(work: Work) -> list[str]:
    pairs = [("rain", "fire"), ("applause", "pouring_water")]
    kinds: tuple[MixKind, ...] = ("alternate", "blend")
    head = [
        "| styles | distance to the first by time | against it | to the second | against it | equal at |",
        "|---|---|---|---|---|---|",
    ]
    return head + [
        morphs.row(" to ".join(pair), [work.clip(name) for name in pair], kind) for pair in pairs for kind in kinds
    ]


def _width(work: Work) -> list[str]:
    stereo = {name: work.clip(name) for name in ("vinyl_hiss", "electronic_beat")}
    stereo |= {f"{name}, spread": width.spread(work.clip(name)) for name in ("rain", "applause")}
    head = ["| style | level difference | coherence | natural level difference | natural coherence |"]
    return [*head, "|---|---|---|---|---|", *(width.row(name, sound) for name, sound in stereo.items())]


PARTS: dict[str, Callable[[Work], list[str]]] = {
    "speed": _speed,
    "hour": _hour,
    "seams": _seams,
    "drift": _drift,
    "repetition": _repetition,
    "loops": _loops,
    "morphs": _morphs,
    "width": _width,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--work", type=Path, default=Path("bench-output/endless"), help="where the hour is kept")
    parser.add_argument("--style", default="rain", help="clip that the hour is made of")
    parser.add_argument("--duration", type=float, default=3600.0, help="length of the hour in seconds")
    asked = parser.parse_args()
    folder = clips()
    if folder is None:
        raise SystemExit("set GRAMOPHONE_DATA to a folder that has clips/*.flac")
    asked.work.mkdir(parents=True, exist_ok=True)
    out = asked.work / f"{'hour' if asked.style == 'rain' else asked.style}.flac"
    work = Work(folder, folder / f"{asked.style}.flac", out, asked.duration)
    for part in asked.parts:
        print(f"\n### {part}\n")
        for row in PARTS[part](work):
            print(row, flush=True)


if __name__ == "__main__":
    main()
