"""The batch of every step, as a function of seed and step alone: resuming needs nothing else."""

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from gramophone.networks.pretrained.log_spectrogram import deltas
from gramophone.train.augment import vary
from gramophone.train.distributed import World
from gramophone.train.problem import Problem
from gramophone.train.recipes import Recipe

Labels = dict[str, Int[Tensor, " clip"]]


def stream_seed(*words: object) -> int:
    """A seed for a generator of its own, from anything that names it."""
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:7], "big")


class Batches(Dataset[tuple[Tensor, Labels, Labels, float]]):
    """Item `n` is the batch of step `n`: values, labels, labels of the clips mixed in, and the share of the first.

    Args:
        problem: where clips come from.
        recipe: size of the batch and its variations.
        seed: of order and variations.
        world: this process among all; each takes its part of every batch.
    """

    def __init__(self, problem: Problem, recipe: Recipe, seed: int, world: World) -> None:
        self.problem, self.recipe, self.seed, self.world = problem, recipe, seed, world
        clips = len(problem.split.train)
        self.batch = max(1, min(recipe.batch, clips) // world.size)
        self.per_epoch = max(1, clips // (self.batch * world.size))
        self._frames = round(recipe.piece * problem.design.architecture.frames)
        self._order: tuple[int, list[int]] | None = None

    def __len__(self) -> int:
        """Steps of the whole training."""
        return self.per_epoch * self.recipe.epochs

    def __getitem__(self, step: int) -> tuple[Float[Tensor, "clip channel frequency frame"], Labels, Labels, float]:
        """The batch of a step, counted from 0."""
        epoch, within = divmod(step, self.per_epoch)
        order = self._order_of(epoch)
        places = [self.problem.split.train[n] for n in order[within * self.batch : (within + 1) * self.batch]]
        generator = torch.Generator().manual_seed(stream_seed(self.seed, "variations", step, self.world.rank))
        values = torch.from_numpy(self.problem.values[places])
        mixture = vary(values, self._frames, self.recipe, generator)
        labels = {name: torch.from_numpy(found[places]) for name, found in self.problem.targets.items()}
        others = {name: found[mixture.partner] for name, found in labels.items()}
        return with_channels(mixture.values, self.problem), labels, others, mixture.share

    def loader(self, first: int, workers: int) -> "DataLoader[tuple[Tensor, Labels, Labels, float]]":
        """All batches from a step on, made ahead by worker processes if there are any."""
        steps = range(first, len(self))
        own = torch.Generator().manual_seed(0)  # a loader without one draws from everybody's
        return DataLoader(
            self, batch_size=None, sampler=steps, num_workers=workers, collate_fn=_as_it_is, generator=own
        )

    def _order_of(self, epoch: int) -> list[int]:
        if self._order is None or self._order[0] != epoch:
            sampler: DistributedSampler[int] = DistributedSampler(
                range(len(self.problem.split.train)),  # type: ignore[arg-type]
                num_replicas=self.world.size,
                rank=self.world.rank,
                seed=self.seed % 2**31,
                drop_last=len(self.problem.split.train) >= self.world.size,
            )
            sampler.set_epoch(epoch)
            self._order = (epoch, list(sampler))
        return self._order[1]


def with_channels(
    values: Float[Tensor, "clip frequency frame"], problem: Problem
) -> Float[Tensor, "clip channel frequency frame"]:
    """The input of the network: one channel, or a second one of slopes."""
    if problem.design.representation.deltas:
        return torch.stack([values, deltas(values)], 1)
    return values[:, None]


def _as_it_is(batch: Sequence[Any]) -> Sequence[Any]:
    return batch
