"""An embedding of sounds by a network trained on sound-effects libraries, which took no part in any synthesis.

Ma & Lerch 2022, "Representation learning for the automatic indexing of sound effects libraries" (ISMIR): eight
convolutions in four blocks (the "CNN9" of Kong et al. 2018 without its head), trained on nine libraries at once. The
weights (CC BY 4.0) are those inside the package `aisfx`; nothing else of it is used, and none of its code is run.

What it is deaf to: a maximum over 1.1 s leaves no order of events within it; it tells kinds of sounds apart (the
nearest class mean of held-out ESC-50 clips is right in 48 %, of 50 classes) and instruments hardly (15 % of 80 from
one sound font to another): between instruments a small step counts much. `docs/embeddings.md` has others beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from gramophone.errors import ModelError
from gramophone.metrics.extra import INSTALL, missing
from gramophone.metrics.measure import Waveform, at_rate

RATE_HZ = 44_100
N_FFT, HOP_SAMPLES = 2048, 1024
BANDS = 96
FULL_SCALE = 9.457798957824707  # the largest value of the spectrograms that it was trained on
BLOCKS = 4
POOL = 8  # spectrogram frames in one of the last block's
LEVEL = 0.1
WINDOW_FRAMES = 6  # of the last block: 1.1 s
WITHOUT_DEPENDENCIES = f"{INSTALL} and pip install --no-deps aisfx==0.1.2 (its own pins are those of 2022)"


@dataclass(frozen=True, eq=False)
class EffectsNetwork:
    """The network.

    Attributes:
        tensors: parameters of the convolutions and of their batch norms, by name.
        mel: weights of the input's bands.
    """

    tensors: dict[str, Tensor]
    mel: Float[Tensor, "96 frequency"]

    @classmethod
    def installed(cls) -> "EffectsNetwork":
        """Reads the weights.

        Raises:
            MissingExtraError: the package that holds them is not installed.
            ModelError: its file is another one than expected.
        """
        found = find_spec("aisfx")
        if found is None or found.origin is None:
            raise missing("the embedding of sounds", "aisfx", WITHOUT_DEPENDENCIES)
        path = Path(found.origin).parent / "models" / "checkpoint.pth"
        prefix = "embedding_net."
        return cls(
            {name[len(prefix) :]: tensor for name, tensor in _state(path).items() if name.startswith(prefix)},
            _mel_filters(),
        )

    def windows(self, waveform: Waveform, rate_hz: int) -> Float32[np.ndarray, "window 512"]:
        """One row of features for every 1.1 s, five times a second; one for a shorter sound.

        Args:
            waveform: of any level and length.
            rate_hz: its rate.
        """
        frames = self._frames(self._seen(waveform, rate_hz))
        if frames.shape[1] <= WINDOW_FRAMES:
            return frames.amax(1)[None].numpy()
        return frames.unfold(1, WINDOW_FRAMES, 1).amax(2).T.numpy()

    def _seen(self, waveform: Waveform, rate_hz: int) -> Float[Tensor, "frame 96"]:
        """`log10(1 + 10000 E)` of the mel energies of the sound at a fixed level."""
        sound = torch.from_numpy(at_rate(waveform, rate_hz, RATE_HZ).copy())
        level = float(sound.square().mean().sqrt())
        sound = torch.nn.functional.pad(sound * (LEVEL / level if level > 0 else 0.0), (0, POOL * HOP_SAMPLES))
        window = torch.hann_window(N_FFT, periodic=False)
        spectrum = torch.stft(
            sound, N_FFT, HOP_SAMPLES, window=window, center=True, pad_mode="constant", return_complex=True
        )
        seen = torch.log10(1 + 1e4 * (self.mel @ spectrum.abs().square())) / FULL_SCALE
        frames = max(POOL, -(-len(waveform) * RATE_HZ // (rate_hz * HOP_SAMPLES)))
        return seen[:, :frames].T

    def _frames(self, seen: Float[Tensor, "frame 96"]) -> Float[Tensor, "512 _"]:
        """The last block's features, mean over frequency; one frame in 0.19 s."""
        values = seen[None, None]
        with torch.no_grad():
            for block in range(1, BLOCKS + 1):
                for place in (1, 2):
                    weight = self.tensors[f"conv_block{block}.conv{place}.weight"]
                    values = torch.nn.functional.conv2d(values, weight, padding=1)
                    values = torch.nn.functional.relu_(self._normed(values, f"conv_block{block}.bn{place}"))
                if block < BLOCKS:
                    values = torch.nn.functional.max_pool2d(values, 2)
            return values[0].mean(2)

    def _normed(self, values: Tensor, name: str) -> Tensor:
        mean, variance, gain, offset = (
            self.tensors[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return torch.nn.functional.batch_norm(values, mean, variance, gain, offset)


def _state(path: Path) -> dict[str, Tensor]:
    # The file holds class counts as NumPy scalars beside the tensors; nothing else may be unpickled.
    allowed: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
        (np._core.multiarray.scalar, "numpy.core.multiarray.scalar"),  # type: ignore[attr-defined]
        np.dtype,
        np.dtypes.Int64DType,
    ]
    try:
        with torch.serialization.safe_globals(allowed):
            state, _ = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(f"the weights in {path} cannot be read; install aisfx 0.1.2 again") from error
    return dict(state)


def _mel_filters() -> Float[Tensor, "96 frequency"]:
    """Triangles in mel (O'Shaughnessy 1987) from 0 to half the rate, with unit sum, as in the training."""
    frequency_mel = _mel(np.arange(N_FFT // 2 + 1) * RATE_HZ / N_FFT)[None]
    edges_mel = np.linspace(0.0, _mel(np.float64(RATE_HZ / 2)), BANDS + 2)[:, None]
    left, centre, right = edges_mel[:-2], edges_mel[1:-1], edges_mel[2:]
    triangles = np.maximum(
        0, np.minimum((frequency_mel - left) / (centre - left), (right - frequency_mel) / (right - centre))
    )
    sums = triangles.sum(1, keepdims=True)
    return torch.from_numpy(triangles / np.where(sums > 0, sums, 1.0)).float()


def _mel(hz: np.ndarray | np.float64) -> np.ndarray:
    return np.asarray(2595 * np.log10(1 + hz / 700))
