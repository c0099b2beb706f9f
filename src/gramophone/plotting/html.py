"""HTML from values: everything that is shown passes through `text`."""

import html


def text(value: object) -> str:
    """Escapes a value for elements and attributes; what cannot be printed is shown as an escape."""
    return html.escape("".join(letter if letter.isprintable() else _visible(letter) for letter in str(value)))


def verbatim(value: str) -> str:
    """Escapes text whose line breaks and tabs must be kept."""
    return "".join(letter if letter in "\n\t" else text(letter) for letter in value)


def element(name: str, *content: str, **attributes: object) -> str:
    """Writes an element around content that is HTML already.

    Args:
        name: of the element.
        content: HTML, joined.
        attributes: escaped here; `_` in a name stands for `-` and a last one is dropped (`class_`). True gives
            the name alone, False and None nothing.
    """
    inside = "".join(content)
    return f"<{name}{_attributes(attributes)}>{inside}</{name}>"


def void(name: str, **attributes: object) -> str:
    """Writes an element that has no content, such as an image."""
    return f"<{name}{_attributes(attributes)}>"


def percent(share: float) -> str:
    """Writes a share of 0 to 1 as a length of CSS."""
    return f"{100 * share:.5g}%"


def _attributes(attributes: dict[str, object]) -> str:
    words = []
    for name, value in attributes.items():
        shown = name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(f" {shown}")
        elif value is not None and value is not False:
            words.append(f' {shown}="{text(value)}"')
    return "".join(words)


def _visible(letter: str) -> str:
    return " " if letter in "\r\n\t" else letter.encode("unicode_escape").decode("ascii")
