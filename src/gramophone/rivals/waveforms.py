"""What all systems do with waveforms: check them, match their channels, bring the result to the content's level."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Complex, Float, Float32
from torch import Tensor

from gramophone.errors import InputError
from gramophone.transform_lengths import next_smooth

Waveform = Float[Tensor, "channel sample"]
Recording = Float[Tensor, "_ _"]
"""A waveform beside others of another shape."""
Samples = Float[Tensor, "_ _"] | Float32[np.ndarray, "_ _"]
"""A waveform as it is handed over: `[channel, sample]`, a tensor or an array."""

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8000, 96000
SILENCE_PEAK = 1e-6
"""A peak below this (-120 dB) counts as silence."""
CANCELLED = 0.1
"""Channels whose mean has less than this share of their power are taken to cancel each other."""
FADE_MS = 20.0


def tensor(samples: Samples) -> Waveform:
    """The samples as a float32 tensor, which may share their memory."""
    if isinstance(samples, Tensor):
        return samples.detach().float()
    return torch.from_numpy(samples if samples.flags.writeable else samples.copy())


def check_rate(rate_hz: int) -> None:
    """Refuses a rate for which the systems were not made.

    Raises:
        InputError: it is outside 8 to 96 kHz.
    """
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise InputError(
            f"the rate must be between {LOWEST_RATE_HZ} and {HIGHEST_RATE_HZ} Hz, not {rate_hz}; resample first"
        )


def checked_content(content: Samples, rate_hz: int) -> Waveform:
    """The content as a tensor.

    Raises:
        InputError: the rate is outside 8 to 96 kHz, or the content has no samples or samples that are not finite.
    """
    check_rate(rate_hz)
    return _checked(content, "the content")


def checked_styles(styles: Sequence[Samples], rate_hz: int, window: int) -> list[Recording]:
    """The styles as tensors.

    Args:
        styles: one or more.
        rate_hz: their rate.
        window: samples that each must have at least.

    Raises:
        InputError: there is none, one is shorter than a window, not finite, or all are silent.
    """
    if not styles:
        raise InputError("a transfer needs at least one style; none was given")
    checked = [_checked(style, "a style") for style in styles]
    for style in checked:
        check_length(style.shape[-1], rate_hz, window)
    if all(float(style.abs().max()) < SILENCE_PEAK for style in checked):
        raise silent()
    return checked


def check_length(samples: int, rate_hz: int, window: int) -> None:
    """Refuses a style that is shorter than a window.

    Raises:
        InputError: it is.
    """
    if samples < window:
        raise InputError(
            f"the style is {samples / rate_hz:.3f} s long, but a window is {window / rate_hz:.3f} s; "
            "give a longer style or a smaller window_ms"
        )


def silent() -> InputError:
    """The error for a style that is nothing but silence."""
    return InputError("the style is silent, so there is nothing to make the result of; give a recording with sound")


def mono_weights(channels: Waveform) -> Float[Tensor, " channel"]:
    """The weights that mix channels down: their mean, or the loudest one alone where they cancel each other."""
    power = channels.double().square().mean(1)
    if float(channels.double().mean(0).square().mean()) >= CANCELLED * float(power.mean()):
        return torch.full((channels.shape[0],), 1 / channels.shape[0])
    return torch.nn.functional.one_hot(power.argmax(), channels.shape[0]).float()


def mixed_down(waveform: Recording) -> Recording:
    """One channel."""
    return waveform if waveform.shape[0] == 1 else mono_weights(waveform)[None] @ waveform


def matched(styles: Sequence[Recording], channels: int) -> list[Recording]:
    """The styles with the content's channels if all of them have as many, otherwise with one."""
    if all(style.shape[0] == channels for style in styles):
        return list(styles)
    return [mixed_down(style) for style in styles]


def grouped(content: Waveform, styles: Sequence[Recording]) -> list[Recording]:
    """The parts of the content that are made one by one from `matched` styles.

    Styles with the content's channels are used as they are: one choice for all channels, so that their stereo image
    stays whole. Styles with one channel serve every channel of the content by itself.
    """
    return [content] if styles[0].shape[0] == content.shape[0] else list(content.split(1))


def window_samples(window_ms: float, rate_hz: int, overlap: int = 2) -> int:
    """The window in samples: a fast transform length that so many frames divide, nearest above."""
    step = math.lcm(2, overlap)
    wanted = max(4, round(window_ms / 1000 * rate_hz / step))
    return step * next_smooth(wanted)


def carrier(styles: Sequence[Recording], samples: int, rate_hz: int) -> Recording:
    """The styles one after the other, cross-faded over 20 ms, from the start again where they are too short.

    The fades are raised cosines of the power, as what comes from different places is uncorrelated.
    """
    fade = min(round(FADE_MS / 1000 * rate_hz), min(style.shape[1] for style in styles) // 2)
    rising = torch.sin(torch.pi / 2 * (torch.arange(fade) + 0.5) / max(fade, 1))
    total = sum(style.shape[1] for style in styles) - fade * (len(styles) - 1)
    pieces = [styles[0]]
    for before, after in pairwise(styles):
        pieces[-1] = pieces[-1][:, : pieces[-1].shape[1] - fade]
        pieces.append(_faded(before, after, rising))
    whole = torch.cat(pieces, 1)
    if total >= samples:
        return whole[:, :samples]
    around = _faded(whole, whole, rising)[:, : total - fade]
    return torch.cat([whole[:, : total - fade], around[:, torch.arange(samples - total + fade) % (total - fade)]], 1)


def with_bed(result: Waveform, bed: Waveform, content: Waveform, bed_db: float) -> Waveform:
    """The result over the unmodulated style.

    Args:
        result: of the system.
        bed: the style, as long as the result.
        content: what the levels are relative to.
        bed_db: level of the bed relative to the result; minus infinity leaves it out.
    """
    if bed_db == -math.inf or rms(bed) == 0:
        return at_level(result, content)
    level = rms(content)
    result = result * (level / rms(result)) if rms(result) > 0 else result
    return at_level(result + bed * (level * 10 ** (bed_db / 20) / rms(bed)), content)


def at_level(result: Waveform, content: Waveform) -> Waveform:
    """Scaled to the root mean square of the content.

    A result with higher peaks is turned down as a whole, so that none passes full scale, or the content's own peak
    where that is higher.
    """
    level, peak = rms(result), float(result.abs().max())
    if level == 0:
        return result
    gain = rms(content) / level
    return result * min(gain, max(1.0, float(content.abs().max())) / peak)


def magnitudes(spectrum: Complex[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """`|X|`, by squares: several times as fast as `abs`, which guards against overflow."""
    return torch.addcmul(spectrum.real.square(), spectrum.imag, spectrum.imag).sqrt_()


def rms(waveform: Waveform) -> float:
    """Root mean square over all channels."""
    return float(waveform.double().square().mean().sqrt())


def _faded(before: Recording, after: Recording, rising: Float[Tensor, " fade"]) -> Recording:
    """The second waveform, whose beginning is faded over from the end of the first."""
    fade = rising.shape[0]
    end = before[:, before.shape[1] - fade :] * rising.flip(0)
    return torch.cat([end + after[:, :fade] * rising, after[:, fade:]], 1)


def _checked(samples: Samples, name: str) -> Waveform:
    waveform = tensor(samples)
    if waveform.numel() == 0:
        raise InputError(f"{name} has no samples; give a recording that is not empty")
    if not bool(torch.isfinite(waveform).all()):
        raise InputError(f"{name} has samples that are not finite; repair the recording or give another one")
    return waveform
