"""Whether a result copies its reference: the best place in the reference for every half second of the result.

A texture with good statistics may be a patchwork of the recording, note for note; no statistic tells. The waveform
does: pieces of a copy correlate with their origin, pieces of new sound with nothing. How much chance alone gives
depends on the bandwidth of the sound, so the score stands beside that of the reference against itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError

PIECE_S = 0.5
AUDIBLE_DB = 60.0  # pieces and places quieter than the loudest by more than this do not count


@dataclass(frozen=True)
class CopyScore:
    """Over the pieces of a sound: normalised correlation with the best place of another, 0 to 1, lower is better."""

    mean: float
    maximum: float


def copy_score(result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int) -> CopyScore:
    """`max_lag |<p, r_lag>| / (|p| |r_lag|)` for each half-second piece `p` of the result.

    1 for a copy, whatever its place, sign and level. Compare with `natural_copy_score`.

    Args:
        result: at least half a second.
        reference: at least half a second.
        rate_hz: of both.

    Raises:
        InputError: one of them is shorter than half a second.
    """
    return _summary(_best(result, reference, rate_hz, own=False))


def natural_copy_score(reference: Float[Tensor, " sample"], rate_hz: int) -> CopyScore:
    """The same for the pieces of the reference among the rest of it, half a second and more away from them.

    Raises:
        InputError: the reference is shorter than two seconds.
    """
    if len(reference) < 4 * round(PIECE_S * rate_hz):
        raise InputError(
            f"a reference of {len(reference) / rate_hz:.2f} s is too short to be compared with itself; "
            f"give {4 * PIECE_S:g} s or more"
        )
    return _summary(_best(reference, reference, rate_hz, own=True))


def seed_similarity(results: Sequence[Float[Tensor, " _"]], rate_hz: int) -> CopyScore:
    """Copy score of every result among the others: what results of different seeds share; lower is more diverse.

    Raises:
        ValueError: there are fewer than two results.
    """
    if len(results) < 2:
        raise ValueError("diversity is between results; give two or more of different seeds")
    pairs = [copy_score(one, other, rate_hz) for one, other in permutations(results, 2)]
    return CopyScore(mean(pair.mean for pair in pairs), max(pair.maximum for pair in pairs))


def _best(
    result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int, *, own: bool
) -> Float[Tensor, " piece"]:
    length = round(PIECE_S * rate_hz)
    if min(len(result), len(reference)) < length:
        raise InputError(
            f"{min(len(result), len(reference)) / rate_hz:.2f} s are too short to look for copies; "
            f"give {PIECE_S:g} s or more"
        )
    pieces = result[: len(result) // length * length].reshape(-1, length)
    # Running sums lose their digits in single precision; the transforms do not.
    power = torch.cat([torch.zeros(1, dtype=torch.float64), reference.double().square().cumsum(0)])
    energy = (power[length:] - power[:-length]).clamp_min(0)
    places = _loud(energy)
    norms = energy.clamp_min(1e-30).sqrt().float()
    size = len(reference) + length
    spectrum = torch.fft.rfft(reference.float(), size)
    scores = []
    for number in torch.nonzero(_loud(pieces.square().sum(1))).flatten().tolist():
        piece = pieces[number].float() / pieces[number].float().norm()
        correlation = torch.fft.irfft(spectrum * torch.fft.rfft(piece, size).conj(), size)[: len(norms)]
        score = torch.where(places, correlation.abs() / norms, 0.0)
        if own:
            score[max(0, number * length - 2 * length + 1) : (number + 2) * length] = 0.0
        scores.append(score.max())
    return torch.stack(scores) if scores else result.new_zeros(1)


def _loud(energy: Tensor) -> Tensor:
    return energy > float(energy.max()) * 10 ** (-AUDIBLE_DB / 10)


def _summary(scores: Float[Tensor, " piece"]) -> CopyScore:
    scores = scores.clamp(0, 1)
    return CopyScore(float(scores.mean()), float(scores.max()))
