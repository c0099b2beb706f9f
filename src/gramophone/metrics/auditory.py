"""How well a result has the auditory statistics of a reference, and whether better than the reference's own halves.

The statistics are those of `statistics.auditory`; nothing in this project's default optimises them.
"""

from dataclasses import dataclass
from statistics import mean

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.statistics.auditory import CLASSES, AuditoryStatistics, auditory_statistics, class_masks

HEARD_DB = 60.0  # bands quieter than the reference's loudest by more than this do not count
CEILING_DB = 100.0
SHORTEST_S = 1.0  # of the pieces that are compared
PIECES = 4

Waveform = Float[Tensor, " sample"]


@dataclass(frozen=True)
class Excess:
    """A result's statistics beside the natural variation of its reference, by class, in dB.

    Attributes:
        result: between pieces of the result and pieces of the reference.
        natural: between the two halves of the reference, of the same length.
    """

    result: dict[str, float]
    natural: dict[str, float]

    @property
    def average_db(self) -> float:
        """The figure to quote: mean over the classes of result minus natural.

        0: as near to the recording as its own other part. Independent recordings of one process are at 0; a result
        whose pieces all had exactly the recording's mean statistics would be at +6; +3 is reached when they vary
        around them as the recording does.
        """
        return average_db(self.result) - average_db(self.natural)


def statistics_snr_db(result: Waveform, reference: Float[Tensor, " _"], rate_hz: int) -> dict[str, float]:
    """`10 log10(sum s*^2 / sum (s - s*)^2)` over each class of statistics `s*` of the reference.

    McDermott & Simoncelli 2011, whose synthesis stops at 20 to 30 dB. Higher is better, at most 100 dB (equal
    sounds). Sounds of other lengths may be compared, but short ones have noisy statistics: see `excess`.

    Args:
        result: the sound to judge; its level does not count.
        reference: the sound it should be like.
        rate_hz: of both.
    """
    return _snr_db(auditory_statistics(result, rate_hz), auditory_statistics(reference, rate_hz))


def average_db(classes: dict[str, float]) -> float:
    """Mean over the eight classes."""
    return mean(classes.values())


def excess(result: Waveform, reference: Float[Tensor, " _"], rate_hz: int) -> Excess:
    """Statistics of pieces of the result against pieces of the reference, beside the reference against itself.

    All pieces are as long as half the reference (or as the result, if that is shorter): statistics of short sounds
    are noisy, and only equal lengths make the noise equal.

    Raises:
        InputError: the pieces would be shorter than a second.
    """
    length = min(len(reference) // 2, len(result))
    if length < SHORTEST_S * rate_hz:
        raise InputError(
            f"pieces of {length / rate_hz:.2f} s are too short for texture statistics; "
            f"give a reference of {2 * SHORTEST_S:g} s or more and a result of {SHORTEST_S:g} s or more"
        )
    halves = [auditory_statistics(part, rate_hz) for part in (reference[:length], reference[-length:])]
    count = min(PIECES, len(result) // length)
    starts = [round(place * (len(result) - length) / max(1, count - 1)) for place in range(count)]
    pieces = [auditory_statistics(result[start : start + length], rate_hz) for start in starts]
    return Excess(
        result=_mean([_snr_db(piece, half) for piece in pieces for half in halves]),
        natural=_mean([_snr_db(halves[1], halves[0]), _snr_db(halves[0], halves[1])]),
    )


def _snr_db(ours: AuditoryStatistics, theirs: AuditoryStatistics) -> dict[str, float]:
    masks = class_masks(_heard(theirs))
    return {
        name: _ratio_db(ours.classes()[name], stated, masks[name].expand_as(stated))
        for name, stated in theirs.classes().items()
    }


def _heard(statistics: AuditoryStatistics) -> Bool[Tensor, " band"]:
    # Envelopes are compressed: 60 dB of sound are 18 dB of them.
    level = statistics.level
    return level > level.max() * 10 ** (-0.3 * HEARD_DB / 20)


def _ratio_db(ours: Tensor, theirs: Tensor, mask: Tensor) -> float:
    size = float(theirs[mask].square().sum())
    error = float((ours - theirs)[mask].square().sum())
    return float(10 * torch.log10(torch.tensor(size / max(error, size * 10 ** (-CEILING_DB / 10), 1e-300))))


def _mean(classes: list[dict[str, float]]) -> dict[str, float]:
    return {name: mean(one[name] for one in classes) for name in CLASSES}
