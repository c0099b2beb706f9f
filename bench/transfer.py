"""What a transfer gains over plain mixing: purity at equal structure, over strengths and pairs of recordings."""

from statistics import mean

import torch

from bench.recordings import RATE_HZ, clip, clips
from gramophone import api
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure

CONTENTS = (
    "speech_jfk",
    "speech_female",
    "electronic_beat",
    "guitar_em9",
    "jazz_vibe_ace",
    "piano_bach",
    "song_fishin",
    "sugar_plum_fairy",
)
STYLES = ("fire", "rain", "rooster", "applause")
STRENGTHS = (0.3, 0.6, 0.9)


def report() -> str:
    if not clips():
        return "## Transfer\n\nNot measured: it takes real recordings, in the folder that GRAMOPHONE_DATA names.\n"
    gains: dict[tuple[str, str], list[float]] = {}
    rows = []
    for content in CONTENTS:
        for style in STYLES:
            placed, gained = _pair(content, style)
            gains[content, style] = gained
            cells = " | ".join(
                f"{place.structure:.2f} / {place.purity:.2f} / {gain:+.2f}"
                for place, gain in zip(placed, gained, strict=True)
            )
            rows.append(f"| {content} in {style} | {cells} |")
    by_style = ", ".join(f"{style} {mean(mean(gains[c, style]) for c in CONTENTS):+.2f}" for style in STYLES)
    by_strength = " | ".join(f"**{mean(g[i] for g in gains.values()):+.2f}**" for i in range(len(STRENGTHS)))
    return f"""## Transfer: structure / purity / purity gained over plain mixing at equal structure

None of these pairs was used to choose anything. Mean gain: **{mean(map(mean, gains.values())):+.2f}**
({by_style}).

| pair | strength {" | strength ".join(map(str, STRENGTHS))} |
|---|---|---|---|
{chr(10).join(rows)}
| mean gain | {by_strength} |
"""


def _pair(content: str, style: str) -> tuple[list[Placed], list[float]]:
    said, made_of = clip(content), clip(style)
    one, other = (torch.from_numpy(sound.samples[0]) for sound in (said, made_of))
    curve = mixing_curve(one, other, RATE_HZ)
    placed = []
    for strength in STRENGTHS:
        result = torch.from_numpy(api.transfer(said, made_of, strength=strength).sound.samples[0])
        placed.append(Placed(structure(result, one, RATE_HZ), purity(result, other, RATE_HZ)))
    return placed, [gain_over_mixing(place, curve) for place in placed]
