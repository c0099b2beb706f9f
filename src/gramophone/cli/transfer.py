"""`gramophone transfer`."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.options import RESULT, Command, Flag, RunOptions
from gramophone.cli.run_request import run_request
from gramophone.request import TransferRequest


@Parameter(name="*", group=RESULT)
@dataclass(frozen=True)
class TransferRunOptions(RunOptions):
    """Where the result of a transfer is written, and which of several takes.

    Attributes:
        best: Of several takes keep the best by 'gramophone evaluate' (the mean of identity and style), as OUT.
    """

    best: Flag = False


def transfer(
    request: Annotated[TransferRequest, Parameter(name="*")],
    *,
    options: TransferRunOptions = TransferRunOptions(),
    command: Command = (),
) -> int:
    """One sound made of another: a voice that speaks in fire.

    The result keeps the melody, words or rhythm of CONTENT and is made of
    STYLE; it has the length and level of CONTENT.

    Without -o it is named after both, and never over another file; a folder in
    place of CONTENT or STYLE makes a result of every recording in it.

        gramophone transfer voice.wav fire.wav
        gramophone transfer voice.wav fire.wav -o spoken-fire.flac --strength 0.7
        gramophone transfer voice.wav fire.wav --takes 4 --best
        ffmpeg -i film.mp4 -f wav - | gramophone transfer - fire.wav -o - | aplay
    """
    if options.best:
        from gramophone.cli.best_take import run_best

        return run_best(request, options, command)
    return run_request(request, options, command)
