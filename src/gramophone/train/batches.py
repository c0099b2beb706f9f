"""Batches with augmentation, as a function of seed and step alone, and their distribution over processes."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from gramophone.errors import UsageError
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.log_spectrogram import deltas
from gramophone.train.problem import Problem
from gramophone.train.recipes import Recipe
from gramophone.train.spectral_variation import tilt, transpose


@dataclass(frozen=True)
class World:
    """Position of this process in a distributed training.

    Attributes:
        rank: process number; process 0 writes the files.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1


@contextmanager
def process_group(device: torch.device) -> Iterator[World]:
    """Joins the process group that torchrun describes in the environment (`WORLD_SIZE`, `RANK`, ...), if any.

    Raises:
        UsageError: `RANK` or `WORLD_SIZE` is not a number.
    """
    try:
        world = World(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
    except ValueError as error:
        raise UsageError(f"RANK and WORLD_SIZE must be numbers ({error}); start processes with torchrun") from error
    if world.size == 1:
        yield World()
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield world
        torch.distributed.barrier()  # a process that leaves while another writes may be torn down on its way out
    finally:
        torch.distributed.destroy_process_group()


def data_parallel(network: Classifier, world: World, device: torch.device) -> nn.Module:
    """Wraps the network so that its gradients are averaged over all processes."""
    if world.size == 1:
        return network
    return nn.parallel.DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)


def any_of(flag: bool, world: World) -> bool:
    """Returns whether the flag is set in any process, since all must stop at the same step."""
    if world.size == 1:
        return flag
    found = torch.tensor(float(flag))
    torch.distributed.all_reduce(found)
    return bool(found > 0)


Batch = Float[Tensor, "clip frequency frame"]


@dataclass(frozen=True)
class Mixture:
    """A batch after mixup.

    Attributes:
        values: mixed clips.
        partner: index of the second clip of each mixture.
        weight: weight of the first clip, at least 0.5; 1 without mixup.
    """

    values: Batch
    partner: Int[Tensor, " clip"]
    weight: float


def augment(x: Float[Tensor, "clip frequency _"], frames: int, recipe: Recipe, generator: torch.Generator) -> Mixture:
    """Crops or shifts, transposes, tilts, masks and mixes a batch as the recipe asks, and converts it to float32."""
    x = shift(x, frames, generator) if recipe.shift else crop(x, frames, generator)
    if recipe.transposition_semitones:
        x = transpose(x, recipe.transposition_semitones, generator)
    if recipe.tilt_db_per_octave:
        x = tilt(x, recipe.tilt_db_per_octave, generator)
    for axis, widest in ((1, recipe.masked_bins), (2, recipe.masked_frames)):
        for _ in range(2 if widest else 0):
            mask(x, axis, widest, generator)
    return mixup(x, recipe.mixup, generator)


def shift(x: Float[Tensor, "clip frequency _"], frames: int, generator: torch.Generator) -> Batch:
    """Takes `frames` frames of every clip from a random frame on, continuing at its beginning where it ends."""
    starts = torch.randint(x.shape[2], (len(x),), generator=generator).tolist()
    shifted = torch.empty(*x.shape[:2], frames)
    for clip, start, piece in zip(x, starts, shifted, strict=True):
        first = min(frames, x.shape[2] - start)
        piece[:, :first] = clip[:, start : start + first]
        piece[:, first:] = clip[:, : frames - first]
    return shifted


def crop(x: Float[Tensor, "clip frequency _"], frames: int, generator: torch.Generator) -> Batch:
    """Takes `frames` consecutive frames of every clip at a random position."""
    starts = torch.randint(x.shape[2] - frames + 1, (len(x),), generator=generator).tolist()
    return torch.stack([clip[:, start : start + frames].float() for clip, start in zip(x, starts, strict=True)])


