"""Textures as an unseen network hears them, on the optimised spectrogram and on the written file."""

import tempfile
from pathlib import Path

import torch

from bench.recordings import clip, clips, made
from gramophone import presets
from gramophone.audio import Sound, load, save
from gramophone.metrics.style_distance import unseen_style_distance
from gramophone.phase.convergence import spectral_convergence_db
from gramophone.spectral import Stft
from gramophone.synthesis import texture

RECORDINGS = ("fire", "rain", "applause", "pouring_water", "birds_starlings", "train")


def report() -> str:
    sounds = {"rain (made, 10 s)": made("rain", 10.0), "fire (made, 10 s)": made("fire", 10.0)}
    if clips():
        sounds |= {name: clip(name) for name in RECORDINGS}
    rows = "\n".join(_row(name, sound) for name, sound in sounds.items())
    return f"""## Texture quality (10 s of texture, default settings)

Style distance that a network of 4,096 filters sees which took no part in the synthesis (width 11, 1024/256 and
2048/512 as stated). Spectral convergence is that of the file against the last spectrogram that was optimised, and
against the one of the first stage, which no waveform has.

| style | optimised spectrogram, 1024/256 | file, 1024/256 | file, 2048/512 | convergence, last stage | first stage |
|---|---|---|---|---|---|
{rows}
"""


def _row(name: str, style: Sound) -> str:
    settings = presets.preset(presets.DEFAULT)
    task = texture([style], settings, duration_s=10.0)
    first = None
    last = None
    for step in task:
        if step.index <= settings.optimiser.iterations:
            first = step.preview()
        last = step.preview()
    if first is None or last is None:
        raise RuntimeError("the run has no steps")
    stage = task.synthesis.spectrogram
    if stage is None:
        raise RuntimeError("the run has no spectrogram stage")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.wav"
        gain_db = save(task.finish().sound, path).gain_db
        written = torch.from_numpy(load(path).samples) / 10 ** (gain_db / 20)
    reference = torch.from_numpy(style.samples)
    scaled = written / 10 ** (task.unit_db / 20)
    magnitude = stage.view.scale.inverse(first)
    level = 10 ** (task.unit_db / 20)
    return (
        f"| {name} | {unseen_style_distance(magnitude * level, stage.view.stft.magnitude(reference)):.1e} "
        f"| {_distance(written, reference, 1024, 256):.1e} | {_distance(written, reference, 2048, 512):.1e} "
        f"| {spectral_convergence_db(scaled, stage.view.stft.magnitude(last), stage.view.stft):.0f} dB "
        f"| {spectral_convergence_db(scaled, magnitude, stage.view.stft):.1f} dB |"
    )


def _distance(result: torch.Tensor, style: torch.Tensor, n_fft: int, hop_samples: int) -> float:
    stft = Stft(n_fft, hop_samples)
    return unseen_style_distance(stft.magnitude(result), stft.magnitude(style))
