"""How each network is trained and on what: recipes, and the collection and split that a user asks for."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gramophone.bounds import check_bounds
from gramophone.datasets import Collection, esc50, folder, instruments
from gramophone.datasets.clips import Split
from gramophone.datasets.loaders import FONTS, fold_split, held_out_files, held_out_font, held_out_samples
from gramophone.errors import UsageError
from gramophone.networks.pretrained import configs as published
from gramophone.networks.pretrained.configs import ModelConfig, design
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend

Precision = Literal["float32", "bf16"]


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training.

    Attributes:
        epochs: number of passes over the training clips.
        batch: clips per step, over all processes.
        optimiser: `adam` (with decoupled weight decay) or `sgd` (Nesterov momentum 0.9).
        learning_rate: peak learning rate, after a linear warm-up and before a cosine decay to 0.
        warmup: fraction of the steps in which the learning rate rises.
        weight_decay: weight decay of weights; biases and normalisations have none.
        smoothing: label smoothing, from 0 to 1.
        shift: whether clips are shifted circularly in time at random.
        piece: fraction of a clip's frames in a step, for networks that take any length.
        mixup: `alpha` of mixup (Zhang et al. 2018); 0 for none.
        transposition_semitones: largest random transposition of a clip on linear frequencies; 0 for none.
        tilt_db_per_octave: largest random tilt of a clip's spectrum; 0 for none.
        masked_bins: largest width of the two frequency masks per clip (Park et al. 2019); 0 for none.
        masked_frames: largest width of the two time masks per clip; 0 for none.
        centroid_classes: number of spectral-centroid classes of the second task; 0 for none.
        centroid_weight: weight of the second task's loss.
        precision: arithmetic of convolutions and matrix products; `bf16` halves the time on processors that have it.
        published_start: whether weights are initialised as by Piczak 2015.
    """

    epochs: int = 30
    batch: int = 32
    optimiser: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    warmup: float = 0.05
    weight_decay: float = 0.01
    smoothing: float = 0.0
    shift: bool = True
    piece: float = 1.0
    mixup: float = 0.0
    transposition_semitones: float = 0.0
    tilt_db_per_octave: float = 0.0
    masked_bins: int = 0
    masked_frames: int = 0
    centroid_classes: int = 0
    centroid_weight: float = 0.3
    precision: Precision = "float32"
    published_start: bool = False

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise UsageError(f"epochs and batch must be at least 1, not {self.epochs} and {self.batch}")
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"learning rate must be above 0 and finite, not {self.learning_rate}")
        check_bounds("transposition in semitones", self.transposition_semitones, 0, 24)
        check_bounds("tilt in dB per octave", self.tilt_db_per_octave, 0, 12)

    def rate_at(self, step: int, steps: int) -> float:
        """Returns the learning rate of a step, counted from 0."""
        rising = max(1, round(self.warmup * steps))
        if step < rising:
            return self.learning_rate * (step + 1) / rising
        return self.learning_rate * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2

    def as_dict(self) -> dict[str, Any]:
        """Returns plain values for JSON."""
        return asdict(self)


RECIPES: dict[str, Recipe] = {
    "wyse2017": Recipe(
        epochs=30,
        learning_rate=4e-3,
        weight_decay=0.05,
        piece=0.5,
        mixup=0.2,
        masked_bins=16,
        centroid_classes=16,
    ),
    "huzaifah2019": Recipe(epochs=30, learning_rate=2e-3, weight_decay=0.05, piece=0.5, mixup=0.2, masked_bins=32),
    "huzaifah2019-time": Recipe(
        epochs=20, learning_rate=2e-3, weight_decay=0.05, mixup=0.2, masked_bins=32, masked_frames=60
    ),
    "huzaifah2019-2d": Recipe(epochs=12, learning_rate=2e-3, weight_decay=0.05, piece=0.5, mixup=0.2, masked_bins=32),
    "verma2018": Recipe(
        epochs=16, learning_rate=3e-3, weight_decay=0.05, shift=False, mixup=0.2, masked_bins=16, masked_frames=24
    ),
    "piczak2015": Recipe(
        epochs=300,
        batch=100,
        optimiser="sgd",
        learning_rate=0.01,
        warmup=0.0,
        weight_decay=0.001,
        published_start=True,
    ),
    "soundnet": Recipe(epochs=120, learning_rate=2e-3, weight_decay=0.05, piece=0.5, mixup=0.5),
}


