"""`python -m bench.quantise --data ESC-50 NAME [...]`: networks of the package with weights in 8 bits.

Each is measured on the fold that its card held out, as it is and in 8 bits. It is written where no accuracy changes
by more than 0.2 %, with its card and the hash of its file; the others stay as they are.
"""

import argparse
import json
import tempfile
from pathlib import Path

import torch

from gramophone.datasets import Features, prepare
from gramophone.files import sha256_of
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.checkpoint import Checkpoint
from gramophone.networks.pretrained.configs import MODEL_CONFIGS
from gramophone.networks.pretrained.packaged import FOLDER
from gramophone.train.evaluate import Evaluation, evaluate
from gramophone.train.problem import Problem, problem
from gramophone.train.recipes import esc50_split

MOST_CHANGE = 0.002
FOLD = 5


def held_out(kept: Checkpoint, data: Path, cache: Path) -> Problem:
    """The clips of ESC-50 on which the networks of the package were measured."""
    collection, split = esc50_split(data, fold=FOLD, validation=None, only=None, warn=None)
    if split.name != kept.card["split"]:
        raise SystemExit(f"{kept.card['network']} was measured on '{kept.card['split']}', not on '{split.name}'")
    features: Features | None = None
    for event in prepare(collection, kept.representation, cache):
        features = event.features
    assert features is not None
    centroids = 16 if len(kept.architecture.heads) > 1 else 0
    design = MODEL_CONFIGS[kept.card["network"]]()
    return problem(collection, features, split, design, centroids_of=centroids)


def in_words(found: Evaluation) -> str:
    shares = ", ".join(f"{head} {100 * share:.2f} %" for head, share in found.accuracy.items())
    return f"{shares}, loss {found.loss:.4f}"


def quantise(name: str, data: Path, cache: Path) -> None:
    """Measures one network in both forms, and writes it in 8 bits where it is as good."""
    path, listed = FOLDER / f"{name}.safetensors", FOLDER / "sha256.json"
    kept, device = stored.read(path), torch.device("cpu")
    card = {**kept.card, "weight_bits": 8}
    small = cache / path.name
    stored.write(small, kept.classifier(), kept.representation, card, overwrite=True, weight_bits=8)
    clips = held_out(kept, data, cache)
    before, after = (evaluate(stored.read(one).classifier(), clips, device) for one in (path, small))
    print(f"{name}: {path.stat().st_size / 1e6:.2f} MB, {in_words(before)}")
    print(f"in 8 bits: {small.stat().st_size / 1e6:.2f} MB, {in_words(after)}", flush=True)
    if max(abs(after.accuracy[head] - share) for head, share in before.accuracy.items()) > MOST_CHANGE:
        print(f"{name} stays as it is: an accuracy changes by more than {100 * MOST_CHANGE} %")
        return
    measured = {"accuracy": after.accuracy, "loss": after.loss}
    stored.write(path, kept.classifier(), kept.representation, {**card, **measured}, overwrite=True, weight_bits=8)
    whole = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    whole |= {"weight_bits": 8, **measured, "confusion": after.confusion.tolist()}
    path.with_suffix(".json").write_text(json.dumps(whole) + "\n", encoding="utf-8")
    hashes = json.loads(listed.read_text(encoding="utf-8")) | {name: sha256_of(path)}
    listed.write_text(json.dumps(dict(sorted(hashes.items())), indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--data", type=Path, required=True, help="folder of ESC-50")
    parser.add_argument("--cache", type=Path, help="folder for spectrograms of the clips")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        for name in given.names:
            quantise(name, given.data, given.cache or Path(own))


if __name__ == "__main__":
    main()
