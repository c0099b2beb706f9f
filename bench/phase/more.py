"""Streams at 44.1 kHz, stereo, and magnitudes that no signal has."""

import time
from collections.abc import Callable, Mapping
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from bench.phase.material import LENGTH_S, Samples, Score
from bench.recordings import RATE_HZ, clip, clips, made
from gramophone import presets
from gramophone.audio import Sound, load
from gramophone.metrics.style_distance import unseen_style_distance
from gramophone.metrics.transfer import purity, structure
from gramophone.optim.minimise import optimise_in_turn
from gramophone.phase import PhaseStream, invert, phase_of, spectral_convergence_db
from gramophone.spectral import Stft
from gramophone.synthesis import texture, transfer
from gramophone.synthesis.pipeline import Task

STREAM_RATE_HZ = 44100
STREAM = Stft(2048, 256)
STYLES = ("rain", "applause", "birds_starlings")
PAIRS = (("speech_jfk", "fire"), ("piano_bach", "pouring_water"))


def streams(sounds: Mapping[str, tuple[str, Samples]]) -> tuple[str, float, float]:
    """The table, how far from the offline default the stream stays (dB), and its time for a second of sound."""
    offline, live = Score(), Score()
    spent_s, length_s = 0.0, 0.0
    latency = ""
    for _, samples in list(sounds.values())[::3]:
        sound = Sound(samples[None].numpy(), RATE_HZ).resampled(STREAM_RATE_HZ)
        wave = torch.from_numpy(sound.samples)
        magnitude = STREAM.magnitude(wave)
        stream = PhaseStream(STREAM, STREAM_RATE_HZ)
        latency = f"{stream.latency_frames} frames, {stream.latency_ms:.1f} ms"
        began = time.process_time()
        blocks = [stream.push(magnitude[..., frame]) for frame in range(magnitude.shape[-1])]
        found = torch.cat([*blocks, stream.flush(wave.shape[1])], 1)
        spent_s += time.process_time() - began
        length_s += wave.shape[1] / STREAM_RATE_HZ
        live.convergence_db.append(spectral_convergence_db(found, magnitude, STREAM))
        whole = invert(magnitude, STREAM, wave.shape[1])
        offline.convergence_db.append(spectral_convergence_db(whole, magnitude, STREAM))
    short_db = live.mean_db - offline.mean_db
    text = f"""## Streaming, {STREAM_RATE_HZ} Hz, {STREAM.n_fft}/{STREAM.hop_samples}, frame by frame on one core

`rtpghi+gsrtisi-la` (3 frames of look-ahead, 16 rounds): {live.mean_db:.1f} dB, the offline default \
{offline.mean_db:.1f} dB; {spent_s / length_s:.2f} s for a second of sound; latency {latency}.
"""
    return text, short_db, spent_s / length_s


def stereo() -> str:
    """How well channels stay together."""
    folder = clips()
    if folder is None:
        return ""
    stft = Stft(1024, 128)
    rows: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(folder.glob("*.flac")):
        sound = load(path)
        if sound.channels != 2:
            continue
        wave = torch.from_numpy(sound.resampled(RATE_HZ).trimmed(LENGTH_S).samples)
        if torch.equal(wave[0], wave[1]):
            continue
        for name, found in _ways(wave, stft).items():
            together = spectral_convergence_db(found.sum(0), stft.magnitude(wave.sum(0)), stft)
            rows.setdefault(name, []).append((spectral_convergence_db(found, stft.magnitude(wave), stft), together))
    lines = "\n".join(
        f"| {name} | {mean(own for own, _ in found):.1f} dB | {mean(both for _, both in found):.1f} dB |"
        for name, found in rows.items()
    )
    return f"""## Stereo, 1024/128, default method

Convergence of the channels, and of the magnitude of their sum, which nobody was told: it is right where the channels
stay together. `coherent` starts all channels from the phase of their energy. Middle and side are other magnitudes, so
they help only who has them.

| way | left and right | left + right |
|---|---|---|
{lines}
"""


def _ways(wave: Float[Tensor, "channel sample"], stft: Stft) -> dict[str, Float[Tensor, "channel sample"]]:
    magnitude, samples = stft.magnitude(wave), wave.shape[1]
    middle = torch.stack([wave[0] + wave[1], wave[0] - wave[1]]) / 2
    inverted = invert(stft.magnitude(middle), stft, samples)
    return {
        "each channel by itself": invert(magnitude, stft, samples),
        "coherent": invert(magnitude, stft, samples, coherent=True),
        "middle and side by themselves": torch.stack([inverted[0] + inverted[1], inverted[0] - inverted[1]]),
    }


