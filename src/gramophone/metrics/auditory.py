"""Auditory texture statistics of a result against a reference, and against the reference's natural variation.

The statistics are those of `statistics.auditory`; the default task does not optimise them.
"""

from dataclasses import dataclass
from statistics import mean

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.statistics.auditory import CLASSES, AuditoryStatistics, auditory_statistics, class_masks

AUDIBLE_DB = 60.0  # bands quieter than the reference's loudest by more than this do not count
CEILING_DB = 100.0
SHORTEST_S = 1.0  # shortest piece to compare
PIECES = 4

Waveform = Float[Tensor, " sample"]


@dataclass(frozen=True)
class Excess:
    """Signal-to-noise ratios of auditory statistics by class, in dB.

    Attributes:
        result: ratio between pieces of the result and pieces of the reference.
        natural: ratio between the two halves of the reference, at the same length.
    """

    result: dict[str, float]
    natural: dict[str, float]

    @property
    def average_db(self) -> float:
        """Mean over the classes of result minus natural, the figure to quote.

        0 means as close to the recording as its other half, as independent recordings of one process are. A result
        whose pieces all had exactly the recording's mean statistics would reach +6, one whose pieces vary around them
        as the recording does +3.
        """
        return average_db(self.result) - average_db(self.natural)


def statistics_snr_db(result: Waveform, reference: Float[Tensor, " _"], rate_hz: int) -> dict[str, float]:
    """`10 log10(sum s*^2 / sum (s - s*)^2)` over each class of statistics `s*` of the reference.

    McDermott & Simoncelli 2011, whose synthesis stops at 20 to 30 dB. Higher is better, at most 100 dB (equal
    sounds). Lengths may differ, but statistics of short sounds are noisy: see `excess`.

    Args:
        result: sound to evaluate; its level does not matter.
        reference: target sound.
        rate_hz: sampling rate of both, in Hz.

    Returns:
        Ratio in dB for each of the eight classes.

    Example:
        >>> import torch
        >>> noise = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
        >>> ratios = statistics_snr_db(noise[0], noise[1], 16000)
        >>> len(ratios), average_db(ratios) > 10
        (8, True)
        >>> average_db(statistics_snr_db(noise[0], noise[0], 16000))
        100.0
    """
    return _snr_db(auditory_statistics(result, rate_hz), auditory_statistics(reference, rate_hz))


def average_db(classes: dict[str, float]) -> float:
    """Averages the ratios of the eight classes."""
    return mean(classes.values())


def excess(
    result: Waveform, reference: Float[Tensor, " _"], rate_hz: int, *, oversampling: int | None = None
) -> Excess:
    """Compares pieces of the result with pieces of the reference, and the halves of the reference with each other.

    All pieces are as long as half the reference, or as the result if that is shorter: statistics of short sounds are
    noisy, and only equal lengths make the noise equal.

    Args:
        result: sound to evaluate; its level does not matter.
        reference: target sound.
        rate_hz: sampling rate of both, in Hz.
        oversampling: see `statistics.auditory.cochleagram`; ratios change by up to 0.003 dB at 16, at a quarter of
            the time.

    Raises:
        InputError: the pieces would be shorter than one second.

    Example:
        >>> import torch
        >>> noise = torch.randn(32000, generator=torch.Generator().manual_seed(0))
        >>> abs(excess(noise[:16000], noise, 16000).average_db) < 60
        True
    """
    length = min(len(reference) // 2, len(result))
    if length < SHORTEST_S * rate_hz:
        raise InputError(
            f"pieces of {length / rate_hz:.2f} s are too short for texture statistics; "
            f"give a reference of {2 * SHORTEST_S:g} s or more and a result of {SHORTEST_S:g} s or more"
        )
    count = min(PIECES, len(result) // length)
    starts = [round(place * (len(result) - length) / max(1, count - 1)) for place in range(count)]
    parts = [reference[:length], reference[-length:], *(result[start : start + length] for start in starts)]
    statistics = auditory_statistics(torch.stack(parts), rate_hz, oversampling=oversampling)
    halves, pieces = [[statistics[place] for place in places] for places in (range(2), range(2, len(parts)))]
    return Excess(
        result=_mean([_snr_db(piece, half) for piece in pieces for half in halves]),
        natural=_mean([_snr_db(halves[1], halves[0]), _snr_db(halves[0], halves[1])]),
    )


def _snr_db(ours: AuditoryStatistics, theirs: AuditoryStatistics) -> dict[str, float]:
    masks = class_masks(_audible(theirs))
    return {
        name: _ratio_db(ours.classes()[name], target, masks[name].expand_as(target))
        for name, target in theirs.classes().items()
    }


def _audible(statistics: AuditoryStatistics) -> Bool[Tensor, " band"]:
    # Envelopes are compressed: 60 dB of sound are 18 dB of envelope.
    level = statistics.level
    return level > level.max() * 10 ** (-0.3 * AUDIBLE_DB / 20)


def _ratio_db(ours: Tensor, theirs: Tensor, mask: Tensor) -> float:
    size = float(theirs[mask].square().sum())
    error = float((ours - theirs)[mask].square().sum())
    return float(10 * torch.log10(torch.tensor(size / max(error, size * 10 ** (-CEILING_DB / 10), 1e-300))))


def _mean(classes: list[dict[str, float]]) -> dict[str, float]:
    return {name: mean(one[name] for one in classes) for name in CLASSES}
