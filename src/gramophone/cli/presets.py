"""`gramophone presets`."""

import textwrap

from gramophone.cli.console import write_stdout


def presets() -> int:
    """List the presets that --preset takes."""
    from gramophone.presets import DESCRIPTIONS, PRESETS

    width = max(map(len, PRESETS))
    for name in PRESETS:
        write_stdout(
            textwrap.fill(
                DESCRIPTIONS[name],
                79,
                initial_indent=f"{name:{width}}  ",
                subsequent_indent=" " * (width + 2),
            )
        )
    return 0
