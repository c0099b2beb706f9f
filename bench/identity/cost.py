"""`python -m bench.identity.cost [--against DIR]`: what an evaluation of a transfer costs, with all measures.

Seconds of the processor, on one thread, of `gramophone evaluate STYLE RESULT --content CONTENT` from start to exit:
recordings of 10 s at 44.1 kHz, of one channel, and the result of the vocoder. `--against` names the sources of
another version (a folder that holds `gramophone`): both take turns, and figures that it prints differently are shown.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.recordings import clips
from gramophone.audio import Sound, load, save
from gramophone.rivals import vocoder

SOURCES = Path(__file__).parents[2] / "src"
PAIRS = (("speech_jfk", "song_fishin"), ("piano_bach", "humpback_whale"), ("guitar_em9", "jazz_vibe_ace"))
DURATION_S = 10.0


def evaluated(sources: Path, files: tuple[Path, Path, Path]) -> tuple[float, dict[str, float | None]]:
    """Processor seconds of the command, and its figures as they are printed.

    Args:
        sources: folder of the package.
        files: content, style and result.
    """
    content, style, result = map(str, files)
    words = [sys.executable, "-m", "gramophone", "evaluate", style, result, "--content", content, "--json", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(sources), "OMP_NUM_THREADS": "1"}
    before = _children_s()
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    figures = {one["key"]: one for one in json.loads(done.stdout)["figures"]}
    return _children_s() - before, {key: _shown(one["value"], one["unit"]) for key, one in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, action="append", default=[], help="sources of another version")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    versions = [SOURCES, *arguments.against]
    with tempfile.TemporaryDirectory() as folder:
        for pair in PAIRS:
            files = _written(Path(folder), *pair)
            turns = [[evaluated(sources, files) for sources in versions] for _ in range(arguments.repeats)]
            for place, sources in enumerate(versions):
                seconds = median(turn[place][0] for turn in turns)
                print(f"{pair[0]} in {pair[1]}: {seconds:.2f} s of processor, {sources}", flush=True)
                for key, value in turns[0][place][1].items():
                    if value != turns[0][0][1].get(key):
                        print(f"  {key}: {value} instead of {turns[0][0][1].get(key)}")


def _written(folder: Path, content: str, style: str) -> tuple[Path, Path, Path]:
    recordings = clips()
    if recordings is None:
        raise SystemExit("set GRAMOPHONE_DATA to a folder that has clips/")
    said, made_of = (load(recordings / f"{name}.flac").mono().trimmed(DURATION_S) for name in (content, style))
    result = vocoder(said.samples, [made_of.samples], said.rate_hz).numpy()
    files = folder / "content.wav", folder / "style.wav", folder / "result.wav"
    for path, sound in zip(files, (said, made_of, Sound(result, said.rate_hz)), strict=True):
        save(sound, path, overwrite=True)
    return files


def _shown(value: float | None, unit: str) -> float | None:
    return None if value is None else round(value, 1 if unit == "dB" else 2)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
