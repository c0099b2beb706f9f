"""The training loop, as a generator of steps that the caller can observe, stop and resume."""

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
from gramophone.train.batches import Batches, Labels, World, data_parallel, stream_seed
from gramophone.train.evaluate import Evaluation, evaluate
from gramophone.train.problem import CENTROID, CLASS, Problem
from gramophone.train.recipes import Recipe

MOMENTUM = 0.9
EVALUATIONS = 12  # points of the test curve


@dataclass(frozen=True)
class TrainStep:
    """Progress after one step.

    Attributes:
        index: number of the step over all runs, from 1.
        of: total number of steps.
        epoch: number of the epoch, from 1.
        loss: mean loss of the epoch so far.
        accuracy: accuracy on the augmented training clips of the epoch so far.
        clips_per_s: throughput of this step over all processes.
        elapsed_s: computing time over all runs, in seconds.
        remaining_s: estimated time of the remaining steps, in seconds.
        computing_s: time of forward, backward and update in this step, in seconds.
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
    """Result of a training.

    Attributes:
        network: trained network, in evaluation mode.
        evaluation: metrics on the test clips.
        epochs: learning curve.
        seconds: computing time over all runs, in seconds.
    """

    network: Classifier
    evaluation: Evaluation
    epochs: list[dict[str, float]]
    seconds: float


class Training:
    """A training, which runs while it is iterated over; stop at any step, and `save()`.

    Args:
        problem: clips, targets and split.
        recipe: hyperparameters.
        seed: seed of initial weights, order, augmentation and dropout.
        device: device of the network; the CPU by default.
        world: position of this process in a distributed training.
        checkpoint_path: checkpoint file, from which the training resumes if it exists; None writes none.
        every_s: time between two checkpoints, in seconds.
        workers: number of processes that prepare batches.

    Raises:
        ModelError: the checkpoint is damaged.
        UsageError: the checkpoint belongs to another training.
    """

    def __init__(  # noqa: PLR0913
        self,
        problem: Problem,
        recipe: Recipe,
        *,
        seed: int = 0,
        device: torch.device | None = None,
        world: World | None = None,
        checkpoint_path: Path | None = None,
        every_s: float = 60.0,
        workers: int = 0,
    ) -> None:
        self.problem, self.recipe, self.seed = problem, recipe, seed
        self.checkpoint_path = checkpoint_path
        self.device = device or torch.device("cpu")
        self.world = world or World()
        self.every_s, self.workers = every_s, workers
        self.network = problem.classifier(seed, published_start=recipe.published_start).to(self.device)
        self.optimiser = optimiser_of(self.network, recipe)
        self.batches = Batches(problem, recipe, seed, self.world)
        self.state = checkpoint.TrainingState()
        if checkpoint_path is not None and checkpoint_path.exists():
            self.state = checkpoint.resume(checkpoint_path, self.network, self.optimiser, self._configuration())

    def __iter__(self) -> Iterator[TrainStep]:
        """Runs the steps that are left.

        Raises:
            ModelError: the loss is not finite; the last checkpoint stays.
        """
        network = data_parallel(self.network, self.world, self.device)
        saved = began = time.perf_counter()
        for batch in self.batches.loader(self.state.step, self.workers):
            computing = time.perf_counter()
            self.learn(network, batch)
            now = time.perf_counter()
            self.state.seconds += now - began
            step = self._step(now - began, now - computing)
            # The state must be complete before the caller may stop and save it.
            if self.state.step % self.batches.per_epoch == 0:
                self._end_epoch()
            if now - saved > self.every_s:
                self.save()
                saved = now
            yield step
            began = time.perf_counter()

    def save(self) -> None:
        """Writes a checkpoint, if the training has a file for it."""
        if self.checkpoint_path is not None and self.world.rank == 0:
            checkpoint.save(self.checkpoint_path, self.network, self.optimiser, self.state, self._configuration())

    def finish(self) -> Trained:
        """Evaluates the network as trained so far."""
        evaluation = evaluate(self.network.eval(), self.problem, self.device)
        return Trained(self.network, evaluation, self.state.epochs, self.state.seconds)

    def learn(self, network: nn.Module, batch: tuple[Tensor, Labels, Labels, float]) -> None:
        """Makes one step: forward, backward, update.

        Args:
            network: the network, or its data-parallel wrapper.
            batch: an item of `Batches`.

        Raises:
            ModelError: the loss is not finite.
        """
        values, labels, others, weight = batch
        index = self.state.step
        network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(index, len(self.batches))
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(stream_seed(self.seed, "dropout", index, self.world.rank))
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.precision == "bf16"):
                logits = network(values.to(self.device))
            losses = {name: self._loss(logit, labels[name], others[name], weight) for name, logit in logits.items()}
            total = losses[CLASS] + self.recipe.centroid_weight * losses.get(CENTROID, losses[CLASS].new_zeros(()))
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()
        self.optimiser.step()
        loss = float(losses[CLASS].detach())
        if not math.isfinite(loss):
            raise ModelError(f"the loss is {loss} at step {index + 1}; try a lower learning rate")
        correct = float((logits[CLASS].detach().argmax(1).cpu() == labels[CLASS]).sum())
        sums = self.state.sums
        self.state.sums = [sums[0] + loss * len(values), sums[1] + correct, sums[2] + len(values)]
        self.state.step += 1

    def _loss(self, logits: Tensor, labels: Tensor, others: Tensor, weight: float) -> Tensor:
        logits, labels, others = logits.float(), labels.to(self.device), others.to(self.device)
        smoothing = self.recipe.smoothing
        loss = nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if weight == 1:
            return loss
        return weight * loss + (1 - weight) * nn.functional.cross_entropy(logits, others, label_smoothing=smoothing)

    def _step(self, seconds: float, computing_s: float) -> TrainStep:
        done, total = self.state.step, len(self.batches)
        loss, correct, clips = self.state.sums
        return TrainStep(
            index=done,
            of=total,
            epoch=(done - 1) // self.batches.per_epoch + 1,
            loss=loss / clips,
            accuracy=correct / clips,
            clips_per_s=self.batches.batch * self.world.size / seconds,
            elapsed_s=self.state.seconds,
            remaining_s=self.state.seconds / done * (total - done),
            computing_s=computing_s,
        )

    def _end_epoch(self) -> None:
        epoch = self.state.step // self.batches.per_epoch
        loss, correct, clips = self.state.sums
        metrics = {"epoch": epoch, "loss": loss / clips, "accuracy": correct / clips}
        self.state.sums = [0.0, 0.0, 0.0]
        every = max(1, round(self.recipe.epochs / EVALUATIONS))
        if self.world.rank == 0 and (epoch % every == 0 or epoch == self.recipe.epochs):
            evaluation = evaluate(self.network, self.problem, self.device, self.recipe.precision)
            metrics |= {"test_loss": evaluation.loss, "test_accuracy": evaluation.accuracy[CLASS]}
        self.state.epochs.append({**metrics, "seconds": self.state.seconds})

    def _configuration(self) -> dict[str, object]:
        return {
            "recipe": self.recipe.as_dict(),
            "seed": self.seed,
            "architecture": self.problem.design.architecture.as_dict(),
            "representation": self.problem.design.representation.as_dict(),
            "split": stream_seed(self.problem.split),
            "processes": self.world.size,
        }


def optimiser_of(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimiser of a recipe; vectors have no weight decay."""
    parameters = list(network.parameters())
    groups = [
        {"params": [value for value in parameters if value.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [value for value in parameters if value.ndim == 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate)
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=MOMENTUM, nesterov=True)
