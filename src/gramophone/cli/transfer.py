"""`gramophone transfer`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.options import Carry, Command, Options, check, check_files
from gramophone.cli.progress import Progress
from gramophone.errors import UsageError
from gramophone.presets import steered
from gramophone.settings import Envelopes, Settings


def transfer(  # noqa: PLR0913
    content: Annotated[Path, Parameter(name="CONTENT")],
    /,
    *style: Annotated[Path, Parameter(name="STYLE", required=True)],
    options: Options,
    strength: Annotated[float, Parameter(metavar="0..1")] = 0.6,
    network: Annotated[str | None, Parameter(metavar="NAME")] = None,
    noise: Annotated[float | None, Parameter(metavar="0..1")] = None,
    envelopes: Envelopes | None = None,
    command: Command = (),
    carry: Carry = None,
) -> int:
    """One sound made of another: a voice that speaks in fire.

    The result moves like CONTENT and is made of STYLE; it has the length and level of CONTENT.

        gramophone transfer voice.wav fire.wav -o voice-in-fire.wav --strength 0.7

    Args:
        content: What is said or played.
        style: What it is made of; several recordings alternate.
        strength: From 0 (CONTENT as it is) to 1 (STYLE, free of CONTENT).
        network: A trained network looks at the sound: wyse2017, huzaifah2019 or verma2018. --weights trained, random
            or a .safetensors file says which weights it has.
        noise: Share of noise in the start of a published system, from 0 (CONTENT) to 1; the preset's by default.
        envelopes: Whose level over time and long-term spectrum verma2018 asks for: of the style, or of the content.
        options: shared.
        command: the command line, for the run record.
        carry: who carries it out.
    """
    files = (content, *style)
    settings = asked(
        content, *style, options=options, strength=strength, network=network, noise=noise, envelopes=envelopes
    )
    check_files(options, files)
    with Progress(quiet=options.quiet) as progress:
        from gramophone.cli.inputs import agree, check_lengths, read

        inputs = read(files, progress)
        progress.say("loading torch")
        from gramophone.cli.run import Order, carry_out
        from gramophone.synthesis import transfer as set_up

        check_lengths(inputs, settings)
        agree(inputs, settings, progress, options.output)
        task = set_up(
            inputs[0].sound,
            [one.sound for one in inputs[1:]],
            settings,
            strength=strength,
            weights=options.weights,
            seed=options.seed,
            device=options.device,
        )
        return (carry or carry_out)(task, Order(command, inputs, options), progress)


def asked(
    _: Path,
    /,
    *style: Path,
    options: Options,
    strength: float = 0.6,
    network: str | None = None,
    noise: float | None = None,
    envelopes: Envelopes | None = None,
) -> Settings:
    """What the words of the command resolve to, before any file is looked at.

    Raises:
        UsageError: they cannot be.
    """
    if not 0 <= strength <= 1:
        raise UsageError(f"a strength of {strength} is impossible; give a number from 0 to 1")
    settings = options.settings("transfer") if network is None else _on_network(network, options)
    settings = steered(settings, network or options.preset, noise=noise, envelopes=envelopes)
    check(options, settings, styles=len(style))
    return settings


def _on_network(network: str, options: Options) -> Settings:
    from gramophone.presets.pretrained import transfer_settings

    return transfer_settings(
        options.preset, network, options.source, iterations=options.iterations, scale=options.scale
    )
