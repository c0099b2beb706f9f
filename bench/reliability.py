"""`python -m bench.reliability`: writes docs/reliability.md, what is survived, from the marks of the tests.

Its figures are those of `bench/reliability.json`, which other benchmarks write with `--record`. A test that
proves a case carries `@pytest.mark.survives("NAME OF THE CASE")`. A test compares the page with this.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.figures import markdown, recorded

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
MARK = "survives"

CASES: Mapping[str, Mapping[str, str]] = {
    "Recordings that would be spoiled or lost": {
        "inaudible parts": "An offset, drift or rumble below 20 Hz, and pilot tones above 20 kHz are removed "
        "before a recording is analysed, and said; a recording of nothing else is refused.",
        "lengths of MPEG audio": "MP3 and MP2 are as long as what decodes, whatever the bit rate does and whether a "
        "header states a length; complete files raise no alarm.",
        "joined streams": "Ogg, Opus and MP3 files that were joined are read to their end.",
        "unfinished headers": "WAV, RF64, W64, AIFF, AU and CAF files whose header states no length, too much or too "
        "little are read as far as there are samples, and what is odd is said.",
        "opposite phase": "Channels in opposite phase, in all of the spectrum or a part of it, are not lost "
        "where one channel is made of several, nor called alike by an evaluation.",
        "channel order": "Centre stays centre: layouts of one to eight channels in every format.",
        "odd samples": "Clipping, dead channels, clicks, square waves and values far beyond full scale are said, "
        "survived or refused.",
        "further containers": "M4A, WebM and AAC files are read, and open no other file.",
    },
    "Files that are read": {
        "no sound": "Empty files, texts, pictures, folders, pipes, broken links and names of every kind give one "
        "sentence.",
        "truncation": "A file cut off anywhere is refused, or read as far as it goes and said.",
        "mutations": "Mutated files of every kind: no crash, no exception of others, nothing on the terminal, "
        "in time.",
        "lying headers": "Numbers in headers are checked before memory is taken.",
        "bombs": "Decompression stops at the limit of size.",
        "lengths and rates": "One sample, 32 channels, every depth and rate from 1 to 384 kHz.",
        "values": "NaN, infinities, denormals, silence in all or one channel: finite results, or a sentence.",
        "playlists": "Playlists and references disguised as audio read no other file.",
        "changing inputs": "A file that is replaced, overwritten or removed while it is read is refused; a run "
        "record has the checksum of what was read.",
    },
    "Files that are written": {
        "full disks": "Disks that are read-only or fill up at any write, outputs that exist or are inputs: old files "
        "stay, nothing is left half-written, a result that was computed is kept elsewhere, and a texture in blocks "
        "is as long as what arrived.",
        "kills": "Killed at any moment, a file is the old or the new one; runs, batches and trainings resume; what "
        "killed processes left is removed.",
        "formats": "Every format, rate and length that is offered for writing.",
        "interruptions": "Ctrl-C, SIGTERM, closed pipes and a full standard output keep the best so far, or give a "
        "sentence.",
        "memory maps": "Memory maps have their room on the disk before they are written.",
        "records": "A run record belongs to one sound, and one that does not fit says that the sound was kept.",
    },
    "Computation": {
        "values that are not finite": "A value that is not finite ends the very step, names the term, and leaves the "
        "last good result.",
        "memory": "Too little memory gives a sentence, and never a half result.",
        "same seed": "The same seed gives the same bytes.",
        "blocks": "Results in blocks join without a seam, in bounded memory.",
        "properties": "Transforms, kernels and distances have the properties that their mathematics promises.",
        "gradients": "Gradients are those of finite differences, and finite at silence.",
        "order of data": "The order of workers changes nothing; a training resumed at any step ends the same.",
        "numbers": "Constants that other tests pass over are noticed when they change.",
    },
    "Weights": {
        "weights": "Files of weights that are damaged, foreign, too large or hold code are refused before "
        "anything is built; none of their code runs.",
        "foreign arrays": "Arrays are read by name, their sizes checked before they are inflated.",
    },
    "The studio": {
        "uploads": "Uploads that are too large, too slow or too many, and orders beyond the limits, are refused.",
        "slow clients": "Connections without a request, with or without the token, keep nobody out.",
        "paths": "No path of a request leads out of the studio's folder.",
        "other sites": "Other origins and hosts, and requests without the token, are refused.",
        "lives of jobs": "Killed servers, reloads and disconnections lose no job.",
        "workers": "A worker that dies or hangs fails its job, and the next one runs.",
        "full studio": "A full disk gives 507, ends the job with its reason, and leaves the worker.",
        "soak": "Many jobs leave no memory, descriptor or process behind.",
        "its folder": "Garbage in the studio's own files is replaced or set aside.",
    },
    "Interfaces": {
        "wrong types": "Every public function with every plausible wrong type refuses it in one sentence.",
        "usage": "Wrong words on the command line are refused before anything is read, with the remedy.",
        "strangers' records": "Reports of a record from elsewhere show only files beside it, or whose "
        "checksum it knows.",
        "names of flags": "Sentences name only flags that exist.",
    },
    "Packaging": {
        "without a network": "The installed package works without a network: import, help, a transfer of a second.",
        "missing extras": "A missing extra is named with the command that installs it.",
        "import time": "Importing the package and asking for help load nothing heavy; warnings are errors "
        "in all tests.",
    },
}

EXCEPTIONS: Mapping[str, str] = {
    "Results across versions of PyTorch": "Tests run with the pinned versions only; `python -m bench.reproduce` "
    "tells whether a change of versions changes what is computed.",
    "Python 3.12 and 3.13": "Tests of transforms, statistics, mosaics, audio files, refusals and the command line "
    "were run with them and the same versions of the packages; all tests run with 3.11.",
    "CPU against CUDA": "Tests marked `gpu` compare them where there is a GPU; they are skipped elsewhere.",
    "MP3 files joined without a header": "Each joint costs up to one frame, 26 ms, as the tag between two files "
    "is no audio.",
    "Samples after the end that a header states": "They are not read, as nothing tells them from other data; "
    "how many there are is said, except in W64, which is read to its end.",
    "Lengths of a killed texture that is made in blocks": "The hidden temporary file stays until the next run of the "
    "same output, which removes it 30 seconds after its last change.",
}


def marked(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Places of the tests of each case."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for case, name in _in(ast.parse(path.read_text(encoding="utf-8")), ""):
            found[case].append(f"{path.relative_to(ROOT).as_posix()}::{name}")
    return dict(found)


def _in(tree: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == MARK:
                yield from ((str(ast.literal_eval(one)), prefix + node.name) for one in decorator.args)
        if isinstance(node, ast.ClassDef):
            yield from _in(node, f"{prefix}{node.name}::")


def page() -> str:
    """The page.

    Raises:
        ValueError: a case has no test, or a mark names no case.
    """
    places = marked()
    known = {name for cases in CASES.values() for name in cases}
    if odd := {*known} ^ {*places}:
        raise ValueError(f"cases without a test, or marks without a case: {', '.join(sorted(odd))}")
    lines = [
        "# Reliability",
        "",
        "What is survived, and the tests that prove it. `python -m bench.reliability` writes this page from the "
        "marks of",
        "the tests; `make fuzz` reads 20,000 mutated files, and a tenth of them is part of `make test`.",
        "`python -m bench.fuzz.guided` looks for inputs that reach further code; it needs `pip install --group fuzz` "
        "(atheris).",
    ]
    for section, cases in CASES.items():
        lines += ["", f"## {section}", "", "| case | what holds | tests |", "|---|---|---|"]
        lines += [
            f"| {name} | {text} | {'<br>'.join(f'`{one}`' for one in places[name])} |" for name, text in cases.items()
        ]
    lines += ["", "## Figures"]
    for name, table in recorded().items():
        lines += ["", f"### {name}", "", f"{table['says']} (`{table['command']}`)", ""]
        lines += markdown(table["head"], table["rows"])
    lines += ["", "## Exceptions", "", "| case | why |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in EXCEPTIONS.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
