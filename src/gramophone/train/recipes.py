"""How each network is trained: one value a network."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gramophone.errors import UsageError

Precision = Literal["float32", "bf16"]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights besides data, network, seed and machine.

    Attributes:
        epochs: passes over the training clips.
        batch: clips of a step, over all processes.
        optimiser: `adam` (with decoupled weight decay) or `sgd` (Nesterov momentum 0.9).
        learning_rate: the highest; it rises over `warmup` of the steps and then falls to 0 as a cosine.
        warmup: share of the steps.
        weight_decay: of weights, not of biases and normalisations.
        smoothing: share of the target that is spread over all classes.
        shift: clips begin at a random place of themselves, the cut part following at the end.
        piece: share of the frames of a clip that a step sees, for networks that take any length.
        mixup: `alpha` of the mixtures of two clips and their labels (Zhang et al. 2018); 0 mixes nothing.
        masked_bins: widest band that is masked, twice a clip (Park et al. 2019); 0 masks nothing.
        masked_frames: longest time that is masked, twice a clip.
        centroid_classes: of the second task, balanced classes of the spectral centroid; 0 leaves it out.
        centroid_weight: of the second task's loss.
        precision: of convolutions and products: `bf16` halves the time where the processor has it.
        published_start: Piczak's uniform and normal start instead of torch's.
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
    masked_bins: int = 0
    masked_frames: int = 0
    centroid_classes: int = 0
    centroid_weight: float = 0.3
    precision: Precision = "float32"
    published_start: bool = False

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise UsageError(f"{self.epochs} epochs of batches of {self.batch} train nothing; give 1 or more of both")
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"a learning rate of {self.learning_rate} learns nothing; give a number above 0")

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0."""
        rising = max(1, round(self.warmup * steps))
        if step < rising:
            return self.learning_rate * (step + 1) / rising
        return self.learning_rate * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
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
}
