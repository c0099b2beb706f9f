"""From recordings to what the stages start from: checks, rates, levels, terms."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound, rms_db
from gramophone.errors import InputError, UsageError
from gramophone.networks import BandedNetwork, InfiniteNetwork, Network, RandomBank, RandomNetwork, Transposed
from gramophone.networks.representation import level_scale
from gramophone.networks.shipped import network_of
from gramophone.settings import NetworkSettings, Resolution, Settings
from gramophone.spectral import LogScale, Stft
from gramophone.spectral.bands import band_filters, default_bands

DEEP_FRAMES = 32  # fewer vanish in the poolings of a trained network
LONGEST_SHARE = 0.2  # a span over a fifth of the style's length makes copies of it


def choose_device(name: str | None) -> torch.device:
    """The named device, or the best there is: CUDA, else the CPU.

    Raises:
        UsageError: no such device here.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"the device '{name}' cannot be used here; leave it out, or say cpu") from error
    return device


def mono_at(sound: Sound, settings: Settings, role: str) -> Sound:
    """The recording as the stages take it: one channel, the settings' rate, long enough and not silent.

    Raises:
        InputError: silence, or too short; names the length needed.
    """
    sound = sound.mono().resampled(settings.rate_hz)
    needed_s = shortest_s(settings)
    if sound.duration_s < needed_s:
        raise InputError(
            f"the {role} lasts {sound.duration_s:.3f} s; at least {needed_s:.3f} s are needed, so give a longer one"
        )
    if sound.is_silent:
        raise InputError(f"the {role} is silent; give a recording with sound in it")
    return sound


def shortest_s(settings: Settings) -> float:
    """Length below which a recording has no patch of the shortest span in some resolution."""
    width = max(settings.network.widths_frames) if settings.network.kind == "random" else 1
    width = DEEP_FRAMES if settings.network.is_trained else width
    views = (settings.resolution, *settings.waveform.resolutions)
    return max(max(view.n_fft, width * view.hop_samples) for view in views) / settings.rate_hz


def check_seed(seed: int) -> None:
    """Raises UsageError for a seed that no generator takes."""
    if not 0 <= seed < 2**63:
        raise UsageError(f"the seed {seed} is out of range; give one from 0 to {2**63 - 1}")


def waveform(sound: Sound, settings: Settings, device: torch.device) -> Float[Tensor, "channel sample"]:
    """Samples on the device, at a level of 1 (root mean square) if the settings normalise levels."""
    samples = torch.from_numpy(sound.samples).to(device)
    if settings.network.normalise_level:
        samples = samples / 10 ** (rms_db(sound.samples) / 20)
    return samples


def shares(weights: Sequence[float] | None, styles: int) -> tuple[float, ...]:
    """Weights of the styles scaled to sum 1, equal by default.

    Raises:
        UsageError: not one for each style, negative, or all zero.
    """
    weights = [1.0] * styles if weights is None else weights
    if not styles:
        raise UsageError("there is no style; give one recording or more")
    if len(weights) != styles or not all(0 <= w < math.inf for w in weights) or not 0 < sum(weights) < math.inf:
        raise UsageError(
            f"the weights {list(weights)} do not fit {styles} styles; give one a style, none negative, not all 0"
        )
    return tuple(weight / sum(weights) for weight in weights)


class View:
    """A resolution bound to the styles: transform, scale, and the network that looks through it.

    Args:
        resolution: transform and spans.
        settings: network and rate.
        styles: waveforms `[channel, sample]`.
        weights: shares of the styles, summing to 1.
        samples: length of the result; no span is longer than it.
        seed: of a drawn network.
    """

    def __init__(
        self,
        resolution: Resolution,
        settings: Settings,
        styles: Sequence[Float[Tensor, "channel _"]],
        weights: Sequence[float],
        samples: int,
        seed: int,
    ) -> None:
        self.stft = Stft(resolution.n_fft, resolution.hop_samples)
        magnitudes = [self.stft.magnitude(style) for style in styles]
        self.scale = LogScale(1.0)
        if settings.network.is_trained:
            self.scale = level_scale(resolution.n_fft, resolution.gain)
        elif settings.network.normalise_level:
            scales = [LogScale.of(magnitude, resolution.gain) for magnitude in magnitudes]
            self.scale = LogScale(sum(s.reference * w for s, w in zip(scales, weights, strict=True)))
        self.styles = [self.scale.forward(magnitude) for magnitude in magnitudes]
        self.weights = tuple(weights)
        self.network = _network(resolution, settings, styles, samples, seed)
        if resolution.scale != "linear" or resolution.bands:
            bands = band_filters(resolution.scale, settings.rate_hz, resolution.n_fft, resolution.bands)
            self.network = BandedNetwork(self.network, bands.to(styles[0]), self.scale)
        self.style = self.network.style_term(self.styles, self.weights)

    def see(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "channel frequency frame"]:
        """Scaled magnitudes of a waveform."""
        return self.scale.forward(self.stft.magnitude(waveform))


def _network(
    resolution: Resolution,
    settings: Settings,
    styles: Sequence[Float[Tensor, "channel _"]],
    samples: int,
    seed: int,
) -> Network:
    if settings.network.is_trained:
        return network_of(settings.network.kind, settings.network.weights, seed)
    channels, frames = styles[0].shape[0], samples // resolution.hop_samples + 1
    bands = resolution.bands or default_bands(resolution.scale, settings.rate_hz, resolution.n_fft)
    span_bins = tuple(sorted({min(span, bands) for span in resolution.span_bins}))
    if settings.network.kind == "random" and span_bins:
        return Transposed(_drawn(channels * frames, settings.network, span_bins, seed), frames)
    if settings.network.kind == "random":
        return _drawn(channels * bands, settings.network, settings.network.widths_frames, seed)
    if span_bins:
        return Transposed(InfiniteNetwork(span_bins), frames)
    shortest_style_s = min(style.shape[1] for style in styles) / settings.rate_hz
    spans = resolution.spans(settings.rate_hz, LONGEST_SHARE * shortest_style_s)
    fitting = [span for span in spans if span <= frames]
    return InfiniteNetwork(tuple(fitting or [1]))


def _drawn(bins: int, settings: NetworkSettings, widths: Sequence[int], seed: int) -> Network:
    if len(widths) == 1:
        return RandomNetwork(bins, settings.filters, widths[0], seed=seed)
    return RandomBank(bins, settings.filters, widths, seed=seed)
