"""Which presets are beaten: by another that is at least as good in style, content and time, and better in one."""

from collections.abc import Mapping

from bench.saturation import is_saturated, left_out
from bench.study.budget import Budget
from bench.study.question import PARETO_PAIRS
from bench.study.tables import number, table

Figures = Mapping[str, float]

MEANS: Mapping[str, str] = {
    "purity": "purity",
    "structure": "structure",
    "gain": "gain over mixing",
    "seconds": "seconds",
}
NEAR = 0.02
"""Purity and structure nearer than this are the same."""


def beats(one: Figures, other: Figures) -> bool:
    """Whether one is nowhere worse and somewhere better: purity and structure up, seconds down."""
    ahead = (one["purity"] - other["purity"], one["structure"] - other["structure"])
    faster = other["seconds"] / one["seconds"]
    return min(ahead) >= -NEAR and faster >= 0.9 and (max(ahead) > NEAR or faster > 1.1)


def front(found: Mapping[str, Figures]) -> list[str]:
    """Names of those that nobody beats."""
    return [name for name in found if not any(beats(found[other], found[name]) for other in found if other != name)]


def pareto_section(found: Mapping[tuple[str, str], Mapping[str, Figures]], budget: Budget) -> str:
    """The table, and on how many pairs each preset is on the front."""
    pairs = [pair for pair in PARETO_PAIRS[: budget.pareto_pairs] if found.get(pair)]
    if not pairs:
        return "## All presets\n\nNot made yet.\n"
    fronts = {pair: front(found[pair]) for pair in pairs}
    saturated = [
        measure
        for measure in ("purity", "structure", "gain")
        if is_saturated(one[measure] for pair in pairs for one in found[pair].values())
    ]
    shown = [measure for measure in MEANS if measure not in saturated]
    names = list(dict.fromkeys(name for pair in pairs for name in found[pair]))
    rows = []
    for name in names:
        have = [found[pair][name] for pair in pairs if name in found[pair]]
        means = [number([one[measure] for one in have]) for measure in shown]
        rows.append((name, *means, f"{sum(name in fronts[pair] for pair in pairs)} of {len(have)}"))
    head = ("preset", *(MEANS[measure] for measure in shown), "on the front")
    beaten = [
        f"- {content} in {style}: `infinite` is beaten by {', '.join(_better(found[content, style]))}"
        for content, style in pairs
        if "infinite" in found[content, style] and "infinite" not in fronts[content, style]
    ]
    verdict = (
        f"`infinite` is on the front on {sum('infinite' in names for names in fronts.values())} of {len(pairs)}."
    )
    below = ["", left_out(MEANS[measure] for measure in saturated)] if saturated else []
    title = "## All presets: style reached, content kept, seconds"
    return "\n".join((title, "", table(head, rows), *below, "", verdict, *beaten, ""))


def _better(found: Mapping[str, Figures]) -> list[str]:
    return [name for name in found if name != "infinite" and beats(found[name], found["infinite"])]
