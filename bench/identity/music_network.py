"""The features of musicnn (Pons & Serra 2019, arXiv 1909.06654), from the weights inside its package (ISC).

Trained to tag songs. Only to be compared with: `pip install --no-deps musicnn`.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soxr
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn import functional

from bench.identity.tensorflow_checkpoint import tensors

RATE_HZ = 16_000
N_FFT, HOP_SAMPLES, BANDS = 512, 256, 96
VERTICAL, HORIZONTAL = (0, 1), ((2, 128), (3, 64), (4, 32))  # convolutions by number, and lengths in frames
WINDOW_FRAMES, STEP_FRAMES = 93, 46


class MusicNetwork:
    """The convolutions of `MSD_musicnn`; features are maxima and means over 1.5 s of all its layers."""

    def __init__(self) -> None:
        import librosa

        found = find_spec("musicnn")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("musicnn is not installed: pip install --no-deps musicnn")
        stored = tensors(Path(found.origin).parent / "MSD_musicnn")
        self.tensors = {name: torch.from_numpy(value.copy()) for name, value in stored.items() if "Adam" not in name}
        self.mel = torch.from_numpy(librosa.filters.mel(sr=RATE_HZ, n_fft=N_FFT, n_mels=BANDS))

    def windows(self, waveform: Float32[np.ndarray, " _"], rate_hz: int) -> Float32[np.ndarray, "window feature"]:
        """One row for every 1.5 s, one for a shorter sound."""
        sound = torch.from_numpy(soxr.resample(waveform, rate_hz, RATE_HZ).astype(np.float32))
        with torch.no_grad():
            layers = self._layers(self._seen(sound))
        rows = layers.unfold(1, min(WINDOW_FRAMES, layers.shape[1]), STEP_FRAMES)
        return torch.cat([rows.amax(2), rows.mean(2)]).T.numpy()

    def _seen(self, sound: Float[Tensor, " sample"]) -> Float[Tensor, "1 1 frame 96"]:
        window = torch.hann_window(N_FFT)
        spectrum = torch.stft(sound, N_FFT, HOP_SAMPLES, window=window, pad_mode="constant", return_complex=True)
        return torch.log10(1e4 * (self.mel @ spectrum.abs().square()) + 1).T[None, None]

    def _layers(self, seen: Float[Tensor, "1 1 frame 96"]) -> Float[Tensor, "layer frame"]:
        x = self._normed(seen, 0)
        front = [self._normed(self._filtered(x, n, (3, 0)), n + 1).amax(3) for n in VERTICAL]
        for number, length in HORIZONTAL:
            around = functional.pad(x, (0, 0, (length - 1) // 2, length // 2))
            front.append(self._normed(self._filtered(around, number), number + 1).amax(3))
        found = [torch.cat(front, 1)]
        for number in (5, 6, 7):
            rows = self._filtered(found[-1].transpose(1, 2)[:, None], number, (3, 0))
            values = self._normed(rows, number + 1).squeeze(3)
            found.append(values if number == 5 else values + found[-1])
        return torch.cat(found, 1)[0]

    def _filtered(self, x: Tensor, number: int, padding: tuple[int, int] = (0, 0)) -> Tensor:
        name = f"conv2d_{number}" if number else "conv2d"
        kernel = self.tensors[f"{name}/kernel"].permute(3, 2, 0, 1)
        return functional.relu(functional.conv2d(x, kernel, self.tensors[f"{name}/bias"], padding=padding))

    def _normed(self, x: Tensor, number: int) -> Tensor:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        mean, variance, gain, offset = (
            self.tensors[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return functional.batch_norm(x, mean, variance, gain, offset, eps=1e-3)
