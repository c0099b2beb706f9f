"""A self-contained HTML page from report entries."""

import base64
import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from math import isfinite
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from gramophone import __version__
from gramophone.errors import UsageError
from gramophone.evaluation import MetricResult
from gramophone.files import atomic_write
from gramophone.plotting.colormap import transfer_tables
from gramophone.plotting.html import element, text, verbatim, void
from gramophone.plotting.line_chart import Series, legend_key, line_chart
from gramophone.report.entry import Entry
from gramophone.report.listen import listening
from gramophone.report.placing import placings

if TYPE_CHECKING:
    from gramophone.evaluation.sweep import Sweep

TOTAL = "total"


def losses_section(losses: list[dict[str, Any]]) -> str:
    """Shows the losses of a record as a chart and a table, or a sentence if there was no step."""
    if not losses:
        return element("p", "No step was needed, so there are no losses.", class_="quiet")
    names = _names(losses)
    stages = list(dict.fromkeys(str(loss["stage"]) for loss in losses))
    series = [_series(name, losses) for name in names]
    sections = _sections(stages, losses) if len(stages) > 1 else []
    chart = line_chart(series, "step", "loss", log_y=True, sections=sections)
    return chart + _legend(names, stages, losses)


def _sections(stages: list[str], losses: list[dict[str, Any]]) -> list[tuple[float, str]]:
    places = [next(n for n, loss in enumerate(losses) if str(loss["stage"]) == stage) for stage in stages]
    return [(place + 0.5 if place else 1.0, stage) for stage, place in zip(stages, places, strict=True)]


def _names(losses: list[dict[str, Any]]) -> list[str]:
    """Returns the terms, and their total if there are several."""
    terms = list(dict.fromkeys(name for loss in losses for name in loss["terms"]))
    return terms if len(terms) == 1 else [*terms, TOTAL]


def _value(name: str, loss: dict[str, Any]) -> float | None:
    terms = loss["terms"]
    value = terms.get(name, loss["total"] if name == TOTAL else None)
    return float(value) if value is not None and isfinite(value) else None


def _series(name: str, losses: list[dict[str, Any]]) -> Series:
    points: list[tuple[float, float | None]] = []
    stage = losses[0]["stage"]
    for place, loss in enumerate(losses, 1):
        if loss["stage"] != stage:
            # The stages measure different things, so no line may join them.
            points.append((place - 0.5, None))
            stage = loss["stage"]
        points.append((float(place), _value(name, loss)))
    return Series(name, tuple(points))


def _legend(names: list[str], stages: list[str], losses: list[dict[str, Any]]) -> str:
    head = element("tr", element("th", "Term", scope="col"), *(_heading(stage, losses) for stage in stages))
    rows = [
        element(
            "tr",
            element("th", legend_key(number), text(name), scope="row"),
            *(element("td", _change(name, stage, losses)) for stage in stages),
        )
        for number, name in enumerate(names)
    ]
    return element("table", element("thead", head), element("tbody", *rows), class_="legend")


def _heading(stage: str, losses: list[dict[str, Any]]) -> str:
    steps = sum(str(loss["stage"]) == stage for loss in losses)
    return element("th", text(f"{stage} stage, {steps} {'step' if steps == 1 else 'steps'}"), scope="col")


def _change(name: str, stage: str, losses: list[dict[str, Any]]) -> str:
    values = [_value(name, loss) for loss in losses if str(loss["stage"]) == stage]
    numbers = [f"{value:.3g}" for value in values if value is not None]
    if not numbers:
        return "&ndash;"
    return f'{text(numbers[0])} <span class="quiet">to</span> {text(numbers[-1])}'


ARROWS = {"higher": "\N{UPWARDS ARROW}", "lower": "\N{DOWNWARDS ARROW}", "neither": "\N{MIDDLE DOT}"}
DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "neither": "informative only"}
COLUMNS = ("Metric", "Value", "Natural", "Better", "Reading")


