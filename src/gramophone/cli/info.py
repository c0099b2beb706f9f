"""`gramophone info`."""

from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag
from gramophone.cli.progress import Progress, duration
from gramophone.cli.table import table
from gramophone.errors import InputError

if TYPE_CHECKING:
    from gramophone.audio import Sound, Style


def info(file: Annotated[Path, Parameter(name="FILE")], /, *, features: Flag = False) -> int:
    """Describe an audio file, a style file or a run record.

    Args:
        file: A recording, a style, or the .json file that lies beside a result.
        features: A table of what can be measured of a recording's first minute instead: spectral centroid and \
moments, zero crossings, harmonicity, f0, envelope, MFCC and their slopes (extra 'features').
    """
    if features:
        write_stdout(_features(file))
        return 0
    rows = _described(file) if file.suffix.lower() == ".json" else _sound(file)
    width = max(len(name) for name, _ in rows)
    write_stdout("\n".join(f"{name:{width}}  {one_line(text)}" for name, text in rows))
    return 0


def _described(path: Path) -> list[tuple[str, str]]:
    from gramophone.report.entry import validate_record
    from gramophone.runs.run_record import read_record

    record = read_record(path)
    validate_record(path, record)
    try:
        return _record(path, record)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(f"{path} is damaged: a field has not the form that a run writes; repeat the run") from error


def _sound(path: Path) -> list[tuple[str, str]]:
    from gramophone import audio
    from gramophone.audio.read import format_of
    from gramophone.runs.inputs import load_sound

    sound = load_sound(path, Progress(quiet=True).warn)
    if isinstance(sound, audio.Style):
        return [("style", str(path)), *_shape(sound), *_origin(sound)]
    return [("file", str(path)), ("format", format_of(path)), *_shape(sound)]


FEATURES_S = 60.0


def _features(path: Path) -> str:
    """Mean, deviation and range of every descriptor over frames, of all channels together."""
    from gramophone.features import descriptors
    from gramophone.runs.inputs import load_sound

    sound = load_sound(path, Progress(quiet=True).warn).trimmed(FEATURES_S).mono()
    rows: list[tuple[str, ...]] = [("feature", "mean", "deviation", "least", "largest", "unit")]
    for one in descriptors(sound.samples[0], sound.rate_hz):
        found = one.summary
        numbers = [f"{found[name]:.4g}" if found else "none" for name in rows[0][1:5]]
        rows.append((one.name, *numbers, one.unit))
    return table(rows, numbers={1, 2, 3, 4})


def _shape(sound: "Sound") -> list[tuple[str, str]]:
    from gramophone import audio

    mean_db, peak = audio.rms_db(sound.samples), audio.peak(sound.samples)
    level = f"{mean_db:.1f} dB on average (root mean square), {20 * log10(peak or 1):.1f} dB at the peak"
    return [
        ("rate", f"{sound.rate_hz} Hz"),
        ("channels", str(sound.channels)),
        ("duration", f"{sound.duration_s:.3f} s"),
        ("level", "silent" if sound.is_silent else level),
    ]


def _origin(style: "Style") -> list[tuple[str, str]]:
    origin, choice = style.provenance, style.provenance.choice
    names = [source.name for source in origin.sources]
    how = "everything there was"
    if choice.method != "all":
        how = (
            f"chosen from {choice.candidates} pieces: style distance {choice.distance:.3g} to the whole, "
            f"{choice.random_distance:.3g} for pieces drawn at random"
        )
    return [
        ("kept", how),
        *(
            ("source", f"{source.name}, {source.duration_s:.3f} s, sha256 {(source.sha256 or 'unknown')[:12]}")
            for source in origin.sources
        ),
        *(
            ("excerpt", f"{names[one.source]}, {one.start_s:.3f} s to {one.start_s + one.duration_s:.3f} s")
            for one in origin.excerpts
        ),
        ("version", origin.version),
    ]


def _record(path: Path, record: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("run record", str(path)),
        ("task", " ".join([record["task"], *_settings(record["parameters"])])),
        ("seed", str(record["seed"])),
        ("made", f"{record['created']} in {duration(sum(record['stages_s'].values()))}"),
        ("stopped", record["stopped"] + (f" after {len(record['losses'])} steps" if record["losses"] else "")),
        *(("loss", text) for text in _losses(record["losses"])),
        *(("input", _file(source)) for source in record["inputs"]),
        ("output", _file(record["output"])),
        ("versions", ", ".join(_settings(record["versions"]))),
        ("command", " ".join(map(str, record["command"]))),
    ]
    return [(name, text) for name, text in rows if text]


def _settings(values: dict[str, Any]) -> list[str]:
    return [f"{name} {value}" for name, value in values.items() if value is not None]


def _losses(losses: list[dict[str, Any]]) -> list[str]:
    """The way of the loss in each stage."""
    stages = dict.fromkeys(str(loss["stage"]) for loss in losses)
    totals = {stage: [loss["total"] for loss in losses if loss["stage"] == stage] for stage in stages}
    return [f"{stage}: {way[0]:.4g} to {way[-1]:.4g} in {len(way)} steps" for stage, way in totals.items()]


def _file(entry: dict[str, Any]) -> str:
    shape = f"{entry['duration_s']:.3f} s at {entry['rate_hz']} Hz"
    return f"{entry['path']}, {shape}, sha256 {entry['sha256'][:12]}..."
