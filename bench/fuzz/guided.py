"""`python -m bench.fuzz.guided [READER ...] [--seconds S] [--record]`: parsers, fuzzed towards code not yet reached.

Needs the group `fuzz` (atheris). Each reader runs in a process of its own and begins with its valid files; exit code
1 if one did not survive. What broke it is kept in `bench-output/guided`.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from bench.figures import Table, record

KEPT = Path("bench-output") / "guided"
COMMAND = "python -m bench.fuzz.guided --record"
HEAD = ["reader", "files", "edges of the valid files", "edges reached", "outcome"]
LIMIT_S, MEMORY_MB = 30, 8000
PARSERS = [
    *("gramophone.audio", "gramophone.batch", "gramophone.foreign_files", "gramophone.networks.pretrained"),
    *("gramophone.report.gather", "gramophone.runs.run_record", "gramophone.web.requests", "gramophone.web.routing"),
    *("gramophone.cli.magnitudes", "zipfile", "pickletools", "csv", "tomllib"),
]


def fuzz(name: str, seconds: int) -> None:
    """Fuzzes one reader, and ends the process."""
    import atheris

    with atheris.instrument_imports(include=PARSERS):
        from bench.fuzz.readers import readers
        from gramophone.errors import GramophoneError
        from gramophone.web.errors import ApiError

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as own:
        folder = Path(own)
        (reader,) = (one for one in readers(folder) if one.name == name)
        corpus, path = folder / "corpus", folder / f"fuzzed{reader.suffix}"
        corpus.mkdir()
        for place, content in enumerate(reader.valid):
            (corpus / str(place)).write_bytes(content)

        def one(data: bytes) -> None:
            path.write_bytes(data)
            try:
                reader.read(path)
            except (GramophoneError, ApiError):
                return

        longest = 2 * max(len(content) for content in reader.valid)
        words = ["guided", f"-max_total_time={seconds}", f"-timeout={LIMIT_S}", f"-rss_limit_mb={MEMORY_MB}"]
        words += ["-print_final_stats=1", f"-max_len={longest}", f"-artifact_prefix={KEPT}/", str(corpus)]
        atheris.Setup(words, one)
        atheris.Fuzz()


def _names() -> list[str]:
    from bench.fuzz.readers import readers

    with tempfile.TemporaryDirectory() as folder:
        return [one.name for one in readers(Path(folder))]


def main() -> int:
    """Fuzzes readers in turn, and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", nargs="*")
    parser.add_argument("--seconds", type=int, default=60, help="for each")
    parser.add_argument("--record", action="store_true", help="keep the table for docs/reliability.md")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        fuzz(given.reader[0], given.seconds)
        return 0
    KEPT.mkdir(parents=True, exist_ok=True)
    names = given.reader or _names()
    faults, rows = 0, []
    for name in names:
        words = [sys.executable, "-m", "bench.fuzz.guided", name, "--alone", "--seconds", str(given.seconds)]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        counted = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        reached = re.findall(r"cov: (\d+)", done.stderr) or ["0"]
        outcome = "survived" if done.returncode == 0 else "broken"
        rows.append([name, counted[1] if counted else "?", reached[0], reached[-1], outcome])
        print("  ".join(rows[-1]), flush=True)
        if done.returncode:
            faults += 1
            print("\n".join(done.stderr.splitlines()[-30:]), flush=True)
    if given.record:
        says = (
            f"Parsers, fuzzed for {given.seconds} s each towards code that was not reached; edges are of the parsers."
        )
        record("Coverage-guided fuzzing", Table(command=COMMAND, says=says, head=HEAD, rows=rows))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
