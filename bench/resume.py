"""`python -m bench.resume --data ESC-50`: kills a training at random moments, and compares what comes of it.

A training that is killed (SIGKILL) and started again as often as asked must leave the same weights as one that was
left alone, and no file that cannot be read.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from gramophone.networks.pretrained import checkpoint as stored

CHECKPOINT_S = "0.05"


def command(data: Path, output: Path, cache: Path) -> list[str]:
    """A training of about a minute."""
    words = ["train", "esc50", "--data", str(data), "--network", "wyse2017", "--channels", "16", "--epochs", "4"]
    words += ["--checkpoint-every", CHECKPOINT_S, "--quiet", "--cache", str(cache), "-o", str(output)]
    return [sys.executable, "-m", "gramophone", *words]


def killed(words: list[str], checkpoint: Path, kills: int, seed: int) -> int:
    """Starts, kills after a random time once it trains, starts again; returns how often it was killed in training."""
    draw, done = random.Random(seed), 0
    while done < kills:
        process = subprocess.Popen(words)
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before):
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 0.6))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        done += 1
        print(f"killed {done} times", flush=True)
    subprocess.run(words, check=True)
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = Path(own)
        cache = given.cache or folder / "cache"
        whole, again = folder / "whole.safetensors", folder / "again.safetensors"
        subprocess.run(command(given.data, whole, cache), check=True)
        done = killed(command(given.data, again, cache), again.with_suffix(".checkpoint"), given.kills, given.seed)
        one, other = stored.read(whole).tensors, stored.read(again).tensors
        same = all(torch.equal(one[name], other[name]) for name in one)
        left = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        print(f"killed {done} times: weights {'the same' if same else 'DIFFERENT'}; files: {', '.join(left)}")
        sys.exit(0 if same and done == given.kills else 1)


if __name__ == "__main__":
    main()
