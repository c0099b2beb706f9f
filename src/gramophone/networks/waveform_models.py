"""What hears the waveform itself: a front that turns it into features' input, and networks behind it.

Optimising the waveform needs no phase reconstruction (Mital 2017; Barry & Kim 2018; Caracalla & Roebel 2020).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.auditory import AuditoryModel
from gramophone.networks.features import Network, behind
from gramophone.networks.frequency_wise import FrequencyWiseConv
from gramophone.networks.pretrained.log_spectrogram import level_scale
from gramophone.networks.random import RandomConvEnsemble
from gramophone.networks.selu import Layer, Plain, SeluConvNet
from gramophone.settings import NetworkSettings, Resolution
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters

Front = Callable[[Float[Tensor, "channel sample"]], Float[Tensor, "row frequency frame"]]


@dataclass(frozen=True)
class Branch:
    """A front and the network behind it."""

    front: Front
    network: Network


@dataclass(frozen=True)
class MultiBranchWaveformModel:
    """Several branches side by side, each with the same say in the style.

    Attributes:
        branches: make the style.
        content: makes the content.
    """

    branches: tuple[Branch, ...]
    content: Branch

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean of the branches' style terms, of a waveform."""
        terms = [
            behind(branch.front, branch.network.style_term([branch.front(style) for style in styles], weights))
            for branch in self.branches
        ]
        return terms[0] if len(terms) == 1 else lambda wave: torch.stack([term(wave) for term in terms]).mean()

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """The content branch's content term, of a waveform."""
        front = self.content.front
        return behind(front, self.content.network.content_term(front(content)))


MEL_BANDS, CONTENT_BANDS, PITCH_BANDS = 128, 12, 84
PITCH_N_FFT = 8192  # neighbours among the low bands are 2.3 Hz apart
LOUD = 4.0  # peak over level of the sounds, by which the published code divides
COMPRESSION = 15.0


def hearing_of(network: NetworkSettings, resolution: Resolution, rate_hz: int, seed: int) -> Network:
    """What hears waveforms of level 1.

    Args:
        network: of a kind that hears.
        resolution: of its transform.
        rate_hz: of the waveforms.
        seed: of drawn weights.
    """
    if network.kind == "auditory":
        return AuditoryModel(rate_hz, network.classes)
    make = {"mital2017": _mital, "caracalla2020": _caracalla, "barry2017": _barry}[network.kind]
    return make(network, resolution, rate_hz, seed)


def stacked_parts(frame_samples: int, n_fft: int, hop_samples: int) -> Front:
    """Real part, imaginary part and magnitude below each other, of Hann frames continued by zeros to `n_fft`."""

    def front(wave: Float[Tensor, "channel sample"]) -> Float[Tensor, "1 row frame"]:
        window = torch.hann_window(frame_samples, dtype=wave.dtype, device=wave.device)
        frames = wave.unfold(-1, frame_samples, hop_samples) * window
        spectrum = torch.fft.rfft(frames, n_fft)[0].T
        # Not abs(), whose gradient at 0 is none.
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.cat([spectrum.real, spectrum.imag, (power + 1e-12).sqrt()])[None]

    return front


def compressed_parts(stft: Stft) -> Front:
    """Real and imaginary part as two channels, `2 sigmoid(30 x) - 1` of each, for a sound that peaks at 1."""
    scale = COMPRESSION / (LOUD * float(torch.hann_window(stft.n_fft).sum()))

    def front(wave: Float[Tensor, "channel sample"]) -> Float[Tensor, "2 frequency frame"]:
        spectrum = stft.forward(wave.mean(0))
        return torch.tanh(scale * torch.stack([spectrum.real, spectrum.imag]))

    return front


def logarithmic(stft: Stft, gain: float, bands: Float[Tensor, "band frequency"] | None = None) -> Front:
    """Log magnitudes, of bands where there are any."""
    scale = level_scale(stft.n_fft, gain)

    def front(wave: Float[Tensor, "channel sample"]) -> Float[Tensor, "1 row frame"]:
        magnitude = stft.magnitude(wave.mean(0))
        return scale.forward(magnitude if bands is None else bands.to(magnitude) @ magnitude)[None]

    return front


def _mital(network: NetworkSettings, resolution: Resolution, rate_hz: int, seed: int) -> MultiBranchWaveformModel:
    """Frames of half the transform's length, `n_fft / 2 + 1` frequencies three times."""
    rows = 3 * (resolution.n_fft // 2 + 1)
    bank = RandomConvEnsemble(rows, network.filters, network.widths_frames, seed=seed)
    branch = Branch(stacked_parts(resolution.n_fft // 2, resolution.n_fft, resolution.hop_samples), bank)
    return MultiBranchWaveformModel((branch,), branch)


def _caracalla(network: NetworkSettings, resolution: Resolution, rate_hz: int, seed: int) -> MultiBranchWaveformModel:
    stft = Stft(resolution.n_fft, resolution.hop_samples)
    branch = Branch(compressed_parts(stft), FrequencyWiseConv(2, network.filters, seed=seed))
    return MultiBranchWaveformModel((branch,), branch)


def barry_layers(filters: int) -> dict[str, tuple[Layer, ...]]:
    """The three stacks, by what they see; `filters` of the first, 4096 as published."""
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


def _barry(network: NetworkSettings, resolution: Resolution, rate_hz: int, seed: int) -> MultiBranchWaveformModel:
    stft, pitches = (Stft(n_fft, resolution.hop_samples) for n_fft in (resolution.n_fft, PITCH_N_FFT))
    gain = resolution.gain
    mel, few = (band_filters("mel", rate_hz, stft.n_fft, bands) for bands in (MEL_BANDS, CONTENT_BANDS))
    fronts = {
        "stft": logarithmic(stft, gain),
        "mel": logarithmic(stft, gain, mel),
        "pitch": logarithmic(pitches, gain, band_filters("constant-q", rate_hz, PITCH_N_FFT, PITCH_BANDS)),
    }
    rows = {"stft": stft.bins, "mel": MEL_BANDS, "pitch": 1}
    branches = tuple(
        Branch(fronts[name], SeluConvNet(rows[name], layers, seed=seed + place))
        for place, (name, layers) in enumerate(barry_layers(network.filters).items())
    )
    return MultiBranchWaveformModel(branches, Branch(logarithmic(stft, gain, few), Plain()))
