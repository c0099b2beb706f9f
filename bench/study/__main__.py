"""`python -m bench.study`: answers the open questions on recordings and writes docs/study.md.

Every result is kept in a folder, so a run that was stopped goes on where it was, and may be made piece by piece:

    python -m bench.study --data DATA --plan --limit-s 3000    the published budgets, main claims first
    python -m bench.study --data DATA --plan --part 1/2        every second result, beside another process
    python -m bench.study --data DATA --plan --vgg FILE        VGG-19's weights, if not in torchvision's cache
    python -m bench.study --data DATA --plan --judge           measure the kept sounds anew
    python -m bench.study --plan --record                      put all figures into results.json
    python -m bench.study --plan --only-made                   write the page of what there is
    python -m bench.study --cost
"""

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from bench.study.budget import Budget
from bench.study.cells import Cell
from bench.study.kept import Kept, Result
from bench.study.page import Answered, in_short, intro, omitted, reference_table, section
from bench.study.pareto import pareto_section
from bench.study.plan import LEFT_OUT, PLAN, describe
from bench.study.plan import cells as planned_cells
from bench.study.question import Question
from bench.study.questions import QUESTIONS, pareto_cells
from bench.study.references import references
from gramophone.errors import InputError
from gramophone.networks.pretrained.vgg import read_vgg
from gramophone.settings import DRAWN

PAGE = Path(__file__).parents[2] / "docs" / "study.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder that has clips/*.flac (default: GRAMOPHONE_DATA's)")
    parser.add_argument("--cells", type=Path, default=Path("bench-output/study"), help="where results are kept")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--questions", default=",".join([*QUESTIONS, "pareto"]), help="which, with commas")
    parser.add_argument("--plan", action="store_true", help="the questions of the plan, in its order; says its cost")
    parser.add_argument("--limit-s", type=float, help="begin no further cell after so many seconds")
    parser.add_argument("--part", default="1/1", help="which part of how many: every n-th result from there on")
    parser.add_argument("--judge", action="store_true", help="measure the kept sounds anew; make nothing")
    parser.add_argument("--record", action="store_true", help="put all figures into results.json; make nothing")
    parser.add_argument("--only-made", action="store_true", help="write the page of what is there; make nothing")
    parser.add_argument(
        "--cost", action="store_true", help="print processor seconds of every preset, make nothing else"
    )
    for field in fields(Budget):
        kind = type(field.default)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    given = parser.parse_args()
    if given.data:
        os.environ["GRAMOPHONE_DATA"] = str(given.data.resolve())
    budget = Budget(**{field.name: getattr(given, field.name) for field in fields(Budget)})
    given.cells.mkdir(parents=True, exist_ok=True)
    kept = Kept(given.cells)
    if given.cost:
        _cost(budget, kept)
        return
    letters = [letter for letter, *_ in PLAN] if given.plan else given.questions.split(",")
    cells: list[Result] = [*(planned_cells(budget) if given.plan else _wanted(letters, budget)), *references(budget)]
    if given.judge:
        for cell in cells:
            kept.judge(cell)
    if given.record:
        print(f"{kept.record(cells)} of {len(cells)} results are in the record")
    if given.judge or given.record:
        return
    if not given.only_made:
        part, parts = map(int, given.part.split("/"))
        print(describe(budget), flush=True)
        _make(makeable(cells[part - 1 :: parts], budget), kept, given.limit_s)
    given.page.write_text(_page(letters, budget, kept), encoding="utf-8")


def _wanted(letters: Sequence[str], budget: Budget) -> list[Cell]:
    cells = [cell for letter in letters if letter in QUESTIONS for cell in QUESTIONS[letter]().cells(budget)]
    return [*cells, *(pareto_cells(budget) if "pareto" in letters else [])]


def makeable(cells: Sequence[Result], budget: Budget) -> Sequence[Result]:
    """Those that can be made: without the file of its weights, none of VGG-19."""
    others = [cell for cell in cells if not (isinstance(cell, Cell) and cell.settings.network.kind == "vgg19")]
    if budget.vgg == DRAWN or len(others) == len(cells):
        return cells
    try:
        read_vgg(budget.vgg)
    except InputError as error:
        print(f"left out VGG-19: {error}", flush=True)
        return others
    return cells


def _make(cells: Sequence[Result], kept: Kept, limit_s: float | None) -> None:
    began = time.monotonic()
    for place, cell in enumerate(cells, 1):
        if kept.figures(cell) is not None:
            continue
        if limit_s is not None and time.monotonic() - began > limit_s:
            print(f"stopped before {place} of {len(cells)}; say it again to go on", flush=True)
            return
        seconds = kept.make(cell).get("seconds", 0.0)
        print(f"{place}/{len(cells)} {cell.system}: {cell.content} in {cell.style}, {seconds:.1f} s", flush=True)


def _page(letters: Sequence[str], budget: Budget, kept: Kept) -> str:
    answered = [_answered(QUESTIONS[letter](), budget, kept) for letter in letters if letter in QUESTIONS]
    reference_figures: dict[str, list[Mapping[str, float]]] = {}
    for reference in references(budget):
        if figures := kept.figures(reference):
            reference_figures.setdefault(reference.system, []).append(figures)
    sections = [intro(budget), in_short(answered), reference_table(reference_figures)]
    sections += [section(one) for one in answered]
    if "pareto" in letters:
        found: dict[tuple[str, str], dict[str, Mapping[str, float]]] = {}
        for cell in pareto_cells(budget):
            if figures := kept.figures(cell):
                found.setdefault((cell.content, cell.style), {})[cell.system] = figures
        sections.append(pareto_section(found, budget))
    if absent := {letter: cost for letter, cost in LEFT_OUT.items() if letter not in letters}:
        sections.append(omitted(absent))
    return "\n".join(sections)


def _answered(question: Question, budget: Budget, kept: Kept) -> Answered:
    figures: dict[str, dict[tuple[str, str], list[Mapping[str, float]]]] = {name: {} for name in question.systems}
    missing: dict[str, Sequence[str]] = {}
    for cell in question.cells(budget):
        missing[cell.system] = cell.missing
        if found := kept.figures(cell):
            figures[cell.system].setdefault((cell.content, cell.style), []).append(found)
    return Answered(question, figures, missing)


def _cost(budget: Budget, kept: Kept) -> None:
    """Every preset on the first pair, within the budget."""
    first = [cell for cell in pareto_cells(budget) if cell.content == pareto_cells(budget)[0].content]
    for cell in first:
        figures = kept.figures(cell) or kept.make(cell)
        steps = cell.settings.optimiser.iterations
        print(f"{cell.system:24} {steps} steps, {figures.get('seconds', float('nan')):.1f} s", flush=True)


if __name__ == "__main__":
    main()