def mask(x: Batch, axis: int, widest: int, generator: torch.Generator) -> None:
    """Sets a band (axis 1) or a time span (axis 2) of random position and width to the clip's mean, in place."""
    length = x.shape[axis]
    widths = torch.randint(0, min(widest, length) + 1, (len(x),), generator=generator).tolist()
    places = torch.rand(len(x), generator=generator).tolist()
    for clip, width, place in zip(x, widths, places, strict=True):
        masked = clip.narrow(axis - 1, int(place * (length - width + 1)), width)
        masked.fill_(clip.mean())


def mixup(x: Batch, alpha: float, generator: torch.Generator) -> Mixture:
    """Mixes every clip with another clip of the batch, with one beta-distributed weight (Zhang et al. 2018)."""
    if not alpha:
        return Mixture(x, torch.arange(len(x)), 1.0)
    weight = _beta(alpha, generator)
    partner = torch.randperm(len(x), generator=generator)
    return Mixture(torch.lerp(x[partner.to(x.device)], x, weight), partner, weight)


def _beta(alpha: float, generator: torch.Generator) -> float:
    # Johnk's method: two uniform powers whose sum is at most 1.
    while True:
        powers = torch.rand(2, generator=generator, dtype=torch.float64) ** (1 / alpha)
        total = float(powers.sum())
        if 0 < total <= 1:
            return max(float(powers[0]), float(powers[1])) / total


Labels = dict[str, Int[Tensor, " clip"]]


def stream_seed(*words: object) -> int:
    """Derives the seed of an independent generator from values that identify it."""
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:7], "big")


class Batches(Dataset[tuple[Tensor, Labels, Labels, float]]):
    """A data set whose item `n` is the batch of step `n`: values, labels, labels of the second clips, first weight.

    Args:
        problem: clips and targets.
        recipe: batch size and augmentation.
        seed: seed of order and augmentation.
        world: position of this process; each process takes its part of every batch.
    """

    def __init__(self, problem: Problem, recipe: Recipe, seed: int, world: World) -> None:
        self.problem, self.recipe, self.seed, self.world = problem, recipe, seed, world
        clips = len(problem.split.train)
        self.batch = max(1, min(recipe.batch, clips) // world.size)
        self.per_epoch = max(1, clips // (self.batch * world.size))
        self._frames = round(recipe.piece * problem.design.architecture.frames)
        self._order: tuple[int, list[int]] | None = None

    def __len__(self) -> int:
        """Number of steps of the whole training."""
        return self.per_epoch * self.recipe.epochs

    def __getitem__(self, step: int) -> tuple[Float[Tensor, "clip channel frequency frame"], Labels, Labels, float]:
        """Returns the batch of a step, counted from 0."""
        epoch, within = divmod(step, self.per_epoch)
        order = self._order_of(epoch)
        places = [self.problem.split.train[n] for n in order[within * self.batch : (within + 1) * self.batch]]
        generator = torch.Generator().manual_seed(stream_seed(self.seed, "variations", step, self.world.rank))
        values = torch.from_numpy(self.problem.values[places])
        mixture = augment(values, self._frames, self.recipe, generator)
        labels = {name: torch.from_numpy(target[places]) for name, target in self.problem.targets.items()}
        others = {name: label[mixture.partner] for name, label in labels.items()}
        return with_channels(mixture.values, self.problem), labels, others, mixture.weight

    def loader(self, first: int, workers: int) -> "DataLoader[tuple[Tensor, Labels, Labels, float]]":
        """Loads all batches from a step on, ahead of time in `workers` processes."""
        steps = range(first, len(self))
        own = torch.Generator().manual_seed(0)  # without one, a loader draws from the global generator
        return DataLoader(
            self, batch_size=None, sampler=steps, num_workers=workers, collate_fn=_identity, generator=own
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
    """Adds the channel axis, with a second channel of deltas if the network takes them."""
    if problem.design.representation.deltas:
        return torch.stack([values, deltas(values)], 1)
    return values[:, None]


def _identity(batch: Sequence[Any]) -> Sequence[Any]:
    return batch
