"""The study at the published budgets, as an order of questions that fits into ten hours of one core.

Seconds of a transfer are those of docs/presets.md (3 s of sound, one thread); they grow with the length of the clips.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.study.budget import Budget
from bench.study.cells import Cell
from bench.study.questions import QUESTIONS
from gramophone.settings import DRAWN

MOST_HOURS = 10.0
MEASURED_S = 3.0
"""Length of the recordings whose times are below."""
SECONDS: Mapping[str, float] = {
    "infinite": 3,
    "wyse2017": 197,
    "huzaifah2019": 13,
    "huzaifah2019-cqt": 30,
    "verma2018": 6,
    "random": 103,
    "soundnet": 4,
    "vgg19": 384,
}
"""Processor seconds of a published transfer by kind of network."""
FILTERS, WIDTH_FRAMES = 256, 11
"""Of `huzaifah2019` as its time was measured, with the style in its first layer."""

PLAN: Sequence[tuple[str, int, int]] = (
    ("b2", 2, 9),
    ("b3", 1, 9),
    ("a", 1, 9),
    ("f", 1, 9),
    ("e", 1, 9),
    ("h", 1, 9),
    ("k", 1, 9),
    ("k2", 1, 9),
    ("i", 1, 9),
    ("l", 1, 9),
)
"""Questions in the order in which they are computed, with their seeds and pairs; the main claim first."""
LEFT_OUT: Mapping[str, str] = {
    "b": "eight noise levels beside the four conditions of b2, 6 hours more",
    "c": "4,096 filters along time and along frequency, 35 minutes a pair",
    "c2": "what Gram matrices and activity keep, with 4,096 filters, 20 minutes a pair",
    "d": "six textures of up to 4,096 filters, 5 minutes each and pair",
    "g": "content term against content start, 5 minutes a pair",
    "pareto": "all presets, two hours a pair",
}


def cells(budget: Budget) -> list[Cell]:
    """Cells of the plan; what draws nothing has one seed, and a cell that two questions share is made once."""
    found: dict[str, Cell] = {}
    for letter, seeds, pairs in PLAN:
        for cell in QUESTIONS[letter]().cells(replace(budget, seeds=seeds, pairs=pairs)):
            if cell.seed == 0 or cell.draws:
                found.setdefault(cell.key, cell)
    return list(found.values())


def seconds(cell: Cell) -> float:
    """Estimate of the processor time of a cell."""
    network, scale = cell.settings.network, cell.clip_s / MEASURED_S
    if cell.settings.rival is not None:
        return scale
    if network.kind == "huzaifah2019" and network.weights == DRAWN and cell.settings.transfer.content == 0:
        scale *= (network.filters or FILTERS) / FILTERS * network.widths_frames[0] / WIDTH_FRAMES
    steps = cell.settings.optimiser.iterations / cell.published.optimiser.iterations
    return scale * steps * SECONDS[network.kind]


def describe(budget: Budget) -> str:
    """The plan as a table with its hours."""
    lines = ["| question | cells | core hours |", "|---|---|---|"]
    counted: set[str] = set()
    for letter, seeds, pairs in PLAN:
        own = {cell.key: cell for cell in QUESTIONS[letter]().cells(replace(budget, seeds=seeds, pairs=pairs))}
        new = [cell for key, cell in own.items() if key not in counted and (cell.seed == 0 or cell.draws)]
        counted |= {cell.key for cell in new}
        lines.append(f"| {letter} | {len(new)} | {sum(map(seconds, new)) / 3600:.1f} |")
    lines.append(f"| all | {len(counted)} | {hours(budget):.1f} |")
    return "\n".join(lines)


def hours(budget: Budget) -> float:
    """Core hours of the whole plan."""
    return sum(map(seconds, cells(budget))) / 3600
