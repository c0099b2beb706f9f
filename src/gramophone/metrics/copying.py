"""Copying of a reference: the best match in the reference for every half second of the result.

A texture with good statistics may be a patchwork of the recording, which no statistic reveals. The waveform does:
pieces of a copy correlate with their source, pieces of new sound with nothing. Chance correlation depends on the
bandwidth of the sound, so the score is compared with that of the reference against itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.metrics.measure import Measure, Waveform, check_longer, undefined
from gramophone.transform_lengths import smooth

NAME = "copying"
PIECE_S = 0.5
BLOCK_PIECES = 4
VOID_ABOVE = 0.6  # a hum finds itself everywhere
AUDIBLE_DB = 60.0  # pieces and positions quieter than the loudest by more than this do not count


@dataclass(frozen=True)
class CopyScore:
    """Normalised correlation of pieces of a sound with their best match in another, 0 to 1, lower is better.

    Attributes:
        mean: mean over the pieces.
        maximum: maximum over the pieces.
    """

    mean: float
    maximum: float


def copy_score(result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int) -> CopyScore:
    """`max_lag |<p, r_lag>| / (|p| |r_lag|)` for each half-second piece `p` of the result.

    1 for a copy, whatever its position, sign and level. Compare with `natural_copy_score`.

    Args:
        result: sound to evaluate, at least half a second.
        reference: sound that may have been copied, at least half a second.
        rate_hz: sampling rate of both, in Hz.

    Raises:
        InputError: a sound is shorter than half a second.

    Example:
        >>> import torch
        >>> noise = torch.randn(32000, generator=torch.Generator().manual_seed(0))
        >>> round(copy_score(-noise[8000:24000], noise, 16000).mean, 3)
        1.0
        >>> copy_score(noise[:16000], noise[16000:], 16000).mean < 0.1
        True
    """
    return _summary(_best(result, reference, rate_hz, own=False))


def natural_copy_score(reference: Float[Tensor, " sample"], rate_hz: int) -> CopyScore:
    """`copy_score` of the pieces of the reference within the rest of it, at least half a second away.

    Raises:
        InputError: the reference is shorter than two seconds.

    Example:
        >>> import torch
        >>> noise = torch.randn(32000, generator=torch.Generator().manual_seed(0))
        >>> natural_copy_score(noise, 16000).maximum < 0.1
        True
    """
    if len(reference) < 4 * round(PIECE_S * rate_hz):
        raise InputError(
            f"a reference of {len(reference) / rate_hz:.2f} s is too short to be compared with itself; "
            f"give {4 * PIECE_S:g} s or more"
        )
    return _summary(_best(reference, reference, rate_hz, own=True))


def seed_similarity(results: Sequence[Float[Tensor, " _"]], rate_hz: int) -> CopyScore:
    """Copy score of every result within the others; lower means that results of different seeds are more diverse.

    Raises:
        ValueError: there are fewer than two results.

    Example:
        >>> import torch
        >>> results = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
        >>> seed_similarity([*results], 16000).mean < 0.1
        True
    """
    if len(results) < 2:
        raise ValueError("diversity needs at least two results of different seeds")
    pairs = [copy_score(one, other, rate_hz) for one, other in permutations(results, 2)]
    return CopyScore(mean(pair.mean for pair in pairs), max(pair.maximum for pair in pairs))


@dataclass(frozen=True)
class Copying:
    """The style, to look for pieces of.

    Attributes:
        style: its waveform.
        natural: copy score of its own half seconds among the rest of it.
        rate_hz: of the recordings.
    """

    style: Float[Tensor, " sample"]
    natural: float
    rate_hz: int

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Copying":
        """Prepares a style; the content is not asked.

        Raises:
            InputError: the style is shorter than two seconds.
        """
        del content
        check_longer(style, rate_hz, 4 * PIECE_S, "style")
        theirs = torch.from_numpy(style.copy())
        return cls(theirs, natural_copy_score(theirs, rate_hz).mean, rate_hz)

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Mean correlation of the result's half seconds with their best place in the style, 0 to 1."""
        if self.natural > VOID_ABOVE:
            reason = f"the style repeats itself ({self.natural:.2f} by itself): nobody can tell a copy of it"
            return (undefined(NAME, reason),)
        if len(result) < PIECE_S * self.rate_hz:
            reason = (
                f"a result of {len(result) / self.rate_hz:.2f} s is too short to look for copies of {PIECE_S:g} s"
            )
            return (undefined(NAME, reason),)
        value = copy_score(torch.from_numpy(result.copy()), self.style, self.rate_hz).mean
        reading = (
            f"half seconds correlate by {value:.2f} with their best place in the style, whose own do by "
            f"{self.natural:.2f}"
        )
        return (Measure(NAME, value, self.natural, reading),)


def _best(
    result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int, *, own: bool
) -> Float[Tensor, " piece"]:
    length = round(PIECE_S * rate_hz)
    if min(len(result), len(reference)) < length:
        raise InputError(
            f"sounds of {min(len(result), len(reference)) / rate_hz:.2f} s are too short to look for copies; "
            f"give {PIECE_S:g} s or more"
        )
    pieces = result[: len(result) // length * length].reshape(-1, length)
    # Running sums lose precision in float32; the transforms do not.
    power = torch.cat([torch.zeros(1, dtype=torch.float64), reference.double().square().cumsum(0)])
    energy = (power[length:] - power[:-length]).clamp_min(0)
    places = _loud(energy)
    weights = torch.where(places, energy.clamp_min(1e-30).rsqrt(), 0.0).float()
    # Blocks of the reference, as transforms of all of it for every piece would take twice as long.
    size = smooth(min(len(reference) + length, BLOCK_PIECES * length))
    step = size - length + 1
    blocks = -(-len(weights) // step)
    padded = torch.nn.functional.pad(reference.float(), (0, max(0, (blocks - 1) * step + size - len(reference))))
    spectra = torch.fft.rfft(padded.unfold(0, size, step)[:blocks])
    scores = []
    for number in torch.nonzero(_loud(pieces.square().sum(1))).flatten().tolist():
        piece = pieces[number].float() / pieces[number].float().norm()
        correlation = torch.fft.irfft(spectra * torch.fft.rfft(piece, size).conj(), size)[:, :step].flatten()
        score = correlation[: len(weights)].abs() * weights
        if own:
            score[max(0, number * length - 2 * length + 1) : (number + 2) * length] = 0.0
        scores.append(score.max())
    return torch.stack(scores) if scores else result.new_zeros(1)


def _loud(energy: Tensor) -> Tensor:
    return energy > float(energy.max()) * 10 ** (-AUDIBLE_DB / 10)


def _summary(scores: Float[Tensor, " piece"]) -> CopyScore:
    scores = scores.clamp(0, 1)
    return CopyScore(float(scores.mean()), float(scores.max()))
