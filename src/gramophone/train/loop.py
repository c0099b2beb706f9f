"""The loop of a training, as a generator of steps that whoever reads it can watch, stop and resume."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from gramophone.errors import ModelError
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.train import checkpoint
from gramophone.train.batches import Batches, Labels, stream_seed
from gramophone.train.distributed import World, spread
from gramophone.train.evaluate import Evaluation, evaluate
from gramophone.train.problem import CENTROID, CLASS, Problem
from gramophone.train.recipes import Recipe

MOMENTUM = 0.9
EVALUATIONS = 12  # of the learning curve


@dataclass(frozen=True)
class TrainStep:
    """State after one step.

    Attributes:
        index: 1 for the first step of the whole training.
        of: steps in all.
        epoch: 1 for the first.
        loss: mean of the epoch so far.
        accuracy: on the (varied) training clips of the epoch so far.
        clips_per_s: of this step, over all processes.
        elapsed_s: over all runs.
        remaining_s: estimate of what the steps left will take.
        computing_s: part of this step's time that was forward, backward and update.
    """

    index: int
    of: int
    epoch: int
    loss: float
    accuracy: float
    clips_per_s: float
    elapsed_s: float
    remaining_s: float
    computing_s: float


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Attributes:
        network: in evaluation mode.
        evaluation: on the test clips.
        epochs: the learning curve.
        seconds: time it took, over all runs.
    """

    network: Classifier
    evaluation: Evaluation
    epochs: list[dict[str, float]]
    seconds: float


class Training:
    """A training that is set up: iterate over it to run it; stop whenever you like, and `save()`.

    Args:
        problem: what is learnt.
        recipe: how.
        seed: of start, order, variations and dropout.
        device: where.
        world: this process among all.
        keep: file of checkpoints; if it exists, the training goes on from there. None keeps nothing.
        every_s: seconds between two checkpoints.
        workers: processes that make batches ahead.

    Raises:
        ModelError: the checkpoint is damaged.
        UsageError: the checkpoint is of another training.
    """

    def __init__(  # noqa: PLR0913
        self,
        problem: Problem,
        recipe: Recipe,
        *,
        seed: int = 0,
        device: torch.device | None = None,
        world: World | None = None,
        keep: Path | None = None,
        every_s: float = 60.0,
        workers: int = 0,
    ) -> None:
        self.problem, self.recipe, self.seed, self.keep = problem, recipe, seed, keep
        self.device = device or torch.device("cpu")
        self.world = world or World()
        self.every_s, self.workers = every_s, workers
        self.network = problem.classifier(seed, published_start=recipe.published_start).to(self.device)
        self.optimiser = _optimiser(self.network, recipe)
        self.batches = Batches(problem, recipe, seed, self.world)
        self.progressed = checkpoint.Progressed()
        if keep is not None and keep.exists():
            self.progressed = checkpoint.resume(keep, self.network, self.optimiser, self._order())

    def __iter__(self) -> Iterator[TrainStep]:
        """Runs it from where it is.

        Raises:
            ModelError: the loss is not finite; the last checkpoint is kept.
        """
        network = spread(self.network, self.world, self.device)
        saved = began = time.perf_counter()
        for batch in self.batches.loader(self.progressed.step, self.workers):
            computing = time.perf_counter()
            self.learn(network, batch)
            now = time.perf_counter()
            self.progressed.seconds += now - began
            step = self._step(now - began, now - computing)
            # The state is complete before anybody may stop and save it.
            if self.progressed.step % self.batches.per_epoch == 0:
                self._end_epoch()
            if now - saved > self.every_s:
                self.save()
                saved = now
            yield step
            began = time.perf_counter()

    def save(self) -> None:
        """Writes a checkpoint, if one is kept."""
        if self.keep is not None and self.world.rank == 0:
            checkpoint.save(self.keep, self.network, self.optimiser, self.progressed, self._order())

    def finish(self) -> Trained:
        """What was learnt so far."""
        found = evaluate(self.network.eval(), self.problem, self.device)
        return Trained(self.network, found, self.progressed.epochs, self.progressed.seconds)

    def learn(self, network: nn.Module, batch: tuple[Tensor, Labels, Labels, float]) -> None:
        """One step on a batch: forward, backward, update.

        Args:
            network: the network, or what averages its gradients over processes.
            batch: as `Batches` gives it.

        Raises:
            ModelError: the loss is not finite.
        """
        values, labels, others, share = batch
        index = self.progressed.step
        network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(index, len(self.batches))
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(stream_seed(self.seed, "dropout", index, self.world.rank))
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.precision == "bf16"):
                logits = network(values.to(self.device))
            losses = {name: self._loss(found, labels[name], others[name], share) for name, found in logits.items()}
            total = losses[CLASS] + self.recipe.centroid_weight * losses.get(CENTROID, losses[CLASS].new_zeros(()))
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()
        self.optimiser.step()
        loss = float(losses[CLASS].detach())
        if not math.isfinite(loss):
            raise ModelError(f"the loss became {loss} in step {index + 1}; try a lower learning rate")
        right = float((logits[CLASS].detach().argmax(1).cpu() == labels[CLASS]).sum())
        sums = self.progressed.sums
        self.progressed.sums = [sums[0] + loss * len(values), sums[1] + right, sums[2] + len(values)]
        self.progressed.step += 1

    def _loss(self, logits: Tensor, labels: Tensor, others: Tensor, share: float) -> Tensor:
        logits, labels, others = logits.float(), labels.to(self.device), others.to(self.device)
        smoothing = self.recipe.smoothing
        loss = nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if share == 1:
            return loss
        return share * loss + (1 - share) * nn.functional.cross_entropy(logits, others, label_smoothing=smoothing)

    def _step(self, seconds: float, computing_s: float) -> TrainStep:
        done, total = self.progressed.step, len(self.batches)
        loss, right, clips = self.progressed.sums
        return TrainStep(
            index=done,
            of=total,
            epoch=(done - 1) // self.batches.per_epoch + 1,
            loss=loss / clips,
            accuracy=right / clips,
            clips_per_s=self.batches.batch * self.world.size / seconds,
            elapsed_s=self.progressed.seconds,
            remaining_s=self.progressed.seconds / done * (total - done),
            computing_s=computing_s,
        )

    def _end_epoch(self) -> None:
        epoch = self.progressed.step // self.batches.per_epoch
        loss, right, clips = self.progressed.sums
        facts = {"epoch": epoch, "loss": loss / clips, "accuracy": right / clips}
        self.progressed.sums = [0.0, 0.0, 0.0]
        every = max(1, round(self.recipe.epochs / EVALUATIONS))
        if self.world.rank == 0 and (epoch % every == 0 or epoch == self.recipe.epochs):
            found = evaluate(self.network, self.problem, self.device, self.recipe.precision)
            facts |= {"test_loss": found.loss, "test_accuracy": found.accuracy[CLASS]}
        self.progressed.epochs.append({**facts, "seconds": self.progressed.seconds})

    def _order(self) -> dict[str, object]:
        return {
            "recipe": self.recipe.as_dict(),
            "seed": self.seed,
            "architecture": self.problem.design.architecture.as_dict(),
            "representation": self.problem.design.representation.as_dict(),
            "split": stream_seed(self.problem.split),
            "processes": self.world.size,
        }


def _optimiser(network: Classifier, recipe: Recipe) -> torch.optim.Optimizer:
    parameters = list(network.parameters())
    groups = [
        {"params": [value for value in parameters if value.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [value for value in parameters if value.ndim == 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate)
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=MOMENTUM, nesterov=True)
