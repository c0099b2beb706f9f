"""The training of a causal model, as a generator of steps that can be observed, stopped and resumed."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from gramophone.errors import ModelError
from gramophone.raw.configs import RawConfig, kind_of
from gramophone.raw.models import model_of
from gramophone.train import checkpoint
from gramophone.train.batches import stream_seed
from gramophone.train.loop import EVALUATIONS, optimiser_of
from gramophone.train.raw_data import CROP_SAMPLES, RawData
from gramophone.train.raw_evaluate import held_out_bits, nats
from gramophone.train.recipes import Recipe

UNCOUNTED_SAMPLES = 256
"""At the beginning of a crop, whose past is cut off."""
LARGEST_NORM = 1.0
"""Of the gradient; larger ones are scaled down."""


@dataclass(frozen=True)
class RawStep:
    """Progress after one step.

    Attributes:
        index: number of the step over all runs, from 1.
        of: total number of steps.
        epoch: number of the epoch, from 1.
        bits: mean bits a sample of the epoch so far, on what is trained on.
        samples_per_s: throughput of this step.
        elapsed_s: computing time over all runs, in seconds.
        remaining_s: estimated time of the remaining steps, in seconds.
    """

    index: int
    of: int
    epoch: int
    bits: float
    samples_per_s: float
    elapsed_s: float
    remaining_s: float


class RawTraining:
    """A training, which runs while it is iterated over; stop at any step, and `save()`.

    Args:
        data: coded recordings.
        config: sizes of the model.
        recipe: hyperparameters; an epoch is as many crops as hold all that is trained on.
        seed: seed of initial weights and crops.
        device: device of the model; the CPU by default.
        checkpoint_path: checkpoint file, from which the training resumes if it exists; None writes none.
        every_s: time between two checkpoints, in seconds.

    Raises:
        ModelError: the checkpoint is damaged.
        UsageError: the checkpoint belongs to another training.
    """

    def __init__(
        self,
        data: RawData,
        config: RawConfig,
        recipe: Recipe,
        *,
        seed: int = 0,
        device: torch.device | None = None,
        checkpoint_path: Path | None = None,
        every_s: float = 60.0,
    ) -> None:
        self.data, self.config, self.recipe, self.seed = data, config, recipe, seed
        self.device = device or torch.device("cpu")
        self.checkpoint_path, self.every_s = checkpoint_path, every_s
        model = model_of(config, seed)
        model.start_from(data.histogram)
        self.model = model.to(self.device)
        self.optimiser = optimiser_of(self.model, recipe)
        self.per_epoch = max(1, math.ceil(data.train_samples / (recipe.batch * CROP_SAMPLES)))
        self.steps = self.per_epoch * recipe.epochs
        self.state = checkpoint.TrainingState()
        if checkpoint_path is not None and checkpoint_path.exists():
            self.state = checkpoint.resume(checkpoint_path, self.model, self.optimiser, self._configuration())

    def __iter__(self) -> Iterator[RawStep]:
        """Runs the steps that are left.

        Raises:
            ModelError: the loss is not finite; the last checkpoint stays.
        """
        saved = began = time.perf_counter()
        while self.state.step < self.steps:
            self.learn()
            now = time.perf_counter()
            self.state.seconds += now - began
            step = self._step(now - began)
            # The state must be complete before the caller may stop and save it.
            if self.state.step % self.per_epoch == 0:
                self._end_epoch()
            if now - saved > self.every_s:
                self.save()
                saved = now
            yield step
            began = time.perf_counter()

    def save(self) -> None:
        """Writes a checkpoint, if the training has a file for it."""
        if self.checkpoint_path is not None:
            checkpoint.save(self.checkpoint_path, self.model, self.optimiser, self.state, self._configuration())

    def learn(self) -> None:
        """Makes one step: forward, backward, update.

        Raises:
            ModelError: the loss is not finite.
        """
        index = self.state.step
        codes, given = self.data.batch(self.seed, index, self.recipe.batch)
        codes, given = codes.to(self.device), None if given is None else given.to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(index, self.steps)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.precision == "bf16"):
            logits = self.model(codes[:, :-1], given)
        loss = nats(logits, codes[:, 1:], UNCOUNTED_SAMPLES)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_NORM)
        self.optimiser.step()
        found = float(loss.detach())
        if not math.isfinite(found):
            raise ModelError(f"the loss is {found} at step {index + 1}; try another seed")
        total, _, count = self.state.sums
        self.state.sums = [total + found / math.log(2), 0.0, count + 1]
        self.state.step += 1

    def _step(self, seconds: float) -> RawStep:
        done, (bits, _, count) = self.state.step, self.state.sums
        return RawStep(
            index=done,
            of=self.steps,
            epoch=(done - 1) // self.per_epoch + 1,
            bits=bits / count,
            samples_per_s=self.recipe.batch * CROP_SAMPLES / seconds,
            elapsed_s=self.state.seconds,
            remaining_s=self.state.seconds / done * (self.steps - done),
        )

    def _end_epoch(self) -> None:
        epoch = self.state.step // self.per_epoch
        bits, _, count = self.state.sums
        metrics = {"epoch": epoch, "bits": bits / count}
        self.state.sums = [0.0, 0.0, 0.0]
        if epoch % max(1, round(self.recipe.epochs / EVALUATIONS)) == 0 or epoch == self.recipe.epochs:
            metrics |= {"test_bits": held_out_bits(self.model, self.data)["all"]}
        self.state.epochs.append({**metrics, "seconds": self.state.seconds})

    def _configuration(self) -> dict[str, object]:
        return {
            "network": kind_of(self.config),
            "sizes": self.config.as_dict(),
            "recipe": self.recipe.as_dict(),
            "seed": self.seed,
            "recordings": stream_seed(
                [(name, len(c)) for name, c in zip(self.data.names, self.data.codes, strict=True)]
            ),
        }
