"""Trains one small network in as many processes as there are; writes what came of it to the file it is given."""

import gc
import json
import sys
from pathlib import Path

import numpy as np
import torch

from gramophone.datasets import Features
from gramophone.datasets.clips import Clip, Collection, Split
from gramophone.networks.pretrained.architecture import Architecture, Block
from gramophone.networks.pretrained.configs import ModelConfig
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.train.batches import process_group
from gramophone.train.loop import Training
from gramophone.train.problem import problem
from gramophone.train.recipes import Recipe


def main() -> None:
    """In a function, so that the network lets go of the process group before the interpreter ends.

    Gloo's threads abort the process if they are still there by then.
    """
    torch.set_num_threads(1)
    values = np.random.default_rng(0).normal(1, 0.5, (16, 6, 12)).astype(np.float16)
    clips = tuple(Clip(Path(f"{place}"), place % 2, "a") for place in range(16))
    collection = Collection("made", ("one", "two"), clips, 1.0, "none")
    table = Architecture("made", "frequency", 1, 6, 12, (Block(4, (3,), pool=(2,)),), "flat", (5,))
    design = ModelConfig(table, LogSpectrogramFrontend(8000, 10, 5, 12), ((0, 1.0),), 0, "made for tests")
    made = problem(collection, Features(values, ()), Split(tuple(range(12)), (12, 13, 14, 15), "made"), design)
    with process_group(torch.device("cpu")) as world:
        training = Training(made, Recipe(epochs=3, batch=6, shift=False), world=world)
        steps = [step.index for step in training]
        if world.rank == 0:
            weights = torch.cat([value.detach().flatten() for value in training.network.parameters()]).tolist()
            found = {"processes": world.size, "steps": len(steps), "weights": weights}
            Path(sys.argv[1]).write_text(json.dumps(found))
    del training
    gc.collect()


if __name__ == "__main__":
    main()
