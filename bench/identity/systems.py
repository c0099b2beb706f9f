"""Every system of the benchmark: a callable from content, style and strength to a result, in one table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from gramophone import api
from gramophone.audio import Sound
from gramophone.presets.rivals import bed_db
from gramophone.rivals import (
    CrossSettings,
    VocoderSettings,
    cross,
    driedger2015,
    tralie2024,
    vocoder,
)

STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
TENTHS = tuple(tenth / 10 for tenth in range(1, 11))
LEVEL = 0.1

Transfer = Callable[[Sound, Sound, float], Sound]


@dataclass(frozen=True)
class System:
    """One row of the tables.

    Attributes:
        make: from content, style and strength (0 to 1) to a result.
        strengths: at which it runs; one where it has no dial.
        dumb: whether it only tests the measures.
    """

    make: Transfer
    strengths: tuple[float, ...] = STRENGTHS
    dumb: bool = False

    @property
    def has_dial(self) -> bool:
        """Whether the strength changes its result."""
        return len(self.strengths) > 1


def content_itself(content: Sound, style: Sound, strength: float) -> Sound:
    del style, strength
    return content


def style_alone(content: Sound, style: Sound, strength: float) -> Sound:
    del strength
    return _fitted(style, content)


def silence(content: Sound, style: Sound, strength: float) -> Sound:
    del style, strength
    return Sound(np.zeros_like(content.samples), content.rate_hz)


def noise(content: Sound, style: Sound, strength: float) -> Sound:
    del style, strength
    samples = LEVEL * np.random.default_rng(0).standard_normal(content.samples.shape)
    return Sound(samples.astype(np.float32), content.rate_hz)


def mix(ratio_db: float) -> Transfer:
    """Content and style at a ratio of content over style in dB."""

    def mixed(content: Sound, style: Sound, strength: float) -> Sound:
        del strength
        gain = 10 ** (ratio_db / 20)
        samples = gain * _levelled(content.samples) + _levelled(_fitted(style, content).samples)
        return Sound(LEVEL * samples, content.rate_hz)

    return mixed


def mixing(content: Sound, style: Sound, strength: float) -> Sound:
    """Mixing as a dial: from 20 dB of content over style down to -20 dB."""
    return mix(20 - 40 * strength)(content, style, strength)


def default_transfer(content: Sound, style: Sound, strength: float) -> Sound:
    return api.transfer(content, style, strength=strength, device="cpu").sound


def uncopied(content: Sound, style: Sound, strength: float) -> Sound:
    """The default from noise, without excerpts."""
    return api.transfer(content, style, strength=strength, device="cpu", no_copy=True).sound


def driedger(content: Sound, style: Sound, strength: float) -> Sound:
    """NMF mosaicing as published; it has no dial."""
    del strength
    return _rival(driedger2015(content.samples, [_at_rate(style, content)], content.rate_hz), content)


def tralie(content: Sound, style: Sound, strength: float) -> Sound:
    """The particle filter as published; it has no dial."""
    del strength
    return _rival(tralie2024(content.samples, [_at_rate(style, content)], content.rate_hz), content)


def vocoder_over_bed(content: Sound, style: Sound, strength: float) -> Sound:
    """The 32-band vocoder with the style's own spectrum; the dial is the level of the bed."""
    settings = VocoderSettings(style_spectrum=1.0, bed_db=bed_db(strength))
    return _rival(vocoder(content.samples, [_at_rate(style, content)], content.rate_hz, settings), content)


def cross_over_bed(content: Sound, style: Sound, strength: float) -> Sound:
    """Narrow-band cross-synthesis; the dial is the level of the bed."""
    settings = CrossSettings(bed_db=bed_db(strength))
    return _rival(cross(content.samples, [_at_rate(style, content)], content.rate_hz, settings), content)


SYSTEMS: dict[str, System] = {
    "content": System(content_itself, (0.0,), dumb=True),
    "style": System(style_alone, (1.0,), dumb=True),
    "silence": System(silence, (0.5,), dumb=True),
    "noise": System(noise, (0.5,), dumb=True),
    "mix 0 dB": System(mix(0.0), (0.5,), dumb=True),
    "mix -10 dB": System(mix(-10.0), (0.75,), dumb=True),
    "mixing": System(mixing),
    "transfer": System(default_transfer, TENTHS),
    "transfer --no-copy": System(uncopied, (0.3, 0.6)),
    "driedger2015": System(driedger, (0.5,)),
    "tralie2024": System(tralie, (0.5,)),
    "vocoder": System(vocoder_over_bed),
    "cross": System(cross_over_bed),
}


def _at_rate(style: Sound, content: Sound) -> np.ndarray:
    return style.resampled(content.rate_hz).samples


def _rival(waveform: Float[Tensor, "channel sample"], content: Sound) -> Sound:
    return Sound(waveform.numpy(), content.rate_hz)


def _fitted(style: Sound, content: Sound) -> Sound:
    samples = content.samples.shape[1]
    theirs = style.resampled(content.rate_hz).samples
    return Sound(np.tile(theirs, -(-samples // theirs.shape[1]))[:, :samples], content.rate_hz)


def _levelled(samples: np.ndarray) -> np.ndarray:
    return samples / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-9)
