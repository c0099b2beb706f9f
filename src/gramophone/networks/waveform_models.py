"""Models of the waveform itself: front ends, and networks behind them. No phase has to be reconstructed.

[1] P. K. Mital, "Time domain neural audio style transfer", 2017.
[2] S. Barry, Y. Kim, "'Style' transfer for musical audio using multiple time-frequency representations", 2018.
[3] H. Caracalla, A. Roebel, "Sound texture synthesis using RI spectrograms", ICASSP 2020.
[4] J. H. McDermott, E. P. Simoncelli, "Sound texture perception via statistics of the auditory periphery", 2011.
[5] E. Grinstein et al., "Audio style transfer", ICASSP 2018.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Network, with_frontend
from gramophone.networks.pretrained.log_spectrogram import level_scale
from gramophone.networks.random import FrequencyWiseConv, IdentityNetwork, Layer, RandomConvEnsemble, SeluConvNet
from gramophone.settings import NetworkSettings, Resolution
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters
from gramophone.statistics.auditory import CLASSES, auditory_statistics, class_masks, cochleagram
from gramophone.statistics.mixture import normalised, relative_distances, weighted_sum

WaveformFrontend = Callable[[Float[Tensor, "channel sample"]], Float[Tensor, "row frequency frame"]]


@dataclass(frozen=True)
class Branch:
    """A front end and the network behind it."""

    frontend: WaveformFrontend
    network: Network


@dataclass(frozen=True)
class MultiBranchWaveformModel:
    """Several branches side by side, with equal weights in the style.

    Attributes:
        branches: branches of the style term.
        content: branch of the content term.
    """

    branches: tuple[Branch, ...]
    content: Branch

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean of the branches' style terms, of a waveform."""
        terms = [
            with_frontend(one.frontend, one.network.style_term([one.frontend(style) for style in styles], weights))
            for one in self.branches
        ]
        return terms[0] if len(terms) == 1 else lambda x: torch.stack([term(x) for term in terms]).mean()

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """The content branch's content term, of a waveform."""
        frontend = self.content.frontend
        return with_frontend(frontend, self.content.network.content_term(frontend(content)))


MEL_BANDS, CONTENT_BANDS, PITCH_BANDS = 128, 12, 84
PITCH_N_FFT = 8192  # neighbours among the low bands are 2.3 Hz apart
LOUD = 4.0  # peak over level of the sounds, by which the published code divides
COMPRESSION = 15.0


def stacked_parts(frame_samples: int, n_fft: int, hop_samples: int) -> WaveformFrontend:
    """Real part, imaginary part and magnitude as rows, of Hann frames zero-padded to `n_fft` [1]."""

    def frontend(waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "1 row frame"]:
        window = torch.hann_window(frame_samples, dtype=waveform.dtype, device=waveform.device)
        frames = waveform.unfold(-1, frame_samples, hop_samples) * window
        spectrum = torch.fft.rfft(frames, n_fft)[0].T
        # Not abs(), whose gradient at 0 is none.
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.cat([spectrum.real, spectrum.imag, (power + 1e-12).sqrt()])[None]

    return frontend


def compressed_parts(stft: Stft) -> WaveformFrontend:
    """Real and imaginary part as two channels, `2 sigmoid(30 x) - 1` of each, for a sound that peaks at 1 [3]."""
    scale = COMPRESSION / (LOUD * float(torch.hann_window(stft.n_fft).sum()))

    def frontend(waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "2 frequency frame"]:
        spectrum = stft.forward(waveform.mean(0))
        return torch.tanh(scale * torch.stack([spectrum.real, spectrum.imag]))

    return frontend


def log_magnitudes(stft: Stft, gain: float, bands: Float[Tensor, "band frequency"] | None = None) -> WaveformFrontend:
    """Log magnitudes, of bands if given [2]."""
    scale = level_scale(stft.n_fft, gain)

    def frontend(waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "1 row frame"]:
        magnitude = stft.magnitude(waveform.mean(0))
        return scale.forward(magnitude if bands is None else bands.to(magnitude) @ magnitude)[None]

    return frontend


