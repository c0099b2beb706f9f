"""The page of the benchmark: tables of means and spreads, pair by pair, and what dumb programs score."""

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from bench.identity.cells import RECOGNISED, Cell
from bench.identity.dial import dial_table
from bench.identity.pairs import KINDS, PAIRS, Pair
from bench.identity.systems import SYSTEMS
from bench.saturation import is_saturated, left_out, share_at_ends
from gramophone.rivals import RIVALS

COLUMNS = (
    "melody",
    "melody modulo octave",
    "harmony",
    "words",
    RECOGNISED,
    "spectral shape",
    "onsets",
    "low and high strokes",
    "style, kernel distance",
    "style, cosine",
    "patches",
    "timbre",
    "copying",
)
SHOWN_AS_SCORE = ("style, kernel distance", "style, cosine", "patches", "timbre")
LEAK = "leak"
LEAK_ALLOWED = 0.1

HEAD = """# What a transfer keeps, and what it is made of

Written by `python -m bench.identity`. {count} pairs of five seconds, {held_out} of them held out from all tuning:
{kinds}. Every system at its strengths, one seed: {cells} results{failed}. The strength
of `vocoder` and `cross` is the level of the bed of the style (none, -15, -10, -5, 0 dB), that of `mixing` the ratio
of content and style (16 to -16 dB); `driedger2015` and `tralie2024` have none; `transfer` is the default,
`transfer --no-copy` the same from noise.

*Identity* is the mean of the content's measures that have a meaning for the pair, each 0 for the style alone and 1
for the content. *Style* is the kernel distance of an embedding of sound effects, 0 for the content and 1 for the
style's own halves. Columns of the style's measures are scores on that scale, not cut off; all others are the figures
themselves. `a ± b (n)`: mean, standard deviation between pairs, number of pairs. *Leaks*: in how many results the
content's own waveform is found (coherence of more than {leak} above chance); it is no measure, but keeps mixing out.

![identity over style](identity.svg)

A solid curve has a leak below {leak}; a dashed one has the content's own waveform in it.
"""


def page(cells: Iterable[Cell], notes: Sequence[str] = ()) -> str:
    """The whole page in Markdown."""
    every = list(cells)
    found = [cell for cell in every if not cell.failed]
    parts = [_head(every)]
    parts += [note + "\n" for note in notes]
    dumb = [cell for cell in found if SYSTEMS[cell.system].dumb]
    parts += ["## Dumb programs\n", _table(dumb), "\n", _unused(dumb), "\n"]
    for title, held_out in (("Held out", True), ("For tuning", False)):
        for kind in KINDS:
            names = {pair.name for pair in PAIRS if pair.kind == kind and pair.held_out == held_out}
            some = [cell for cell in found if cell.pair in names]
            if some:
                parts += [f"## {title}: {kind}\n", _table(some), "\n"]
    parts += ["## The default beside the best rival\n", _wins(found), "\n"]
    parts += ["## The dial\n", dial_table([cell for cell in found if cell.system == "transfer"]), "\n"]
    parts += ["## Pair by pair\n", _pairs(found), "\n## Saturation\n", _saturation(found)]
    return "\n".join(parts)


def _head(cells: Sequence[Cell]) -> str:
    """What was run, and how it is to be read."""
    names = {cell.pair for cell in cells}
    run = [pair for pair in PAIRS if pair.name in names]
    kinds = [(kind, sum(pair.kind == kind for pair in run)) for kind in KINDS]
    failed = sum(bool(cell.failed) for cell in cells)
    return HEAD.format(
        count=len(run),
        held_out=sum(pair.held_out for pair in run),
        kinds=", ".join(f"{count} {kind}" for kind, count in kinds if count),
        cells=len(cells),
        failed=f", of which {failed} could not be made" if failed else "",
        leak=LEAK_ALLOWED,
    )


def spread(values: Sequence[float]) -> str:
    """Mean, standard deviation and number."""
    if not values:
        return "-"
    around = f" ± {stdev(values):.2f}" if len(values) > 1 else ""
    return f"{mean(values):.2f}{around} ({len(values)})"


def shown(cell: Cell, column: str) -> float | None:
    """What a table says of a measure: its score for distances, its value for all others."""
    return (cell.scores if column in SHOWN_AS_SCORE else cell.values).get(column)


def _table(cells: Sequence[Cell]) -> str:
    saturated = [column for column in COLUMNS if is_saturated(_values(_real(cells), column))]
    columns = [
        column
        for column in COLUMNS
        if column not in saturated and any(shown(cell, column) is not None for cell in cells)
    ]
    lines = [
        "| system | strength | identity | style | " + " | ".join(columns) + " | leaks | seconds |",
        "|" + "---|" * (len(columns) + 6),
    ]
    for name, system in SYSTEMS.items():
        for strength in system.strengths:
            same = [cell for cell in cells if (cell.system, cell.strength) == (name, strength)]
            if not same:
                continue
            figures = [spread(_values(same, column)) for column in columns]
            identity = spread([cell.identity for cell in same if cell.identity is not None])
            style = spread([cell.style for cell in same if cell.style is not None])
            taken = f"{mean(cell.seconds for cell in same):.2f}"
            dial = f"{strength:g}" if system.has_dial else "-"
            lines.append(
                f"| {name} | {dial} | {identity} | {style} | "
                + " | ".join(figures)
                + f" | {_leaks(same)} | {taken} |"
            )
    if saturated:
        lines += ["", left_out(saturated)]
    return "\n".join(lines) + "\n"


