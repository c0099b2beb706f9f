"""`python -m bench.accuracies CARD.json [...]`: table and curves of docs/networks.md, from the cards of trainings.

What the page says between the marks of other trainings stays; a training that was made again replaces what it said.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.ship import without_places

PAGE = Path(__file__).parents[1] / "docs" / "networks.md"
BEGIN, END = "<!-- accuracies -->", "<!-- end of accuracies -->"
PUBLISHED = {
    "wyse2017": "none stated (65 % of Piczak 2015 quoted)",
    "huzaifah2019": "none stated",
    "verma2018": "none stated",
    "piczak2015": "64.5 % (5 folds)",
    "soundnet": "51.1 % (5 folds)",
}
ORIENTATIONS = {"both": ", 2-D", "time": ", time as channels", "frequency": ", frequency as channels"}
HEAD = (
    "| network | recordings: measured on | clips: training / test | accuracy here | published | training |",
    "|---|---|---|---|---|---|",
)


def row(card: dict[str, Any], orientation: str) -> str:
    """One line of the table."""
    name = card["network"]
    kind = ORIENTATIONS[orientation] if name == "huzaifah2019" else ""
    clips = card["clips"]
    centroid = card["accuracy"].get("centroid")
    second = f"; centroid {100 * centroid:.1f} % of 16 classes" if centroid is not None else ""
    data = card["licence"] if "--only" in card["command"] else card["data"]
    trained = f"{card['recipe']['epochs']} epochs, {card['seconds'] / 60:.0f} min"
    return (
        f"| `{name}`{kind} | {data}: {card['split']} | {clips['train']} / {clips['test']} "
        f"| **{100 * card['accuracy']['class']:.1f} %**{second} | {PUBLISHED[name]} | {trained} |"
    )


def curve(card: dict[str, Any], orientation: str) -> str:
    """The learning curve in figures: accuracy on the test clips after some epochs."""
    known = [(int(e["epoch"]), 100 * e["test_accuracy"]) for e in card["epochs"] if "test_accuracy" in e]
    points = ", ".join(f"{epoch}: {share:.1f}" for epoch, share in known)
    last = card["epochs"][-1]
    kind = ORIENTATIONS[orientation] if card["network"] == "huzaifah2019" else ""
    return (
        f"- `{card['network']}`{kind}, {card['data']}, {card['split']}: {points} % (training clips, as varied, "
        f"at the end: {100 * last['accuracy']:.1f} %). `{card['command']}`, {card['machine']}."
    )


def updated(text: str, rows: list[str], curves: list[str]) -> str:
    """The page with these lines in the places of those of the same training, or after all others."""
    before, rest = text.split(BEGIN)
    inside, after = rest.split(END)
    lines = inside.splitlines()
    table = {_measured(line): line for line in [*(line for line in lines if line.startswith("| `")), *rows]}
    points = {_command(line): line for line in [*(line for line in lines if line.startswith("- `")), *curves]}
    said = "Accuracy on the test clips by epoch, and how each was trained:"
    parts = ["", "", *HEAD, *table.values(), "", said, "", *points.values(), "", ""]
    return before + BEGIN + "\n".join(parts) + END + after


def _measured(line: str) -> str:
    """Network, recordings and split of a line of the table."""
    return "|".join(line.split("|")[:4])


def _command(line: str) -> str:
    """The command of a curve."""
    return line.split("`")[-2]


def main(paths: list[Path]) -> None:
    from gramophone.networks.pretrained import checkpoint as stored

    cards = [(without_places(json.loads(path.read_text(encoding="utf-8"))), path) for path in paths]
    seen = [(card, stored.read(path.with_suffix(".safetensors")).architecture.orientation) for card, path in cards]
    rows, curves = ([line(card, orientation) for card, orientation in seen] for line in (row, curve))
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8"), rows, curves), encoding="utf-8")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
