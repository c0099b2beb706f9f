"""The demonstration: sounds, two textures and two transfers of them, pictures and run records."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gramophone import api, audio
from gramophone.audio import Sound
from gramophone.demo.melody import melody
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain, rhythm
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.picture import spectrogram_png
from gramophone.record import Source, run_record, source_of, write_record

RATE_HZ = 22050
DURATION_S = 6.0
SOUNDS = {"phrase": spoken_phrase, "melody": melody, "rain": rain, "fire": fire, "rhythm": rhythm}


@dataclass(frozen=True)
class Plan:
    """One run: its file name, what it is called, and the names of its sounds."""

    stem: str
    name: str
    style: str
    content: str | None = None


PLANS = (
    Plan("more-rain", "new rain", "rain"),
    Plan("more-rhythm", "a new rhythm", "rhythm"),
    Plan("phrase-in-fire", "the phrase in fire", "fire", "phrase"),
    Plan("melody-in-rain", "the melody in rain", "rain", "melody"),
)


@dataclass(frozen=True)
class DemoRun:
    """What one run left.

    Attributes:
        name: what it is.
        audio: the result.
        picture: spectrograms of content, style and result.
        record: its run record.
        gain_db: applied so that the result does not clip.
        seconds: how long it took.
    """

    name: str
    audio: Path
    picture: Path
    record: Path
    gain_db: float
    seconds: float


@dataclass(frozen=True)
class DemoReport:
    """Where everything is.

    Attributes:
        folder: holds all files.
        sounds: the sounds that the runs started from.
        runs: one entry a result.
        seconds: how long all of it took.
    """

    folder: Path
    sounds: tuple[Path, ...]
    runs: tuple[DemoRun, ...]
    seconds: float


def run_demo(
    folder: Path,
    *,
    overwrite: bool = False,
    duration_s: float = DURATION_S,
    iterations: int | None = None,
    on_step: api.OnStep | None = None,
    announce: Callable[[str], object] | None = None,
) -> DemoReport:
    """Makes the sounds, runs the tasks and writes everything.

    Args:
        folder: made if need be.
        overwrite: whether files of the same names may be replaced.
        duration_s: length of every sound.
        iterations: of each main loop, instead of the preset's.
        on_step: called with every step.
        announce: called with a few words before each run.

    Raises:
        UsageError: a file of the same name exists, or the folder cannot be written; nothing is computed then.
        ModelError: a run failed; the files of the runs before it are complete.
    """
    began = time.perf_counter()
    _check_folder(folder, overwrite)
    sounds = {name: Sound(make(RATE_HZ, duration_s, 0), RATE_HZ) for name, make in SOUNDS.items()}
    paths = {name: folder / f"{name}.wav" for name in sounds}
    for name, sound in sounds.items():
        audio.save(sound, paths[name], overwrite=overwrite)
    sources = {name: source_of(paths[name], sound) for name, sound in sounds.items()}
    runs = []
    for place, plan in enumerate(PLANS, 1):
        if announce:
            announce(f"{place}/{len(PLANS)} {plan.name}")
        runs.append(_run(plan, folder, sounds, sources, overwrite, iterations, on_step))
    return DemoReport(folder, tuple(paths.values()), tuple(runs), time.perf_counter() - began)


def _run(
    plan: Plan,
    folder: Path,
    sounds: dict[str, Sound],
    sources: dict[str, Source],
    overwrite: bool,
    iterations: int | None,
    on_step: api.OnStep | None,
) -> DemoRun:
    began = time.perf_counter()
    style = sounds[plan.style]
    if plan.content is None:
        result = api.texture(style, iterations=iterations, on_step=on_step)
    else:
        result = api.transfer(sounds[plan.content], style, iterations=iterations, on_step=on_step)
    path = folder / f"{plan.stem}.wav"
    written = audio.save(result.sound, path, overwrite=overwrite)
    names = [name for name in (plan.content, plan.style) if name is not None]
    panels = [(name, sounds[name].samples) for name in names] + [(plan.name, result.sound.samples)]
    with atomic_write(path.with_suffix(".png"), overwrite=overwrite) as temporary:
        temporary.write_bytes(spectrogram_png(panels, RATE_HZ))
    record = run_record(result, command=(), inputs=[sources[name] for name in names], written=written)
    write_record(path.with_suffix(".json"), record, overwrite=overwrite)
    return DemoRun(
        name=plan.name,
        audio=path,
        picture=path.with_suffix(".png"),
        record=path.with_suffix(".json"),
        gain_db=written.gain_db,
        seconds=time.perf_counter() - began,
    )


def _check_folder(folder: Path, overwrite: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror or error}; choose another place"
        ) from error
    for path in _files(folder):
        check_output(path, overwrite=overwrite)


def _files(folder: Path) -> Iterator[Path]:
    for name in SOUNDS:
        yield folder / f"{name}.wav"
    for plan in PLANS:
        for suffix in (".wav", ".png", ".json"):
            yield folder / f"{plan.stem}{suffix}"
