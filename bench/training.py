"""`python -m bench.training --data ESC-50`: clips a second, and where the time of a training goes.

Every network is trained for some steps as `gramophone train` does it; what is not forward, backward and update is
reading and varying the batch.
"""

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from gramophone.datasets import Features, esc50, prepare
from gramophone.datasets.loaders import fold_split
from gramophone.networks.pretrained.configs import design
from gramophone.train.loop import Training
from gramophone.train.problem import problem
from gramophone.train.recipes import RECIPES

NETWORKS = ("wyse2017", "huzaifah2019", "piczak2015")
WARM, STEPS, SHOWN = 2, 8, 12


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


def measured(training: Training) -> tuple[float, float]:
    """Processor seconds of the batches and of forward, backward and update, after the steps that warm up.

    Processor time, not time on the clock: what else runs on the machine does not count.
    """
    making = computing = 0.0
    for place in range(WARM + STEPS):
        began = time.process_time()
        batch = training.batches[place]
        made = time.process_time()
        training.learn(training.network, batch)
        if place >= WARM:
            making += made - began
            computing += time.process_time() - made
    return making, computing


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
                making, computing = measured(training)
                rate = STEPS * training.batches.batch / (making + computing)
                share = 100 * computing / (making + computing)
                print(
                    f"{name} {precision}: {rate:.0f} clips per processor second, {share:.1f} % of it in the network"
                )
                if precision == "bf16":
                    print(profiled(training))


if __name__ == "__main__":
    main()
