"""`python -m bench.leaks --notes NOTES --esc50 ESC-50`: recordings that lie on both sides of a split.

Notes: of every fifth note, how many are of a recorded sample that other notes are of, too, and how well the
`verma2018` of the package, which learnt those others, tells both kinds. ESC-50: sources in more than one fold.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import torch

from gramophone.datasets import Features, instruments, prepare
from gramophone.datasets.clips import Clip, rows_of
from gramophone.networks.pretrained.packaged import opened

EVERY, FONT = 5, "FluidR3_GM"
"""How the notes were held out that the network of the package was measured on, and the font it learnt."""
BATCH = 50


def fifth_notes(clips: Sequence[Clip]) -> list[int]:
    """Places of every fifth note of each file, from the third on."""
    count: dict[Path, int] = {}
    found = []
    for place, clip in enumerate(clips):
        count[clip.path] = count.get(clip.path, -1) + 1
        if count[clip.path] % EVERY == EVERY // 2:
            found.append(place)
    return found


def of_notes(root: Path, cache: Path) -> str:
    """What the held-out notes share with those of training, and the accuracy on either kind."""
    collection = instruments(root, font=FONT)
    test = fifth_notes(collection.clips)
    known = {collection.clips[place].recorded for place in set(range(len(collection.clips))) - set(test)}
    kept = opened("verma2018", "trained")
    network = kept.classifier()
    features: Features | None = None
    for event in prepare(collection, kept.representation, cache):
        features = event.features
    assert features is not None
    values = torch.from_numpy(features.values[test]).float()
    with torch.no_grad():
        told = torch.cat([network(part[:, None])["class"].argmax(1) for part in values.split(BATCH)])
    right = [int(one) == collection.clips[place].label for one, place in zip(told, test, strict=True)]
    is_known = [collection.clips[place].recorded in known for place in test]
    shared, others = (
        [one for one, both in zip(right, is_known, strict=True) if both is kind] for kind in (True, False)
    )
    return (
        f"{len(shared)} of {len(test)} held-out notes are of samples that training notes are of: "
        f"{100 * mean(shared):.1f} % there, {100 * mean(others):.1f} % on the other {len(others)}"
    )


def of_esc50(root: Path) -> str:
    """Sources in more than one fold."""
    folds: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    for row in rows_of(root / "esc50.csv", ("src_file", "fold", "category")):
        folds.setdefault(row["src_file"], set()).add(row["fold"])
        classes.setdefault(row["src_file"], set()).add(row["category"])
    split = [source for source, found in folds.items() if len(found) > 1]
    listed = "; ".join(
        f"{source} in folds {', '.join(sorted(folds[source]))} as {', '.join(sorted(classes[source]))}"
        for source in split
    )
    return f"{len(split)} of {len(folds)} sources of ESC-50 lie in two folds: {listed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path)
    parser.add_argument("--esc50", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("bench-output/leaks"))
    given = parser.parse_args()
    if given.notes:
        given.cache.mkdir(parents=True, exist_ok=True)
        print(of_notes(given.notes, given.cache))
    if given.esc50:
        print(of_esc50(given.esc50))


if __name__ == "__main__":
    main()
