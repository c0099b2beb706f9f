"""Preparation of recordings for comparison: one channel, at a common rate."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.metrics.channels import cancels

SHORTEST_S = 0.5
HIGHEST_RATE_HZ = 48_000


@dataclass(frozen=True)
class Aligned:
    """Comparable recordings.

    Attributes:
        reference: waveform of the style of a texture or transfer, or the original of a reconstruction.
        result: waveform of the result.
        content: waveform of the content of a transfer, else None.
        rate_hz: common sampling rate in Hz.
        notes: how the recordings were changed, a sentence each.
    """

    reference: Float[Tensor, " _"]
    result: Float[Tensor, " _"]
    content: Float[Tensor, " _"] | None
    rate_hz: int
    notes: tuple[str, ...]


def align_channels(reference: Sound, result: Sound, content: Sound | None = None) -> list[Aligned]:
    """Recordings mixed down to one channel, or channel by channel where those of one would cancel each other.

    A recording of one channel is compared with every channel of the others.

    Raises:
        InputError: as `align`; or channels cancel, and another recording has neither one channel nor as many.
    """
    sounds = _named(reference, result, content)
    cancelling = [name for name, sound in sounds.items() if cancels(sound)]
    if not cancelling:
        return [align(reference, result, content)]
    count = sounds[cancelling[0]].channels
    for name, sound in sounds.items():
        if sound.channels not in (1, count):
            raise InputError(
                f"the channels of the {cancelling[0]} are in opposite phase and cannot be mixed, and the {name} has "
                f"{sound.channels} channels instead of {count}; give one channel, or equally many"
            )
    note = f"the channels of the {' and the '.join(cancelling)} are in opposite phase: every channel is measured"
    found = [align(*(_channel(sound, place) for sound in sounds.values())) for place in range(count)]
    return [replace(one, notes=(note, *one.notes)) for one in found]


def _channel(sound: Sound, place: int) -> Sound:
    return sound if sound.channels == 1 else Sound(sound.samples[place : place + 1], sound.rate_hz)


def align(reference: Sound, result: Sound, content: Sound | None = None) -> Aligned:
    """Mixes recordings down to mono and resamples them to the lowest of their rates, at most 48 kHz.

    Raises:
        InputError: a recording is silent or shorter than half a second.
    """
    sounds = _named(reference, result, content)
    for name, sound in sounds.items():
        if sound.duration_s < SHORTEST_S:
            raise InputError(
                f"the {name} lasts {sound.duration_s:.3f} s; an evaluation needs at least {SHORTEST_S} s, "
                "so give a longer one"
            )
        if sound.is_silent:
            raise InputError(f"the {name} is silent, so there is nothing to compare; give a recording that is not")
    rate_hz = min(HIGHEST_RATE_HZ, *(sound.rate_hz for sound in sounds.values()))
    notes = [note for name, sound in sounds.items() for note in _changes(name, sound, rate_hz)]
    if result.duration_s != reference.duration_s:
        notes.append(
            f"the result lasts {result.duration_s:.2f} s, the {next(iter(sounds))} {reference.duration_s:.2f} s; "
            "they are compared in pieces of equal length"
        )
    waves = [torch.from_numpy(sound.mono().resampled(rate_hz).samples[0]) for sound in sounds.values()]
    return Aligned(waves[0], waves[1], waves[2] if content is not None else None, rate_hz, tuple(notes))


def _named(reference: Sound, result: Sound, content: Sound | None) -> dict[str, Sound]:
    """The recordings as a reader knows them: the reference of a transfer is its style."""
    if content is None:
        return {"reference": reference, "result": result}
    return {"style": reference, "result": result, "content": content}


def _changes(name: str, sound: Sound, rate_hz: int) -> list[str]:
    notes = []
    if sound.channels > 1:
        notes.append(f"the {sound.channels} channels of the {name} were mixed down to one")
    if sound.rate_hz != rate_hz:
        notes.append(f"the {name} was resampled from {sound.rate_hz:,} to {rate_hz:,} Hz")
    return notes
