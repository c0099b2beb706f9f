"""Everything that a run record holds besides losses: settings, parameters, versions, files, and the command."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from gramophone.report.html import element, text, verbatim

ELSEWHERE = ("format", "command", "losses", "settings")
PLAIN = (str, int, float, bool, type(None))


def settings_tables(record: dict[str, Any]) -> str:
    """Shows all of a record but its losses and its command, nothing rounded."""
    settings = record.get("settings", {})
    tables = [*_tables("settings", settings)]
    loose = {name: value for name, value in record.items() if name not in ELSEWHERE and isinstance(value, PLAIN)}
    tables.append(_table("run", _rows(loose)))
    for name, value in record.items():
        if name not in ELSEWHERE and name not in loose:
            tables.extend(_numbered(name, value))
    return element("div", *tables, class_="settings")


def command_block(command: list[str]) -> str:
    """Shows the command that repeats a run, ready to be copied; says so where there is none."""
    if not command:
        return element("p", "This run was made in Python, so there is no command that repeats it.", class_="quiet")
    words = " ".join(element("span", verbatim(shlex.quote(word)), class_="word") for word in command)
    hint = "Run it in the folder where it ran before; the same seed on the same machine gives the same bytes."
    if "--overwrite" not in command:
        hint += " As long as the result is there, it takes --overwrite or another name."
    return element(
        "div",
        element("pre", element("code", words), tabindex="0"),
        element("button", "Copy", type="button", class_="copy", aria_label="Copy the command"),
        class_="command",
    ) + element("p", text(hint), class_="quiet")


def _tables(name: str, values: dict[str, Any]) -> Iterator[str]:
    """One table for the plain values, one for each group in them."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if plain:
        yield _table(name, _rows(plain))
    for key, value in values.items():
        if isinstance(value, dict):
            yield _table(key, _rows(value))


def _numbered(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for number, one in enumerate(value, 1):
            yield _table(f"{name} {number}", _rows(one))
    elif isinstance(value, dict):
        if value:
            yield _table(name, _rows(value))
    else:
        yield _table(name, [(name, _shown(value))])


def _rows(values: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Lists names with dots for what is nested, as settings files write them."""
    rows = []
    for name, value in values.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and value:
            rows += _rows(value, f"{path}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                rows += _rows(one, f"{path}.{number}.")
        else:
            rows.append((path, _shown(value)))
    return rows


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "none"
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)


def _table(name: str, rows: list[tuple[str, str]]) -> str:
    lines = [element("tr", element("th", text(key), scope="row"), element("td", text(value))) for key, value in rows]
    return element("table", element("caption", text(name)), element("tbody", *lines))
