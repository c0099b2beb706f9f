"""`python -m bench.same_clips --data ESC-50 FILE.safetensors [...]`: networks measured on the same held-out clips.

A network that learnt from the free clips alone is tested on free clips, which are fewer than those that others are
tested on; here all are tested on those of fold 5 that are CC0 or CC-BY.
"""

import argparse
import tempfile
from pathlib import Path

import torch

from gramophone.datasets import Features, prepare
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.configs import MODEL_CONFIGS
from gramophone.train.evaluate import evaluate
from gramophone.train.problem import CLASS, problem
from gramophone.train.recipes import esc50_split


def accuracy(path: Path, data: Path, cache: Path) -> tuple[float, int]:
    """Share of the free clips of fold 5 whose class is found, and how many they are."""
    kept = stored.read(path)
    collection, split = esc50_split(data, fold=5, validation=None, only="free", warn=None)
    features: Features | None = None
    for event in prepare(collection, kept.representation, cache):
        features = event.features
    assert features is not None
    centroids = 16 if len(kept.architecture.heads) > 1 else 0
    made = problem(collection, features, split, MODEL_CONFIGS[kept.architecture.name](), centroids_of=centroids)
    network = kept.classifier()
    found = evaluate(network, made, torch.device("cpu"))
    return found.accuracy[CLASS], len(split.test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        for path in given.files:
            share, clips = accuracy(path, given.data, given.cache or Path(own))
            print(f"{path.name}: {100 * share:.1f} % of {clips} clips", flush=True)


if __name__ == "__main__":
    main()
