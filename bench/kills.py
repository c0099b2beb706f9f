"""`python -m bench.kills [--record]`: kills work at random moments, looks for torn files, and has it go on.

Sounds, runs, trainings and batches are killed (SIGKILL) in processes of their own. Afterwards every file that has its
final name must be a whole one, the old or the new, and the same work, started again, must end as if it had never been
killed.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from bench.figures import Table, markdown, record
from gramophone.audio import Sound, appending, save
from gramophone.batch.results import read_results
from gramophone.datasets import Features
from gramophone.datasets.clips import Clip, Collection, Split
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.architecture import Architecture, Block
from gramophone.networks.pretrained.configs import ModelConfig
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.request import TextureRequest
from gramophone.runs.execute import execute
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.runs.run_record import read_record
from gramophone.train.loop import Training
from gramophone.train.problem import problem
from gramophone.train.recipes import Recipe

RATE_HZ = 22_050
CLIPS, BINS, FRAMES = 24, 8, 24
ITEMS = 4
MOST_TRIES = 10  # for each kill that comes before the end of the work
HEAD = ["work", "kills", "torn files", "resumes"]


@dataclass(frozen=True)
class Work:
    """Something that can be killed, and goes on when it is started again in the same folder.

    Attributes:
        name: name.
        kills: how often it is killed.
        do: does it.
        outputs: pattern of the files that must be whole whenever they are there.
        starts_anew: whether each time it starts in an empty folder; otherwise it replaces what is there.
    """

    name: str
    kills: int
    do: Callable[[Path], object]
    outputs: tuple[str, ...]
    starts_anew: bool = False


def noise(seconds: float, seed: int = 0) -> Sound:
    samples = 0.1 * np.random.default_rng(seed).standard_normal((1, round(RATE_HZ * seconds)))
    return Sound(samples.astype(np.float32), RATE_HZ)


def sounds(folder: Path) -> None:
    """Two versions of a file of every format, and one that is written block by block."""
    for seed in range(2):
        for suffix in (".wav", ".flac", ".ogg"):
            save(noise(1.0, seed), folder / f"a{suffix}", overwrite=True)
        with appending(folder / "long.wav", rate_hz=RATE_HZ, channels=1, overwrite=True) as file:
            for block in range(10):
                file.write(noise(0.1, 10 * seed + block))


def runs(folder: Path) -> None:
    """A texture and its record."""
    if not (folder / "rain.wav").exists():
        save(noise(0.5), folder / "rain.wav")
    request = TextureRequest(styles=(str(folder / "rain.wav"),), iterations=1, duration_s=0.2)
    execute(Run(request, folder / "out.wav", overwrite=True), Observer())
    if read_record(folder / "out.json")["output"]["sha256"] != digest(folder / "out.wav"):
        raise AssertionError("the record is not that of the sound")


def training(folder: Path) -> None:
    """A small network, with a checkpoint after every step."""
    blocks = (Block(6, (3,), norm=True, pool=(2,), dropout=0.2), Block(5, (3,), pool=(2,)))
    table = Architecture("made", "frequency", 1, BINS, 16, blocks, "means", (7,), 0.3)
    design = ModelConfig(table, LogSpectrogramFrontend(8000, 14, 7, 16), ((0, 1.0),), 1, "made for kills")
    values = np.random.default_rng(0).random((CLIPS, BINS, FRAMES)).astype(np.float16)
    clips = tuple(Clip(Path(str(place)), place % 3, "a") for place in range(CLIPS))
    collection = Collection("made", ("one", "two", "three"), clips, 1.0, "none")
    split = Split(tuple(range(CLIPS - 4)), tuple(range(CLIPS - 4, CLIPS)), "made")
    made = problem(collection, Features(values, ()), split, design)
    recipe = Recipe(epochs=4, batch=5, learning_rate=0.01, shift=False)
    trained = Training(made, recipe, checkpoint_path=folder / "a.checkpoint", every_s=0.0)
    for _ in trained:
        pass
    network = trained.finish().network
    checkpoint.write(folder / "a.safetensors", network, design.representation, {}, overwrite=True)


def batch(folder: Path) -> None:
    """Textures by a worker process; takes the place of this process."""
    if not (folder / "plan.csv").exists():
        save(noise(0.5), folder / "rain.wav", overwrite=True)
        rows = "".join(f"texture,rain.wav,{place}.wav,{place}\n" for place in range(ITEMS))
        (folder / "plan.csv").write_text(f"task,style,output,seed\n{rows}", encoding="utf-8")
    words = ["batch", str(folder / "plan.csv"), "-o", str(folder / "out"), "--quiet", "--jobs", "1"]
    words += ["--iterations", "1", "--duration", "0.2"]
    os.execv(sys.executable, [sys.executable, "-m", "gramophone", *words])


WORKS = (
    Work("files of every format", 90, sounds, ("a.*", "long.wav")),
    Work("runs with their records", 60, runs, ("out.wav", "out.json")),
    Work("trainings with checkpoints", 44, training, ("a.safetensors",), starts_anew=True),
    Work("batches", 6, batch, ("out/*.wav",), starts_anew=True),
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def started(work: Work, folder: Path) -> int:
    """Starts the work in a process of its own, which leads a group with its children; returns its number."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.setpgid(0, 0)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        work.do(folder)
        code = 0
    finally:
        os._exit(code)


