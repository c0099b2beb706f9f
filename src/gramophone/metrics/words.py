"""Words: how intelligible the content's speech is in a result, beside noise vocoders of known intelligibility.

Extended short-time objective intelligibility (Jensen & Taal 2016), and the noise vocoder of Shannon et al. 1995:
listeners understand most words with 4 bands and all of them with 16.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.fft import irfft, rfft

from gramophone.metrics.intelligibility import RATE_HZ, intelligibility
from gramophone.metrics.measure import Measure, Waveform, at_rate, kept, padded, repeated, undefined
from gramophone.metrics.melody import UNVOICED, Pitch, pitch_detector, track
from gramophone.transform_lengths import next_smooth

NAME = "words"
BANDS = (4, 16, 32)
LOWEST_HZ, HIGHEST_HZ = 80.0, 7000.0
ENVELOPE_HZ = 50.0
SHORTEST_S = 0.6  # ESTOI takes segments of 0.384 s, silence removed
GLIDING_CENTS = 6.0  # median change of pitch in 16 ms: speech never holds a note


@dataclass(frozen=True)
class Words:
    """The content's speech.

    Attributes:
        content: at 10 kHz.
        rate_hz: of the recordings.
        samples: of the content.
        natural: ESTOI of the style alone.
        vocoders: ESTOI of noise vocoders of the content, by name.
        reason: why there are no words to keep; empty if there are.
    """

    content: Waveform
    rate_hz: int
    samples: int
    natural: float
    vocoders: tuple[tuple[str, float], ...]
    reason: str

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int, pitch: Pitch | None = None) -> "Words":
        """Prepares a content and a style.

        Args:
            content: what is said.
            style: what the result is made of.
            rate_hz: of both.
            pitch: of the content, if it is known already.

        Raises:
            MissingExtraError: SwiftF0 is not installed.
        """
        pitch = pitch or track(pitch_detector(), content, rate_hz)
        reason = _reason(content, rate_hz, pitch)
        speech = at_rate(content, rate_hz, RATE_HZ)
        if reason:
            return cls(speech, rate_hz, len(content), 0.0, (), reason)

        vocoded = ((bands, noise_vocoder(speech, RATE_HZ, bands)) for bands in BANDS)
        beside = tuple((f"{bands}-band noise vocoder", intelligibility(said, speech)) for bands, said in vocoded)
        unrelated = intelligibility(at_rate(repeated(style, len(content)), rate_hz, RATE_HZ), speech)
        return cls(speech, rate_hz, len(content), unrelated, beside, "")

    def measure(self, result: Waveform) -> tuple[Measure]:
        """ESTOI, 0 to 1."""
        if self.reason:
            return (undefined(NAME, self.reason),)
        value = intelligibility(at_rate(padded(result, self.samples), self.rate_hz, RATE_HZ), self.content)
        said = ", ".join(f"{name} {score:.2f}" for name, score in self.vocoders)
        reading = f"intelligibility (ESTOI) {value:.2f}; of the same speech, {said}"
        return (kept(NAME, value, max(0.0, self.natural), reading, self.vocoders),)


def noise_vocoder(waveform: Waveform, rate_hz: int, bands: int, seed: int = 0) -> Waveform:
    """Noise in each band with the envelope that the waveform has there: speech without its fine structure.

    Shannon et al. 1995. Bands are evenly spaced in the cochlea (Greenwood 1990) from 80 Hz to 7 kHz or half the rate;
    envelopes are rectified and smoothed at 50 Hz.

    Args:
        waveform: to be spoken by noise.
        rate_hz: its rate.
        bands: how many, at least 1.
        seed: of the noise.
    """
    samples, size = len(waveform), next_smooth(len(waveform) + rate_hz // 10)
    noise = np.random.default_rng(seed).standard_normal(samples).astype(np.float32)
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    smooth = (1 / (1 + (frequency_hz / ENVELOPE_HZ) ** 4)).astype(np.float32)
    spectra = rfft(waveform, size), rfft(noise, size)
    ends = np.log10(np.array([LOWEST_HZ, min(HIGHEST_HZ, rate_hz / 2)]) / 165.4 + 0.88) / 2.1
    edges_hz = 165.4 * (10 ** (2.1 * np.linspace(ends[0], ends[1], bands + 1)) - 0.88)
    result = np.zeros(samples, np.float32)
    for low_hz, high_hz in pairwise(edges_hz):
        band = (frequency_hz >= low_hz) & (frequency_hz < high_hz)
        theirs, carrier = (irfft(spectrum * band, size)[:samples] for spectrum in spectra)
        envelope = np.maximum(irfft(rfft(np.abs(theirs), size) * smooth, size)[:samples], 0)
        spoken = irfft(rfft(carrier * envelope, size) * band, size)[:samples]
        result += spoken * np.sqrt(np.mean(theirs**2) / max(float(np.mean(spoken**2)), 1e-30))
    return result


def is_gliding(pitch: Pitch) -> bool:
    """Whether the pitch moves all the time, as that of speech does and that of notes does not."""
    both = pitch.confident[1:] & pitch.confident[:-1]
    return bool(both.any()) and float(np.median(np.abs(np.diff(pitch.cents))[both])) > GLIDING_CENTS


def _reason(content: Waveform, rate_hz: int, pitch: Pitch) -> str:
    if len(content) < SHORTEST_S * rate_hz:
        return f"no words to keep: the content of {len(content) / rate_hz:.2f} s is shorter than {SHORTEST_S:g} s"
    if not pitch.is_voiced:
        return f"no words to keep: {UNVOICED}"
    if not is_gliding(pitch):
        return "no words to keep: the content's pitch stays on notes, as that of speech does not"
    return ""
