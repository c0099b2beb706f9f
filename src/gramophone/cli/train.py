"""`gramophone train`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gramophone.bounds import check_bounds
from gramophone.cli.options import Command, Flag, Seed, Whole
from gramophone.cli.progress import Progress
from gramophone.errors import UsageError


def train(  # noqa: PLR0913
    dataset: Annotated[Literal["esc50", "instruments", "folder", "texture"], Parameter(name="DATASET")],
    /,
    *,
    data: Annotated[Path, Parameter(metavar="DIR")],
    network: Annotated[str, Parameter(metavar="NAME")] = "wyse2017",
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="OUT.safetensors")],
    fold: Annotated[int | None, Parameter(metavar="1..5")] = None,
    held_out: Annotated[str | None, Parameter(metavar="FONT")] = None,
    only: Annotated[str | None, Parameter(metavar="WHAT")] = None,
    condition: Annotated[str | None, Parameter(metavar="COLUMN,COLUMN")] = None,
    validation: Annotated[int | None, Parameter(metavar="1..5")] = None,
    epochs: Whole = None,
    batch: Whole = None,
    channels: Whole = None,
    first_stride: Whole = None,
    one_task: Flag = False,
    transpose_semitones: Annotated[float | None, Parameter(name="--transpose", metavar="SEMITONES")] = None,
    tilt_db_per_octave: Annotated[float | None, Parameter(name="--tilt", metavar="DB")] = None,
    precision: Annotated[Literal["float32", "bf16"] | None, Parameter()] = None,
    seed: Seed = 0,
    workers: Annotated[int, Parameter(metavar="N")] = 0,
    cache: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    checkpoint_every_s: Annotated[float, Parameter(name="--checkpoint-every", metavar="SECONDS")] = 60.0,
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    skip_damaged: Flag = False,
    overwrite: Flag = False,
    quiet: Flag = False,
    command: Command = (),
) -> int:
    """Train a network on labelled recordings, or on textures to make more of them.

    Writes the network OUT, its card and learning curve OUT with .json, and pictures of the learning curve and of
    what is taken for what. Stop it with Ctrl-C and give the same command again: it goes on, and ends with the same
    network as if it had never stopped. Under 'torchrun' all processes train one network together.

        gramophone train esc50 --data ESC-50 --network wyse2017 --fold 5 -o wyse.safetensors
        gramophone train texture --data RAIN --network lru --condition intensity -o rain.safetensors

    Args:
        dataset: esc50, instruments (notes of 80 instruments), folder (a folder of recordings for each class), or \
texture (recordings of textures, 3 minutes or so, for 'gramophone texture --network').
        data: Where the recordings are.
        network: wyse2017, huzaifah2019, huzaifah2019-time, huzaifah2019-2d, verma2018, piczak2015 or soundnet; \
of textures wavenet or lru.
        output: Where the network goes: a name that ends in .safetensors.
        fold: The fold of ESC-50 to be tested on (5 by default); the other four are trained on.
        held_out: The sound font to be tested on; a quarter of the recorded samples of both by default.
        only: 'free' takes only clips of ESC-50 that are CC0 or CC-BY; a sound font takes only its notes.
        validation: Leave the test fold out altogether, and test on this one of the others.
        condition: Columns of table.csv in the folder of textures, numbers or classes, that the network is to obey; \
the table's column 'file' names the recordings.
        epochs: Passes over the clips, instead of the network's usual number.
        batch: Clips of one step, instead of the network's usual number.
        channels: Filters of the wide layers, for wyse2017 and huzaifah2019.
        first_stride: Stride of verma2018's first layer: 2, or 1 for a finer resolution in three times the time.
        one_task: Leave out the second task of wyse2017, the spectral centroid.
        transpose_semitones: Transpose every clip at random by up to so many semitones, its spectral envelope with it.
        tilt_db_per_octave: Tilt the spectrum of every clip at random by up to so many dB per octave.
        precision: bf16 is faster on processors that have it, and on most graphics cards.
        seed: Another number gives another network.
        workers: Processes that make batches ahead; 0 is best where the network is computed on all processors.
        cache: Where spectrograms are kept for the next training, up to 2 GB; only until the end by default.
        checkpoint_every_s: Time between two checkpoints, from which a training that was killed goes on.
        device: cpu or cuda; the best there is by default.
        skip_damaged: Leave out recordings that are missing or cannot be read.
        overwrite: Replace OUT and what lies beside it if they exist already.
        quiet: No progress on the terminal, only warnings and errors.
        command: the command line, for the card.
    """
    if output.suffix != ".safetensors":
        raise UsageError(f"{output} is not a name for a network; give one that ends in .safetensors")
    check_bounds("workers", workers, 0)
    if dataset == "texture":
        given: dict[str, object] = {"fold": fold, "held-out": held_out, "only": only, "validation": validation}
        given |= {"cache": cache, "one-task": one_task or None, "workers": workers or None}
        given |= {"transpose": transpose_semitones, "tilt": tilt_db_per_octave, "first-stride": first_stride}
        if odd := next((name for name, value in given.items() if value is not None), None):
            raise UsageError(f"a training on textures takes no --{odd}; leave it out")
        with Progress(quiet=quiet) as progress:
            progress.show("loading torch")
            from gramophone.cli.run_train_texture import TrainTextureOptions, run_texture_training
            from gramophone.train.recipes import Changes

            return run_texture_training(
                TrainTextureOptions(
                    data=data,
                    network=network,
                    output=output,
                    condition=condition,
                    changes=Changes(epochs, batch, precision),
                    channels=channels,
                    seed=seed,
                    checkpoint_every_s=checkpoint_every_s,
                    device=device,
                    skip_damaged=skip_damaged,
                    overwrite=overwrite,
                    command=tuple(command),
                ),
                progress,
            )
    if condition is not None:
        raise UsageError(f"a training on {dataset} takes no --condition; leave it out, or train a texture")
    with Progress(quiet=quiet) as progress:
        progress.show("loading torch")
        from gramophone.cli.run_train import TrainOptions, run_training
        from gramophone.train.recipes import Changes

        options = TrainOptions(
            dataset=dataset,
            data=data,
            network=network,
            output=output,
            fold=fold,
            held_out=held_out,
            only=only,
            validation=validation,
            channels=channels,
            first_stride=first_stride,
            changes=Changes(epochs, batch, precision, one_task, transpose_semitones, tilt_db_per_octave),
            seed=seed,
            workers=workers,
            checkpoint_every_s=checkpoint_every_s,
            cache=cache,
            device=device,
            skip_damaged=skip_damaged,
            overwrite=overwrite,
            command=tuple(command),
        )
        return run_training(options, progress)
