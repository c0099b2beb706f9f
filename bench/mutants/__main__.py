"""`python -m bench.mutants [--group NAME] [--again] [--record]`: mutation testing of what is computed.

A seeded sample of the mutants of each group is tested with the group's own tests; a mutant is killed when they fail
or take far longer than without it. What was tested stays in the file of results, and a run that is stopped goes on;
`--again` tests the survivors once more, `--seed` takes another sample, and `reasons.json` argues for those that
stay, by their lines: they compute the same, or as well.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
import torch

from bench.figures import Table, markdown, record
from bench.mutants.mutate import Mutant, mutants, mutated

ROOT = Path(__file__).parents[2]
OWN = (Path(), ROOT, ROOT / "src")
FORK = multiprocessing.get_context("fork")
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # of plugins that are loaded already
REASONS = Path(__file__).with_name("reasons.json")
COMMAND = "python -m bench.mutants --record"
HEAD = ["group", "mutants", "killed", "survived", "argued", "killed of the others"]
RESULTS = ROOT / "bench-output" / "mutants.json"
COPIED = ("src", "tests", "bench", "docs", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md")
LEAST_LIMIT_S, SLOWER = 60.0, 4.0
"""A mutant is killed when the tests take so much longer than without it, in computing time."""

Results = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Group:
    """Modules with the tests that must notice a change.

    Attributes:
        sources: patterns of modules, below `src/gramophone`.
        tests: files and folders, below `tests`.
        count: size of the sample.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    count: int


GROUPS: Mapping[str, Group] = {
    "statistics": Group(("statistics/*.py",), ("statistics", "test_exact_numbers.py"), 55),
    "phase": Group(("phase/*.py",), ("phase",), 35),
    "spectral": Group(("spectral/*.py",), ("spectral",), 20),
    "mosaic": Group(("mosaic/*.py",), ("mosaic",), 25),
    "conditional": Group(
        ("networks/conditional.py", "statistics/conditional_distance.py", "synthesis/conditional.py"),
        ("synthesis/test_conditional.py", "statistics/test_conditional_distance.py", "synthesis/test_core.py"),
        20,
    ),
}


class Bed:
    """A copy of the project in which modules are changed and tests run."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                self.root.mkdir(exist_ok=True)
                shutil.copy2(source, self.root / name)

    def load_libraries(self) -> None:
        """Imports what the package imports, once for all processes that are forked, and forgets the package."""
        for name in ("beartype", "gramophone.synthesis", "gramophone.demo.textures", "gramophone.metrics.transfer"):
            importlib.import_module(name)
        for name in [name for name in sys.modules if name.partition(".")[0] == "gramophone"]:
            del sys.modules[name]

    def passes(self, tests: Sequence[str], limit_s: int | None = None, *, compiles: bool = False) -> bool | None:
        """Whether tests pass; None where they take more computing time than the limit."""
        process = FORK.Process(target=self._test, args=(tests, limit_s, compiles))
        process.start()
        process.join()
        return None if process.exitcode == -signal.SIGXCPU else process.exitcode == 0

    def _test(self, tests: Sequence[str], limit_s: int | None, compiles: bool) -> None:
        """Runs tests in a process of its own, which has what they import from this one."""
        if limit_s is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
        # Bytecode of a changed module is not kept: it could be taken for that of another one of the same size.
        sys.dont_write_bytecode = not compiles
        os.chdir(self.root)
        sys.path[:] = [str(self.root), str(self.root / "src"), *(one for one in sys.path if Path(one) not in OWN)]
        for name in [name for name in sys.modules if name.partition(".")[0] == "bench"]:
            del sys.modules[name]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-W", REWRITTEN]
        os._exit(int(pytest.main([*options, *(f"tests/{one}" for one in tests)])))

    def outcome(self, module: str, place: int, tests: Sequence[str], limit_s: int) -> str:
        """Tests a mutant; the module is as before afterwards."""
        path = self.root / "src" / "gramophone" / module
        source, status = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(mutated(source, place), encoding="utf-8")
        try:
            passed = self.passes(tests, limit_s)
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return "too slow" if passed is None else "survived" if passed else "killed"


def sample(group: Group, seed: int) -> list[tuple[str, Mutant]]:
    """Mutants that are tested, and their modules."""
    package = ROOT / "src" / "gramophone"
    paths = sorted(path for pattern in group.sources for path in package.glob(pattern))
    every = [
        (path.relative_to(package).as_posix(), mutant)
        for path in paths
        for mutant in mutants(path.read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(every, min(group.count, len(every)))


def computing_s() -> float:
    """Computing time of all processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_tests_first(module: str, tests: Sequence[str]) -> list[str]:
    """The file of tests with the name of the module before the others, as it is the likeliest to fail."""
    name = f"{module.rsplit('/', 1)[0]}/test_{Path(module).name}"
    return [*([name] if (ROOT / "tests" / name).exists() and name not in tests else []), *tests]


