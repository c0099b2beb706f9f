"""Entries to one HTML page that needs nothing else."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from string import Template
from typing import Any

from gramophone import __version__
from gramophone.report.entry import Entry
from gramophone.report.facts import command_block, settings_tables
from gramophone.report.figures import figures_table
from gramophone.report.html import element, text, void
from gramophone.report.listen import listening
from gramophone.report.losses import losses_section
from gramophone.report.pictures import colour_tables

BESIDE = (
    "Beside a value stands the same figure between the halves of the style itself, which is what a perfect texture "
    "would have; beside the long-term spectrum of a transfer, that between content and style."
)


def page(entries: Sequence[Entry]) -> str:
    """Writes the page.

    Args:
        entries: the runs, at least one.

    Returns:
        HTML that loads nothing from anywhere; the same entries give the same text.
    """
    title = entries[0].title if len(entries) == 1 else f"{len(entries)} runs"
    runs = "\n".join(_run(number, entry, len(entries)) for number, entry in enumerate(entries, 1))
    return document(title, _head(entries, title), runs)


def document(title: str, head: str, body: str) -> str:
    """Writes a page that loads nothing from anywhere.

    Args:
        title: plain text.
        head: HTML of the header.
        body: HTML of what is shown.
    """
    style, script = _file("style.css"), _file("script.js")
    return Template(_file("page.html")).substitute(
        title=text(title),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        style=style,
        script=script,
        light=_filter("ink-light", dark=False),
        dark=_filter("ink-dark", dark=True),
        head=head,
        runs=body,
        version=text(__version__),
    )


def _file(name: str) -> str:
    return resources.files("gramophone.report").joinpath(name).read_text(encoding="utf-8")


def _filter(name: str, *, dark: bool) -> str:
    tables = colour_tables(dark=dark)
    functions = [void(f"feFunc{channel}", type="table", tableValues=values) for channel, values in tables.items()]
    closed = [f"{function[:-1]}/>" for function in functions]
    transfer = element("feComponentTransfer", *closed)
    # Numbers of the tables are those of the screen, not of light.
    return element(
        "filter", transfer, id=name, color_interpolation_filters="sRGB", x="0", y="0", width="1", height="1"
    )


def _head(entries: Sequence[Entry], title: str) -> str:
    if len(entries) == 1:
        return element("h1", text(title)) + _meta(entries[0].record)
    links = [
        element("li", element("a", text(entry.title), href=f"#run-{number}"), " ", _brief(entry.record))
        for number, entry in enumerate(entries, 1)
    ]
    return element("h1", text(title)) + element("nav", element("ol", *links), aria_label="Runs")


def _run(number: int, entry: Entry, count: int) -> str:
    record = entry.record
    parts = [
        _section("Listen", listening(entry.tracks), "listen"),
        _section("Evaluation", _evaluation(entry)),
        _section("Losses", losses_section(record.get("losses", []))),
        _section("Repeat this run", command_block(record.get("command", [])), "repeat"),
        _folded("All settings", settings_tables(record)),
    ]
    head = element("h2", text(entry.title), class_="run-title") + _meta(record) if count > 1 else ""
    return element("article", head, *parts, class_="run", id=f"run-{number}", aria_label=entry.title)


def _section(name: str, content: str, kind: str = "") -> str:
    return element("section", element("h3", name), content, class_=kind or None)


def _folded(name: str, content: str) -> str:
    return element("details", element("summary", element("h3", name)), content)


def _evaluation(entry: Entry) -> str:
    asides = [element("li", text(note)) for note in entry.notes]
    notes = element("ul", *asides, class_="asides") if asides else ""
    if not entry.figures:
        return element("p", "This run was not evaluated.", class_="quiet") + notes
    natural = any(figure.natural is not None for figure in entry.figures)
    hint = element("p", BESIDE, class_="quiet") if natural else ""
    return figures_table(entry.figures) + hint + notes


def _brief(record: dict[str, Any]) -> str:
    return element("span", text(_task(record)), class_="quiet")


def _task(record: dict[str, Any]) -> str:
    strength = record.get("parameters", {}).get("strength")
    task = str(record.get("task", "run"))
    return task if strength is None else f"{task} with strength {strength:g}"


def _meta(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {value}" for name, value in record.get("versions", {}).items())
    seconds = sum(record.get("stages_s", {}).values())
    facts = [
        ("Task", text(_task(record))),
        ("Made", _when(record.get("created"))),
        ("Computed in", text(f"{seconds:.1f} s on {record.get('device', 'an unknown device')}")),
        ("Seed", text(record.get("seed", ""))),
        ("Versions", text(versions)),
    ]
    if record.get("stopped") not in (None, "finished"):
        facts.insert(1, ("Stopped", text(record["stopped"])))
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in facts if value]
    return element("dl", *pairs, class_="meta")


def _when(created: object) -> str:
    try:
        moment = datetime.fromisoformat(str(created))
    except ValueError:
        return ""
    zone = "UTC" if moment.utcoffset() is not None and not moment.utcoffset() else moment.strftime("%z")
    shown = f"{moment.day} {moment:%B %Y, %H:%M} {zone}".strip()
    return element("time", text(shown), datetime=created)
