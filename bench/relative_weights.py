"""`python -m bench.relative_weights [--write]`: what the published absolute losses of Wyse 2017 come to.

The published losses are sums, which depend on the network's weights, on the scale of the picture and on the
recordings. Here each is taken where it would be 1 as a relative distance (a silent result; for the range, a picture
that is one unit of the log scale outside everywhere), on a reference pair: their shares are weights of relative
distances. `--write` puts the table into docs/presets.md.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import torch

from bench.recordings import clip
from gramophone.audio import Sound
from gramophone.networks.pretrained.configs import wyse2017
from gramophone.networks.pretrained.log_spectrogram import GREY
from gramophone.networks.pretrained.network import TrainedNetwork
from gramophone.networks.pretrained.packaged import network_of

PAGE = Path(__file__).parents[1] / "docs" / "presets.md"
BEGIN, END = "<!-- relative weights -->", "<!-- end of relative weights -->"
CONTENT, STYLE = ("speech_female", 0.0), ("rooster", 1.75)
"""Clips, and where in them the excerpts begin, in seconds: speech, and the crow itself."""
CLIP_S = 2.0
ALPHA, BETA, LAYERS, RANGE = 10.0, 10.0, (1.0, 2.0), 0.01
"""Published weights of the content, of the style, of its two layers, and of what is out of range."""
DRAWS = 5
NAMES = ("first layer", "second layer", "content", "range")


def picture(name: str, start_s: float) -> torch.Tensor:
    """Log magnitudes `[1, frequency, frame]` of an excerpt, as the network sees them."""
    sound = clip(name)
    start = round(start_s * sound.rate_hz)
    excerpt = Sound(sound.samples[:, start : start + round(CLIP_S * sound.rate_hz)], sound.rate_hz)
    seen = wyse2017().representation
    return seen.values(torch.from_numpy(excerpt.resampled(seen.rate_hz).samples))


def relative(network: TrainedNetwork, content: torch.Tensor, style: torch.Tensor) -> list[float]:
    """Weight of each term, in the order of `NAMES`, where those of style and content add up to 1."""
    grams = network.grams(style)
    styles = [
        BETA * weight * float(gram.double().square().sum()) / (4 * gram.shape[0] ** 2)
        for weight, gram in zip(LAYERS, grams, strict=True)
    ]
    features = network.features(content, 2)[1]
    kept = ALPHA * float(features.double().square().mean()) / 4
    out_of_range = RANGE / 2 * GREY**2 * content.numel()  # of a mean square of 1 in units of the log scale
    whole = sum(styles) + kept
    return [value / whole for value in (*styles, kept, out_of_range)]


def row(name: str, weights: Sequence[float]) -> str:
    """One line of the table."""
    return f"| {name} | {' | '.join(f'{value:.2g}' for value in weights)} |"


def table() -> str:
    """The table as Markdown."""
    content, style = picture(*CONTENT), picture(*STYLE)
    drawn = [
        relative(network_of("wyse2017", "random", seed, draw="uniform"), content, style) for seed in range(DRAWS)
    ]
    rows = [
        row(f"random weights, mean of {DRAWS} draws", [mean(values) for values in zip(*drawn, strict=True)]),
        row("smallest", [min(values) for values in zip(*drawn, strict=True)]),
        row("largest", [max(values) for values in zip(*drawn, strict=True)]),
        row("weights trained here", relative(network_of("wyse2017", "trained", 0), content, style)),
    ]
    return "\n".join((f"| | {' | '.join(NAMES)} |", "|---" * (1 + len(NAMES)) + "|", *rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/presets.md")
    found = table()
    if parser.parse_args().write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{after}", encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main()
