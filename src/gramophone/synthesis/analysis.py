"""A resolution bound to the styles."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks import (
    DeepNetwork,
    FilterbankNetwork,
    FrequencyConv,
    InfiniteNetwork,
    Network,
    RandomConv1d,
    RandomConv2d,
    RandomConvEnsemble,
)
from gramophone.networks.features import behind
from gramophone.networks.pretrained.log_spectrogram import level_scale
from gramophone.networks.pretrained.packaged import network_of
from gramophone.networks.pretrained.speech import SpeechNetwork
from gramophone.networks.pretrained.vgg import VggNetwork, drawn_weights, luminosity
from gramophone.networks.pretrained.vgg_weights import read_vgg
from gramophone.phase.joint import joint_pghi
from gramophone.settings import NetworkSettings, Resolution, Settings
from gramophone.spectral import LogScale, Stft
from gramophone.spectral.filterbanks import band_filters, default_bands
from gramophone.spectral.stft import wrapped
from gramophone.statistics.interchannel_coherence import covariances, width_distance
from gramophone.synthesis.prepare import longest_span_s

WIDTH_BANDS = 32
WIDTH_WEIGHT = 3.0


class Analysis:
    """A resolution bound to the styles: transform, scale, and the network that looks through it.

    Args:
        resolution: transform and spans.
        settings: network and rate.
        styles: waveforms `[channel, sample]`.
        weights: shares of the styles, summing to 1.
        samples: length of the result; no span is longer than it.
        seed: of a drawn network.
        circular: the result is a loop.

    Attributes:
        stft: transform of the result.
        scale: of the magnitudes.
        styles: their scaled magnitudes `[channel, frequency, frame]`.
        weights: as given.
        network: what looks.
        colours: channels of a picture that stands for one of the sound; 1 unless the network sees pictures.
        style: the style term, of scaled magnitudes; patches of a loop lead over its end.
    """

    def __init__(
        self,
        resolution: Resolution,
        settings: Settings,
        styles: Sequence[Float[Tensor, "channel _"]],
        weights: Sequence[float],
        samples: int,
        seed: int,
        *,
        circular: bool = False,
    ) -> None:
        self.stft = Stft(resolution.n_fft, resolution.hop_samples, circular=circular)
        own = [Stft(resolution.n_fft, resolution.hop_samples).forward(style) for style in styles]
        self._spectra = own if len(styles[0]) > 1 else []
        self._bands = band_filters("erb", settings.rate_hz, resolution.n_fft, WIDTH_BANDS).to(styles[0])
        parts = [covariances(spectrum, self._bands) * w for spectrum, w in zip(own, weights, strict=True)]
        self._width = torch.stack(parts).sum(0)
        magnitudes = [spectrum.abs() for spectrum in own]
        self.scale = LogScale(1.0)
        if settings.network.kind not in {"infinite", "random"}:
            self.scale = level_scale(resolution.n_fft, resolution.gain)
        elif settings.network.normalise_level:
            scales = [LogScale.of(magnitude, resolution.gain) for magnitude in magnitudes]
            self.scale = LogScale(sum(s.reference * w for s, w in zip(scales, weights, strict=True)))
        self.styles = [self.scale.forward(magnitude) for magnitude in magnitudes]
        self.weights = tuple(weights)
        self.network, drawn_frames = _network(resolution, settings, styles, samples, seed, circular)
        if resolution.scale != "linear" or resolution.bands:
            bands = band_filters(resolution.scale, settings.rate_hz, resolution.n_fft, resolution.bands)
            self.network = FilterbankNetwork(self.network, bands.to(styles[0]), self.scale)
        self.colours = 3 if settings.network.kind == "vgg19" else 1
        self.style: TermFunction = self.network.style_term(self.styles, self.weights)
        if circular and drawn_frames:
            self.style = behind(lambda x: wrapped(x, 0, drawn_frames - 1), self.style)

    def painted(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "_ frequency frame"]:
        """Scaled magnitudes as what is optimised: a picture of three equal colours, if the network sees pictures."""
        return x.repeat(self.colours, 1, 1)

    def read_back(self, x: Float[Tensor, "_ frequency frame"]) -> Float[Tensor, "channel frequency frame"]:
        """What was optimised as magnitudes; of a picture, its brightness."""
        return self.scale.inverse(luminosity(x) if self.colours == 3 else x)

    def magnitude(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "channel frequency frame"]:
        """Magnitudes of a waveform."""
        return self.stft.magnitude(waveform)

    def see(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "channel frequency frame"]:
        """The same on the scale."""
        return self.scale.forward(self.magnitude(waveform))

    def judge(
        self, waveform: Float[Tensor, "channel sample"], *, cut_before: bool = False, cut_after: bool = False
    ) -> Float[Tensor, ""]:
        """The style term of a waveform; of several channels, their width counts, too.

        Where it was cut out of a longer one, frames that reach beyond the cut are left out: they are like no sound.
        """
        edge = -(-self.stft.n_fft // 2 // self.stft.hop_samples)
        inside = slice(edge * cut_before, self.stft.frames(waveform.shape[-1]) - edge * cut_after)
        if len(waveform) == 1:
            return self.style(self.see(waveform)[..., inside])
        spectra = self.stft.forward(waveform)[..., inside]
        term = self.style(self.scale.forward(spectra.abs()))
        return term + WIDTH_WEIGHT * width_distance(covariances(spectra, self._bands), self._width)

    def phase(
        self, magnitude: Float[Tensor, "channel frequency frame"], seed: int
    ) -> Float[Tensor, "channel frequency frame"]:
        """Integrated phases of the channels, which belong together as the style's do."""
        return joint_pghi(magnitude, self.stft, self._spectra, seed=seed)


