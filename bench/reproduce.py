"""Bytes of every kind of result, to tell whether a change of the code changed what it computes.

`python -m bench.reproduce` compares this machine's results with those in `bench/reproduce.json`, and fails on any
difference; `python -m bench.reproduce --record` writes that file anew. Bytes depend on processor, versions and thread
count, so the file is good for the machine that wrote it: record it before the first change, compare after each.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

STORED = Path(__file__).with_suffix(".json")
RATE_HZ = 22_050
VOLATILE = ("created", "elapsed_s", "stages_s", "path", "command", "platform", "versions", "seconds", "finished")
TRANSFER = ("transfer", "voice.wav", "hiss.wav", "--iterations", "4")
TEXTURE = ("texture", "hiss.wav", "--iterations", "4", "--duration", "1.2")

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "texture-mono": (*TEXTURE, "-o", "OUT.wav"),
    "texture-stereo": ("texture", "wide.wav", "--iterations", "4", "--duration", "1.2", "-o", "OUT.wav"),
    "texture-loop": (*TEXTURE, "--loop", "-o", "OUT.wav"),
    "texture-morph": (
        *("texture", "hiss.wav", "pulses.wav", "--iterations", "3", "--morph", "0:1,0 3:0,1"),
        *("--duration", "3", "-o", "OUT.wav"),
    ),
    "texture-blend": (
        *("texture", "hiss.wav", "pulses.wav", "--iterations", "3", "--mix", "blend", "--weights", "2,1"),
        *("--duration", "1.2", "-o", "OUT.wav"),
    ),
    "texture-terms": (
        *(*TEXTURE, "--rhythm", "1", "--diversity", "0.001", "--time-energy", "1", "--frequency-energy", "1"),
        *("--span-ms", "20,80", "--scale", "erb", "-o", "OUT.wav"),
    ),
    "texture-long": ("texture", "hiss.wav", "--iterations", "2", "--duration", "31", "-o", "OUT.wav"),
    "transfer-0": (*TRANSFER, "--strength", "0", "-o", "OUT.wav"),
    "transfer-0.1": (*TRANSFER, "--strength", "0.1", "-o", "OUT.wav"),
    "transfer-0.6": (*TRANSFER, "--strength", "0.6", "-o", "OUT.wav"),
    "transfer-1": (*TRANSFER, "--strength", "1", "-o", "OUT.wav"),
    "transfer-two-styles": (
        *("transfer", "voice.wav", "hiss.wav", "pulses.wav", "--weights", "1,3", "--iterations", "3"),
        *("--seed", "7", "-o", "OUT.wav"),
    ),
    "transfer-ulyanov2016": (*TRANSFER, "--preset", "ulyanov2016", "-o", "OUT.wav"),
    "transfer-mcdermott2011": (*TRANSFER, "--preset", "grinstein2017-auditory", "-o", "OUT.wav"),
    "transfer-wyse2017": (*TRANSFER, "--network", "wyse2017", "--weights", "trained", "-o", "OUT.wav"),
    "transfer-verma2018": (*TRANSFER, "--preset", "verma2018", "--noise", "0.2", "-o", "OUT.flac"),
    "texture-antognini2018": (
        *("texture", "pulses.wav", "--preset", "antognini2018", "--iterations", "2", "-o", "OUT.wav"),
    ),
    "stream": ("stream", "hiss.wav", "--iterations", "2", "--duration", "4", "-o", "OUT.wav"),
    "invert": ("invert", "voice.wav", "--method", "pghi+fgla", "--iterations", "8", "-o", "OUT.wav"),
    "style": ("style", "hiss.wav", "wide.wav", "--keep", "1", "-o", "OUT.style.safetensors"),
    "batch": ("batch", "plan.csv", "--iterations", "2", "-o", "OUT", "--jobs", "1"),
    "batch-together": ("batch", "plan.csv", "--iterations", "2", "-o", "OUT", "--jobs", "1", "--together", "4"),
    "study": (
        *("study", "voice.wav", "hiss.wav", "--grid", "weights=trained,random", "--iterations", "2"),
        *("-o", "OUT"),
    ),
}
PLAN = """task,content,style,output,strength,duration
texture,,hiss.wav,a.wav,,1.2
texture,,pulses.wav,b.wav,,1.2
transfer,voice.wav,hiss.wav,c.wav,0.3,
transfer,voice.wav,hiss.wav,d.wav,0.8,
"""


def write_inputs(folder: Path) -> None:
    """A vowel-like glide, stationary noise, stereo noise and a pulse train; all by formula."""
    rng = np.random.default_rng(0)
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    pitch = 2 * np.pi * np.cumsum(140 + 60 * np.sin(2 * np.pi * 0.7 * time_s)) / RATE_HZ
    voice = sum(np.sin(k * pitch) / k for k in range(1, 12)) * (0.2 + np.sin(2 * np.pi * 2 * time_s) ** 2)
    hiss = rng.standard_normal(len(time_s)) * (1 + 0.5 * np.sin(2 * np.pi * 9 * time_s))
    wide = rng.standard_normal((len(time_s), 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
    pulses = np.convolve((np.arange(len(time_s)) % 2205 == 0) * 1.0, rng.standard_normal(800) * np.hanning(800))
    for name, samples in {"voice": voice, "hiss": hiss, "wide": wide, "pulses": pulses[: len(time_s)]}.items():
        soundfile.write(folder / f"{name}.wav", 0.3 * samples / np.abs(samples).max(), RATE_HZ, subtype="PCM_24")
    (folder / "plan.csv").write_text(PLAN, encoding="utf-8")


def run(name: str, parent: Path) -> dict[str, Any]:
    """Runs one command in a folder of its own; hashes what it wrote."""
    folder = parent / name
    folder.mkdir()
    write_inputs(folder)
    given = set(folder.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "gramophone", *COMMANDS[name], "--quiet"],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr}")
    return dict(
        _described(sorted(path for path in folder.rglob("*") if path.is_file() and path not in given), folder)
    )


def _described(paths: list[Path], folder: Path) -> Iterator[tuple[str, Any]]:
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.suffix in {".wav", ".flac"}:
            yield name, hashlib.sha256(soundfile.read(path, dtype="float32")[0].tobytes()).hexdigest()
        elif path.name.endswith(".safetensors"):
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.suffix == ".json":
            yield name, _stable(json.loads(path.read_text(encoding="utf-8")))


def _stable(value: Any) -> Any:  # noqa: ANN401
    """A record without what changes from run to run; of long lists a hash."""
    if isinstance(value, dict):
        return {key: "..." if key in VOLATILE else _stable(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list) and len(value) > 8:
        stable = json.dumps([_stable(inner) for inner in value])
        return hashlib.sha256(stable.encode()).hexdigest()
    return [_stable(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the file of hashes anew")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    names = arguments.names or list(COMMANDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ThreadPoolExecutor(2) as pool:
            made = dict(zip(names, pool.map(lambda one: run(one, folder), names), strict=True))
    if arguments.record:
        STORED.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(made)} results recorded in {STORED.name}")
        return
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    differ = [name for name in names if made[name] != stored[name]]
    for one in differ:
        for key in sorted({*made[one], *stored[one]}):
            if made[one].get(key) != stored[one].get(key):
                print(f"{one}: {key} differs")
    print(f"{len(names) - len(differ)} of {len(names)} results are equal")
    raise SystemExit(bool(differ))


if __name__ == "__main__":
    main()
