"""The demonstration: six sounds, two textures and three transfers of them, spectrograms, run records and a report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gramophone import audio
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import flute, melody, rain, rhythm, water
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.plotting.spectrogram import spectrogram_png
from gramophone.report import entry_of, write_report
from gramophone.request import TextureRequest, TransferRequest
from gramophone.runs.execute import execute
from gramophone.runs.inputs import Input
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.runs.run_record import source_of

RATE_HZ = 22050
DURATION_S = 6.0
REPORT = "report.html"
SOUNDS = {
    "phrase": spoken_phrase,
    "melody": melody,
    "rhythm": rhythm,
    "rain": rain,
    "flute": flute,
    "water": water,
}


@dataclass(frozen=True)
class PlannedRun:
    """A run of the demonstration.

    Attributes:
        stem: file name without suffix.
        name: display name.
        style: name of the style sound.
        content: name of the content sound; None for a texture.
    """

    stem: str
    name: str
    style: str
    content: str | None = None


RUNS = (
    PlannedRun("more-rain", "new rain", "rain"),
    PlannedRun("more-rhythm", "a new rhythm", "rhythm"),
    PlannedRun("phrase-in-rain", "the phrase in rain", "rain", "phrase"),
    PlannedRun("melody-by-flute", "the melody by a flute", "flute", "melody"),
    PlannedRun("rhythm-in-water", "the rhythm in water", "water", "rhythm"),
)


@dataclass(frozen=True)
class DemoRun:
    """Files of a finished run.

    Attributes:
        name: display name.
        audio: sound file of the result.
        picture: spectrograms of content, style and result.
        record: run record.
        gain_db: gain that keeps the result from clipping.
        seconds: duration of the run in seconds.
    """

    name: str
    audio: Path
    picture: Path
    record: Path
    gain_db: float
    seconds: float


@dataclass(frozen=True)
class DemoReport:
    """Files of the demonstration.

    Attributes:
        folder: folder of all files.
        sounds: sound files that the runs started from.
        runs: finished runs.
        page: report about all runs; None without a report.
        seconds: total duration in seconds.
    """

    folder: Path
    sounds: tuple[Path, ...]
    runs: tuple[DemoRun, ...]
    page: Path | None
    seconds: float


def run_demo(
    folder: Path,
    *,
    overwrite: bool = False,
    duration_s: float = DURATION_S,
    iterations: int | None = None,
    report: bool = True,
    observer: Observer | None = None,
    announce: Callable[[str], object] | None = None,
) -> DemoReport:
    """Synthesises the sounds, runs the tasks and writes all files.

    Args:
        folder: made if need be.
        overwrite: whether files of the same names may be replaced.
        duration_s: length of every sound.
        iterations: of each main loop, instead of the preset's.
        report: whether a page about all runs is written, too.
        observer: is told about each run.
        announce: called with a few words before each run, and before the report.

    Raises:
        UsageError: a file exists, or the folder cannot be written; nothing is computed then.
        ModelError: a run failed; the files of earlier runs are complete.
    """
    began, observer = time.perf_counter(), observer or Observer()
    _check_folder(folder, overwrite, report)
    sounds = {name: Sound(make(RATE_HZ, duration_s, 0), RATE_HZ) for name, make in SOUNDS.items()}
    paths = {name: folder / f"{name}.wav" for name in sounds}
    for name, sound in sounds.items():
        audio.save(sound, paths[name], overwrite=overwrite)
    inputs = {name: Input(sound, source_of(paths[name], sound)) for name, sound in sounds.items()}
    runs = []
    for place, plan in enumerate(RUNS, 1):
        if announce:
            announce(f"{place}/{len(RUNS)} {plan.name}")
        runs.append(_run(plan, folder, inputs, overwrite, iterations, observer))
    page = None
    if report:
        if announce:
            announce("the report")
        entries = [entry_of(run.record) for run in runs]
        page = write_report(folder / REPORT, entries, overwrite=overwrite)
    return DemoReport(folder, tuple(paths.values()), tuple(runs), page, time.perf_counter() - began)


def _run(
    plan: PlannedRun,
    folder: Path,
    inputs: dict[str, Input],
    overwrite: bool,
    iterations: int | None,
    observer: Observer,
) -> DemoRun:
    names = [name for name in (plan.content, plan.style) if name is not None]
    given = [inputs[name] for name in names]
    paths = [one.source.path for one in given]
    request = (
        TextureRequest(styles=tuple(paths), iterations=iterations)
        if plan.content is None
        else TransferRequest(content=paths[0], styles=tuple(paths[1:]), iterations=iterations)
    )
    path = folder / f"{plan.stem}.wav"
    outcome = execute(Run(request, path, overwrite=overwrite), observer, given)
    if outcome.failure is not None:
        raise outcome.failure
    panels = [(name, inputs[name].sound.samples) for name in names]
    panels.append((plan.name, audio.load(path).samples))
    with atomic_write(path.with_suffix(".png"), overwrite=overwrite) as temporary:
        temporary.write_bytes(spectrogram_png(panels, RATE_HZ))
    return DemoRun(
        name=plan.name,
        audio=path,
        picture=path.with_suffix(".png"),
        record=outcome.run.record,
        gain_db=outcome.written.gain_db,
        seconds=outcome.seconds,
    )


def _check_folder(folder: Path, overwrite: bool, report: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be created: {error.strerror or error}; choose another place"
        ) from error
    for path in _files(folder, report):
        check_output(path, overwrite=overwrite)


def _files(folder: Path, report: bool) -> Iterator[Path]:
    if report:
        yield folder / REPORT
    for name in SOUNDS:
        yield folder / f"{name}.wav"
    for plan in RUNS:
        for suffix in (".wav", ".png", ".json"):
            yield folder / f"{plan.stem}{suffix}"