def _network(
    resolution: Resolution,
    settings: Settings,
    styles: Sequence[Float[Tensor, "channel _"]],
    samples: int,
    seed: int,
    circular: bool,
) -> tuple[Network, int]:
    """What looks, and the width of its drawn filters along time in frames, 0 without any."""
    channels, frames = styles[0].shape[0], samples // resolution.hop_samples + 1
    if settings.network.kind not in {"infinite", "random"}:
        return _layered(settings.network, frames, seed), 0
    bands = resolution.bands or default_bands(resolution.scale, settings.rate_hz, resolution.n_fft)
    span_bins = tuple(sorted({min(span, bands) for span in resolution.span_bins}))
    if settings.network.kind == "random":
        return _drawn_network(settings.network, channels, bands, frames, span_bins, seed)
    if span_bins:
        return FrequencyConv(InfiniteNetwork(span_bins), frames), 0
    shortest_style_s = min(style.shape[1] for style in styles) / settings.rate_hz
    spans = resolution.spans(settings.rate_hz, longest_span_s(settings, shortest_style_s))
    fitting = tuple(span for span in spans if span <= frames) or (1,)
    if settings.network.depth > 1:
        return DeepNetwork(fitting, circular, settings.network.depth), 0
    return InfiniteNetwork(fitting, circular), 0


def _layered(network: NetworkSettings, frames: int, seed: int) -> Network:
    """A network of several layers, from a file or drawn."""
    if network.kind == "vgg19":
        return VggNetwork(drawn_weights(seed) if network.weights == "random" else read_vgg(network.weights))
    if network.kind == "chorowski2017":
        return SpeechNetwork(network.filters, seed=seed)
    return network_of(network.kind, network.weights, seed, filters=network.filters, frames=frames)


def _drawn_network(
    drawn: NetworkSettings, channels: int, bands: int, frames: int, span_bins: Sequence[int], seed: int
) -> tuple[Network, int]:
    """Layers of drawn filters, and how many frames they see where a loop leads over its end."""
    if span_bins:
        return FrequencyConv(_drawn(channels * frames, drawn, span_bins, seed), frames), 0
    width = max(drawn.widths_frames)
    if drawn.height_bins:
        height = min(drawn.height_bins, bands)
        return RandomConv2d(channels, drawn.filters, height, width, seed=seed), width
    return _drawn(channels * bands, drawn, drawn.widths_frames, seed), width


def _drawn(bins: int, settings: NetworkSettings, widths: Sequence[int], seed: int) -> Network:
    if len(widths) == 1:
        return RandomConv1d(bins, settings.filters, widths[0], seed=seed)
    return RandomConvEnsemble(bins, settings.filters, widths, seed=seed)