def inconsistent() -> str:
    """Magnitudes as synthesis delivers them: the default's first stage, then every method."""
    real = clips() is not None
    styles = {name: clip(name) if real else made(name, 5.0) for name in (STYLES if real else ("rain", "fire"))}
    pairs = PAIRS if real else (("phrase", "fire"),)
    rows: dict[str, list[tuple[float, ...]]] = {}
    moved: dict[str, list[tuple[float, ...]]] = {}
    for style in styles.values():
        _judge(texture([style.trimmed(LENGTH_S)], presets.preset(presets.DEFAULT)), style, None, rows)
    for content_name, style_name in pairs:
        content, style = (
            (clip(name) if real else made(name, 5.0)).trimmed(LENGTH_S) for name in (content_name, style_name)
        )
        settings = presets.preset(presets.DEFAULT, "transfer")
        _judge(transfer(content, [style], settings, strength=0.6), style, content, moved)
    return f"""## Magnitudes that no signal has (1024/256, the default's spectrogram stage)

Convergence says how much of them a signal can have; style distance (unseen network), structure and purity say what
became of the sound.

| textures ({len(styles)}) | convergence | style distance |
|---|---|---|
{_lines(rows, (".1f", ".2e"))}

| transfers ({len(pairs)}) | convergence | style distance | structure | purity |
|---|---|---|---|---|
{_lines(moved, (".1f", ".2e", ".3f", ".3f"))}
"""


def _lines(rows: Mapping[str, list[tuple[float, ...]]], forms: tuple[str, ...]) -> str:
    means = {name: [mean(column) for column in zip(*found, strict=True)] for name, found in rows.items()}
    return "\n".join(
        f"| {name} | " + " | ".join(f"{value:{form}}" for value, form in zip(values, forms, strict=True)) + " |"
        for name, values in means.items()
    )


def _judge(task: Task, style: Sound, content: Sound | None, rows: dict[str, list[tuple[float, ...]]]) -> None:
    stage = task.synthesis.spectrogram
    if stage is None:
        raise RuntimeError("the task has no spectrogram stage")
    optimised = stage.start
    for step in optimise_in_turn(stage.objectives, stage.start, stage.optimiser):
        optimised = step.preview()
    magnitude, stft, samples = stage.view.scale.inverse(optimised), stage.view.stft, stage.samples
    reference = stft.magnitude(torch.from_numpy(style.samples))
    for name, work in _inversions(magnitude, stft, samples, content).items():
        found = work()
        heard = found * 10 ** (task.unit_db / 20)
        if content is not None:  # a transfer has the level of the content, and the distance counts levels
            heard = heard * (torch.from_numpy(style.samples).square().mean() / heard.square().mean()).sqrt()
        figures = [
            spectral_convergence_db(found, magnitude, stft),
            unseen_style_distance(stft.magnitude(heard), reference),
        ]
        if content is not None:
            said, made_of = (torch.from_numpy(sound.samples[0]) for sound in (content, style))
            figures += [structure(heard[0], said, RATE_HZ), purity(heard[0], made_of, RATE_HZ)]
        rows.setdefault(name, []).append(tuple(figures))


def _inversions(
    magnitude: Float[Tensor, "channel frequency frame"], stft: Stft, samples: int, content: Sound | None
) -> dict[str, Callable[[], Tensor]]:
    def by(method: str, iterations: int | None = None, phase: Tensor | None = None) -> Callable[[], Tensor]:
        return lambda: invert(magnitude, stft, samples, method=method, iterations=iterations, phase=phase)

    ways = {
        "fgla 32": by("fgla", 32),
        "gla 500": by("gla", 500),
        "spsi": by("spsi"),
        "pghi": by("pghi"),
        "rtpghi+gsrtisi-la": by("rtpghi+gsrtisi-la"),
        "pghi+fgla 8": by("pghi+fgla", 8),
        "pghi+fgla 32 (in use)": by("pghi+fgla", 32),
        "pghi+fgla 200": by("pghi+fgla", 200),
        "pghi+admm+fgla 48": by("pghi+admm+fgla", 48),
    }
    if content is not None:
        phase = phase_of(torch.from_numpy(content.samples), stft, frames=magnitude.shape[-1])
        ways |= {f"content's phase, fgla {rounds}": by("fgla", rounds, phase) for rounds in (0, 8, 32)}
    return ways
