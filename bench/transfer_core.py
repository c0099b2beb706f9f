"""The core of transfers, measured: `python -m bench.transfer_core KINDS STRENGTHS [SETTINGS]`.

For instance `python -m bench.transfer_core melody,poly 0.3,0.6 noise=1.0`. Needs GRAMOPHONE_DATA.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.transfer_ears import measures, timbre
from bench.transfer_pairs import RATE_HZ, Pair, pairs
from gramophone.synthesis.conditional import CoreSettings
from gramophone.synthesis.core import transfer_core


def measured(pair: Pair, strength: float, settings: CoreSettings) -> tuple[dict[str, float], str]:
    content, style = (torch.from_numpy(np.ascontiguousarray(y))[None] for y in (pair.content, pair.style))
    began = time.perf_counter()
    core = transfer_core(content, [style], RATE_HZ, strength=strength, settings=settings)
    result, told = core.run(), f"{'+'.join(sorted(core.keep))}; {core.report}"
    seconds = time.perf_counter() - began
    found = measures(result[0].numpy(), pair)
    found["timbre"] /= timbre(pair.content, pair.style)
    return {**found, "seconds": seconds}, told


def main(kinds: str, strengths: str, *options: str) -> None:
    torch.set_num_threads(1)
    changes: dict[str, Any] = {name: _number(value) for name, _, value in (one.partition("=") for one in options)}
    settings = CoreSettings(**changes)
    data = Path(os.environ["GRAMOPHONE_DATA"])
    for strength in (float(one) for one in strengths.split(",")):
        rows: dict[str, list[dict[str, float]]] = {}
        for pair in pairs(data, kinds.split(",")):
            found, told = measured(pair, strength, settings)
            rows.setdefault(pair.kind, []).append(found)
            print(f"{strength:.2f} {pair.name:26} {_text(found)} {told}", flush=True)
        for kind, of_kind in rows.items():
            means = {name: float(np.mean([row[name] for row in of_kind])) for name in of_kind[0]}
            print(f"{strength:.2f} MEAN {kind:21} {_text(means)}", flush=True)


def _number(value: str) -> float | int:
    return float(value) if "." in value else int(value)


def _text(found: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.2f}" for name, value in found.items())


if __name__ == "__main__":
    main(*sys.argv[1:])