def _leaks(cells: Sequence[Cell]) -> str:
    measured = [cell.values[LEAK] for cell in cells if LEAK in cell.values]
    return f"{sum(leak > LEAK_ALLOWED for leak in measured)}/{len(measured)}"


def _pairs(cells: Sequence[Cell]) -> str:
    names = [name for name in SYSTEMS if any(cell.system == name for cell in cells)]
    lines = ["Identity / style at each strength.\n", "| pair | held out | " + " | ".join(names) + " |"]
    lines.append("|" + "---|" * (len(names) + 2))
    for pair in PAIRS:
        same = [cell for cell in cells if cell.pair == pair.name]
        if same:
            lines.append(f"| {pair.name} | {_yes(pair.held_out)} | " + " | ".join(_dial(same, names)) + " |")
    return "\n".join(lines) + "\n"


def _wins(cells: Sequence[Cell]) -> str:
    """For every pair the best result of a rival, and whether the default has as much of both at some strength."""
    lines = [
        "The best result of a rival is that with the largest product of identity and style. The default wins where "
        "some strength has at least as much of both.\n",
        "| pair | held out | best rival | its identity / style | default | wins |",
        "|---|---|---|---|---|---|",
    ]
    won: dict[bool, list[bool]] = {True: [], False: []}
    for pair in PAIRS:
        placed = [(cell, *_place(cell)) for cell in cells if cell.pair == pair.name]
        rivals = [one for one in placed if one[0].system in RIVALS]
        ours = [one for one in placed if one[0].system == "transfer"]
        if not rivals or not ours:
            continue
        rival, kept, made = max(rivals, key=lambda one: one[1] * one[2])
        winning = [one for one in ours if one[1] >= kept and one[2] >= made]
        cell, ours_kept, ours_made = max(winning or ours, key=lambda one: one[1] * one[2])
        won[pair.held_out].append(bool(winning))
        said = (pair.name, _yes(pair.held_out), rival.system, f"{kept:.2f} / {made:.2f}")
        default = f"{ours_kept:.2f} / {ours_made:.2f} at {cell.strength:g}"
        lines.append(f"| {' | '.join(said)} | {default} | {_yes(bool(winning))} |")
    lines.append("")
    lines += [
        f"{title}: {sum(won[held_out])} of {len(won[held_out])}."
        for title, held_out in (("Held out", True), ("For tuning", False))
        if won[held_out]
    ]
    return "\n".join(lines) + "\n"


def _place(cell: Cell) -> tuple[float, float]:
    """Identity and style, 0 where there is none."""
    return cell.identity or 0.0, cell.style or 0.0


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _dial(cells: Sequence[Cell], names: Sequence[str]) -> list[str]:
    def said(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    return [
        ", ".join(
            f"{said(cell.identity)}/{said(cell.style)}"
            for cell in sorted((c for c in cells if c.system == name), key=lambda c: c.strength)
        )
        or "-"
        for name in names
    ]


def _unused(cells: Sequence[Cell]) -> str:
    """Which measures fail the dumb programs on average."""
    wanted = {"content": (1.0, 0.0), "style": (0.0, 1.0), "silence": (0.0, 0.0), "noise": (0.0, 0.0)}
    failed = []
    for column in COLUMNS:
        place = 1 if column in SHOWN_AS_SCORE else 0
        for system, expected in wanted.items():
            scores = [cell.scores[column] for cell in cells if cell.system == system and column in cell.scores]
            away = mean(min(1.0, max(0.0, score)) for score in scores) - expected[place] if scores else 0.0
            if abs(away) > 0.05:
                failed.append(f"{column} ({system}: {expected[place] + away:.2f} instead of {expected[place]:g})")
    if not failed:
        return "Every measure places them within 0.05 of where they belong.\n"
    return (
        "Farther than 0.05 from where they belong on average over the pairs, so shown beside the others and used for "
        "no curve and no claim: " + "; ".join(failed) + ".\n"
    )


def _saturation(cells: Sequence[Cell]) -> str:
    """Share of cells at 0 or 1 in all tables together and in the worst of them, dumb programs left out."""
    real = _real(cells)
    lines = [
        "Share of the results of real systems within 0.005 of 0 or 1, in all and in the table with the most of them. "
        "More than a third tells nothing, and leaves the measure out of that table (*identity* still has it).\n",
        "| measure | all | most | in the table |",
        "|---|---|---|---|",
    ]
    for column in COLUMNS:
        tables = {
            f"{'held out' if held_out else 'for tuning'}: {kind}": _values(
                [cell for cell in real if _is_in(cell, kind, held_out=held_out)], column
            )
            for kind in KINDS
            for held_out in (True, False)
        }
        found = {name: share for name, values in tables.items() if (share := share_at_ends(values)) is not None}
        if found:
            worst = max(found, key=lambda name: found[name])
            named = f"{worst} (left out)" if is_saturated(tables[worst]) else worst
            lines.append(f"| {column} | {share_at_ends(_values(real, column)):.2f} | {found[worst]:.2f} | {named} |")
    return "\n".join(lines) + "\n"


def _real(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if not SYSTEMS[cell.system].dumb]


def _values(cells: Sequence[Cell], column: str) -> list[float]:
    return [value for cell in cells if (value := shown(cell, column)) is not None]


def _is_in(cell: Cell, kind: str, *, held_out: bool) -> bool:
    return any(pair.name == cell.pair and pair.held_out == held_out for pair in of_kind(kind))


def of_kind(kind: str) -> list[Pair]:
    """The pairs of one kind."""
    return [pair for pair in PAIRS if pair.kind == kind]
