"""From what a user asks for to a problem and a recipe."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gramophone.datasets import Collection, esc50, folder, instruments
from gramophone.datasets.clips import Split
from gramophone.datasets.esc50 import fold_split
from gramophone.datasets.folder import held_out_files
from gramophone.datasets.instruments import FONTS, held_out_font, held_out_notes
from gramophone.errors import UsageError
from gramophone.networks.pretrained import configs as published
from gramophone.networks.pretrained.configs import ModelConfig, design
from gramophone.train.recipes import RECIPES, Recipe

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Changes:
    """What differs from a network's recipe; none leaves it as it is."""

    epochs: int | None = None
    batch: int | None = None
    precision: str | None = None
    one_task: bool = False

    def of(self, recipe: Recipe) -> Recipe:
        """The recipe with the changes."""
        given = {"epochs": self.epochs, "batch": self.batch, "precision": self.precision}
        changed = replace(recipe, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        return replace(changed, centroid_classes=0) if self.one_task else changed


def recipe_of(network: str, changes: Changes) -> Recipe:
    """How the network of that name is trained.

    Raises:
        UsageError: there is no such network, or a number that cannot be.
    """
    design(network)
    return changes.of(RECIPES[network])


def design_of(network: str, channels: int | None) -> ModelConfig:
    """The network of that name, with another number of filters if one is given.

    Raises:
        UsageError: there is no such network, or its number of filters is fixed.
    """
    if channels is None:
        return design(network)
    if not 1 <= channels <= 8192:
        raise UsageError(f"{channels} channels cannot be; give a number from 1 to 8192")
    wide: dict[str, Callable[[int], ModelConfig]] = {
        "wyse2017": published.wyse2017,
        "huzaifah2019": lambda count: published.huzaifah2019("frequency", count),
        "huzaifah2019-time": lambda count: published.huzaifah2019("time", count),
    }
    if network not in wide:
        raise UsageError(f"the filters of {network} are fixed; leave out --channels, or choose {', '.join(wide)}")
    return wide[network](channels)


def esc50_order(
    data: Path, fold: int | None, validation: int | None, only: str | None, tell: Tell | None
) -> tuple[Collection, Split]:
    """ESC-50 and what to test on.

    Raises:
        InputError: clips are missing, or the table is wrong.
        UsageError: there is no such fold.
    """
    if only not in {None, "free"}:
        raise UsageError(f"'{only}' is no part of ESC-50; the part to choose is 'free'")
    collection = esc50(data, free_only=only == "free", skip_missing=tell)
    split = fold_split(collection, 5 if fold is None else fold)
    if validation is None:
        return collection, split
    if str(validation) not in {collection.clips[place].group for place in split.train}:
        raise UsageError(f"fold {validation} is not one of those that are trained on; choose another")
    inner = [collection.clips[place].group == str(validation) for place in split.train]
    return collection, Split(
        train=tuple(place for place, out in zip(split.train, inner, strict=True) if not out),
        test=tuple(place for place, out in zip(split.train, inner, strict=True) if out),
        name=f"fold {validation} held out for validation; {split.name} and not looked at",
    )


def instruments_order(data: Path, held_out: str | None, only: str | None) -> tuple[Collection, Split]:
    """The notes and what to test on.

    Raises:
        InputError: notes are missing, or the table is wrong.
        UsageError: there is no such sound font.
    """
    if only is not None and held_out is not None:
        raise UsageError(
            f"of one sound font none can be held out; leave out --only or --held-out ({', '.join(FONTS)})"
        )
    collection = instruments(data, font=only)
    split = held_out_notes(collection) if held_out is None else held_out_font(collection, held_out)
    return collection, split


def folder_order(data: Path, duration_s: float, seed: int, tell: Tell | None) -> tuple[Collection, Split]:
    """A user's folder and what to test on.

    Raises:
        InputError: there are too few recordings, or some cannot be read.
    """
    collection = folder(data, duration_s=duration_s, skip_damaged=tell)
    return collection, held_out_files(collection, seed)
