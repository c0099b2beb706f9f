"""`python -m bench.overshoot [--steps 60,300,1000]`: how far trained networks drive a result above its recordings.

The loudest value of the optimised spectrogram above the loudest of content and style, in dB, for speech in a crowing
rooster (the excerpts of `bench.relative_weights`); for `wyse2017` also the style distance of an unseen network of
three ways to read the spectrogram back: as it is, cut at the range (as the preset does), and shifted down until its
maximum is the range's, as the published code does.
"""

import argparse
import math
from dataclasses import replace

import torch

from bench.recordings import clip
from bench.relative_weights import CLIP_S, CONTENT, STYLE
from gramophone.audio import Sound
from gramophone.evaluation.pair_metrics import PairMetrics
from gramophone.presets import preset
from gramophone.settings import Settings
from gramophone.synthesis import transfer

DB = 20 / math.log(10)
PUBLISHED_PENALTY = 2.1e-6
"""Relative weight of the published range penalty beside random weights, see `bench.relative_weights`."""


def excerpt(name: str, start_s: float) -> Sound:
    """The excerpt of a clip."""
    sound = clip(name)
    start = round(start_s * sound.rate_hz)
    return Sound(sound.samples[:, start : start + round(CLIP_S * sound.rate_hz)], sound.rate_hz)


def systems() -> dict[str, Settings]:
    """Settings by name."""
    wyse = preset("wyse2017", "transfer")
    weak = replace(wyse, terms=replace(wyse.terms, bounds=PUBLISHED_PENALTY))
    return {
        "wyse2017": wyse,
        "wyse2017, published penalty": weak,
        "wyse2017, random, published penalty": replace(weak, network=replace(weak.network, weights="random")),
        "huzaifah2019-freq": preset("huzaifah2019-freq", "transfer"),
        "verma2018": preset("verma2018", "transfer"),
    }


def report(name: str, settings: Settings, steps: list[int]) -> None:
    """Prints a line for each of the steps."""
    content, style = excerpt(*CONTENT), excerpt(*STYLE)
    judge = PairMetrics(content, style)
    last = min(max(steps), settings.optimiser.iterations)
    asked = replace(settings, optimiser=replace(settings.optimiser, iterations=last))
    task = transfer(content, [style], asked, device="cpu")
    stage = task.synthesis.spectrogram
    if stage is None or stage.highest is None:
        raise ValueError(f"{name} has no spectrogram with a range")
    for step in task:
        if step.index not in {*steps, last}:
            continue
        state, highest = step.preview(), stage.highest
        over = float(state.max()) - highest
        words = f"{name}, step {step.index}: {DB * over:.1f} dB above the recordings"
        if settings.network.kind == "wyse2017":
            free = replace(stage, highest=None)
            read = {"as it is": state, "cut": state.clamp_max(highest), "shifted": state - max(0.0, over)}
            heard = {
                way: judge.measure(Sound(free.waveform(x).numpy(), settings.rate_hz))["style_distance"]
                for way, x in read.items()
            }
            words += "; unseen style distance " + ", ".join(f"{way} {value:.2f}" for way, value in heard.items())
        print(words, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default="60,300,1000", help="after which to look, with commas")
    parser.add_argument("--systems", default=";".join(systems()), help="which, with semicolons")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for name in given.systems.split(";"):
        report(name, systems()[name], [int(step) for step in given.steps.split(",")])


if __name__ == "__main__":
    main()
