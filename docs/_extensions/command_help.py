"""The directive `command-help`: a section for every command of gramophone, with what `--help` prints."""

import contextlib
import io
import os
from typing import ClassVar
from unittest import mock

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from gramophone.cli import main
from gramophone.cli.app import build

COLUMNS = "88"


def help_of(words: list[str]) -> str:
    """What `gramophone WORDS --help` prints, without spaces at the ends of lines."""
    printed = io.StringIO()
    plain = {"COLUMNS": COLUMNS, "NO_COLOR": "1", "TERM": "dumb"}
    with contextlib.redirect_stdout(printed), mock.patch.dict(os.environ, plain):
        main([*words, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().splitlines()).strip()


class CommandHelp(SphinxDirective):
    """Inserts a section for each command, in the order of `gramophone --help`."""

    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Returns the overview and the sections."""
        names = [name for name in build() if not name.startswith("-")]
        return [self._literal([]), *(self._section(name) for name in names)]

    def _section(self, name: str) -> nodes.section:
        section = nodes.section(ids=[f"gramophone-{name}"], names=[f"gramophone {name}"])
        section += nodes.title("", "", nodes.literal("", f"gramophone {name}"))
        section += self._literal([name])
        return section

    def _literal(self, words: list[str]) -> nodes.literal_block:
        text = help_of(words)
        return nodes.literal_block(text, text, language="text")


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
