"""`python -m bench.multitask --data ESC-50`: what the second task of wyse2017 changes, over several seeds.

Trained on three of the folds 1-4 and measured on the fourth: fold 5 is left alone, so that nothing is chosen on it.
"""

import argparse
import dataclasses
import statistics
import tempfile
from pathlib import Path

from gramophone.datasets import Features, prepare
from gramophone.networks.pretrained.configs import wyse2017
from gramophone.train.loop import Training
from gramophone.train.problem import problem
from gramophone.train.recipes import RECIPES, Recipe, esc50_split


def accuracy(data: Path, cache: Path, channels: int, recipe: Recipe, seed: int) -> float:
    """Share of the validation clips whose class is found."""
    collection, split = esc50_split(data, fold=5, validation=4, only=None, warn=None)
    plan = wyse2017(channels)
    features: Features | None = None
    for event in prepare(collection, plan.representation, cache):
        features = event.features
    assert features is not None
    made = problem(collection, features, split, plan, centroids_of=recipe.centroid_classes)
    training = Training(made, recipe, seed=seed)
    for _ in training:
        pass
    return training.finish().evaluation.accuracy["class"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    base = dataclasses.replace(RECIPES["wyse2017"], epochs=given.epochs, precision="bf16")
    print(f"{given.channels} channels, {given.epochs} epochs, validation on fold 4 of the folds 1-4")
    with tempfile.TemporaryDirectory() as own:
        for name, classes in (("classes alone", 0), ("with centroid classes", 16)):
            recipe = dataclasses.replace(base, centroid_classes=classes)
            shares = []
            for seed in range(given.seeds):
                found = accuracy(given.data, given.cache or Path(own), given.channels, recipe, seed)
                shares.append(100 * found)
                print(f"{name}, seed {seed}: {shares[-1]:.1f} %", flush=True)
            spread = statistics.stdev(shares) if len(shares) > 1 else 0.0
            print(f"{name}: {statistics.mean(shares):.1f} % +- {spread:.1f}", flush=True)


if __name__ == "__main__":
    main()
