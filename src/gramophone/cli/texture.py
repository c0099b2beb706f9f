"""`gramophone texture`."""

from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.options import Command, RunOptions
from gramophone.cli.terminal import run_request
from gramophone.request import TextureRequest


def texture(
    request: Annotated[TextureRequest, Parameter(name="*")], *, options: RunOptions, command: Command = ()
) -> int:
    """More of a sound: as much new rain as you like from a few seconds of rain.

    The result never repeats the recording, and has its sample rate and channels.
    What lasts longer than 30 seconds is made and written in blocks: an hour takes no more memory.

        gramophone texture rain.wav -o more-rain.wav --duration 60
        gramophone texture rain.wav fire.wav -o rain-to-fire.wav --duration 20 --morph "0:1,0 20:0,1"
        gramophone texture rain.wav -o rain-loop.wav --duration 10 --loop
    """
    return run_request(request, options, command)
