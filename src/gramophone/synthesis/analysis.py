"""A resolution bound to the styles."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Batched, stack, with_frontend
from gramophone.networks.frontends import BandFrontend, FilterbankNetwork
from gramophone.networks.pretrained.log_spectrogram import level_scale
from gramophone.networks.pretrained.vgg import luma
from gramophone.networks.registry import NetworkInput, entry_of
from gramophone.phase.pghi import joint_pghi
from gramophone.settings import Resolution, Settings
from gramophone.spectral import LogScale, Stft
from gramophone.spectral.filterbanks import band_filters
from gramophone.spectral.stft import wrapped
from gramophone.statistics.interchannel_coherence import covariances, width_distance
from gramophone.statistics.mixture import weighted_sum
from gramophone.synthesis.prepare import longest_span_s

WIDTH_BANDS = 32
WIDTH_WEIGHT = 3.0


class Analysis:
    """A resolution bound to the styles: transform, scale, and the network behind it.

    Args:
        resolution: transform and spans.
        settings: network and rate.
        styles: waveforms `[channel, sample]` of the styles.
        weights: weights of the styles, summing to 1.
        samples: length of the result; no span is longer than it.
        seed: seed of random networks.
        circular: whether the result is a loop.

    Attributes:
        stft: transform of the result.
        scale: scale of the magnitudes.
        styles: scaled magnitudes `[channel, frequency, frame]` of the styles.
        weights: weights of the styles.
        network: network of the scaled magnitudes.
        span_ms: time spans in use, in ms; none where the network has its own.
        image_channels: colour channels of an image that stands for one channel of the sound.
        style: style term of scaled magnitudes; patches of a loop lead over its end.
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
        spectra = [Stft(resolution.n_fft, resolution.hop_samples).forward(style) for style in styles]
        self._spectra = spectra if len(styles[0]) > 1 else []
        self._bands = band_filters("erb", settings.rate_hz, resolution.n_fft, WIDTH_BANDS).to(styles[0])
        self._covariances = weighted_sum([covariances(spectrum, self._bands) for spectrum in spectra], weights)
        magnitudes = [spectrum.abs() for spectrum in spectra]
        self.scale = _scale(resolution, settings, magnitudes, weights)
        self.styles = [self.scale.forward(magnitude) for magnitude in magnitudes]
        self.weights = tuple(weights)
        longest_s = longest_span_s(settings, min(style.shape[1] for style in styles) / settings.rate_hz)
        self.span_ms = resolution.allowed(longest_s) if resolution.span_ms else ()
        entry = entry_of(settings.network)
        self.network = entry.build(
            NetworkInput(
                settings.network,
                resolution,
                settings.rate_hz,
                seed,
                channels=styles[0].shape[0],
                frames=self.stft.frames(samples),
                longest_span_s=longest_s,
                circular=circular,
            )
        )
        if resolution.scale != "linear" or resolution.bands:
            bands = band_filters(resolution.scale, settings.rate_hz, resolution.n_fft, resolution.bands)
            self.network = FilterbankNetwork(self.network, BandFrontend(bands.to(styles[0]), self.scale))
        self.image_channels = entry.image_channels
        self.style: TermFunction = self.network.style_term(self.styles, self.weights)
        if circular and (frames := entry.circular_frames(settings.network, resolution)):
            self.style = with_frontend(lambda x: wrapped(x, 0, frames - 1), self.style)

    def to_image(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "_ frequency frame"]:
        """The optimised variable for scaled magnitudes: an image of equal colours if the network's input is one."""
        return x.repeat(self.image_channels, 1, 1)

    def scaled(self, x: Float[Tensor, "_ frequency frame"]) -> Float[Tensor, "channel frequency frame"]:
        """Scaled magnitudes of the optimised variable; of an image, its luma."""
        return luma(x) if self.image_channels > 1 else x

    def highest(self, content: Float[Tensor, "channel frequency _"] | None = None) -> float:
        """Largest scaled magnitude of the styles and, in a transfer, of the content."""
        sounds = self.styles if content is None else [*self.styles, content]
        return max(float(sound.max()) for sound in sounds)

    def magnitude(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "channel frequency frame"]:
        """Magnitudes of a waveform."""
        return self.stft.magnitude(waveform)

    def log_magnitude(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "channel frequency frame"]:
        """Scaled magnitudes of a waveform."""
        return self.scale.forward(self.magnitude(waveform))

    def style_loss(
        self, waveform: Float[Tensor, "channel sample"], *, cut_before: bool = False, cut_after: bool = False
    ) -> Float[Tensor, ""]:
        """Style term of a waveform; for several channels it includes the relation between them.

        Frames that reach beyond a cut through a longer waveform are left out: they are like no sound.
        """
        edge = -(-self.stft.n_fft // 2 // self.stft.hop_samples)
        inside = slice(edge * cut_before, self.stft.frames(waveform.shape[-1]) - edge * cut_after)
        if len(waveform) == 1:
            return self.style(self.log_magnitude(waveform)[..., inside])
        spectra = self.stft.forward(waveform)[..., inside]
        term = self.style(self.scale.forward(spectra.abs()))
        return term + WIDTH_WEIGHT * width_distance(covariances(spectra, self._bands), self._covariances)

    def phase(
        self, magnitude: Float[Tensor, "channel frequency frame"], seed: int
    ) -> Float[Tensor, "channel frequency frame"]:
        """Integrated phases of the channels, related to each other as the style's are."""
        return joint_pghi(magnitude, self.stft, self._spectra, seed=seed)

    def stack(self, alike: Sequence["Analysis"]) -> Batched:
        """Style terms of waveforms `[item, 1, sample]`, each from its own styles."""
        scale, style = self.stack_scales(alike), stack([one.style for one in alike])
        return lambda waveforms: style(scale.forward(self.stft.magnitude(waveforms)))

    def stack_scales(self, alike: Sequence["Analysis"]) -> LogScale:
        """Scales of the items of `[item, channel, frequency, frame]`."""
        return LogScale.stack([one.scale for one in alike], self.styles[0])


def _scale(
    resolution: Resolution, settings: Settings, magnitudes: Sequence[Tensor], weights: Sequence[float]
) -> LogScale:
    if settings.network.has_own_scale:
        return level_scale(resolution.n_fft, resolution.gain)
    if not settings.network.normalise_level:
        return LogScale(1.0)
    scales = [LogScale.of(magnitude, resolution.gain) for magnitude in magnitudes]
    return LogScale(sum(scale.reference * weight for scale, weight in zip(scales, weights, strict=True)))
