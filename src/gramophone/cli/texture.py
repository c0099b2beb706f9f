"""`gramophone texture`."""

from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.options import NO_STYLE, Command, RunOptions
from gramophone.cli.run_request import run_request
from gramophone.errors import UsageError
from gramophone.request import TextureRequest


def texture(
    request: Annotated[TextureRequest | None, Parameter(name="*")] = None,
    *,
    options: RunOptions = RunOptions(),  # noqa: B008 (a frozen value)
    command: Command = (),
) -> int:
    """More of a sound: as much new rain as you like from a few seconds of rain.

    The result never repeats the recording, and has its sample rate and
    channels. What lasts longer than 30 seconds is made and written in blocks:
    an hour takes no more memory. Without -o it is named after the recording,
    and never over another file; a folder in place of STYLE makes a result of
    every recording in it.

        gramophone texture rain.wav
        gramophone texture rain.wav -o more-rain.wav --duration 60
        gramophone texture rain.wav fire.wav -o rain-to-fire.wav --duration 20 --morph "0:1,0 20:0,1"
        gramophone texture rain.wav -o rain-loop.wav --duration 10 --loop
        gramophone texture recordings --takes 3 -o textures
        gramophone texture --network lru --weights rain.safetensors --condition amount=0.2:0.9 --duration 9 -o a.wav
    """
    if request is None:
        raise UsageError(NO_STYLE.format("texture"))
    return run_request(request, options, command)
