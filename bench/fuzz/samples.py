"""Valid files of every kind that is read, from which the mutated ones are made."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import soundfile
import torch
from safetensors.torch import save as to_safetensors

from gramophone.audio import Sound, save
from gramophone.networks.pretrained import checkpoint, vgg
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import wyse2017
from gramophone.request import TextureRequest
from gramophone.runs.execute import execute
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.synthesis import representative
from gramophone.synthesis.learn_style import Recording

RATE_HZ = 16_000
BY_SOUNDFILE = (
    *(
        ("WAV", "PCM_16"),
        ("WAV", "FLOAT"),
        ("WAV", "MS_ADPCM"),
        ("WAV", "ULAW"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
    ),
    *(("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_24"), ("CAF", "ALAC_16"), ("CAF", "PCM_16")),
    *(("AU", "PCM_16"), ("W64", "PCM_16"), ("RF64", "PCM_16")),
)
BY_FFMPEG = (("mp4", "aac"), ("mp4", "alac"), ("webm", "libopus"), ("adts", "aac"), ("mp3", "libmp3lame"))

Samples = Mapping[str, list[bytes]]


def noise(seconds: float = 0.25, seed: int = 0) -> np.ndarray:
    """Two channels."""
    samples = 0.2 * np.random.default_rng(seed).standard_normal((round(RATE_HZ * seconds), 2))
    return np.clip(samples, -1, 1).astype(np.float32)


def recordings() -> list[bytes]:
    """A recording in every format, and two joined ones."""
    found = []
    for form, subtype in BY_SOUNDFILE:
        buffer = io.BytesIO()
        soundfile.write(buffer, noise(), RATE_HZ, format=form, subtype=subtype)
        found.append(buffer.getvalue())
        if form in {"OGG", "MP3"}:
            found.append(2 * buffer.getvalue())
    return [*found, *(_by_ffmpeg(form, codec) for form, codec in BY_FFMPEG)]


def _by_ffmpeg(form: str, codec: str) -> bytes:
    buffer, rate_hz = io.BytesIO(), 16_000 if codec != "libopus" else 48_000
    with cast("Any", av.open(buffer, "w", format=form)) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout="stereo")
        frame = av.AudioFrame.from_ndarray(noise().reshape(1, -1), format="flt", layout="stereo")
        frame.rate, frame.pts = rate_hz, 0
        kind = stream.codec_context.format.name
        fifo = av.AudioResampler(format=kind, layout="stereo", rate=rate_hz, frame_size=960)
        for part in [*fifo.resample(frame), *fifo.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def styles(folder: Path) -> list[bytes]:
    """A style file."""
    sounds = [Sound(np.ascontiguousarray(noise(1.0, seed).T), RATE_HZ) for seed in range(2)]
    style = representative((Recording(f"{n}.wav", f"{n}.wav", [one]) for n, one in enumerate(sounds)), 1.0)
    save(style, folder / "a.safetensors", overwrite=True)
    return [(folder / "a.safetensors").read_bytes()]


def weights(folder: Path) -> list[bytes]:
    """A small trained network."""
    design = wyse2017(channels=4).with_heads({"class": 3})
    network = Classifier(design.architecture)
    checkpoint.write(folder / "w.safetensors", network, design.representation, {"a": 1}, overwrite=True)
    return [(folder / "w.safetensors").read_bytes()]


def vgg_weights(form: str) -> list[bytes]:
    """Weights that VGG-19 could have, if it were small: `vgg.CHANNELS` is made small where they are read."""
    found, inputs = {}, 3
    for name in vgg.LAYERS:
        found[f"{name}.weight"], found[f"{name}.bias"] = torch.zeros(2, inputs, 3, 3), torch.zeros(2)
        inputs = 2
    if form == "safetensors":
        return [to_safetensors(found)]
    every = []
    for is_new in (True, False):
        buffer = io.BytesIO()
        if form == "pth":
            torch.save(found, buffer, _use_new_zipfile_serialization=is_new)
        else:
            writer = np.savez if is_new else np.savez_compressed
            writer(buffer, **{name: value.numpy() for name, value in found.items()})  # type: ignore[arg-type]
        every.append(buffer.getvalue())
    return every


def records(folder: Path) -> list[bytes]:
    """A run record, whose result lies in the folder."""
    soundfile.write(folder / "rain.wav", noise(0.5), RATE_HZ)
    request = TextureRequest(styles=(str(folder / "rain.wav"),), iterations=1, duration_s=0.3)
    execute(Run(request, folder / "out.wav", overwrite=True), Observer())
    return [(folder / "out.json").read_bytes()]


def plans() -> Samples:
    """Plans of every form, by suffix."""
    rows = [
        {"task": "texture", "style": "rain.wav", "output": "a.wav", "duration": 1, "seed": 3},
        {"task": "transfer", "content": "rain.wav", "style": "rain.wav", "strength": 0.5, "keep": "words"},
    ]
    table = "task,content,style,output,strength\ntexture,,rain.wav,a.wav,\ntransfer,rain.wav,rain.wav,b.wav,0.4\n"
    text = "".join(
        "[[item]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in row.items()) for row in rows
    )
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    return {".csv": [table.encode()], ".toml": [text.encode()], ".jsonl": [lines.encode()]}


def orders() -> list[bytes]:
    """Bodies of requests to the studio."""
    one = {"task": "transfer", "content": "a", "styles": ["b", "c"], "strength": 0.5, "seed": 3, "weights": [1, 2]}
    other = {"task": "texture", "styles": ["b"], "duration_s": 3, "morph": "0:1", "span_ms": [20, 80], "loop": False}
    return [json.dumps(one).encode(), json.dumps(other).encode()]


def magnitudes() -> Samples:
    """Magnitudes, by suffix."""
    values, npy, npz, small = np.abs(noise()[:33, :1].repeat(9, 1)), io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, values)
    np.savez(npz, magnitude=values, n_fft=64, hop_samples=16, rate_hz=RATE_HZ)
    np.savez_compressed(small, magnitude=values, rate_hz=RATE_HZ, hop_samples=8, window="hann")
    return {".npy": [npy.getvalue()], ".npz": [npz.getvalue(), small.getvalue()]}


MakeSamples = Callable[[Path], Samples]
