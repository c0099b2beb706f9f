"""From rows to items: everything that can be refused is refused before anything runs, with the line."""

import io
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import soundfile

from gramophone.audio import check_file
from gramophone.audio.read import ClampedSeekFile, Decoder
from gramophone.batch.item import REPORT, TASKS, Item
from gramophone.batch.rows import SEPARATOR, Row
from gramophone.batch.storage import check_driver, is_url, joined, record_of
from gramophone.errors import GramophoneError, InputError, UsageError
from gramophone.request.base import NO_FLAGS
from gramophone.request.refusals import column_of
from gramophone.runs.run import Run, check_result

LONGEST_S = 86_400.0
NAMES = ("task", "content", "style", "styles", "output")
MOST_SAID = 20
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


class PlanError(UsageError):
    """A plan that is refused.

    Attributes:
        faults: the first of them, each a sentence with its line.
    """

    def __init__(self, name: str, faults: list[str], count: int) -> None:
        super().__init__(f"{name} has {count} fault(s) and nothing was run; correct it and start again")
        self.faults = faults


@dataclass(frozen=True)
class Plan:
    """Checked items, in the order of the plan."""

    items: tuple[Item, ...]


@dataclass
class Planner:
    """Checks rows one after the other.

    Args:
        name: of the plan, for sentences.
        folder: path or URL that all outputs lie in.
        base: folder that relative inputs are counted from.
        defaults: settings of every row that does not say otherwise.
        keeps: whether files that stand where outputs go are refused.
    """

    name: str
    folder: str
    base: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = False
    _faults: list[str] = field(default_factory=list)
    _count: int = 0
    _outputs: dict[str, int] = field(default_factory=dict)
    _inside: dict[Path, bool] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)

    def plan(self, rows: Iterable[Row]) -> Plan:
        """All items.

        Raises:
            PlanError: with every fault, the first twenty in words.
            InputError: the plan has no item.
        """
        items: list[Item] = []
        for row in rows:
            try:
                items.append(self._item(len(items), row))
            except GramophoneError as error:
                self._fault(row.line, str(error))
        self._check_inputs_stay(items)
        if self._count:
            raise PlanError(self.name, self._faults, self._count)
        if not items:
            raise InputError(f"{self.name} has no items; write one a line")
        return Plan(tuple(items))

    def _fault(self, line: int, sentence: str) -> None:
        self._count += 1
        if self._count <= MOST_SAID:
            self._faults.append(f"{self.name}, line {line}: {sentence}")

    def _item(self, place: int, row: Row) -> Item:
        task = str(row.values.get("task") or ("transfer" if row.values.get("content") else "texture"))
        if task not in TASKS:
            raise UsageError(f"there is no task '{task}'; say {' or '.join(TASKS)}")
        inputs = self._inputs(task, row.values)
        values = self._values(task, row.values)
        report = _is_on(REPORT, values.pop(REPORT, False))
        request = TASKS[task].from_words(values, inputs)
        output = self._output(task, row, inputs)
        name = Path(output.rpartition("/")[2]) if is_url(output) else Path(output)
        check_result(Run(request, name), request.settings())
        settings = {**request.flags(), **({REPORT: ""} if report else {})}
        # A transfer is as long as its content, a texture as its longest style.
        own = [self._length_s(one) for one in inputs]
        expected_s = request.length_s or (own[0] if task == "transfer" else max(own))
        return Item(place, row.line, task, inputs, output, settings, expected_s, tuple(own))

    def _values(self, task: str, values: Mapping[str, Any]) -> dict[str, Any]:
        known = columns(task)
        every = {name for task in TASKS for name in columns(task)}
        given = {name: value for name, value in values.items() if name not in NAMES}
        if unknown := sorted(name for name in {*given, *self.defaults} if name not in every):
            raise UsageError(f"there is no column '{unknown[0]}'; known are {', '.join((*NAMES, *sorted(every)))}")
        if wrong := sorted(name for name in given if name not in known):
            raise UsageError(f"a {task} takes no '{wrong[0]}'; leave the cell empty")
        # A default of another task is for that task's rows.
        return {**{name: value for name, value in self.defaults.items() if name in known}, **given}

    def _inputs(self, task: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        if values.get("style") and values.get("styles"):
            raise UsageError("'style' and 'styles' are one column; give one of them")
        styles = values.get("style") or values.get("styles") or []
        styles = [one.strip() for one in styles.split(SEPARATOR)] if isinstance(styles, str) else list(styles)
        content = values.get("content")
        if not styles or not all(isinstance(one, str) and one for one in styles):
            raise UsageError(f"a {task} needs a style; name a file, or several with '{SEPARATOR}' between them")
        if (task == "transfer") != bool(content):
            raise UsageError("a transfer needs a content" if task == "transfer" else f"a {task} takes no content")
        return tuple(self._place(str(one)) for one in ([content] if content else []) + styles)

    def _place(self, name: str) -> str:
        return name if is_url(name) else os.path.normpath(self.base / name)

    def _length_s(self, place: str) -> float:
        if place not in self._seconds:
            if is_url(place):
                check_driver(place)
            self._seconds[place] = 0.0 if is_url(place) else header_length_s(Path(place))
        return self._seconds[place]

    def _output(self, task: str, row: Row, inputs: tuple[str, ...]) -> str:
        stems = [PurePosixPath(one).stem for one in inputs]
        own = (
            f"{'-in-'.join([stems[0], '-'.join(stems[1:])])}.wav" if task == "transfer" else f"{'-'.join(stems)}.wav"
        )
        name = str(row.values.get("output") or own)
        if not self._is_inside(name):
            raise UsageError(f"the output '{name}' lies outside {self.folder}; give a relative name without '..'")
        output = joined(self.folder, os.path.normpath(name) if not is_url(self.folder) else name)
        key = os.path.normcase(record_of(output))
        first = self._outputs.setdefault(key, row.line)
        if first != row.line:
            raise UsageError(f"the output '{name}' is that of line {first}, too; give each its own name")
        if self.keeps and any(Path(one).exists() for one in (output, record_of(output))):
            raise UsageError(f"{output} exists, and no batch made it; choose another folder or add --overwrite")
        return output

    def _is_inside(self, name: str) -> bool:
        path = Path(name)
        if is_url(name) or path.is_absolute() or path.drive or ".." in path.parts or "\0" in name:
            return False
        if is_url(self.folder):
            return True
        parent = Path(self.folder) / path.parent
        if parent not in self._inside:
            # A link inside the folder may lead out of it.
            self._inside[parent] = parent.resolve().is_relative_to(Path(self.folder).resolve())
        return self._inside[parent]

    def _check_inputs_stay(self, items: Collection[Item]) -> None:
        if is_url(self.folder):
            return
        folder = str(Path(self.folder).absolute())
        read = {str(Path(one).absolute()) for item in items for one in item.inputs if not is_url(one)}
        read = {one for one in read if one.startswith(folder + os.sep)}
        for item in items if read else ():
            if str(Path(item.output).absolute()) in read:
                self._fault(item.line, f"{item.output} is read by the plan; give the output another name")


def columns(task: str) -> tuple[str, ...]:
    """The columns of a task beside those that name files."""
    fields = TASKS[task].model_fields
    return (*(column_of(name, field) for name, field in fields.items() if name not in NO_FLAGS), REPORT)


def header_length_s(path: Path) -> float:
    """Length of a recording by its header, 0 where there is none to be read.

    Raises:
        InputError: there is no such file.
    """
    check_file(path)
    try:
        with ClampedSeekFile(io.FileIO(path)) as file, Decoder(file) as decoder:
            length_s = float(decoder.frames / decoder.samplerate)
    except (soundfile.LibsndfileError, OSError):
        return 0.0  # a style, or a file of which the item itself will say what is wrong
    return length_s if length_s < LONGEST_S else 0.0


def _is_on(name: str, value: object) -> bool:
    said = str(value).lower()
    if said not in TRUE + FALSE:
        raise UsageError(f"{name} must be true or false, not '{value}'")
    return said in TRUE
