"""`gramophone style`."""

import json as json_format
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag
from gramophone.cli.progress import Progress, duration

if TYPE_CHECKING:
    from gramophone.audio import Sound, Style
    from gramophone.synthesis.learn_style import Recording


def style(
    *file: Annotated[Path, Parameter(name="FILE", required=True)],
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="OUT.style.safetensors")],
    keep: Annotated[float, Parameter(metavar="SECONDS")] = 10.0,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """Learn a style once, from recordings of any length and number.

    Keeps the seconds that stand best for all of them. The file takes the place
    of a recording in every command.

        gramophone style rain1.wav rain2.wav -o rain.style.safetensors
        gramophone texture rain.style.safetensors -o more-rain.wav

    Args:
        file: Recordings of the sound.
        output: The style file: a name that ends in .safetensors.
        keep: How much is kept at most, 1 to 300 seconds; what is shorter is kept whole.
        overwrite: Replace OUT if it exists already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    from gramophone.audio import check_style_name, save
    from gramophone.files import check_output

    check_style_name(output)
    check_output(output, overwrite=overwrite, inputs=file)
    with Progress(quiet=quiet) as progress:
        progress.show("loading torch")
        from gramophone.synthesis.learn_style import check_keep, representative

        check_keep(keep)
        learned = representative(_recordings(file, progress), keep)
        progress.show(f"writing {output}")
        save(learned, output, overwrite=overwrite)
    said = json_format.dumps(_outcome(learned, output), allow_nan=False) if json else _summary(learned, output)
    write_stdout(one_line(said))
    return 0


def _recordings(paths: Sequence[Path], progress: Progress) -> "Iterator[Recording]":
    from gramophone.audio import check_file
    from gramophone.files import Stamp, sha256_of
    from gramophone.synthesis.learn_style import Recording

    for path in paths:
        progress.show(f"reading {path}")
        check_file(path)
        stamp = Stamp(path)
        yield Recording(path.name, str(path), _blocks(path, progress), sha256_of(path))
        stamp.check()
    progress.show("choosing")


def _blocks(path: Path, progress: Progress) -> "Iterator[Sound]":
    from gramophone.audio import blocks
    from gramophone.runs.inputs import sound_warnings

    with sound_warnings(progress.warn):
        yield from blocks(path)


def _outcome(learned: "Style", output: Path) -> dict[str, object]:
    choice = learned.provenance.choice
    return {
        "output": str(output),
        "duration_s": learned.duration_s,
        "of_s": learned.provenance.duration_s,
        "rate_hz": learned.rate_hz,
        "channels": learned.channels,
        "recordings": len(learned.provenance.sources),
        "excerpts": len(learned.provenance.excerpts),
        "candidates": choice.candidates,
        "distance": choice.distance,
        "random_distance": choice.random_distance,
    }


def _summary(learned: "Style", output: Path) -> str:
    origin, choice = learned.provenance, learned.provenance.choice
    kept, whole = duration(learned.duration_s), duration(origin.duration_s)
    if choice.method == "all":
        return f"{output}: all {kept} of {len(origin.sources)} recording(s)"
    return (
        f"{output}: {kept} of {whole} in {len(origin.excerpts)} excerpt(s) of {len(origin.sources)} recording(s); "
        f"style distance to the whole {choice.distance:.2g}, of random pieces {choice.random_distance:.2g}"
    )