def mital2017(network: NetworkSettings, resolution: Resolution, seed: int) -> MultiBranchWaveformModel:
    """Frames of half the transform's length, `n_fft / 2 + 1` frequencies three times [1]."""
    rows = 3 * (resolution.n_fft // 2 + 1)
    ensemble = RandomConvEnsemble(rows, network.filters, network.widths_frames, seed=seed)
    branch = Branch(stacked_parts(resolution.n_fft // 2, resolution.n_fft, resolution.hop_samples), ensemble)
    return MultiBranchWaveformModel((branch,), branch)


def caracalla2020(network: NetworkSettings, resolution: Resolution, seed: int) -> MultiBranchWaveformModel:
    """Compressed real and imaginary parts, each frequency for itself [3]."""
    stft = Stft(resolution.n_fft, resolution.hop_samples)
    branch = Branch(compressed_parts(stft), FrequencyWiseConv(2, network.filters, seed=seed))
    return MultiBranchWaveformModel((branch,), branch)


def barry_layers(filters: int) -> dict[str, tuple[Layer, ...]]:
    """Layers of the three branches, by input; `filters` of the first, 4096 as published."""
    return {
        "stft": (Layer(filters, (5,)),),
        "mel": (
            Layer(filters // 2, (25,)),
            Layer(filters // 4, (25,), dilation=2),
        ),
        "pitch": (
            Layer(filters // 16, (11, 11)),
            Layer(filters // 16, (11, 11), pool=2),
            Layer(filters // 16, (11, 11), pool=2),
        ),
    }


def barry2017(network: NetworkSettings, resolution: Resolution, rate_hz: int, seed: int) -> MultiBranchWaveformModel:
    """STFT, mel and constant-Q bands for the style, 12 bands for the content [2]."""
    stft, pitches = (Stft(n_fft, resolution.hop_samples) for n_fft in (resolution.n_fft, PITCH_N_FFT))
    gain = resolution.gain
    mel, few = (band_filters("mel", rate_hz, stft.n_fft, bands) for bands in (MEL_BANDS, CONTENT_BANDS))
    frontends = {
        "stft": log_magnitudes(stft, gain),
        "mel": log_magnitudes(stft, gain, mel),
        "pitch": log_magnitudes(pitches, gain, band_filters("constant-q", rate_hz, PITCH_N_FFT, PITCH_BANDS)),
    }
    rows = {"stft": stft.bins, "mel": MEL_BANDS, "pitch": 1}
    branches = tuple(
        Branch(frontends[name], SeluConvNet(rows[name], layers, seed=seed + index))
        for index, (name, layers) in enumerate(barry_layers(network.filters).items())
    )
    return MultiBranchWaveformModel(branches, Branch(log_magnitudes(stft, gain, few), IdentityNetwork()))


AUDIBLE_DB = 30.0
"""Bands quieter than the loudest by more than this do not count [4]."""


@dataclass(frozen=True)
class AuditoryModel:
    """Distances of auditory statistics [4] and of envelopes [5], of the mean of the channels.

    Attributes:
        rate_hz: sampling rate of the waveforms, in Hz.
        names: classes of statistics that count; empty for all.
    """

    rate_hz: int
    names: tuple[str, ...] = ()

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean over the classes of `||s - s*||^2 / ||s*||^2` over the audible bands.

        `s*` is the weighted mean of the styles' statistics, as in the morphs of [4].
        """
        names, weights = self.names or CLASSES, normalised(weights)
        with torch.no_grad():
            measured = [auditory_statistics(style.mean(0), self.rate_hz) for style in styles]
        level = weighted_sum([one.level for one in measured], weights)
        # Envelopes are compressed: 30 dB of sound are 9 dB of them.
        masks = class_masks(level > level.max() * 10 ** (-0.3 * AUDIBLE_DB / 20))
        targets = [weighted_sum([one.classes()[name] for one in measured], weights) for name in names]
        counted = [masks[name].expand_as(target) for name, target in zip(names, targets, strict=True)]
        distance = relative_distances([target[mask] for target, mask in zip(targets, counted, strict=True)])

        def term(waveform: Tensor) -> Tensor:
            classes = auditory_statistics(waveform.mean(0), self.rate_hz).classes()
            return distance([classes[name][mask] for name, mask in zip(names, counted, strict=True)])

        return term

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """`||E - E*||^2 / ||E*||^2` of the band envelopes, frame by frame."""
        with torch.no_grad():
            distance = relative_distances([self._envelopes(content)])
        return lambda waveform: distance([self._envelopes(waveform)])

    def _envelopes(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "band frame"]:
        mono = waveform.mean(0)
        return cochleagram(mono / mono.square().mean().clamp_min(1e-24).sqrt(), self.rate_hz)
