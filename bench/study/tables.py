"""Tables of Markdown, and means with their spread."""

from collections.abc import Iterable, Sequence
from statistics import mean, stdev


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under a head."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def number(values: Sequence[float]) -> str:
    """Mean and, of two or more, standard deviation; a dash for none."""
    if not values:
        return "-"
    digits = 1 if abs(mean(values)) >= 10 else 2
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"
