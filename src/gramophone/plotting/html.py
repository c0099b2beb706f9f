"""Safe HTML and SVG from values: all text passes through `text`."""

import html
from collections.abc import Sequence

from gramophone.plotting.ticks import Tick


def text(value: object) -> str:
    """Escapes a value for elements and attributes; unprintable characters become visible escapes."""
    return html.escape("".join(letter if letter.isprintable() else _visible(letter) for letter in str(value)))


def verbatim(value: str) -> str:
    """Escapes text whose line breaks and tabs must be kept."""
    return "".join(letter if letter in "\n\t" else text(letter) for letter in value)


def element(name: str, *content: str, **attributes: object) -> str:
    """Formats an element.

    Args:
        name: tag name.
        content: HTML, concatenated.
        attributes: values to escape; `_` in a name stands for `-`, a trailing `_` is dropped (`class_`). True writes
            the name alone, False and None omit the attribute.
    """
    return f"<{name}{_attributes(attributes)}>{''.join(content)}</{name}>"


def void(name: str, **attributes: object) -> str:
    """Formats an element without content, such as an image."""
    return f"<{name}{_attributes(attributes)}>"


def percent(fraction: float) -> str:
    """Formats a fraction from 0 to 1 as a CSS length."""
    return f"{100 * fraction:.5g}%"


def axis_labels(ticks: Sequence[Tick], *, vertical: bool) -> str:
    """Formats tick labels beside or below a picture; hidden from screen readers."""
    side = "bottom" if vertical else "left"
    spans = [
        element("span", element("span", text(tick.label)), class_="tick", style=f"{side}:{percent(tick.position)}")
        for tick in ticks
    ]
    return element("div", *spans, class_="axis-y" if vertical else "axis-x", aria_hidden="true")


def _attributes(attributes: dict[str, object]) -> str:
    words = []
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(f" {name}")
        elif value is not None and value is not False:
            words.append(f' {name}="{text(value)}"')
    return "".join(words)


def _visible(letter: str) -> str:
    return " " if letter in "\r\n\t" else letter.encode("unicode_escape").decode("ascii")
