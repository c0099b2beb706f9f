"""The default transfer against the published reference on one 10 s pair: time end to end, and what comes out."""

import tempfile
from pathlib import Path

import torch

from bench.recordings import RATE_HZ, clip, clips, made
from bench.timing import command
from gramophone.audio import Sound, load, save
from gramophone.metrics.transfer import Placed, purity, structure

STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)


def report() -> str:
    content = clip("speech_jfk").trimmed(10.0) if clips() else made("phrase", 10.0)
    style = made("fire", 10.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(content, folder / "content.wav")
        save(style, folder / "style.wav")
        own = [(_run(folder, "infinite", s), s) for s in STRENGTHS]
        published_s, published = _run(folder, "ulyanov2016", 0.6, "--iterations", "300")
    default_s = min(seconds for (seconds, _), _ in own)
    rows = "\n".join(
        f"| infinite, strength {s} | {seconds:.1f} s | {place.structure:.2f} | {place.purity:.2f} |"
        for (seconds, place), s in own
    )
    return f"""## Default transfer against `ulyanov2016` (300 iterations), 10 s content and style, start to file

| system | time | structure | purity |
|---|---|---|---|
{rows}
| ulyanov2016, content weight 0.01 | {published_s:.0f} s | {published.structure:.2f} | {published.purity:.2f} |

The default is {published_s / default_s:.0f} times faster.
"""


def _run(folder: Path, preset: str, strength: float, *more: str) -> tuple[float, Placed]:
    output = folder / f"{preset}.wav"
    files = [str(folder / "content.wav"), str(folder / "style.wav"), "-o", str(output)]
    options = ["--preset", preset, "--strength", str(strength), "--overwrite", "--quiet", *more]
    seconds, _ = command("gramophone", "transfer", *files, *options)
    content, style, result = (_samples(load(path)) for path in (*map(Path, files[:2]), output))
    return seconds, Placed(structure(result, content, RATE_HZ), purity(result, style, RATE_HZ))


def _samples(sound: Sound) -> torch.Tensor:
    return torch.from_numpy(sound.samples[0])
