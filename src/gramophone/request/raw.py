"""Conditions of causal models as text, and what goes together with a network that makes textures by itself."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic_core import PydanticKnownError

from gramophone.bounds import shortened
from gramophone.errors import UsageError
from gramophone.settings import TRAINED

FORM = "write it as NAME=VALUE or NAME=VALUE:VALUE, with commas between several, such as texture=rain,amount=0.2:0.9"
MOST_VALUES = 1000


def condition_text(value: object) -> object:
    """Joins texts, and what a mapping says, to one text."""
    if isinstance(value, Mapping):
        value = [f"{name}={_values(one)}" for name, one in value.items()]
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    pieces = list(value)
    if not all(isinstance(piece, str) for piece in pieces):
        raise PydanticKnownError("string_type")
    return ",".join(pieces)


def _values(value: object) -> str:
    return ":".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def paths_of(text: str) -> dict[str, list[float | str]]:
    """Values of each condition, numbers where they are some.

    Raises:
        UsageError: the text has another form, or names a condition twice.

    Example:
        >>> paths_of("texture=rain,amount=0.2:0.9")
        {'texture': ['rain'], 'amount': [0.2, 0.9]}
    """
    found: dict[str, list[float | str]] = {}
    for word in text.split(","):
        name, equals, values = word.strip().partition("=")
        points = values.split(":")
        if not (name and equals and all(points)) or len(points) > MOST_VALUES:
            raise UsageError(f"'{shortened(word)}' is not a condition; {FORM}")
        if name in found:
            raise UsageError(f"the condition {shortened(name)} is named twice; name it once")
        found[name] = [_number(point.strip()) for point in points]
    return found


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def check_alone(network: str, weights: str | None, styles: Sequence[str], given: Iterable[str]) -> None:
    """Refuses what a network that makes textures by itself has no use for.

    Args:
        network: kind of the network.
        weights: source of its weights.
        styles: recordings that were named.
        given: names of the options that were given besides.

    Raises:
        UsageError: names the first of them, or that the file of weights is missing.
    """
    if styles:
        raise UsageError(
            f"the network {network} makes textures of what it was trained on and takes no recordings, not "
            f"'{shortened(styles[0])}'; leave them out, or leave out the network"
        )
    if weights not in (None, TRAINED) and not str(weights).endswith(".safetensors"):
        raise UsageError(
            f"the network {network} has the weights of a training, not {shortened(str(weights))}; name a file of "
            "'gramophone train texture' with --weights, or leave it out for those that come with gramophone"
        )
    if odd := next(iter(given), None):
        raise UsageError(f"a texture by the network {network} takes no {odd.replace('_', ' ')}; leave it out")
