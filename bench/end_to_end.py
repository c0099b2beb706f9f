"""From file to file with default settings: time and memory of the command, and how they grow with length."""

import tempfile
from pathlib import Path

from bench.recordings import made
from bench.timing import command
from gramophone.audio import save

LENGTHS_S = (5, 10, 20, 40, 80)


def report() -> str:
    with tempfile.TemporaryDirectory() as folder:
        help_s = min(command("gramophone", "--help")[0] for _ in range(3))
        rows = "\n".join(_row(Path(folder), length_s) for length_s in LENGTHS_S)
        evaluate_s = _evaluation_s(Path(folder))
    return f"""## The `texture` command, start to file (22.05 kHz mono, default settings, from 10 s of style)

| length | time | per second of sound | peak memory |
|---|---|---|---|
{rows}

`gramophone --help` answers in {help_s:.2f} s; `gramophone evaluate` judges a transfer of 10 s in {evaluate_s:.1f} s.
"""


def _evaluation_s(folder: Path) -> float:
    """The least of three times, start to table, for style, result and content of 10 s each."""
    for name in ("rain", "fire", "phrase"):
        save(made(name, 10.0), folder / f"{name}.wav", overwrite=True)
    files = [str(folder / f"{name}.wav") for name in ("rain", "fire")]
    words = ["evaluate", *files, "--content", str(folder / "phrase.wav"), "--quiet"]
    return min(command("gramophone", *words)[0] for _ in range(3))


def _row(folder: Path, length_s: int) -> str:
    style, output = folder / "style.wav", folder / "out.wav"
    save(made("rain", 10.0), style, overwrite=True)
    words = ["texture", str(style), "-o", str(output), "--duration", str(length_s), "--overwrite", "--quiet"]
    seconds, peak_gb = command("gramophone", *words)
    return f"| {length_s} s | {seconds:.1f} s | {seconds / length_s:.2f} s | {peak_gb:.2f} GB |"