def metrics_table(metrics: Sequence[MetricResult]) -> str:
    """Shows metrics by group; a metric without a value gives the reason as its reading."""
    groups = dict.fromkeys(metric.group for metric in metrics)
    head = element("tr", *(element("th", name, scope="col") for name in COLUMNS))
    bodies = [
        element(
            "tbody",
            element("tr", element("th", text(group), colspan=len(COLUMNS), scope="rowgroup", class_="group")),
            *(_row(metric) for metric in metrics if metric.group == group),
        )
        for group in groups
    ]
    table = element("table", element("thead", head), *bodies, class_="figures")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="Evaluation table")


def _row(metric: MetricResult) -> str:
    direction = DIRECTIONS[metric.better]
    arrow = element("span", ARROWS[metric.better], aria_hidden="true", title=direction)
    return element(
        "tr",
        element("th", text(metric.name), scope="row"),
        element("td", text(metric.text), class_="number"),
        element("td", text(metric.natural_text) or "&nbsp;", class_="number quiet"),
        element("td", arrow, element("span", direction, class_="unseen"), class_=f"better {metric.better}"),
        element("td", text(metric.reading), class_="reading"),
    )


SHOWN_ELSEWHERE = ("format", "command", "losses", "settings")
SCALARS = (str, int, float, bool, type(None))


def settings_tables(record: dict[str, Any]) -> str:
    """Shows all fields of a record except losses and command, unrounded."""
    settings = record.get("settings", {})
    tables = [*_tables("settings", settings)]
    scalars = {
        name: value for name, value in record.items() if name not in SHOWN_ELSEWHERE and isinstance(value, SCALARS)
    }
    tables.append(_table("run", _rows(scalars)))
    for name, value in record.items():
        if name not in SHOWN_ELSEWHERE and name not in scalars:
            tables.extend(_numbered(name, value))
    return element("div", *tables, class_="settings")


def command_block(command: list[str]) -> str:
    """Shows the command that repeats a run with a button that copies it, or a sentence if there is none."""
    if not command:
        return element("p", "This run was made in Python; no command repeats it.", class_="quiet")
    words = " ".join(element("span", verbatim(shlex.quote(word)), class_="word") for word in command)
    hint = "Run it in the same folder as before; the same seed on the same machine gives the same bytes."
    if "--overwrite" not in command:
        hint += " While the result exists, it needs --overwrite or another output name."
    return element(
        "div",
        element("pre", element("code", words), tabindex="0"),
        element("button", "Copy", type="button", class_="copy", aria_label="Copy the command"),
        class_="command",
    ) + element("p", text(hint), class_="quiet")


def _tables(name: str, values: dict[str, Any]) -> Iterator[str]:
    """Yields a table of the scalar values and one for each group."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if plain:
        yield _table(name, _rows(plain))
    for group, value in values.items():
        if isinstance(value, dict):
            yield _table(group, _rows(value))


def _numbered(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for number, one in enumerate(value, 1):
            yield _table(f"{name} {number}", _rows(one))
    elif isinstance(value, dict):
        if value:
            yield _table(name, _rows(value))
    else:
        yield _table(name, [(name, _formatted(value))])


def _rows(values: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Flattens nested values to dotted names, as in settings files."""
    rows = []
    for name, value in values.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and value:
            rows += _rows(value, f"{path}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                rows += _rows(one, f"{path}.{number}.")
        else:
            rows.append((path, _formatted(value)))
    return rows


def _formatted(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_formatted(one) for one in value) or "none"
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)


def _table(name: str, rows: list[tuple[str, str]]) -> str:
    lines = [element("tr", element("th", text(key), scope="row"), element("td", text(value))) for key, value in rows]
    return element("table", element("caption", text(name)), element("tbody", *lines))


