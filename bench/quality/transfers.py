"""Transfers by the default and the published reference: purity gained over plain mixing at equal structure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch

from bench.quality.jobs import Job, done
from bench.quality.recordings import HELD_OUT_PAIRS, TUNING_PAIRS, recording
from bench.quality.systems import default_transfer, published_transfer
from bench.recordings import RATE_HZ
from gramophone.metrics.copying import copy_score, natural_copy_score
from gramophone.metrics.mixture import explained_by_mix, spectrum_distance_db
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure

STRENGTHS = (0.3, 0.45, 0.6, 0.75, 0.9)
PUBLISHED = {0.6: "0.01"}  # strength to content weight

Pair = tuple[str, str]


@dataclass(frozen=True)
class Transferred:
    """What the measures say about one transfer."""

    placed: Placed
    gain: float
    explained: float
    spectrum_db: float
    copy_above_natural: float
    seconds: float


@dataclass(frozen=True)
class Transfers:
    """By pair and strength; of the reference also by strength."""

    default: dict[Pair, dict[float, Transferred]]
    published: dict[Pair, dict[float, Transferred]]
    mixes: dict[Pair, list[Placed]]

    def gain(self, pair: Pair) -> float:
        """The default's mean over strengths."""
        return mean(one.gain for one in self.default[pair].values())

    def published_gain(self, pair: Pair) -> float:
        """The reference's best content weight."""
        return max(one.gain for one in self.published[pair].values())


def measure(folder: Path, *, only_made: bool = False) -> Transfers:
    """Makes what is missing, or leaves it out, and judges everything."""
    pairs = (*HELD_OUT_PAIRS, *TUNING_PAIRS)
    mixes = {pair: mixing_curve(_wave(pair[0]), _wave(pair[1]), RATE_HZ) for pair in pairs}

    def judged(pair: Pair, job: Callable[[Pair, float], Job], strengths: Iterable[float]) -> dict[float, Transferred]:
        wanted = ((strength, job(pair, strength)) for strength in strengths)
        return {
            s: _judge(one, pair, mixes[pair], folder) for s, one in wanted if one.is_done(folder) or not only_made
        }

    return Transfers(
        default={pair: judged(pair, default_transfer, STRENGTHS) for pair in pairs},
        published={pair: found for pair in pairs if (found := judged(pair, published_transfer, PUBLISHED))},
        mixes=mixes,
    )


def _judge(job: Job, pair: Pair, mixes: list[Placed], folder: Path) -> Transferred:
    made = done(job, folder)
    result = torch.from_numpy(made.sound.samples[0])
    content, style = map(_wave, pair)
    placed = Placed(structure(result, content, RATE_HZ), purity(result, style, RATE_HZ))
    copies = copy_score(result, style, RATE_HZ).mean - natural_copy_score(style, RATE_HZ).mean
    return Transferred(
        placed,
        gain_over_mixing(placed, mixes),
        explained_by_mix(result, content, style, RATE_HZ),
        spectrum_distance_db(result, style, RATE_HZ),
        copies,
        made.seconds,
    )


def _wave(name: str) -> torch.Tensor:
    return torch.from_numpy(recording(name).samples[0])
