"""The page of a blind listening test: one HTML file that works offline and saves its answers as CSV."""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template

from gramophone import __version__
from gramophone.errors import UsageError
from gramophone.files import atomic_write
from gramophone.plotting.html import text
from gramophone.report.listen import embed
from gramophone.report.trials import Reference, Trial

QUESTIONS: dict[Reference, str] = {
    "style": "How much does each sound seem to be made of the reference? Words, notes and their order do not count.",
    "content": "How much of the reference's words, melody and rhythm does each sound keep? Its sound does not count.",
}
EXTRA_STYLE = """
.sound { display: grid; grid-template-columns: 10rem minmax(0, 1fr) 5rem; gap: 1rem; }
.sound { align-items: center; margin: .6rem 0; }
.sound button { text-align: left; }
.sound.now button { border-color: var(--accent); color: var(--accent); }
.sound input { width: 100%; accent-color: var(--accent); }
textarea { width: 100%; background: var(--raised); color: var(--ink); border: 1px solid var(--line); }
"""


def listening_page(trials: Sequence[Trial], reference: Reference = "style") -> str:
    """Formats the page; names of systems and trials are in it only in a form that nobody reads by accident.

    Args:
        trials: sounds that are rated beside each other, see `trials_of`.
        reference: what the trials were made for.
    """
    script = _file("listening.js")
    found = [
        {"name": _hidden(trial.name), "reference": embed(trial.reference).source, "stimuli": _stimuli(trial)}
        for trial in trials
    ]
    return Template(_file("listening.html")).substitute(
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        style=_file("style.css") + EXTRA_STYLE,
        script=script,
        question=text(QUESTIONS[reference]),
        test=json.dumps({"trials": found}).replace("<", "\\u003c"),
        version=text(__version__),
    )


def write_listening_page(
    path: Path, trials: Sequence[Trial], reference: Reference = "style", *, overwrite: bool = False
) -> None:
    """Writes the page.

    Raises:
        UsageError: there is no trial, or the file exists or cannot be written.
    """
    if not trials:
        raise UsageError(f"{path} was not written: a listening test needs at least one run; give run records")
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(listening_page(trials, reference), encoding="utf-8")


def _stimuli(trial: Trial) -> list[dict[str, str]]:
    """Systems and sounds, in an order that follows from the sounds alone."""
    found = [{"system": _hidden(one.system), "source": embed(one.sound).source} for one in trial.stimuli]
    return sorted(found, key=lambda one: hashlib.sha256(one["source"].encode()).hexdigest())


def _hidden(name: str) -> str:
    return base64.b64encode(name.encode()).decode("ascii")


def _file(name: str) -> str:
    return resources.files("gramophone.report").joinpath(name).read_text(encoding="utf-8")
