"""Results that nobody made: where the measures have their ends, and what the simplest programs reach."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.study.cells import excerpt, judge
from gramophone.audio import Sound

PIECE_S = 0.1
Wave = Float[np.ndarray, " sample"]


def _levelled(wave: Wave, like: Wave) -> Wave:
    return wave * np.sqrt(np.mean(like**2) / max(float(np.mean(wave**2)), 1e-20))


def _mix(content: Wave, style: Wave, rate_hz: int) -> Wave:
    return content + _levelled(style, content)


def _noise(content: Wave, style: Wave, rate_hz: int) -> Wave:
    return _levelled(np.random.default_rng(0).standard_normal(len(content)), content)


def _shuffled(content: Wave, style: Wave, rate_hz: int) -> Wave:
    pieces = np.array_split(style, round(len(style) / (PIECE_S * rate_hz)))
    return np.concatenate([pieces[place] for place in np.random.default_rng(0).permutation(len(pieces))])


MAKERS: Mapping[str, Callable[[Wave, Wave, int], Wave]] = {
    "the content itself": lambda content, style, rate_hz: content,
    "the style itself": lambda content, style, rate_hz: style,
    "both together, equally loud": _mix,
    "pieces of the style of 0.1 s in another order": _shuffled,
    "white noise": _noise,
    "silence": lambda content, style, rate_hz: np.zeros_like(content),
}


@dataclass(frozen=True)
class Reference:
    """A result of `MAKERS` on a pair of recordings, kept and judged as those of systems are."""

    system: str
    content: str
    style: str
    clip_s: float
    seed: int = 0
    missing: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What decides the result, as a short text."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:20]

    def judge(self, result: Sound) -> dict[str, float]:
        """Figures of a result."""
        return judge(self.content, self.style, self.clip_s).figures(result)

    def make(self) -> tuple[Sound, float]:
        """The result, which took no time."""
        content, style = (excerpt(name, self.clip_s) for name in (self.content, self.style))
        ours, theirs = (sound.mono().samples[0].astype(np.float64) for sound in (content, style))
        made = MAKERS[self.system](ours, theirs, content.rate_hz)
        return Sound(made.astype(np.float32)[None], content.rate_hz), 0.0
