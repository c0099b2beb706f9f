"""`python -m bench`: runs the sections of docs/benchmarks.md, in one run, and writes it.

`python -m bench SECTION ...` prints sections, among them the variants by which settings were chosen.
"""

import datetime
import os
import platform
import sys
from pathlib import Path

import torch

from bench import choices, clips, constant_q, end_to_end, evaluation, scales, unseen
from gramophone.cli.memory import reuse_freed_memory

SECTIONS = {
    "evaluation": evaluation.report,
    "end_to_end": end_to_end.report,
    "unseen": unseen.report,
    "clips": clips.report,
}
VARIANTS = {
    "choices": choices.report,
    "scales": scales.report,
    "constant_q": constant_q.report,
}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main(names: list[str]) -> None:
    known = SECTIONS | VARIANTS
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such section: {', '.join(unknown)}; there are {', '.join(known)}")
    reuse_freed_memory(os.environ)  # as the command line does
    parts = [_head()]
    for name in names or SECTIONS:
        print(f"--- {name}", flush=True)
        parts.append(known[name]())
        print(parts[-1], flush=True)
        if not names:
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text("\n".join(parts), encoding="utf-8")


def _head() -> str:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"""# Benchmarks

Written by `make bench` on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}: {torch.get_num_threads()} threads of \
{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}, load {load:.1f} at the start.
Times are ratios or medians within this one run; figures of sound are measured on the written waveform.
"""


if __name__ == "__main__":
    main(sys.argv[1:])
