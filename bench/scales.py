"""Which sounds gain from which frequency scale: textures, and transfers that hold envelopes of the content."""

import time
from dataclasses import astuple, dataclass, replace
from statistics import mean
from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor

from bench.quality.recordings import TUNING_PAIRS, TUNING_TEXTURES, recording
from bench.recordings import RATE_HZ, clips
from gramophone import presets
from gramophone.metrics.auditory import average_db, excess, statistics_snr_db
from gramophone.metrics.copying import copy_score
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure
from gramophone.settings import FrequencyScale, NetworkSettings
from gramophone.synthesis import texture, transfer
from gramophone.synthesis.pipeline import Task

RECORDINGS = TUNING_TEXTURES[:6]
STRENGTH = 0.6
SCALES: tuple[FrequencyScale, ...] = get_args(FrequencyScale)


@dataclass(frozen=True)
class Scores:
    """Excess over natural variation and statistics of the whole (dB), copy score, processor seconds."""

    excess_db: float
    snr_db: float
    copy: float
    seconds: float


def report() -> str:
    if not clips():
        return "## Frequency scales\n\nNot measured: it takes the recordings that GRAMOPHONE_DATA names.\n"
    table = {name: [_scores(name, scale) for scale in SCALES] for name in RECORDINGS}
    rows = [f"| {name} | {' | '.join(map(_cell, scores))} |" for name, scores in table.items()]
    means = [_average([scores[place] for scores in table.values()]) for place in range(len(SCALES))]
    rows.append(f"| mean | {' | '.join(map(_cell, means))} |")
    transfers = {f"{content} in {style}": _transfers(content, style) for content, style in TUNING_PAIRS}
    moved = [f"| {name} | {' | '.join(map(_placed, row))} |" for name, row in transfers.items()]
    gains = [mean(row[place][1] for row in transfers.values()) for place in range(len(SCALES))]
    moved.append(f"| mean gain | {' | '.join(f'{gain:+.2f}' for gain in gains)} |")
    return f"""## Frequency scales

Textures of 5 s by the default settings, the network seeing bands of another scale (`--scale`): excess over natural
variation, statistics of the whole, copy score, processor seconds.

| clip | {" | ".join(SCALES)} |
|---{"|---" * len(SCALES)}|
{chr(10).join(rows)}

Transfers, strength {STRENGTH}: structure / purity / gain over plain mixing.

| pair | {" | ".join(SCALES)} |
|---{"|---" * len(SCALES)}|
{chr(10).join(moved)}
"""


def _transfers(content: str, style: str) -> list[tuple[Placed, float]]:
    said, made_of = recording(content), recording(style)
    one, other = (torch.from_numpy(sound.samples[0]) for sound in (said, made_of))
    curve, found = mixing_curve(one, other, RATE_HZ), []
    for scale in SCALES:
        settings = replace(presets.preset("infinite-deep", "transfer").on_scale(scale), network=NetworkSettings())
        result = _made(transfer(said, [made_of], settings, strength=STRENGTH, device="cpu"))
        place = Placed(structure(result, one, RATE_HZ), purity(result, other, RATE_HZ))
        found.append((place, gain_over_mixing(place, curve)))
    return found


def _placed(one: tuple[Placed, float]) -> str:
    return f"{one[0].structure:.2f} / {one[0].purity:.2f} / {one[1]:+.2f}"


def _made(task: Task) -> Float[Tensor, " sample"]:
    for _ in task:
        pass
    return torch.from_numpy(task.finish().sound.samples[0])


def _average(several: list[Scores]) -> Scores:
    return Scores(*map(mean, zip(*map(astuple, several), strict=True)))


def _scores(name: str, scale: FrequencyScale) -> Scores:
    style = recording(name)
    began = time.process_time()
    result = _made(texture([style], presets.preset(presets.DEFAULT).on_scale(scale), device="cpu"))
    seconds = time.process_time() - began
    reference = torch.from_numpy(style.samples[0])
    return Scores(
        excess(result, reference, style.rate_hz).average_db,
        average_db(statistics_snr_db(result, reference, style.rate_hz)),
        copy_score(result, reference, style.rate_hz).mean,
        seconds,
    )


def _cell(one: Scores) -> str:
    return f"{one.excess_db:+.1f} dB, {one.snr_db:.1f} dB, {one.copy:.2f}, {one.seconds:.0f} s"
