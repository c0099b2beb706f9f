"""Style transfer as an augmentation of training data: sounds in, sounds out, the same again for the same seed.

augment = StyleTransfer([gp.load("rain.wav"), gp.load("street.wav")], rate_hz=16000, p=0.5)
waveform = augment(waveform, index)
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import TypeVar, cast

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor

from gramophone.audio import Sound, check_sounds, peak
from gramophone.audio.sound import check_rate_hz
from gramophone.bounds import check_bounds, check_seed, shown
from gramophone.errors import InputError, ModelError, UsageError
from gramophone.presets import preset
from gramophone.settings import ConditionSettings, Settings
from gramophone.synthesis import transfer

Waveform = TypeVar("Waveform", bound=np.ndarray | Tensor)

STYLE_S = 1.5  # a piece of a style that is drawn for each sound; longer ones cost more and say little more


def fast_settings() -> Settings:
    """The default transfer in its fast mode, which plays excerpts: for training data."""
    settings = preset("infinite", "transfer")
    return replace(settings, transfer=replace(settings.transfer, condition=ConditionSettings(fast=True)))


class StyleTransfer:
    """Gives some of the sounds a style that is drawn for them.

    What is drawn depends on the seed, the epoch and the index alone, so the order and the number of workers of a
    `DataLoader` change nothing. Sounds that are silent come back as they are.

    Args:
        styles: recordings, of which one is drawn for each sound, and of a long one a piece.
        rate_hz: of the sounds to come.
        strength: lowest and highest strength that is drawn, each from 0 to 1.
        p: share of the sounds that get a style.
        seed: of everything drawn.
        settings: of the transfers; `fast_settings()` by default.
        device: `cpu` by default, as workers of a `DataLoader` have no other.

    Attributes:
        epoch: another number draws anew; set it before the workers of the epoch start.

    Raises:
        InputError: a style is silent.
        UsageError: no style, or a number that cannot be.
    """

    def __init__(
        self,
        styles: Sequence[Sound],
        *,
        rate_hz: int,
        strength: tuple[float, float] = (0.2, 0.6),
        p: float = 0.5,
        seed: int = 0,
        settings: Settings | None = None,
        device: str = "cpu",
    ) -> None:
        found = check_sounds(styles, "style")
        if not found:
            raise UsageError("there is no style; give one recording or more")
        lowest, highest = _bounds_of(strength)
        check_bounds("the lowest strength", lowest, 0, 1)
        check_bounds("the highest strength", highest, lowest, 1)
        check_bounds("p", p, 0, 1)
        check_seed(seed)
        check_rate_hz(rate_hz)
        self.styles = [style.mono().resampled(rate_hz) for style in found]
        for place, style in enumerate(self.styles):
            if style.is_silent:
                raise InputError(f"style {place + 1} is silent; give a recording with sound in it")
        self.rate_hz = rate_hz
        self.strength = (lowest, highest)
        self.p = p
        self.seed = seed
        self.epoch = 0
        self.settings = fast_settings() if settings is None else settings
        self.device = device

    def __call__(self, waveform: Waveform, index: int | None = None) -> Waveform:
        """The sound, perhaps in a style: same length, channels, type and device; within full scale if it was.

        Args:
            waveform: `[sample]` or `[channel, sample]`, floating point.
            index: of the sound in its collection; without it, what is drawn depends on the samples themselves.

        Raises:
            InputError: the samples are no sound, or too few.
        """
        if not isinstance(waveform, np.ndarray | Tensor):
            raise InputError(f"a waveform must be a tensor or a NumPy array, not {type(waveform).__name__}")
        samples = waveform.detach().cpu().numpy() if isinstance(waveform, Tensor) else waveform
        sound = Sound(samples if samples.ndim == 2 else samples[None], self.rate_hz)
        rng = np.random.default_rng([self.seed, self.epoch, *_key(samples, index)])
        if rng.random() >= self.p or sound.is_silent:
            return waveform
        with torch.inference_mode(False):
            made = self._transferred(sound, rng)
        # Where full scale is the end of the range, samples beyond it would be cut off.
        made = (made * min(1.0, max(1.0, peak(sound.samples)) / max(peak(made), 1.0))).reshape(samples.shape)
        if isinstance(waveform, Tensor):
            return cast("Waveform", torch.from_numpy(made).to(waveform))
        return cast("Waveform", made.astype(samples.dtype))

    def _transferred(self, sound: Sound, rng: np.random.Generator) -> np.ndarray:
        style = self._piece(self.styles[int(rng.integers(len(self.styles)))], rng)
        strength, seed = float(rng.uniform(*self.strength)), int(rng.integers(2**63))
        task = transfer(sound, [style], self.settings, strength=strength, seed=seed, device=self.device)
        try:
            for _ in task:
                pass
        except ModelError as error:
            warnings.warn(f"a sound is left as it was: {error}", stacklevel=3)
            return sound.samples
        made = task.finish().sound.samples
        return made if made.shape == sound.samples.shape else sound.samples

    def _piece(self, style: Sound, rng: np.random.Generator) -> Sound:
        length = round(STYLE_S * self.rate_hz)
        start = int(rng.integers(max(1, style.samples.shape[1] - length + 1)))
        piece = Sound(style.samples[:, start : start + length], self.rate_hz)
        return style if piece.is_silent else piece


def _bounds_of(strength: object) -> tuple[float, float]:
    match strength:
        case (int() | float() | np.number() as lowest, int() | float() | np.number() as highest):
            return float(lowest), float(highest)
    raise UsageError("strength must be two numbers, the lowest and the highest, such as (0.2, 0.6)")


def _key(samples: Shaped[np.ndarray, "..."], index: int | None) -> list[int]:
    """What stands for the sound where its numbers are drawn."""
    if index is not None:
        if not isinstance(index, Integral) or index < 0:
            raise UsageError(f"index must be a whole number of 0 or more, not {shown(index)}")
        index = int(index)
        return [0, index]
    digest = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).digest()
    return [1, *np.frombuffer(digest, np.uint32).tolist()]
