"""`python -m bench.training --data ESC-50`: clips a second, and where the time of a training goes.

Every network is trained for some steps as `gramophone train` does it; what is not forward, backward and update is
reading and varying the batch.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from gramophone.datasets import Features, esc50, prepare
from gramophone.datasets.esc50 import fold_split
from gramophone.networks.published import design
from gramophone.train.loop import Training, TrainStep
from gramophone.train.problem import problem
from gramophone.train.recipes import RECIPES

NETWORKS = ("wyse2017", "huzaifah2019", "piczak2015")
WARM, STEPS, SHOWN = 2, 12, 12


def trainings(data: Path, cache: Path, name: str) -> Iterator[tuple[str, Training]]:
    """One training in each precision."""
    collection, plan = esc50(data), design(name)
    features: Features | None = None
    for event in prepare(collection, plan.representation, cache):
        features = event.features
    assert features is not None
    for precision in ("float32", "bf16"):
        recipe = dataclasses.replace(RECIPES[name], precision=precision)
        made = problem(collection, features, fold_split(collection, 5), plan, centroids_of=recipe.centroid_classes)
        yield precision, Training(made, recipe)


def measured(training: Training) -> list[TrainStep]:
    """The steps after those that warm up."""
    steps = []
    for step in training:
        steps.append(step)
        if step.index == WARM + STEPS:
            break
    return steps[WARM:]


def profiled(training: Training) -> str:
    """Where the processors' time goes, operation by operation."""
    running = iter(training)
    next(running)
    with profile(activities=[ProfilerActivity.CPU]) as found:
        for _ in range(3):
            next(running)
    return str(found.key_averages().table(sort_by="self_cpu_time_total", row_limit=SHOWN, max_name_column_width=40))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    given = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {STEPS} steps each")
    with tempfile.TemporaryDirectory() as own:
        for name in given.networks:
            for precision, training in trainings(given.data, given.cache or Path(own), name):
                steps = measured(training)
                seconds = [training.batches.batch / step.clips_per_s for step in steps]
                share = sum(step.computing_s for step in steps) / sum(seconds)
                rate = training.batches.batch * len(steps) / sum(seconds)
                print(f"{name} {precision}: {rate:.1f} clips/s, {100 * share:.1f} % forward, backward and update")
                if precision == "bf16":
                    print(profiled(training))


if __name__ == "__main__":
    main()
