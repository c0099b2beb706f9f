"""A process that reads mutated files, so that a crash costs no more than it: `python -m bench.fuzz.child`."""

import json
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import torch

from bench.fuzz.mutate import mutated
from bench.fuzz.readers import Reader, readers
from gramophone.errors import GramophoneError
from gramophone.web.errors import ApiError

LIMIT_S = 30
MEMORY_BYTES = 12 * 2**30


def run(reader: Reader, seeds: range, folder: Path) -> None:
    """Reads one file for each seed, and prints a line before each and one after each that is worth telling."""
    path = folder / f"fuzzed{reader.suffix}"
    for seed in seeds:
        print(json.dumps(["begin", seed]), flush=True)
        rng = np.random.default_rng([seed, sum(reader.name.encode())])
        content = mutated(reader.valid[int(rng.integers(len(reader.valid)))], reader.valid, rng)
        path.write_bytes(content)
        began_s = time.perf_counter()
        outcome = "read"
        signal.alarm(LIMIT_S)
        try:
            reader.read(path)
        except (GramophoneError, ApiError):
            outcome = "refused"
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            outcome = "foreign"
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {str(error)[:200]} at {Path(where.filename).name}:{where.lineno}"
            print(json.dumps(["foreign", seed, said]), flush=True)
        signal.alarm(0)
        print(json.dumps(["end", seed, outcome, time.perf_counter() - began_s]), flush=True)


def main() -> None:
    """Reads the name of a reader, the first seed and the number of files from the command line."""
    name, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        (reader,) = (one for one in readers(Path(folder)) if one.name == name)
        run(reader, range(first, first + count), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(["done", peak * 1024]), flush=True)


if __name__ == "__main__":
    main()