def run(names: Sequence[str], seed: int, results: Path, *, again: bool) -> Results:
    """Tests what has no result yet."""
    found: Results = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    results.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        bed = Bed(Path(folder))
        bed.load_libraries()
        for name in names:
            group = GROUPS[name]
            began_s = computing_s()
            if not bed.passes(group.tests, compiles=True):
                raise RuntimeError(f"the tests of {name} fail without any mutant; mend them first")
            needed_s = computing_s() - began_s
            limit_s = round(max(LEAST_LIMIT_S, SLOWER * needed_s))
            print(f"{name}: {needed_s:.0f} s without a mutant", flush=True)
            for module, mutant in sample(group, seed):
                key = f"{module}:{mutant.line} ({mutant.place}) {mutant.before} -> {mutant.after}"
                if key in found and not (again and found[key]["outcome"] == "survived"):
                    continue
                outcome = bed.outcome(module, mutant.place, own_tests_first(module, group.tests), limit_s)
                found[key] = {"group": name, "module": module, "outcome": outcome, **asdict(mutant)}
                results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
                print(f"{outcome:9} {key}", flush=True)
    return found


def reasons() -> dict[str, str]:
    """Why mutants that survived may, by their names."""
    found: dict[str, str] = json.loads(REASONS.read_text(encoding="utf-8"))
    return found


def name_of(one: Mapping[str, object]) -> str:
    """Module, line and change of a mutant."""
    return f"{one['module']}:{one['line']}: {one['before']} -> {one['after']}"


def shares(found: Results) -> list[list[str]]:
    """Rows: how many mutants of each group were killed."""
    argued = reasons()
    groups = {name: [one for one in found.values() if one["group"] == name] for name in GROUPS}
    rows = []
    for name, part in {**groups, "all": [one for each in groups.values() for one in each]}.items():
        if part:
            survived = [name_of(one) for one in part if one["outcome"] == "survived"]
            allowed = sum(each in argued for each in survived)
            killed = len(part) - len(survived)
            counts = [len(part), killed, len(survived), allowed]
            rows.append([name, *map(str, counts), f"{100 * killed / (len(part) - allowed):.0f} %"])
    return rows


def survivors(found: Results) -> list[list[str]]:
    """Rows: the mutants that survived, and why they may."""
    argued = reasons()
    rows = []
    for one in found.values():
        if one["outcome"] == "survived":
            change = f"{one['before']} -> {one['after']}".replace("|", "&#124;")
            why = argued.get(name_of(one), "not looked into")
            rows.append([f"`{one['module']}:{one['line']}`", f"`{change}`", why])
    return sorted(rows)


def keep(found: Results) -> None:
    """Puts the tables among the figures of docs/reliability.md."""
    says = (
        "Mutants of the source, in seeded samples, and whether their folder's tests fail; the last column leaves "
        "out those that are argued for below. Tests were added for others that survived at first, so that a sample "
        "which was never tried has smaller shares."
    )
    record("Mutants", Table(command=COMMAND, says=says, head=HEAD, rows=shares(found)))
    says = "Mutants that no test of their folder notices, by the line that they change."
    head = ["line", "change", "why"]
    record("Surviving mutants", Table(command=COMMAND, says=says, head=head, rows=survivors(found)))


def main() -> int:
    """Tests mutants and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", choices=list(GROUPS), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--record", action="store_true", help="keep the tables for docs/reliability.md")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = run(given.group or list(GROUPS), given.seed, given.results, again=given.again)
    print("\n".join(markdown(HEAD, shares(found))))
    if given.record:
        keep(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
