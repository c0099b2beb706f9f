"""Several processes that train one network, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from gramophone.errors import UsageError
from gramophone.networks.pretrained.classifier import Classifier


@dataclass(frozen=True)
class World:
    """This process among all.

    Attributes:
        rank: its number, 0 for the one that writes.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1


@contextmanager
def joined(device: torch.device) -> Iterator[World]:
    """Joins the processes that the environment names (`WORLD_SIZE`, `RANK`, ... of torchrun), if it names any.

    Raises:
        UsageError: the environment contradicts itself.
    """
    try:
        world = World(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
    except ValueError as error:
        raise UsageError(f"RANK or WORLD_SIZE is no number ({error}); start the processes with torchrun") from error
    if world.size == 1:
        yield World()
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield world
    finally:
        torch.distributed.destroy_process_group()


def spread(network: Classifier, world: World, device: torch.device) -> nn.Module:
    """The network, its gradients averaged over all processes."""
    if world.size == 1:
        return network
    return nn.parallel.DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)


def any_of(flag: bool, world: World) -> bool:
    """Whether the flag is set in any process: all must stop at the same step."""
    if world.size == 1:
        return flag
    found = torch.tensor(float(flag))
    torch.distributed.all_reduce(found)
    return bool(found > 0)
