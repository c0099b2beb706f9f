"""Tables of figures that documents show, kept in `bench/reliability.json` between measurements."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

PATH = Path(__file__).with_name("reliability.json")


class Table(TypedDict):
    """A table with the command that measured it.

    Attributes:
        command: command that measures it again.
        says: what it shows, in a sentence.
        head: names of the columns.
        rows: cells.
    """

    command: str
    says: str
    head: list[str]
    rows: list[list[str]]


def recorded(path: Path = PATH) -> Mapping[str, Table]:
    """All tables, by name."""
    found: dict[str, Table] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def record(name: str, table: Table, path: Path = PATH) -> None:
    """Puts a table in the place of an earlier one of its name."""
    found = {**recorded(path), name: table}
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
