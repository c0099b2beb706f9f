"""Recordings as codes for causal models: conditions, held-out ends, and the crops of each step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor

from gramophone.datasets.recordings import Recording
from gramophone.errors import InputError, UsageError
from gramophone.raw.conditions import Condition, condition_of, vector
from gramophone.raw.mulaw import LEVELS, encode
from gramophone.train.batches import stream_seed

CROP_SAMPLES = 4096
HELD_OUT = 0.1
LEAST_S = 10.0
PEAK = 0.98


@dataclass(frozen=True, eq=False)
class RawData:
    """Recordings, coded.

    Attributes:
        rate_hz: sampling rate, in Hz.
        names: name of each recording.
        codes: codes of each recording.
        held_out: number of samples at the end of each recording that are not trained on.
        conditions: what the columns of the table mean.
        values: value of each condition, of each recording.
        gain: by which all recordings were multiplied.
    """

    rate_hz: int
    names: tuple[str, ...]
    codes: tuple[UInt8[np.ndarray, " _"], ...]
    held_out: tuple[int, ...]
    conditions: tuple[Condition, ...]
    values: tuple[dict[str, float | str], ...]
    gain: float

    @property
    def train_samples(self) -> int:
        """Number of samples that are trained on."""
        return sum(len(codes) - out for codes, out in zip(self.codes, self.held_out, strict=True))

    @property
    def given(self) -> Float32[np.ndarray, "recording number"]:
        """Conditions of each recording, as a model takes them."""
        return np.stack([vector(self.conditions, values) for values in self.values])

    @property
    def histogram(self) -> Int64[np.ndarray, " level"]:
        """How often each level occurs in what is trained on."""
        pairs = zip(self.codes, self.held_out, strict=True)
        return np.sum([np.bincount(codes[: len(codes) - out], minlength=LEVELS) for codes, out in pairs], 0)

    def batch(self, seed: int, step: int, size: int) -> tuple[Int64[Tensor, "item sample"], Tensor | None]:
        """Crops of a step, each of one sample more than `CROP_SAMPLES`, and their conditions.

        A crop is drawn from all that is trained on with equal probability.
        """
        generator = np.random.default_rng(stream_seed(seed, "crops", step))
        starts = np.array([len(c) - out - CROP_SAMPLES for c, out in zip(self.codes, self.held_out, strict=True)])
        places = generator.choice(len(starts), size, p=starts / starts.sum())
        crops = [
            self.codes[place][first : first + CROP_SAMPLES + 1]
            for place, first in zip(places, generator.integers(0, starts[places]), strict=True)
        ]
        codes = torch.from_numpy(np.stack(crops).astype(np.int64))
        return codes, torch.from_numpy(self.given[places])[:, None] if self.conditions else None


def raw_data(recordings: Sequence[Recording], rate_hz: int) -> RawData:
    """Codes recordings for training; all are multiplied by one number, so that the loudest peaks at 0.98.

    The last tenth of every recording is held out.

    Raises:
        InputError: there is too little sound, or a recording is too short or silent.
        UsageError: a condition is the same for all recordings.
    """
    total_s = sum(len(one.samples) for one in recordings) / rate_hz
    if total_s < LEAST_S:
        raise InputError(
            f"there are {total_s:.1f} s of recordings; {LEAST_S:g} s are needed at least, 3 minutes are good"
        )
    shortest = round(CROP_SAMPLES / (1 - HELD_OUT)) + 2
    short = next((one for one in recordings if len(one.samples) < shortest), None)
    if short is not None:
        raise InputError(
            f"{short.name} has {len(short.samples) / rate_hz:.2f} s; {shortest / rate_hz:.2f} s are needed at least: "
            "give a longer recording, or take it away"
        )
    peak = max(float(np.abs(one.samples).max()) for one in recordings)
    if not peak:
        raise InputError("all recordings are silent; give some with sound in them")
    conditions = tuple(condition_of(name, [one.cells[name] for one in recordings]) for name in recordings[0].cells)
    for one in conditions:
        if len(one.classes) == 1 or (not one.classes and one.low == one.high):
            raise UsageError(f"all recordings have the same {one.name}; name a column with two values or more")
    return RawData(
        rate_hz,
        tuple(one.name for one in recordings),
        tuple(encode(one.samples * (PEAK / peak)) for one in recordings),
        tuple(round(HELD_OUT * len(one.samples)) for one in recordings),
        conditions,
        tuple(
            {c.name: one.cells[c.name] if c.classes else float(one.cells[c.name]) for c in conditions}
            for one in recordings
        ),
        PEAK / peak,
    )
