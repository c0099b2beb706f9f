"""A problem that a tiny network learns in a moment."""

import numpy as np
import pytest

from gramophone.datasets import Features
from gramophone.datasets.clips import Clip, Collection, Split
from gramophone.networks.pretrained.architecture import Architecture, Block
from gramophone.networks.pretrained.configs import ModelConfig
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.train.problem import problem

CLIPS, BINS, FRAMES = 48, 8, 24


@pytest.fixture(scope="session")
def small():
    """Three classes told apart by which bins are loud."""
    from pathlib import Path

    random = np.random.default_rng(0)
    values = random.normal(1, 0.3, (CLIPS, BINS, FRAMES)).clip(0).astype(np.float16)
    for place in range(CLIPS):
        values[place, 2 * (place % 3) : 2 * (place % 3) + 2] += 1
    clips = tuple(Clip(Path(f"{place}"), place % 3, str(place % 4)) for place in range(CLIPS))
    collection = Collection("made", ("low", "middle", "high"), clips, 1.0, "none")
    blocks = (Block(6, (3,), norm=True, pool=(2,), dropout=0.2), Block(5, (3,), pool=(2,)))
    design = ModelConfig(
        Architecture("made", "frequency", 1, BINS, 16, blocks, "means", (7,), 0.3),
        LogSpectrogramFrontend(8000, 14, 7, 16),
        ((0, 1.0),),
        1,
        "made for tests",
    )
    split = Split(tuple(range(36)), tuple(range(36, CLIPS)), "the last quarter held out")

    def make(design=design, centroids_of=4):
        return problem(collection, Features(values, ()), split, design, centroids_of=centroids_of)

    make.collection, make.values, make.split, make.design = collection, values, split, design
    return make
