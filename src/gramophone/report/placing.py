"""The picture of a report: what transfers of one pair keep, over how far they are made of the style."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gramophone.evaluation.picture import Placing, identity_svg
from gramophone.plotting.html import element, text
from gramophone.report.entry import Entry

if TYPE_CHECKING:
    from gramophone.evaluation.sweep import Sweep

HINT = (
    "Up: what is kept of the content, 1 for the content itself and 0 for what the style alone keeps. Right: 0 for "
    "the content, 1 for the style's own halves. Plain mixing is no way there: it has the content itself in it (leak)."
)


def placings(entries: Sequence[Entry], beside: Mapping[str, "Sweep"]) -> str:
    """Pictures of all pairs whose transfers have both figures, as HTML; empty if there is none.

    Args:
        entries: runs.
        beside: rivals and plain mixing that are drawn, too, by the pair (see `pair_of`).
    """
    pairs = dict.fromkeys(pair_of(entry) for entry in entries)
    return "".join(
        _picture(pair, [entry for entry in entries if pair_of(entry) == pair], beside.get(pair)) for pair in pairs
    )


def _picture(pair: str, entries: Sequence[Entry], swept: "Sweep | None") -> str:
    systems: dict[str, list[Placing]] = {}
    for name, placing in (found for entry in entries for found in _placed(entry)):
        systems.setdefault(name, []).append(placing)
    if not systems:
        return ""
    systems = {name: sorted(points, key=lambda point: point.style) for name, points in systems.items()}
    rivals, mixes = ({}, []) if swept is None else swept.placings()
    picture = element("figure", identity_svg({**systems, **rivals}, mixes), element("figcaption", text(pair)))
    return element("section", element("h3", "Identity over style"), picture, element("p", text(HINT), class_="quiet"))


def _placed(entry: Entry) -> Iterator[tuple[str, Placing]]:
    values = {metric.key: metric.value for metric in entry.figures}
    identity, style = values.get("identity"), values.get("style")
    if identity is not None and style is not None:
        strength = entry.record.get("parameters", {}).get("strength")
        yield _system(entry.record), Placing(style, identity, "" if strength is None else f"{strength:g}")


def _system(record: dict[str, Any]) -> str:
    settings = record.get("settings", {})
    kind = settings.get("rival") or settings.get("network", {}).get("kind")
    return str(kind or record.get("task", "run"))


def pair_of(entry: Entry) -> str:
    """Names of the sounds that a run is made of."""
    return " in ".join(track.name for track in entry.tracks if track.role != "result")
