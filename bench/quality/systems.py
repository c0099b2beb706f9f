"""The systems that are compared, each as the jobs that make its results."""

import numpy as np

from bench.quality.jobs import Job
from bench.quality.recordings import recording
from bench.recordings import RATE_HZ
from gramophone import presets
from gramophone.audio import Sound
from gramophone.settings import (
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    WaveformSettings,
)
from gramophone.synthesis import texture, transfer


def texture_job(system: str, settings: Settings, name: str, seed: int = 0, half: int | None = None) -> Job:
    """A texture with the given settings, as long as its style: a clip, or its first (0) or second (1) half."""

    def make() -> Sound:
        task = texture([_part(recording(name), half)], settings, seed=seed, device="cpu")
        for _ in task:
            pass
        return task.finish().sound

    label = f"{name}-{seed}" if half is None else f"{name}-half{half}"
    return Job(system, label, repr((settings, seed)), make)


def _part(clip: Sound, half: int | None) -> Sound:
    if half is None:
        return clip
    length = clip.samples.shape[1] // 2
    return Sound((clip.samples[:, :length] if half == 0 else clip.samples[:, -length:]).copy(), clip.rate_hz)


def default_texture(name: str, seed: int = 0) -> Job:
    return texture_job("infinite", presets.preset("infinite"), name, seed)


def default_half(name: str, half: int) -> Job:
    return texture_job("infinite", presets.preset("infinite"), name, half=half)


def default_transfer(pair: tuple[str, str], strength: float) -> Job:
    return transfer_job("infinite", presets.preset("infinite", "transfer"), pair, strength)


def transfer_job(system: str, settings: Settings, pair: tuple[str, str], strength: float) -> Job:
    """A transfer of five seconds with the given settings."""
    content, style = pair

    def make() -> Sound:
        task = transfer(recording(content), [recording(style)], settings, strength=strength, device="cpu")
        for _ in task:
            pass
        return task.finish().sound

    return Job(system, f"{content}-in-{style}-{strength}", repr((settings, strength)), make)


def published_texture(name: str) -> Job:
    return texture_job("ulyanov2016", presets.preset("ulyanov2016"), name)


def published_transfer(pair: tuple[str, str], strength: float) -> Job:
    """Strength 0.6 is the published content weight 0.01; at 1 it is 0.0016."""
    return transfer_job("ulyanov2016", presets.preset("ulyanov2016", "transfer"), pair, strength)


ANTOGNINI = Settings(
    rate_hz=16000,
    resolution=Resolution(512, 128, span_ms=(512,)),
    network=NetworkSettings("random", filters=512, widths_frames=(2, 4, 8, 16, 32, 64)),
    optimiser=OptimiserSettings(iterations=100, patience=0),
    phase=PhaseSettings("random", iterations=100, momentum=0.99),
    waveform=WaveformSettings(),
)


def bank_texture(name: str) -> Job:
    """In the manner of Antognini et al. 2018: six layers of 512 filters, 2 to 64 frames wide; Gram terms only."""
    return texture_job("six-widths", ANTOGNINI, name)


def noise_texture(name: str) -> Job:
    """A baseline: noise with the recording's spectrum and nothing else of it."""

    def make() -> Sound:
        spectrum = np.fft.rfft(recording(name).samples)
        turn = np.exp(2j * np.pi * np.random.default_rng(0).random(spectrum.shape))
        samples = np.fft.irfft(spectrum * turn, recording(name).samples.shape[1])
        return Sound(samples.astype(np.float32), RATE_HZ)

    return Job("phase-randomised", name, "seed 0", make)


def shuffled_texture(name: str, grain_s: float = 0.1) -> Job:
    """A baseline: grains of the recording in another order, crossfaded half over each other."""

    def make() -> Sound:
        samples = recording(name).samples[0]
        half = round(grain_s * RATE_HZ) // 2
        window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
        rng = np.random.default_rng(0)
        made = np.zeros(len(samples) + 2 * half, np.float32)
        for start in range(0, len(samples), half):
            origin = rng.integers(0, len(samples) - 2 * half)
            made[start : start + 2 * half] += window * samples[origin : origin + 2 * half]
        return Sound(made[None, half : half + len(samples)], RATE_HZ)

    return Job("granular", name, f"grains {grain_s} s, seed 0", make)
