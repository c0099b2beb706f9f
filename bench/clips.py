"""Every texture clip as a texture, every speech and music clip in four styles: is the file what was asked?"""

import csv
import tempfile
import time
from pathlib import Path

from bench.recordings import clip, clips
from gramophone import api
from gramophone.audio import load, peak, rms_db, save
from gramophone.synthesis import Result

STYLES = ("fire", "rain", "rooster", "applause")


def report() -> str:
    folder = clips()
    if folder is None:
        return "## Every clip\n\nNot measured: it takes real recordings, in the folder that GRAMOPHONE_DATA names.\n"
    with (folder / "SOURCES.csv").open(encoding="utf-8") as file:
        kinds = {row["file"].removesuffix(".flac"): row["kind"] for row in csv.DictReader(file)}
    textures = [name for name, kind in sorted(kinds.items()) if kind == "texture"]
    contents = [name for name, kind in sorted(kinds.items()) if kind in {"speech", "music"}]
    rows = [_texture(name) for name in textures]
    rows += [_transfer(content, style) for content in contents for style in STYLES]
    return f"""## Every clip (default settings; transfers at strength 0.6)

Each file is read again: all of them are finite, not silent, not clipped and of the asked length, or this page would
not have been written.

| result | length | time | steps | style loss | peak | level |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def _texture(name: str) -> str:
    style = clip(name)
    began = time.perf_counter()
    return _row(f"texture of {name}", style.duration_s, api.texture(style), began)


def _transfer(content: str, style: str) -> str:
    said, made_of = clip(content), clip(style)
    began = time.perf_counter()
    return _row(f"{content} in {style}", said.duration_s, api.transfer(said, made_of, strength=0.6), began)


def _row(name: str, asked_s: float, result: Result, began: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.wav"
        save(result.sound, path)
        seconds = time.perf_counter() - began
        written = load(path)  # refuses samples that are not finite
    highest, level_db = peak(written.samples), rms_db(written.samples)
    if written.is_silent or highest > 1 or abs(written.duration_s - asked_s) > 1e-3 or level_db < -60:
        raise RuntimeError(f"{name}: peak {highest}, level {level_db} dB, {written.duration_s} s of {asked_s} s")
    style_loss = result.losses[-1].terms["style"]
    return (
        f"| {name} | {asked_s:.2f} s | {seconds:.1f} s | {len(result.losses)} | {style_loss:.1e} "
        f"| {highest:.2f} | {level_db:.1f} dB |"
    )
