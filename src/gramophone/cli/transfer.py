"""`gramophone transfer`."""

from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.options import Command, RunOptions
from gramophone.cli.terminal import run_request
from gramophone.request import TransferRequest


def transfer(
    request: Annotated[TransferRequest, Parameter(name="*")], *, options: RunOptions, command: Command = ()
) -> int:
    """One sound made of another: a voice that speaks in fire.

    The result keeps the melody, words or rhythm of CONTENT and is made of STYLE; it has the length and level of
    CONTENT.

        gramophone transfer voice.wav fire.wav -o voice-in-fire.wav --strength 0.7
    """
    return run_request(request, options, command)
