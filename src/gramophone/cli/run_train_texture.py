"""Running the training of a causal model of textures: recordings, steps, Ctrl-C, and what it leaves."""

import json
import signal
from dataclasses import dataclass
from pathlib import Path

from gramophone.bounds import check_bounds, check_seed
from gramophone.cli.console import write_stderr, write_stdout
from gramophone.cli.graceful_stop import StopRequest, deferred_signals, graceful_stop
from gramophone.cli.progress import Progress, duration
from gramophone.cli.run_train import keep_memory
from gramophone.datasets.recordings import read_recordings
from gramophone.errors import ModelError, UsageError
from gramophone.files import atomic_write, check_output
from gramophone.raw import model_file
from gramophone.raw.configs import KINDS, RawKind, config_of
from gramophone.synthesis.prepare import choose_device
from gramophone.train.raw_data import raw_data
from gramophone.train.raw_loop import RawStep, RawTraining
from gramophone.train.raw_result import RAW_RECIPES, TrainedRawModel, bits_curve_png, describe_size, trained_raw_model
from gramophone.train.recipes import Changes

RATE_HZ = 16_000
MOST_CHANNELS = 512


@dataclass(frozen=True)
class TrainTextureOptions:
    """Arguments of `gramophone train texture`; see `gramophone train`."""

    data: Path
    network: str
    output: Path
    condition: str | None
    changes: Changes
    channels: int | None
    seed: int
    checkpoint_every_s: float
    device: str | None
    skip_damaged: bool
    overwrite: bool
    command: tuple[str, ...]

    @property
    def kind(self) -> RawKind:
        """The network that was asked for.

        Raises:
            UsageError: it makes no textures.
        """
        found = next((kind for kind in KINDS if kind == self.network), None)
        if found is None:
            raise UsageError(f"textures are learnt by {' or '.join(KINDS)}, not by {self.network}; name one of them")
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that are conditions."""
        return tuple(name.strip() for name in (self.condition or "").split(",") if name.strip())

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """All that is written at the end: the model, its card, the learning curve."""
        stem = self.output.with_suffix("")
        return self.output, self.output.with_suffix(".json"), stem.with_name(f"{stem.name}-curve.png")

    @property
    def checkpoint(self) -> Path:
        """Where an interrupted training continues from."""
        return self.output.with_suffix(".checkpoint")


def run_texture_training(options: TrainTextureOptions, progress: Progress) -> int:
    """Trains, writes the model and what belongs to it; returns the exit code.

    Raises:
        InputError: recordings are missing, damaged or too short.
        ModelError: the loss became something that is not finite; the checkpoint is kept.
        UsageError: something that cannot be was asked for.
    """
    keep_memory()
    check_seed(options.seed)
    if options.channels is not None:
        check_bounds("channels", options.channels, 2, MOST_CHANNELS)
    for path in options.files:
        check_output(path, overwrite=options.overwrite)
    device, recipe = choose_device(options.device), options.changes.apply(RAW_RECIPES[options.kind])
    progress.show(f"reading {options.data}")
    tell = progress.warn if options.skip_damaged else None
    data = raw_data(read_recordings(options.data, RATE_HZ, options.columns, skip=tell), RATE_HZ)
    config = config_of(options.kind, options.channels, rate_hz=RATE_HZ, conditions=data.conditions)
    training = RawTraining(
        data,
        config,
        recipe,
        seed=options.seed,
        device=device,
        checkpoint_path=options.checkpoint,
        every_s=options.checkpoint_every_s,
    )
    stop = _run(training, progress)
    if stop.signal_number is not None:
        write_stderr(
            f"stopped after step {training.state.step} of {training.steps}; "
            f"run the same command again to continue from {options.checkpoint}"
        )
        return 128 + (stop.signal_number or signal.SIGINT)
    progress.show("measuring")
    _write(options, trained_raw_model(training, options.data.name, options.command))
    options.checkpoint.unlink(missing_ok=True)
    return 0


def _run(training: RawTraining, progress: Progress) -> StopRequest:
    size = describe_size(training)
    progress.begin("training", f"training {size} on {training.device}, from step {training.state.step + 1}")
    with graceful_stop(lambda: training.state.step > 0) as stop:
        try:
            for step in training:
                progress.advance(step.index, step.of, describe_raw(step))
                if stop.signal_number is not None:
                    break
        except ModelError:
            progress.clear()
            raise
        if stop.signal_number is not None:
            training.save()
    return stop


def describe_raw(step: RawStep) -> str:
    """A step in words, the most important first."""
    parts = [f"{100 * step.index // step.of:3d} %", f"epoch {step.epoch}", f"step {step.index}/{step.of}"]
    parts += [f"{duration(step.remaining_s)} left", f"{step.bits:.3f} bits a sample"]
    return "  ".join([*parts, f"{step.samples_per_s:.0f} samples/s"])


def _write(options: TrainTextureOptions, found: TrainedRawModel) -> None:
    network, card, picture = options.files
    bits = ", ".join(f"{name} {value:.3f}" for name, value in found.bits.items())
    title = f"{found.card['description']}: {found.bits['all']:.3f} bits a held-out sample"
    with deferred_signals(StopRequest()):
        model_file.write(network, found.model, found.card, overwrite=options.overwrite)
        with atomic_write(card, overwrite=options.overwrite) as temporary:
            facts = {**found.card, "epochs": found.epochs}
            temporary.write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        with atomic_write(picture, overwrite=options.overwrite) as temporary:
            temporary.write_bytes(bits_curve_png(found.epochs, title))
    write_stdout(
        f"{network}: {found.card['description']}\n"
        f"bits a sample of {found.card['held_out_s']:g} s that it was not trained on: {bits}\n"
        f"trained on {found.card['train_s']:g} s in {duration(found.card['seconds'])}; "
        f"card and curve: {card}, {picture.name}"
    )
