"""Running a training: features, steps, Ctrl-C, and what it leaves."""

import ctypes
import json
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from gramophone.bounds import check_seed
from gramophone.cli.console import complain, put
from gramophone.cli.graceful_stop import Wish, deferred_signals, graceful_stop
from gramophone.cli.progress import Progress, duration
from gramophone.datasets import Collection, Features, prepare
from gramophone.datasets.clips import Split
from gramophone.errors import ModelError
from gramophone.files import atomic_write, check_output
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.configs import ModelConfig
from gramophone.plotting.confusion_matrix import confusion_png
from gramophone.synthesis.prepare import choose_device
from gramophone.train import recipes
from gramophone.train.batches import World, any_of, process_group
from gramophone.train.loop import Training, TrainStep
from gramophone.train.problem import problem
from gramophone.train.result import TrainedModel, learning_curve_png, trained_model


@dataclass(frozen=True)
class Wanted:
    """What `gramophone train` was asked for; see there."""

    dataset: str
    data: Path
    network: str
    output: Path
    fold: int | None
    held_out: str | None
    only: str | None
    validation: int | None
    epochs: int | None
    batch: int | None
    channels: int | None
    one_task: bool
    precision: str | None
    seed: int
    workers: int
    cache: Path | None
    checkpoint_every_s: float
    device: str | None
    skip_damaged: bool
    overwrite: bool
    command: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is written at the end: the network, its card, two pictures."""
        stem = self.output.with_suffix("")
        pictures = [stem.with_name(f"{stem.name}-{name}.png") for name in ("curve", "confusion")]
        return (self.output, self.output.with_suffix(".json"), *pictures)

    @property
    def features(self) -> Path:
        """Where spectrograms are kept: until the end, unless a folder was named."""
        return self.cache or self.output.parent / f".{self.output.stem}-features"

    @property
    def checkpoint(self) -> Path:
        """What an interrupted training goes on from."""
        return self.output.with_suffix(".checkpoint")


def carry_out(wanted: Wanted, progress: Progress) -> int:
    """Trains, writes the network and what belongs to it; returns the exit code.

    Raises:
        InputError: recordings are missing or damaged.
        ModelError: the loss became something that is not finite; the checkpoint is kept.
        UsageError: something that cannot be was asked for.
    """
    keep_memory()
    check_seed(wanted.seed)
    for path in wanted.files:
        check_output(path, overwrite=wanted.overwrite)
    device = choose_device(wanted.device)
    recipe = recipes.recipe_of(
        wanted.network, recipes.Changes(wanted.epochs, wanted.batch, wanted.precision, wanted.one_task)
    )
    design = recipes.design_of(wanted.network, wanted.channels)
    progress.say(f"listing {wanted.data}")
    collection, split = _clips(wanted, design, progress)
    with process_group(device) as world:
        progress = progress if world.rank == 0 else Progress(quiet=True)
        features = _features(wanted, collection, design, progress, world)
        training = Training(
            problem(collection, features, split, design, centroids_of=recipe.centroid_classes),
            recipe,
            seed=wanted.seed,
            device=device,
            world=world,
            checkpoint_path=wanted.checkpoint,
            every_s=wanted.checkpoint_every_s,
            workers=wanted.workers,
        )
        wish = _run(training, progress, world)
        if wish.number is not None:
            return _stopped(training, wish, wanted, world)
        if world.rank == 0:
            progress.say("measuring")
            _write(wanted, trained_model(training, collection, wanted.command), design)
            wanted.checkpoint.unlink(missing_ok=True)
            if wanted.cache is None:
                shutil.rmtree(wanted.features, ignore_errors=True)
    return 0


def _clips(wanted: Wanted, design: ModelConfig, progress: Progress) -> tuple[Collection, Split]:
    tell = progress.warn if wanted.skip_damaged else None
    if wanted.dataset == "esc50":
        return recipes.esc50_split(wanted.data, wanted.fold, wanted.validation, wanted.only, tell)
    if wanted.dataset == "instruments":
        return recipes.instruments_split(wanted.data, wanted.held_out, wanted.only)
    return recipes.folder_split(wanted.data, design.representation.duration_s, wanted.seed, tell)


def _features(
    wanted: Wanted, collection: Collection, design: ModelConfig, progress: Progress, world: World
) -> Features:
    if world.size > 1 and world.rank:
        torch.distributed.barrier()  # the first process computes them for all
    progress.begin("spectrograms")
    found: Features | None = None
    tell = progress.warn if wanted.skip_damaged else None
    for event in prepare(collection, design.representation, wanted.features, skip_damaged=tell):
        progress.portion(event.done, event.of, f"{event.done}/{event.of} clips")
        found = event.features
    if world.size > 1 and not world.rank:
        torch.distributed.barrier()
    if found is None:
        raise AssertionError("the last event carries the features")
    return found


def _run(training: Training, progress: Progress, world: World) -> Wish:
    progress.begin("training", f"training on {training.device}, from step {training.state.step + 1}")
    with graceful_stop(lambda: training.state.step > 0) as wish:
        try:
            for step in training:
                progress.portion(step.index, step.of, describe(step))
                # All processes must leave at the same step, or those that stay wait for ever.
                if any_of(wish.number is not None, world):
                    wish.number = wish.number or signal.SIGINT
                    break
        except ModelError:
            progress.clear()
            raise
        if wish.number is not None:
            training.save()
    return wish


def _stopped(training: Training, wish: Wish, wanted: Wanted, world: World) -> int:
    if world.rank == 0:
        complain(
            f"stopped after step {training.state.step} of {len(training.batches)}; "
            f"the same command goes on from {wanted.checkpoint}"
        )
    return 128 + (wish.number or signal.SIGINT)


def describe(step: TrainStep) -> str:
    """A step in words, the most important first."""
    parts = [f"{100 * step.index // step.of:3d} %", f"epoch {step.epoch}", f"step {step.index}/{step.of}"]
    parts += [f"{duration(step.remaining_s)} left", f"loss {step.loss:.3f}", f"accuracy {100 * step.accuracy:.1f} %"]
    return "  ".join([*parts, f"{step.clips_per_s:.0f} clips/s"])


def _write(wanted: Wanted, found: TrainedModel, design: ModelConfig) -> None:
    network, card, *pictures = wanted.files
    title = f"{found.card['description']}; {found.card['split']}: {100 * found.card['accuracy']['class']:.1f} %"
    with deferred_signals(Wish()):
        stored.write(network, found.network, design.representation, found.card, overwrite=wanted.overwrite)
        facts = {**found.card, "epochs": found.epochs, "confusion": found.evaluation.confusion.tolist()}
        with atomic_write(card, overwrite=wanted.overwrite) as temporary:
            temporary.write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        drawn = (
            learning_curve_png(found.epochs, title),
            confusion_png(found.evaluation.confusion, found.card["classes"], title),
        )
        for path, picture in zip(pictures, drawn, strict=True):
            with atomic_write(path, overwrite=wanted.overwrite) as temporary:
                temporary.write_bytes(picture)
    accuracy = ", ".join(f"{name} {100 * share:.1f} %" for name, share in found.card["accuracy"].items())
    clips = found.card["clips"]
    put(
        f"{network}: {found.card['description']}\n"
        f"accuracy on {clips['test']} clips that it was not trained on: {accuracy}\n"
        f"trained on {clips['train']} clips in {duration(found.card['seconds'])}; "
        f"card and curves: {card}, {', '.join(path.name for path in pictures)}"
    )


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MOST = 2**31 - 1


def keep_memory() -> bool:
    """Keeps freed memory for the next step, where the C library is glibc; returns whether it does.

    Otherwise every large array is given back to the system and asked for again, filled with zeros page by page: a
    third of the time of a training on a CPU.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL("libc.so.6")
        return all(library.mallopt(option, MOST) == 1 for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
    except (OSError, AttributeError):  # another C library
        return False