def completed(work: Work, folder: Path) -> bool:
    """Whether the work comes to its end."""
    _, status = os.waitpid(started(work, folder), 0)
    return os.waitstatus_to_exitcode(status) == 0


def killed(work: Work, folder: Path, after_s: float) -> bool:
    """Kills the work after a time; returns whether it was killed before its end."""
    process = started(work, folder)
    time.sleep(after_s)
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:  # it has not yet made its group
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def files(work: Work, folder: Path) -> Iterator[Path]:
    for pattern in work.outputs:
        yield from folder.glob(pattern)


def torn(work: Work, folder: Path, whole: dict[str, set[str]]) -> list[str]:
    """Files with their final names that are none of the whole ones; records and checkpoints that cannot be read."""
    found = [
        path.name
        for path in files(work, folder)
        if path.suffix != ".json" and digest(path) not in whole[path.relative_to(folder).as_posix()]
    ]
    for path in folder.rglob("*.json"):
        read_record(path)
    if (folder / "a.checkpoint").exists():
        with safe_open(folder / "a.checkpoint", "pt") as file:
            [file.get_tensor(name) for name in file.keys()]  # noqa: SIM118 - not a mapping
    return found


def is_resumed(work: Work, folder: Path, last: dict[str, str]) -> bool:
    """Whether the work, started again, leaves the same files as if it had not been killed."""
    if not completed(work, folder):
        return False
    found = {path.relative_to(folder).as_posix(): digest(path) for path in files(work, folder)}
    same = all(found.get(name) == value for name, value in last.items() if not name.endswith(".json"))
    if (folder / "out" / "results.jsonl").exists():
        results = read_results(folder / "out" / "results.jsonl")
        same = same and [one["place"] for one in results] == list(range(ITEMS))
        same = same and not list(folder.glob("out/.*.part*"))
    return same and set(found) == set(last)


def versions(work: Work, folder: Path) -> dict[str, set[str]]:
    """Checksums of all whole files that the work writes, seen while it runs."""
    seen: dict[str, set[str]] = {}
    process = started(work, folder)
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        for path in files(work, folder):
            seen.setdefault(path.relative_to(folder).as_posix(), set()).add(digest(path))
    return seen


def tried(work: Work, kills: int, draw: random.Random) -> list[str]:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as own:
        reference, folder = Path(own) / "reference", Path(own) / "killed"
        reference.mkdir()
        if not completed(work, reference):  # compiles what is not compiled yet, too
            raise RuntimeError(f"{work.name}: fails without being killed")
        whole = versions(work, reference)
        last = {path.relative_to(reference).as_posix(): digest(path) for path in files(work, reference)}
        for name, value in last.items():
            whole.setdefault(name, set()).add(value)
        duration_s = measured_s(work, Path(own) / "timed")
        done, tries, resumed, damaged = 0, 0, 0, 0
        while done < kills and tries < MOST_TRIES * kills:
            if work.starts_anew or not folder.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
            tries += 1
            if not killed(work, folder, draw.uniform(0, duration_s)):
                duration_s *= 0.9  # it was faster than when it was measured
                continue
            done += 1
            damaged += len(torn(work, folder, whole))
            resumed += is_resumed(work, folder, last)
    return [work.name, str(done), str(damaged), str(resumed)]


def measured_s(work: Work, folder: Path) -> float:
    """How long the work takes from its start, in seconds."""
    folder.mkdir()
    began_s = time.monotonic()
    completed(work, folder)
    return time.monotonic() - began_s


def main() -> int:
    """Kills all works and prints a table; exit code 1 if a file was torn or a work did not go on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="of the kills")
    parser.add_argument("--record", action="store_true", help="keep the table for docs/reliability.md")
    given = parser.parse_args()
    torch.set_num_threads(1)
    draw, rows = random.Random(given.seed), []
    for work in WORKS:
        rows.append(tried(work, max(1, round(given.share * work.kills)), draw))
        print("  ".join(rows[-1]), flush=True)
    sums = [sum(int(row[place]) for row in rows) for place in range(1, len(HEAD))]
    rows.append(["all", *(str(one) for one in sums)])
    print("\n".join(markdown(HEAD, rows)))
    if given.record:
        says = "Work that was killed (SIGKILL) at random moments and started again."
        record("Kills", Table(command="python -m bench.kills --record", says=says, head=HEAD, rows=rows))
    return 0 if sums[1] == 0 and sums[0] == sums[2] else 1


if __name__ == "__main__":
    sys.exit(main())