Warn = Callable[[str], None]


@dataclass(frozen=True)
class Changes:
    """Overrides of a network's recipe; None keeps the value of the recipe."""

    epochs: int | None = None
    batch: int | None = None
    precision: str | None = None
    one_task: bool = False
    transposition_semitones: float | None = None
    tilt_db_per_octave: float | None = None

    def apply(self, recipe: Recipe) -> Recipe:
        """Returns the recipe with the overrides."""
        overrides = {name: value for name, value in asdict(self).items() if value is not None}
        one_task = overrides.pop("one_task")
        changed = replace(recipe, **overrides)
        return replace(changed, centroid_classes=0) if one_task else changed


def recipe_of(network: str, changes: Changes) -> Recipe:
    """Returns the recipe of a network, with overrides.

    Raises:
        UsageError: the network is unknown, an override is out of range, or the network's input cannot be varied so.
    """
    representation = design(network).representation
    recipe = changes.apply(RECIPES[network])
    is_linear = isinstance(representation, LogSpectrogramFrontend) and not representation.bands
    if not is_linear and (recipe.transposition_semitones or recipe.tilt_db_per_octave):
        raise UsageError(f"{network} sees no spectrogram of linear frequencies; omit --transpose and --tilt")
    return recipe


def design_of(network: str, channels: int | None = None, first_stride: int | None = None) -> ModelConfig:
    """Returns the configuration of a network, with another number of filters or first stride if one is given.

    Raises:
        UsageError: the network is unknown, or what is given is fixed in it or out of range.
    """
    if first_stride is not None:
        if network != "verma2018":
            raise UsageError(f"{network} has a fixed stride; omit --first-stride, or choose verma2018")
        check_bounds("first stride", first_stride, 1, 2)
    if channels is None:
        return design(network) if first_stride is None else published.verma2018(first_stride=first_stride)
    if not 1 <= channels <= 8192:
        raise UsageError(f"channels must be between 1 and 8192, not {channels}")
    wide: dict[str, Callable[[int], ModelConfig]] = {
        "wyse2017": published.wyse2017,
        "huzaifah2019": lambda count: published.huzaifah2019("frequency", count),
        "huzaifah2019-time": lambda count: published.huzaifah2019("time", count),
    }
    if network not in wide:
        raise UsageError(f"{network} has a fixed number of filters; omit --channels, or choose {', '.join(wide)}")
    return wide[network](channels)


def esc50_split(
    data: Path, fold: int | None, validation: int | None, only: str | None, warn: Warn | None
) -> tuple[Collection, Split]:
    """Loads ESC-50 and holds out one fold.

    Raises:
        InputError: clips are missing, or the table is damaged.
        UsageError: the fold or part does not exist.
    """
    if only not in {None, "free"}:
        raise UsageError(f"--only must be 'free' for ESC-50, not '{only}'")
    collection = esc50(data, free_only=only == "free", skip_missing=warn)
    split = fold_split(collection, 5 if fold is None else fold)
    if validation is None:
        return collection, split
    if str(validation) not in {collection.clips[place].group for place in split.train}:
        raise UsageError(f"fold {validation} is not one of the training folds; choose another for validation")
    inner = [collection.clips[place].group == str(validation) for place in split.train]
    return collection, Split(
        train=tuple(place for place, out in zip(split.train, inner, strict=True) if not out),
        test=tuple(place for place, out in zip(split.train, inner, strict=True) if out),
        name=f"fold {validation} held out for validation; {split.name} and not looked at",
    )


def instruments_split(data: Path, held_out: str | None, only: str | None) -> tuple[Collection, Split]:
    """Loads the instrument notes and holds out recorded samples, or one sound font.

    Raises:
        InputError: notes are missing, or the table is damaged.
        UsageError: the sound font does not exist.
    """
    if only is not None and held_out is not None:
        raise UsageError(f"--only and --held-out ({', '.join(FONTS)}) exclude each other; omit one of them")
    collection = instruments(data, font=only)
    split = held_out_samples(collection) if held_out is None else held_out_font(collection, held_out)
    return collection, split


def folder_split(data: Path, duration_s: float, seed: int, warn: Warn | None) -> tuple[Collection, Split]:
    """Loads a folder of recordings and holds out a fifth of them.

    Raises:
        InputError: there are too few recordings, or some cannot be read.
    """
    collection = folder(data, duration_s=duration_s, skip_damaged=warn)
    return collection, held_out_files(collection, seed)
