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
from gramophone.cli.console import write_stderr, write_stdout
from gramophone.cli.graceful_stop import StopRequest, deferred_signals, graceful_stop
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
class TrainOptions:
    """Arguments of `gramophone train`; see there."""

    dataset: str
    data: Path
    network: str
    output: Path
    fold: int | None
    held_out: str | None
    only: str | None
    validation: int | None
    changes: recipes.Changes
    channels: int | None
    first_stride: int | None
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
        """Where an interrupted training continues from."""
        return self.output.with_suffix(".checkpoint")


def run_training(options: TrainOptions, progress: Progress) -> int:
    """Trains, writes the network and what belongs to it; returns the exit code.

    Raises:
        InputError: recordings are missing or damaged.
        ModelError: the loss became something that is not finite; the checkpoint is kept.
        UsageError: something that cannot be was asked for.
    """
    keep_memory()
    check_seed(options.seed)
    for path in options.files:
        check_output(path, overwrite=options.overwrite)
    device = choose_device(options.device)
    recipe = recipes.recipe_of(options.network, options.changes)
    design = recipes.design_of(options.network, options.channels, options.first_stride)
    progress.show(f"listing {options.data}")
    collection, split = _clips(options, design, progress)
    with process_group(device) as world:
        progress = progress if world.rank == 0 else Progress(quiet=True)
        features = _features(options, collection, design, progress, world)
        training = Training(
            problem(collection, features, split, design, centroids_of=recipe.centroid_classes),
            recipe,
            seed=options.seed,
            device=device,
            world=world,
            checkpoint_path=options.checkpoint,
            every_s=options.checkpoint_every_s,
            workers=options.workers,
        )
        stop = _run(training, progress, world)
        if stop.signal_number is not None:
            return _stopped(training, stop, options, world)
        if world.rank == 0:
            progress.show("measuring")
            _write(options, trained_model(training, collection, options.command), design)
            options.checkpoint.unlink(missing_ok=True)
            if options.cache is None:
                shutil.rmtree(options.features, ignore_errors=True)
    return 0


def _clips(options: TrainOptions, design: ModelConfig, progress: Progress) -> tuple[Collection, Split]:
    tell = progress.warn if options.skip_damaged else None
    if options.dataset == "esc50":
        return recipes.esc50_split(options.data, options.fold, options.validation, options.only, tell)
    if options.dataset == "instruments":
        return recipes.instruments_split(options.data, options.held_out, options.only)
    return recipes.folder_split(options.data, design.representation.duration_s, options.seed, tell)


def _features(
    options: TrainOptions, collection: Collection, design: ModelConfig, progress: Progress, world: World
) -> Features:
    if world.size > 1 and world.rank:
        torch.distributed.barrier()  # the first process computes them for all
    progress.begin("spectrograms")
    found: Features | None = None
    tell = progress.warn if options.skip_damaged else None
    for event in prepare(collection, design.representation, options.features, skip_damaged=tell):
        progress.advance(event.done, event.of, f"{event.done}/{event.of} clips")
        found = event.features
    if world.size > 1 and not world.rank:
        torch.distributed.barrier()
    if found is None:
        raise AssertionError("the last event carries the features")
    return found


def _run(training: Training, progress: Progress, world: World) -> StopRequest:
    progress.begin("training", f"training on {training.device}, from step {training.state.step + 1}")
    with graceful_stop(lambda: training.state.step > 0) as stop:
        try:
            for step in training:
                progress.advance(step.index, step.of, describe(step))
                # All processes must leave at the same step, or those that stay wait for ever.
                if any_of(stop.signal_number is not None, world):
                    stop.signal_number = stop.signal_number or signal.SIGINT
                    break
        except ModelError:
            progress.clear()
            raise
        if stop.signal_number is not None:
            training.save()
    return stop


def _stopped(training: Training, stop: StopRequest, options: TrainOptions, world: World) -> int:
    if world.rank == 0:
        write_stderr(
            f"stopped after step {training.state.step} of {len(training.batches)}; "
            f"run the same command again to continue from {options.checkpoint}"
        )
    return 128 + (stop.signal_number or signal.SIGINT)


def describe(step: TrainStep) -> str:
    """A step in words, the most important first."""
    parts = [f"{100 * step.index // step.of:3d} %", f"epoch {step.epoch}", f"step {step.index}/{step.of}"]
    parts += [f"{duration(step.remaining_s)} left", f"loss {step.loss:.3f}", f"accuracy {100 * step.accuracy:.1f} %"]
    return "  ".join([*parts, f"{step.clips_per_s:.0f} clips/s"])


def _write(options: TrainOptions, found: TrainedModel, design: ModelConfig) -> None:
    network, card, *pictures = options.files
    title = f"{found.card['description']}; {found.card['split']}: {100 * found.card['accuracy']['class']:.1f} %"
    with deferred_signals(StopRequest()):
        stored.write(network, found.network, design.representation, found.card, overwrite=options.overwrite)
        facts = {**found.card, "epochs": found.epochs, "confusion": found.evaluation.confusion.tolist()}
        with atomic_write(card, overwrite=options.overwrite) as temporary:
            temporary.write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        drawn = (
            learning_curve_png(found.epochs, title),
            confusion_png(found.evaluation.confusion, found.card["classes"], title),
        )
        for path, picture in zip(pictures, drawn, strict=True):
            with atomic_write(path, overwrite=options.overwrite) as temporary:
                temporary.write_bytes(picture)
    accuracy = ", ".join(f"{name} {100 * share:.1f} %" for name, share in found.card["accuracy"].items())
    clips = found.card["clips"]
    write_stdout(
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
