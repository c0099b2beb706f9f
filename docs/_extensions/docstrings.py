"""Reads docstrings as they are meant in the source: indented examples are code, and sources are a list."""

import re

from sphinx.application import Sphinx

SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Example|Examples|Note|Notes):$")
SOURCE = re.compile(r"^\[\d+\] ")
BEFORE_NAPOLEON, AFTER_NAPOLEON = 400, 600  # whose priority is 500


def literal_blocks(lines: list[str]) -> list[str]:
    """Returns the lines with a `::` before every block that is indented below a plain paragraph."""
    found: list[str] = []
    plain, inside = False, False
    for line in lines:
        if not line.strip():
            found.append(line)
            continue
        indented = line.startswith("    ")
        if indented and plain and not inside and found and not found[-1].strip():
            found += ["::", ""]
            inside = True
        if not indented:
            plain, inside = not SECTION.match(line), False
        found.append(line)
    return found


def list_of_sources(lines: list[str]) -> list[str]:
    """Returns the lines with sources, `[1] A. Author, ...`, as items of a list."""
    found: list[str] = []
    inside = False
    for line in lines:
        if SOURCE.match(line):
            if not inside and found and found[-1].strip():
                found.append("")
            found.append(f"* {line}")
            inside = True
        else:
            inside = inside and bool(line.strip())
            found.append(f"  {line.strip()}" if inside else line)
    return found


def _before(_app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    lines[:] = list_of_sources(literal_blocks(lines))


def _after(_app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Keeps the stars of shapes such as `*batch` from beginning an emphasis."""
    lines[:] = [line.replace("*", r"\*") if line.startswith(":vartype") else line for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers both changes of docstrings."""
    app.connect("autodoc-process-docstring", _before, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", _after, priority=AFTER_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