NATURAL_HINT = (
    "The natural value is the same metric between the two halves of the style itself, as a perfect texture would "
    "have it; for the long-term spectrum of a transfer, it is the distance of the content, and for what is kept of "
    "the content, it is what the style alone scores."
)


def page(entries: Sequence[Entry], beside: Mapping[str, "Sweep"] | None = None) -> str:
    """Formats a report.

    Args:
        entries: runs, at least one.
        beside: rivals to draw beside them, see `placings`.

    Returns:
        Self-contained HTML; equal entries give equal text.
    """
    title = entries[0].title if len(entries) == 1 else f"{len(entries)} runs"
    runs = "\n".join(_run(number, entry, len(entries)) for number, entry in enumerate(entries, 1))
    return document(title, _head(entries, title) + placings(entries, beside or {}), runs)


def document(title: str, head: str, body: str) -> str:
    """Formats a self-contained page with the style and script of reports.

    Args:
        title: title as plain text.
        head: HTML of the page header.
        body: HTML of the page body.
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
    tables = transfer_tables(dark=dark)
    functions = [void(f"feFunc{channel}", type="table", tableValues=values) for channel, values in tables.items()]
    closed = [f"{function[:-1]}/>" for function in functions]
    transfer = element("feComponentTransfer", *closed)
    # The tables hold gamma-encoded values.
    return element(
        "filter", transfer, id=name, color_interpolation_filters="sRGB", x="0", y="0", width="1", height="1"
    )


def _head(entries: Sequence[Entry], title: str) -> str:
    if len(entries) == 1:
        return element("h1", text(title)) + _summary(entries[0].record)
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
    head = element("h2", text(entry.title), class_="run-title") + _summary(record) if count > 1 else ""
    return element("article", head, *parts, class_="run", id=f"run-{number}", aria_label=entry.title)


def _section(name: str, content: str, kind: str = "") -> str:
    return element("section", element("h3", name), content, class_=kind or None)


def _folded(name: str, content: str) -> str:
    return element("details", element("summary", element("h3", name)), content)


def _evaluation(entry: Entry) -> str:
    items = [element("li", text(note)) for note in entry.notes]
    notes = element("ul", *items, class_="asides") if items else ""
    if not entry.figures:
        return element("p", "This run was not evaluated.", class_="quiet") + notes
    natural = any(metric.natural is not None for metric in entry.figures)
    hint = element("p", NATURAL_HINT, class_="quiet") if natural else ""
    return metrics_table(entry.figures) + hint + notes


def _brief(record: dict[str, Any]) -> str:
    return element("span", text(_task(record)), class_="quiet")


def _task(record: dict[str, Any]) -> str:
    strength = record.get("parameters", {}).get("strength")
    task = str(record.get("task", "run"))
    return task if strength is None else f"{task} with strength {strength:g}"


def _summary(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {value}" for name, value in record.get("versions", {}).items())
    seconds = sum(record.get("stages_s", {}).values())
    facts = [
        ("Task", text(_task(record))),
        ("Created", _when(record.get("created"))),
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
    words = f"{moment.day} {moment:%B %Y, %H:%M} {zone}".strip()
    return element("time", text(words), datetime=created)


def write_report(
    path: str | os.PathLike[str],
    entries: Sequence[Entry],
    *,
    overwrite: bool = False,
    beside: Mapping[str, "Sweep"] | None = None,
) -> Path:
    """Writes a report as one self-contained HTML file.

    Args:
        path: file to write.
        entries: runs, see `entry_of` and `entry_from`.
        overwrite: whether an existing file may be replaced.
        beside: rivals to draw beside the runs, see `placings`.

    Returns:
        The path.

    Raises:
        UsageError: there is no entry, or the file exists or cannot be written.
    """
    path = Path(path)
    if not entries:
        raise UsageError(f"{path} was not written: a report needs at least one run; give run records")
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(page(entries, beside), encoding="utf-8")
    return path
