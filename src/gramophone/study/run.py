"""The cells of a study, made one after the other; what is complete already is kept."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gramophone import audio
from gramophone.api import run
from gramophone.audio import Sound
from gramophone.errors import GramophoneError, InputError, UsageError
from gramophone.files import sha256_of
from gramophone.optim.minimise import Step
from gramophone.presets import Changes, steered
from gramophone.presets.pretrained import transfer_settings
from gramophone.runs.run_record import read_record, run_record, source_of, write_record
from gramophone.settings import USUAL_STRENGTH, Settings
from gramophone.study.grid import PRESET, Cell, choice
from gramophone.synthesis import transfer
from gramophone.synthesis.prepare import shortest_s

SUFFIX = ".flac"


@dataclass(frozen=True)
class Usual:
    """What holds in every cell in which the grid says nothing else.

    Attributes:
        iterations: of the main loop; each preset's own if none.
        seed: of every random choice.
        strength: of the transfers.
        device: where they are computed; the best there is if none.
    """

    iterations: int | None = None
    seed: int = 0
    strength: float = USUAL_STRENGTH
    device: str | None = None


@dataclass(frozen=True)
class Planned:
    """A cell with everything that decides its result.

    Attributes:
        cell: of the grid.
        settings: what its choices come to.
        seed: of its random choices.
        strength: of the transfer.
    """

    cell: Cell
    settings: Settings
    seed: int
    strength: float

    def path(self, folder: Path) -> Path:
        """Where the result goes; its run record lies beside it."""
        return folder / f"{self.cell.name}{SUFFIX}"


@dataclass(frozen=True)
class Pair:
    """Two recordings and their files."""

    content: Path
    style: Path
    said: Sound
    made_of: Sound


def plan(cell: Cell, usual: Usual) -> Planned:
    """What the choices of a cell come to.

    Raises:
        UsageError: choices that cannot be, or do not go together.
    """
    said: dict[str, Any] = {axis: choice(axis, value) for axis, value in cell.choices}
    name = said.get("preset", PRESET)
    changes = Changes(iterations=said.get("iterations", usual.iterations))
    if "scale" in said:
        changes["scale"] = said["scale"]
    settings = transfer_settings(name, None, said.get("weights"), **changes)
    settings = steered(settings, name, noise=said.get("noise"), envelopes=said.get("envelopes"))
    if "filters" in said:
        settings = replace(settings, network=replace(settings.network, filters=said["filters"]))
    strength = said.get("strength", usual.strength)
    if not 0 <= strength <= 1:
        raise UsageError(f"a strength of {strength} is impossible; give a number from 0 to 1")
    return Planned(cell, settings, said.get("seed", usual.seed), strength)


def check_lengths(planned: Sequence[Planned], pair: Pair) -> None:
    """Refuses recordings that are too short for a cell, before the first is made.

    Raises:
        InputError: names the file, the cell and the length needed.
    """
    for one in planned:
        needed_s = shortest_s(one.settings)
        for path, sound in ((pair.content, pair.said), (pair.style, pair.made_of)):
            if sound.duration_s < needed_s:
                raise InputError(
                    f"{path} lasts {sound.duration_s:.3f} s; at least {needed_s:.3f} s are needed for "
                    f"{one.cell.name}, so give a longer recording"
                )


def is_complete(planned: Planned, pair: Pair, folder: Path) -> bool:
    """Whether the folder has this very result, whole, with its record."""
    path = planned.path(folder)
    try:
        record = read_record(path.with_suffix(".json"))
        whole = sha256_of(path) == record["output"]["sha256"]
        sources = [source["sha256"] for source in record["inputs"]]
        same = sources == [sha256_of(pair.content), sha256_of(pair.style)]
    except (GramophoneError, KeyError, TypeError):
        return False
    wanted = json.loads(json.dumps(asdict(planned.settings)))
    return (
        whole
        and same
        and record["stopped"] == "finished"
        and (record["settings"], record["seed"]) == (wanted, planned.seed)
        and record["parameters"].get("strength") == planned.strength
    )


def check_folder(planned: Sequence[Planned], pair: Pair, folder: Path, *, overwrite: bool) -> None:
    """Refuses a folder in which other results have the names of the cells.

    Raises:
        UsageError: names the first of them.
    """
    for one in planned:
        path = one.path(folder)
        if not overwrite and path.with_suffix(".json").exists() and not is_complete(one, pair, folder):
            raise UsageError(
                f"{path.with_suffix('.json')} is of another study, or not whole; choose another folder, "
                "or add --overwrite to make it again"
            )


def make(
    planned: Sequence[Planned],
    pair: Pair,
    folder: Path,
    usual: Usual,
    *,
    announce: Callable[[str], object] | None = None,
    on_step: Callable[[Step], object] | None = None,
) -> Iterator[tuple[Planned, bool]]:
    """Makes what is missing; gives each cell when it is there, and whether it had to be made.

    Raises:
        InputError: a recording is silent or too short for a cell.
        ModelError: a cell's computation failed.
    """
    for number, one in enumerate(planned, 1):
        if is_complete(one, pair, folder):
            yield one, False
            continue
        if announce:
            announce(f"cell {number} of {len(planned)}: {one.cell.name}")
        task = transfer(
            pair.said, [pair.made_of], one.settings, strength=one.strength, seed=one.seed, device=usual.device
        )
        result = run(task, on_step)
        path = one.path(folder)
        written = audio.save(result.sound, path, overwrite=True)
        sources = [source_of(pair.content, pair.said), source_of(pair.style, pair.made_of)]
        record = run_record(result, command=_command(one, pair, usual), inputs=sources, written=written)
        record["output"]["path"] = path.name
        write_record(path.with_suffix(".json"), record, overwrite=True)
        yield one, True


def _command(planned: Planned, pair: Pair, usual: Usual) -> list[str]:
    """The transfer that makes the same; none where a choice has no flag."""
    axes = {axis for axis, _ in planned.cell.choices}
    if "filters" in axes:
        return []
    words = ["gramophone", "transfer", str(pair.content), str(pair.style), "-o", f"{planned.cell.name}{SUFFIX}"]
    others = {"preset": PRESET, "seed": planned.seed, "strength": planned.strength, "iterations": usual.iterations}
    told = [
        word
        for name, value in others.items()
        if name not in axes and value is not None
        for word in (f"--{name}", str(value))
    ]
    return [*words, *told, *planned.cell.words()]
