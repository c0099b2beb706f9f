"""What results are called: after their sounds and the settings that one hears first, and numbered as takes."""

from collections.abc import Container, Mapping, Sequence
from itertools import count
from typing import Any

LONGEST_NAME = 80


def title_of(request: Mapping[str, Any], sounds: Sequence[str]) -> str:
    """Names the result of a request, for its files.

    Args:
        request: with its defaults; a transfer has a `strength`, a texture perhaps a `duration_s`.
        sounds: file names of its sounds, the content first.

    Example:
        >>> title_of({"task": "transfer", "strength": 0.6, "preset": "infinite"}, ["voice.wav", "fire.wav"])
        'voice-in-fire-0.6'
        >>> title_of({"task": "texture", "duration_s": 20.0, "loop": True, "preset": "infinite"}, ["rain.wav"])
        'more-rain-20s-loop'
    """
    stems = [_plain_stem(name) for name in sounds]
    is_transfer = request["task"] == "transfer"
    said = f"{stems[0]}-in-{'-'.join(stems[1:])}" if is_transfer else f"more-{'-'.join(stems)}"
    parts = [said[:LONGEST_NAME]]
    if request.get("preset") not in (None, "infinite"):
        parts.append(str(request["preset"]))
    if is_transfer:
        parts.append(f"{request['strength']:g}")
    if request.get("duration_s"):
        parts.append(f"{request['duration_s']:g}s")
    if request.get("loop"):
        parts.append("loop")
    return "-".join(parts)


def take_of(title: str, taken: Container[str]) -> str:
    """Returns a title that is not taken yet.

    Example:
        >>> take_of("voice-in-fire-0.6", {"voice-in-fire-0.6"})
        'voice-in-fire-0.6-take2'
    """
    takes = (title if number == 1 else f"{title}-take{number}" for number in count(1))
    return next(one for one in takes if one not in taken)


def _plain_stem(name: str) -> str:
    stem = name.removesuffix(".style.safetensors").rpartition(".")[0] or name
    return "".join(letter if letter.isalnum() or letter in "_-" else "-" for letter in stem).strip("-") or "sound"
