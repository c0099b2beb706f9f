"""The description in a style file, made by anybody, to an `Origin` whose every value is what it should be."""

import re
from typing import Any

from gramophone.audio.style import Choice, Excerpt, Origin, StyleSource

METHODS = ("all", "herding")
LARGEST = 1e12
_SLACK_S = 1e-3


def origin_from(facts: dict[str, Any], duration_s: float) -> Origin:
    """Reads where a style comes from.

    Args:
        facts: what the file says, as JSON gives it.
        duration_s: length of its samples.

    Raises:
        ValueError: something is missing, of another type, not finite, or fits nothing else; says what.
    """
    sources = tuple(_source(entry) for entry in _list(facts, "sources"))
    excerpts = tuple(_excerpt(entry, sources) for entry in _list(facts, "excerpts"))
    kept_s = sum(excerpt.duration_s for excerpt in excerpts)
    if duration_s > kept_s + _SLACK_S:
        raise ValueError(f"its samples last {duration_s:.3f} s, its excerpts {kept_s:.3f} s")
    choice = _dict(facts.get("choice"), "choice")
    return Origin(sources, excerpts, _choice(choice), _text(facts, "version"))


def _source(entry: object) -> StyleSource:
    source = _dict(entry, "sources")
    sha256 = source.get("sha256")
    if sha256 is not None and not (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise ValueError("a source's sha256 is none")
    return StyleSource(_text(source, "name"), sha256, _number(source, "duration_s"))


def _excerpt(entry: object, sources: tuple[StyleSource, ...]) -> Excerpt:
    excerpt = _dict(entry, "excerpts")
    place = excerpt.get("source")
    if type(place) is not int or not 0 <= place < len(sources):
        raise ValueError("an excerpt names no source")
    start_s, duration_s = _number(excerpt, "start_s"), _number(excerpt, "duration_s")
    if start_s + duration_s > sources[place].duration_s + _SLACK_S:
        raise ValueError(f"an excerpt ends at {start_s + duration_s:.3f} s, behind its source")
    return Excerpt(place, start_s, duration_s)


def _choice(choice: dict[str, Any]) -> Choice:
    method, candidates = choice.get("method"), choice.get("candidates")
    if method not in METHODS:
        raise ValueError(f"the choice is none of {', '.join(METHODS)}")
    if type(candidates) is not int or candidates < 1:
        raise ValueError("the choice has no number of candidates")
    return Choice(method, candidates, _number(choice, "distance"), _number(choice, "random_distance"))


def _list(facts: dict[str, Any], name: str) -> list[Any]:
    found = facts.get(name)
    if not isinstance(found, list) or not found:
        raise ValueError(f"it has no {name}")
    return found


def _dict(found: object, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError(f"its {name} are no table")  # noqa: TRY004 (one error for all that is wrong)
    return found


def _text(entry: dict[str, Any], name: str) -> str:
    found = entry.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"a {name} is no text")
    return found


def _number(entry: dict[str, Any], name: str) -> float:
    found = entry.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < LARGEST:
        raise ValueError(f"a {name} is no number from 0 up")
    return float(found)
