"""One evaluation with gradient: infinitely many filters against 4,096 drawn ones, and against its own products."""

import sys
from collections.abc import Callable

import torch

from bench.timing import command, median_s
from gramophone.networks import InfiniteNetwork, RandomConv1d

BINS, FRAMES = 1025, 431
FOUR_SPANS = (4, 16, 64, 200)


def report() -> str:
    x, y = _spectrograms()
    infinite = median_s(_evaluation("infinite", (11,), x, y))
    four = median_s(_evaluation("infinite", FOUR_SPANS, x, y))
    everything = torch.cat([x[0], y[0]], 1)
    pairs = torch.rand(FRAMES, 2 * FRAMES)
    products = median_s(lambda: (x[0].T @ everything, everything @ pairs.T))
    drawn = median_s(_evaluation("random", (11,), x, y), 3)
    peaks = {kind: command("bench.evaluation", kind)[1] for kind in ("nothing", "infinite", "random")}
    rows = [
        ("4,096 drawn filters, width 11", drawn, peaks["random"]),
        ("infinitely many, span 11", infinite, peaks["infinite"]),
        (f"infinitely many, spans {', '.join(map(str, FOUR_SPANS))}", four, None),
        ("the matrix products of an evaluation alone", products, None),
    ]
    table = "\n".join(
        f"| {name} | {1e3 * seconds:.1f} ms | {drawn / seconds:.0f} x | "
        + (f"{1e3 * (peak - peaks['nothing']):.0f} MB |" if peak else "|")
        for name, seconds, peak in rows
    )
    return f"""## One evaluation of the style term with its gradient ({BINS} bins, {FRAMES} frames, float32)

| | time | against drawn filters | memory above the import |
|---|---|---|---|
{table}

Four spans cost {four / products:.2f} times the matrix products of an evaluation.
"""


def _spectrograms() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.rand(2, 1, BINS, FRAMES, generator=generator)
    return x, y


def _evaluation(kind: str, spans: tuple[int, ...], x: torch.Tensor, y: torch.Tensor) -> Callable[[], None]:
    network = InfiniteNetwork(spans) if kind == "infinite" else RandomConv1d(BINS, 4096, 11)
    term = network.style_term([y], [1.0])
    variable = x.clone().requires_grad_(True)

    def evaluate() -> None:
        variable.grad = None
        term(variable).backward()

    return evaluate


if __name__ == "__main__":
    sound = _spectrograms()
    if sys.argv[1] != "nothing":
        _evaluation(sys.argv[1], (11,), *sound)()
