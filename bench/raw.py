"""`python -m bench.raw FOLDER`: figures of the causal models of raw audio, in docs/raw.md.

Writes three minutes of five parametric textures to FOLDER, trains a network of each kind on them where there is none
yet (a training that is stopped goes on), and measures: bits a sample, control, speed, quality. `--only SECTION ...`
measures some of it again; what was measured is kept in FOLDER.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from scipy import stats

from bench.timing import median_s
from gramophone import presets
from gramophone.audio import Sound
from gramophone.datasets.recordings import TABLE, read_recordings
from gramophone.demo.parametric import TEXTURES, write_recordings
from gramophone.metrics.auditory import excess
from gramophone.metrics.copying import copy_score, natural_copy_score, seed_similarity
from gramophone.raw import model_file
from gramophone.raw.baselines import ORDER, histogram_bits, predictor, predictor_bits
from gramophone.raw.configs import KINDS, RawKind
from gramophone.raw.generator import Generator, drawn_plainly
from gramophone.raw.mulaw import LEVELS
from gramophone.synthesis import texture
from gramophone.synthesis.raw_texture import RawStream
from gramophone.train.raw_data import RawData, raw_data
from gramophone.train.raw_evaluate import held_out_bits
from gramophone.train.raw_loop import RawTraining
from gramophone.train.recipes import Recipe

RATE_HZ = 16_000
TRAINED = [place / 24 for place in range(25)]
BETWEEN = [(3 * place + 0.5) / 24 for place in range(8)]
RECORDING_S, HELD_S, QUALITY_S = 1.44, 8.0, 4.0
WAY, WAY_S, WINDOW_S = (0.15, 0.85, 0.35, 0.95, 0.05), 48.0, 4.0
PLAIN_SAMPLES = 400
MANY = 32
TIMED_STEPS = 4
PAGE = Path(__file__).parents[1] / "docs" / "raw.md"
MARKS = "<!-- figures -->", "<!-- end of figures -->"
NAMES = tuple(TEXTURES)


def recordings(folder: Path) -> RawData:
    if not (folder / "five" / TABLE).is_file():
        write_recordings(folder / "five", TRAINED, duration_s=RECORDING_S, seed=1000)
    return raw_data(read_recordings(folder / "five", RATE_HZ, ("texture", "amount")), RATE_HZ)


def trained(folder: Path, kind: RawKind) -> model_file.ModelFile:
    path = folder / f"five-{kind}.safetensors"
    if not path.is_file():
        words = ("train", "texture", "--network", kind, "--data", str(folder / "five"), "--precision", "bf16")
        command = (*words, "--condition", "texture,amount", "-o", str(path))
        subprocess.run([sys.executable, "-m", "gramophone", *command], check=True)
    return model_file.read(path, kind)


def bits(folder: Path) -> dict[str, Any]:
    """Of the held-out ends, by texture; histogram and predictor are those of the same texture."""
    data, found = recordings(folder), {}
    for name in NAMES:
        places = [place for place, values in enumerate(data.values) if values["texture"] == name]
        learnt = [data.codes[place][: -data.held_out[place]] for place in places]
        held = [data.codes[place][-data.held_out[place] - ORDER :] for place in places]
        counts = np.sum([np.bincount(codes, minlength=LEVELS) for codes in learnt], 0)
        coefficients, deviation = predictor(learnt)
        found[name] = {
            "histogram": float(np.concatenate([histogram_bits(counts, codes[ORDER:]) for codes in held]).mean()),
            "predictor": float(
                np.concatenate([predictor_bits(coefficients, deviation, codes) for codes in held]).mean()
            ),
        }
    for kind in KINDS:
        by_texture = held_out_bits(trained(folder, kind).model(), data)
        for name in NAMES:
            found[name][kind] = by_texture[name]
    return found


def control(folder: Path) -> dict[str, Any]:
    """Rank correlation of asked and measured amounts: between trained ones, and along a way."""
    found: dict[str, Any] = {name: {} for name in NAMES}
    for name in NAMES:
        sounds = [TEXTURES[name](RATE_HZ, HELD_S, amount, place)[0] for place, amount in enumerate(BETWEEN)]
        way = TEXTURES[name](RATE_HZ, WAY_S, WAY, 99)[0]
        found[name]["recordings"] = _ranks(name, sounds, way)
        for kind in KINDS:
            file = trained(folder, kind)
            streams = [
                RawStream(file, {"texture": [name], "amount": [amount]}, seed=place, duration_s=HELD_S)
                for place, amount in enumerate(BETWEEN)
            ]
            moving = RawStream(file, {"texture": [name], "amount": list(WAY)}, seed=99, duration_s=WAY_S)
            made = [stream.draw(round(HELD_S * RATE_HZ)).samples[0] for stream in streams]
            found[name][kind] = _ranks(name, made, moving.draw(round(WAY_S * RATE_HZ)).samples[0])
            print(name, kind, found[name][kind], flush=True)
    return found


def _ranks(name: str, sounds: list[np.ndarray], way: np.ndarray) -> dict[str, Any]:
    measure = TEXTURES[name].measure
    measured = [measure(sound.astype(float), RATE_HZ) for sound in sounds]
    window = round(WINDOW_S * RATE_HZ)
    pieces = [way[first : first + window].astype(float) for first in range(0, len(way) - window + 1, window)]
    places = (np.arange(len(pieces)) + 0.5) * WINDOW_S / WAY_S
    asked = np.interp(places, np.linspace(0, 1, len(WAY)), WAY)
    along = [measure(piece, RATE_HZ) for piece in pieces]
    return {
        "between": float(stats.spearmanr(BETWEEN, measured).statistic),
        "way": float(stats.spearmanr(asked, along).statistic),
        "measured": [round(value, 2) for value in measured],
    }


def speed(folder: Path) -> dict[str, Any]:
    """One core: alone, without a memory, and many at once."""
    found: dict[str, Any] = {}
    torch.set_num_threads(1)
    for kind in KINDS:
        file = trained(folder, kind)
        model, given = file.model(), RawStream(file)._given
        generator = Generator(model, [1], [given])
        alone_s = median_s(lambda generator=generator: generator.draw(RATE_HZ), 5)  # type: ignore[misc]
        many = Generator(model, list(range(MANY)), [given] * MANY)
        many_s = median_s(lambda many=many: many.draw(640), 5)  # type: ignore[misc]
        uniform = np.random.default_rng(2).random(PLAIN_SAMPLES)
        again = Generator(model, [2], [given]).draw(PLAIN_SAMPLES)[0]
        began = time.perf_counter()
        plain = drawn_plainly(model, uniform, given(np.arange(PLAIN_SAMPLES)))
        plain_s = (time.perf_counter() - began) / PLAIN_SAMPLES
        found[kind] = {
            "parameters": file.card["parameters"],
            "times_real": 1 / alone_s,
            "many": MANY * 640 / RATE_HZ / many_s,
            "faster": plain_s / (alone_s / RATE_HZ),
            "same": int((plain == again).sum()),
            "minutes": file.card["seconds"] / 60,
            "processor_minutes": _training_minutes(folder, kind),
        }
        print(kind, found[kind], flush=True)
    return found


def _training_minutes(folder: Path, kind: RawKind) -> float:
    """Processor time of all steps of the training, from that of some."""
    file, data = trained(folder, kind), recordings(folder)
    training = RawTraining(data, file.config, Recipe(**file.card["recipe"]), seed=file.card["seed"])
    training.learn()
    began = time.process_time()
    for _ in range(TIMED_STEPS):
        training.learn()
    return (time.process_time() - began) / TIMED_STEPS * training.steps / 60


def quality(folder: Path) -> dict[str, Any]:
    """Textures of 4 s at the middle amount by each network and by the default preset, by measures of neither."""
    found: dict[str, Any] = {}
    for name in NAMES:
        reference = torch.from_numpy(TEXTURES[name](RATE_HZ, QUALITY_S, 0.5, 7)[0].copy())
        own = Sound(reference.numpy()[None], RATE_HZ)
        natural = natural_copy_score(reference, RATE_HZ).mean
        found[name] = {"natural": natural}
        makers: dict[str, Callable[[int], np.ndarray]] = {
            kind: lambda seed, kind=kind, name=name: _drawn(trained(folder, kind), name, seed)  # type: ignore[misc]
            for kind in KINDS
        }
        makers["infinite"] = lambda seed, own=own: _optimised(own, seed)  # type: ignore[misc]
        for system, make in makers.items():
            began = time.process_time()
            first = torch.from_numpy(make(0).copy())
            seconds = time.process_time() - began
            second = torch.from_numpy(make(1).copy())
            found[name][system] = {
                "excess_db": excess(first, reference, RATE_HZ).average_db,
                "copy": copy_score(first, reference, RATE_HZ).mean,
                "similarity": seed_similarity([first, second], RATE_HZ).mean,
                "seconds": seconds,
            }
            print(name, system, found[name][system], flush=True)
    return found


def _drawn(file: model_file.ModelFile, name: str, seed: int) -> np.ndarray:
    stream = RawStream(file, {"texture": [name], "amount": [0.5]}, seed=seed)
    stream.draw(RATE_HZ)  # from silence to the texture
    return stream.draw(round(QUALITY_S * RATE_HZ)).samples[0]


def _optimised(own: Sound, seed: int) -> np.ndarray:
    task = texture([own], presets.preset("infinite"), seed=seed, device="cpu")
    for _ in task:
        pass
    return task.finish().sound.samples[0]


SECTIONS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "bits": bits,
    "control": control,
    "speed": speed,
    "quality": quality,
}


def page(found: dict[str, dict[str, Any]]) -> str:
    """The tables."""
    parts = []
    head: tuple[str, ...]
    if "bits" in found:
        names = ("histogram", "predictor", *KINDS)
        rows = [(name, *(f"{found['bits'][name][one]:.3f}" for one in names)) for name in NAMES]
        means = [mean(found["bits"][name][one] for name in NAMES) for one in names]
        rows.append(("mean", *(f"**{value:.3f}**" for value in means)))
        head = ("texture", "mu-law histogram", "linear predictor, order 32", "`wavenet`", "`lru`")
        parts.append("Bits a sample of the held-out tenth of every recording:\n\n" + _table(head, rows))
    if "control" in found:
        rows = [
            (name, *(f"{found['control'][name][one][key]:.2f}" for one in ("recordings", *KINDS) for key in WAYS))
            for name in NAMES
        ]
        head = ("texture", *(f"{one}: {words}" for one in ("recordings", *KINDS) for words in WAYS.values()))
        parts.append(
            f"Rank correlation (Spearman) of the amount that was asked for and what was measured: {len(BETWEEN)} "
            f"amounts between trained ones, {HELD_S:g} s each, and pieces of {WINDOW_S:g} s along a way through "
            f"{', '.join(map(str, WAY))} in {WAY_S:g} s; beside what the recordings' own generator reaches:\n\n"
            + _table(head, rows)
        )
    if "speed" in found:
        rows = [
            (
                f"`{kind}`",
                f"{one['parameters']:,}",
                f"{one['times_real']:.1f}",
                f"{one['many']:.1f}",
                f"{one['faster']:.0f}",
                f"{one['same']} of {PLAIN_SAMPLES}",
                f"{one['processor_minutes']:.0f}",
                f"{one['minutes']:.0f}",
            )
            for kind, one in found["speed"].items()
        ]
        head = (
            *("network", "parameters", "times real time, one stream", f"times real time, {MANY} streams together"),
            *("times faster than without a memory", "same samples"),
            *("training, processor minutes", "training, minutes on a busy machine"),
        )
        parts.append("One core at 16 kHz:\n\n" + _table(head, rows))
    if "quality" in found:
        rows = [
            (
                name,
                f"`{system}`",
                f"{one['excess_db']:+.1f}",
                f"{one['copy']:.2f} ({found['quality'][name]['natural']:.2f})",
                f"{one['similarity']:.2f}",
                f"{one['seconds']:.1f}",
            )
            for name in NAMES
            for system, one in found["quality"][name].items()
            if system != "natural"
        ]
        head = (
            "texture",
            "system",
            "excess, dB",
            "copy (natural)",
            "two seeds alike",
            f"processor seconds for {QUALITY_S:g} s",
        )
        parts.append(
            f"Textures of {QUALITY_S:g} s at amount 0.5 beside optimised ones (docs/quality.md):\n\n"
            + _table(head, rows)
        )
    return "\n\n".join(parts)


WAYS = {"between": "between", "way": "way"}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--only", nargs="*", choices=SECTIONS, default=list(SECTIONS))
    given = words.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    recordings(given.folder)
    kept = given.folder / "figures.json"
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    for name in given.only:
        found[name] = SECTIONS[name](given.folder)
        kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n\n{page(found)}\n\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
