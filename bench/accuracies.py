"""`python -m bench.accuracies CARD.json [...]`: table and curves of docs/networks.md, from the cards of trainings.

Replaces what stands between the marks in that page.
"""

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "networks.md"
BEGIN, END = "<!-- accuracies -->", "<!-- end of accuracies -->"
PUBLISHED = {
    "wyse2017": "none stated (65 % of Piczak 2015 quoted)",
    "huzaifah2019": "none stated",
    "verma2018": "none stated",
    "piczak2015": "64.5 % (5 folds)",
}
ORIENTATIONS = {"both": ", 2-D", "time": ", time as channels", "frequency": ", frequency as channels"}


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


def main(paths: list[Path]) -> None:
    from gramophone.networks import stored

    cards = [(json.loads(path.read_text(encoding="utf-8")), path) for path in paths]
    seen = [(card, stored.read(path.with_suffix(".safetensors")).architecture.orientation) for card, path in cards]
    table = [
        "| network | recordings: measured on | clips: training / test | accuracy here | published | training |",
        "|---|---|---|---|---|---|",
        *(row(card, orientation) for card, orientation in seen),
    ]
    curves = ["Accuracy on the test clips by epoch, and how each was trained:", ""]
    curves += [curve(card, orientation) for card, orientation in seen]
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    PAGE.write_text("\n".join([before + BEGIN, "", *table, "", *curves, "", after]), encoding="utf-8")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
