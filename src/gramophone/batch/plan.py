"""From rows to items: whatever can be refused is refused before anything runs, with the line in the plan."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from gramophone.audio import check_file
from gramophone.audio.read import estimated_length_s
from gramophone.batch.item import REPORT, TASKS, Item
from gramophone.batch.rows import SEPARATOR, Row
from gramophone.batch.storage import check_driver, is_url, join, record_of
from gramophone.bounds import shown
from gramophone.errors import GramophoneError, InputError, UsageError
from gramophone.request.base import NO_FLAGS
from gramophone.request.refusals import column_of
from gramophone.runs.run import Run, check_result

LONGEST_S = 86_400.0
FILE_COLUMNS = ("task", "content", "style", "styles", "output")
MAX_LISTED_FAULTS = 20
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


class PlanError(UsageError):
    """A refused plan.

    Attributes:
        faults: the first faults, each a sentence with its line.
    """

    def __init__(self, name: str, faults: list[str], count: int) -> None:
        super().__init__(f"{name} has {count} fault(s) and nothing was run; correct it and start again")
        self.faults = faults


@dataclass
class Planner:
    """Checks the rows of a plan.

    Args:
        name: name of the plan in errors.
        folder: path or URL of all outputs.
        base: folder that relative inputs start from.
        defaults: settings of the rows that do not have their own.
        refuse_existing: whether outputs that exist are refused.
    """

    name: str
    folder: str
    base: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    refuse_existing: bool = False
    _faults: list[str] = field(default_factory=list)
    _count: int = 0
    _outputs: dict[str, int] = field(default_factory=dict)
    _inside: dict[Path, bool] = field(default_factory=dict)
    _lengths_s: dict[str, float] = field(default_factory=dict)

    def plan(self, rows: Iterable[Row]) -> tuple[Item, ...]:
        """Makes an item of every row, in order.

        Raises:
            PlanError: there are faults; it counts all of them and has the first twenty in words.
            InputError: the plan has no row.
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
            raise InputError(f"{self.name} has no items; write one row for each")
        return tuple(items)

    def _fault(self, line: int, sentence: str) -> None:
        self._count += 1
        if self._count <= MAX_LISTED_FAULTS:
            self._faults.append(f"{self.name}, line {line}: {sentence}")

    def _item(self, place: int, row: Row) -> Item:
        task = str(row.values.get("task") or ("transfer" if row.values.get("content") else "texture"))
        if task not in TASKS:
            raise UsageError(f"task must be {' or '.join(TASKS)}, not '{task}'")
        values = self._values(task, row.values)
        report = _truth(REPORT, values.pop(REPORT, False))
        request = TASKS[task].from_words({**values, **self._recordings(row.values)})
        inputs = request.sounds
        output = self._output(task, row, inputs)
        name = Path(output.rpartition("/")[2]) if is_url(output) else Path(output)
        check_result(Run(request, name), request.settings())
        settings = {**request.flags(), **({REPORT: ""} if report else {})}
        lengths_s = [self._length_s(one) for one in inputs]
        # A transfer is as long as its content, a texture as its longest style.
        expected_s = request.length_s or (lengths_s[0] if task == "transfer" else max(lengths_s))
        return Item(place, row.line, task, inputs, output, settings, expected_s, tuple(lengths_s))

    def _values(self, task: str, values: Mapping[str, Any]) -> dict[str, Any]:
        every = {name for task in TASKS for name in columns(task)}
        given = {name: value for name, value in values.items() if name not in FILE_COLUMNS}
        if unknown := sorted(name for name in {*given, *self.defaults} if name not in every):
            raise UsageError(
                f"there is no column '{unknown[0]}'; a plan can have {', '.join((*FILE_COLUMNS, *sorted(every)))}"
            )
        # A default that only another task takes is for the rows of that task.
        return {**{name: value for name, value in self.defaults.items() if name in columns(task)}, **given}

    def _recordings(self, values: Mapping[str, Any]) -> dict[str, object]:
        """The fields of a request that name recordings, as far as the row has them."""
        if values.get("style") and values.get("styles"):
            raise UsageError("'style' and 'styles' are the same column; leave out one of them")
        styles = values.get("style") or values.get("styles") or []
        styles = styles.split(SEPARATOR) if isinstance(styles, str) else styles
        if not isinstance(styles, list | tuple):
            raise UsageError(f"'style' must be a name, or a list of names, not {shown(styles)}")
        content = values.get("content")
        return {
            **({"content": self._location(content)} if content else {}),
            **({"styles": [self._location(one) for one in styles]} if styles else {}),
        }

    def _location(self, name: object) -> object:
        if not isinstance(name, str) or is_url(name):
            return name
        return os.path.normpath(self.base / name.strip())

    def _length_s(self, location: str) -> float:
        if location not in self._lengths_s:
            if is_url(location):
                check_driver(location)
            self._lengths_s[location] = 0.0 if is_url(location) else header_length_s(Path(location))
        return self._lengths_s[location]

    def _output(self, task: str, row: Row, inputs: tuple[str, ...]) -> str:
        stems = [PurePosixPath(one).stem for one in inputs]
        own = (
            f"{'-in-'.join([stems[0], '-'.join(stems[1:])])}.wav" if task == "transfer" else f"{'-'.join(stems)}.wav"
        )
        name = str(row.values.get("output") or own)
        if not self._is_inside(name):
            raise UsageError(f"the output '{name}' is outside {self.folder}; give a relative name without '..'")
        output = join(self.folder, os.path.normpath(name) if not is_url(self.folder) else name)
        key = os.path.normcase(record_of(output))
        first = self._outputs.setdefault(key, row.line)
        if first != row.line:
            raise UsageError(f"the output '{name}' is also that of line {first}; give each row its own name")
        if self.refuse_existing and any(Path(one).exists() for one in (output, record_of(output))):
            raise UsageError(f"{output} exists and was not made by a batch; choose another folder or add --overwrite")
        return output

    def _is_inside(self, name: str) -> bool:
        path = Path(name)
        if is_url(name) or path.is_absolute() or path.drive or ".." in path.parts or "\0" in name:
            return False
        if is_url(self.folder):
            return True
        parent = Path(self.folder) / path.parent
        if parent not in self._inside:
            # A symbolic link inside the folder may point outside.
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
                self._fault(item.line, f"{item.output} is an input of the plan; give the output another name")


def columns(task: str) -> tuple[str, ...]:
    """Columns of a task besides those that name files."""
    fields = TASKS[task].model_fields
    return (*(column_of(name, field) for name, field in fields.items() if name not in NO_FLAGS), REPORT)


def header_length_s(path: Path) -> float:
    """Length of a recording in seconds according to its header; 0 if it has no readable header.

    Raises:
        InputError: there is no such file.
    """
    check_file(path)
    try:
        length_s = estimated_length_s(path)
    except GramophoneError:
        return 0.0  # a style, or a file that will be refused when it is read
    return length_s if length_s < LONGEST_S else 0.0


def _truth(name: str, value: object) -> bool:
    word = str(value).lower()
    if word not in TRUE + FALSE:
        raise UsageError(f"{name} must be true or false, not '{value}'")
    return word in TRUE
