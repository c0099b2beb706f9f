"""The application and its commands, whose modules import what is heavy only when they run."""

from collections.abc import Callable, Sequence

from cyclopts import App, Group

from gramophone import __version__
from gramophone.cli.batch import batch
from gramophone.cli.demo import demo
from gramophone.cli.evaluate import evaluate
from gramophone.cli.help import RecordingsFirst
from gramophone.cli.info import info
from gramophone.cli.invert import invert
from gramophone.cli.listen import listen
from gramophone.cli.live import live
from gramophone.cli.models import models
from gramophone.cli.options import STANDARD
from gramophone.cli.presets import presets
from gramophone.cli.report import report
from gramophone.cli.serve import serve
from gramophone.cli.study import study
from gramophone.cli.style import style
from gramophone.cli.train import train

REQUESTS = {
    "texture": "More of a sound: as much new rain as you like from a few seconds of rain.",
    "stream": "A sound without end, for as long as you listen.",
    "transfer": "One sound made of another: a voice that speaks in fire.",
    "pack": "Takes of a sound for samplers: loops, and an SFZ file.",
}
"""Commands whose flags are the fields of a request, and their summaries in the list of commands."""

HELP = """Sound textures and audio style transfer.

Make any length of new sound from a few seconds of a recording, or let one \
sound speak in the voice of another."""

EPILOGUE = """'gramophone COMMAND --help' explains a command.

Sounds are read from recordings and videos of any usual format and from the files of \
'gramophone style', and written as .wav, .flac or .ogg. Beside every result OUT lies its run record, OUT with .json: \
all that is needed to make it again."""


def build(words: Sequence[str] = tuple(REQUESTS)) -> App:
    """Makes the application.

    Args:
        words: words of the command line; commands of requests, which are slow to load, are complete only if one of
            them is named.
    """
    app = App(
        name="gramophone",
        help=HELP,
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        help_formatter=RecordingsFirst(),
        version=__version__,
        group_parameters=Group("Options", sort_key=1),
    )
    if any(name in words for name in REQUESTS):
        request_commands = _request_commands()
    else:
        request_commands = tuple(App(name=name, help=summary) for name, summary in REQUESTS.items())
    commands: tuple[Callable[..., int], ...] = (
        live,
        style,
        invert,
        batch,
        serve,
        evaluate,
        study,
        report,
        listen,
        train,
        models,
        demo,
        presets,
        info,
    )
    for index, command in enumerate((*request_commands, *commands)):
        if isinstance(command, App):
            command.sort_key = index
            app.command(command)
        else:
            app.command(command, sort_key=index, help_epilogue="")
    app.register_install_completion_command(help="Complete commands and options in this shell from now on.")
    return app


def _request_commands() -> tuple[Callable[..., int], ...]:
    from gramophone.cli.pack import pack
    from gramophone.cli.stream import stream
    from gramophone.cli.texture import texture
    from gramophone.cli.transfer import transfer

    return texture, stream, transfer, pack


def dispatch(words: Sequence[str]) -> int:
    """Runs a command line; returns its exit code.

    Raises:
        CycloptsError: the words are not a valid command line.
        GramophoneError: the command refused or failed.
    """
    named = list(words)
    if named[:1] in (["texture"], ["transfer"]):  # "-" would be taken for an option
        named = [STANDARD if word == "-" else word for word in words]
    command, bound, unparsed = build(words).parse_args(named, print_error=False, exit_on_error=False)
    if "command" in unparsed:
        bound.arguments["command"] = ("gramophone", *words)
    result = command(*bound.args, **bound.kwargs)
    return result if isinstance(result, int) else 0
