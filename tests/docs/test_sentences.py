"""Sentences tell the truth: flags that they name exist."""

import ast
import re
from pathlib import Path

import pytest

from gramophone.cli import main
from gramophone.cli.app import build

SOURCE = Path(__file__).parents[2] / "src" / "gramophone"
FLAG = re.compile(r"(?<![\w(-])--[a-z][a-z0-9-]+(?![a-z0-9-]*:)")  # and no property of a style sheet
OF_OTHERS = {"--no-deps", "--head", "--help"}  # of pip, of Ray, of all


@pytest.mark.survives("names of flags")
def test_sentences_name_flags_that_exist(capsys):
    known = set()
    for name in build():
        if not name.startswith("-"):
            assert main([name, "--help"]) == 0
            known |= set(FLAG.findall(capsys.readouterr().out))
    named = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.update(dict.fromkeys(FLAG.findall(node.value), path.name))
    negatives = {f"--no-{one[2:]}" for one in known}
    assert len(known) > 80
    assert {one: place for one, place in named.items() if one not in known | negatives | OF_OTHERS} == {}
