"""`gramophone pack`."""

import json as json_format
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import NO_STYLE, RESULT, Flag, RunOptions, whole
from gramophone.cli.run_request import run_of_several
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.request import TextureRequest

DURATION_S = 6.0


@Parameter(name="*", group=RESULT)
@dataclass(frozen=True)
class PackOptions:
    """Where an instrument is written, and how much of it there is.

    Attributes:
        output: Folder of the instrument; it is made if it is missing.
        takes: Number of takes, with seeds that follow one another.
        overwrite: Replace files of the same names.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print every outcome as a JSON object, one a line, for scripts.
    """

    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="DIR")]
    takes: Annotated[int, Parameter(metavar="N", converter=whole)] = 8
    overwrite: Flag = False
    quiet: Flag = False
    json: Flag = False


def pack(request: Annotated[TextureRequest | None, Parameter(name="*")] = None, *, options: PackOptions) -> int:
    """Takes of a sound for samplers: loops, and an SFZ file.

    Makes several takes of a texture, each a WAV file that loops without a seam
    and says so in its loop points, and an .sfz file whose every note plays the
    next take. A take lasts 6 seconds, or as long as --duration says.

        gramophone pack rain.wav -o rain-instrument --takes 12
    """
    if request is None:
        raise UsageError(NO_STYLE.format("pack"))
    if request.network is not None or request.morph is not None:
        raise UsageError("takes of a pack are loops, and a network or a morph makes none; leave it out")
    looped = TextureRequest.model_validate(
        {**dict(request), "loop": True, "duration_s": request.duration_s or DURATION_S}
    )
    folder = options.output
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror or error}; name another one"
        ) from error
    from gramophone.cli.planned import planned

    shown = RunOptions(folder, options.takes, overwrite=options.overwrite, quiet=options.quiet, json=options.json)
    runs = planned(looped, shown, ())
    instrument = folder / f"{folder.resolve().name}.sfz"
    check_output(instrument, overwrite=options.overwrite)
    codes = [run_of_several(run, shown) for run in runs]
    made = [run.output.name for run, code in zip(runs, codes, strict=True) if code == 0]
    if not made:
        return max(codes)
    _write(instrument, made, overwrite=options.overwrite)
    if options.json:
        facts = {"instrument": str(instrument), "takes": [str(folder / name) for name in made]}
        write_stdout(json_format.dumps(facts, allow_nan=False))
    else:
        write_stdout(one_line(f"instrument: {instrument}"))
    return max(codes)


def _write(instrument: Path, names: list[str], *, overwrite: bool) -> None:
    from gramophone.runs.sampler import sfz

    with atomic_write(instrument, overwrite=overwrite) as temporary:
        temporary.write_text(sfz(instrument.stem, names), encoding="utf-8")
