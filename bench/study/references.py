"""Reference signals: the ends of the measures, and what programs reach that do nothing clever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.identity.systems import Transfer, content_itself, mix, noise, silence, style_alone
from bench.study.budget import Budget
from bench.study.cells import excerpt, judge
from bench.study.question import PAIRS, STRENGTH
from gramophone.audio import Sound

PIECE_S = 0.1


def shuffled(content: Sound, style: Sound, strength: float) -> Sound:
    """Pieces of the style in another order."""
    del content, strength
    pieces = np.array_split(style.samples, round(style.duration_s / PIECE_S), axis=1)
    order = np.random.default_rng(0).permutation(len(pieces))
    return Sound(np.concatenate([pieces[place] for place in order], axis=1), style.rate_hz)


REFERENCES: Mapping[str, Transfer] = {
    "content": content_itself,
    "style": style_alone,
    "mix, 0 dB": mix(0.0),
    "style in shuffled pieces of 0.1 s": shuffled,
    "white noise": noise,
    "silence": silence,
}


@dataclass(frozen=True)
class Reference:
    """One of `REFERENCES` on a pair of recordings, kept and judged as results of systems are."""

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
        return REFERENCES[self.system](content, style, STRENGTH), 0.0


def references(budget: Budget) -> list[Reference]:
    """Of every pair."""
    return [Reference(name, *pair, budget.clip_s) for pair in PAIRS[: budget.pairs] for name in REFERENCES]
