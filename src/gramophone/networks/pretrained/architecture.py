"""Convolutional classifiers as values: a table of layers that determines shapes, parameters and modules.

A file of weights is checked against the table before any module is made from it.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from gramophone.errors import ModelError

Orientation = Literal["frequency", "time", "both"]
Summary = Literal["flat", "means"]

MOST_BLOCKS = 16
MOST_CHANNELS = 16_384
MOST_FRAMES = 10_000_000
MOST_PARAMETERS = 200_000_000


@dataclass(frozen=True)
class Block:
    """Convolution and ReLU, with optional batch normalisation, maximum pooling and dropout.

    Attributes:
        channels: number of filters.
        kernel: kernel size, one number for each axis (frequency before time).
        stride: stride of the convolution; with a stride of 1 and `same` it keeps the size.
        same: whether the input is zero-padded; valid positions only otherwise.
        norm: whether there is batch normalisation before the ReLU.
        pool: size of the maximum pooling; empty for none.
        pool_stride: stride of the pooling; empty for its size.
        dropout: fraction of values dropped in training.
    """

    channels: int
    kernel: tuple[int, ...]
    stride: int = 1
    same: bool = True
    norm: bool = False
    pool: tuple[int, ...] = ()
    pool_stride: tuple[int, ...] = ()
    dropout: float = 0.0

    def padding(self) -> tuple[int, ...]:
        """Number of zeros at each end of each axis."""
        return tuple(width // 2 if self.same else 0 for width in self.kernel)

    def size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Size of the output along the axes, before flattening."""
        along = zip(size, self.kernel, self.padding(), strict=True)
        size = tuple((length + 2 * zeros - width) // self.stride + 1 for length, width, zeros in along)
        if self.pool:
            steps = self.pool_stride or self.pool
            size = tuple((n - width) // step + 1 for n, width, step in zip(size, self.pool, steps, strict=True))
        return size


@dataclass(frozen=True)
class Architecture:
    """A classifier.

    Attributes:
        name: name of the published system.
        orientation: axis used as channels: `frequency` bins, `time` frames, or neither (`both` are convolved).
        channels: channels of the input: 1, or 2 with deltas.
        bins: frequencies (or bands) of the input.
        frames: frames of the input.
        blocks: the convolutions.
        summary: input of the fully connected layers: every value of the last block (`flat`), or means and maxima
            along its last axis (`means`), which is time unless frames are channels.
        dense: sizes of the fully connected layers (ReLU).
        dense_dropout: dropout after each fully connected layer.
        heads: number of classes of each task; `class` is the first.
    """

    name: str
    orientation: Orientation
    channels: int
    bins: int
    frames: int
    blocks: tuple[Block, ...]
    summary: Summary = "flat"
    dense: tuple[int, ...] = ()
    dense_dropout: float = 0.0
    heads: dict[str, int] = field(default_factory=dict)

    @property
    def input_channels(self) -> int:
        """Input channels of the first convolution."""
        other = {"frequency": self.bins, "time": self.frames, "both": 1}[self.orientation]
        return self.channels * other

    @property
    def input_size(self) -> tuple[int, ...]:
        """Size of the input along the axes of the convolutions."""
        return {"frequency": (self.frames,), "time": (self.bins,), "both": (self.bins, self.frames)}[self.orientation]

    def flat(self) -> int:
        """Number of inputs of the fully connected layers."""
        size = self.input_size
        for block in self.blocks:
            size = block.size(size)
        if self.summary == "means" and size[-1] > 0:
            size = (*size[:-1], 2)
        total = self.blocks[-1].channels
        for length in size:
            total *= max(length, 0)
        return total

    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of all tensors of a file of weights."""
        return dict(self._parameters())

    def _parameters(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield "centre", (self.channels, self.bins)
        yield "spread", (self.channels, self.bins)
        channels = self.input_channels
        for place, block in enumerate(self.blocks):
            yield f"convolutions.{place}.weight", (block.channels, channels, *block.kernel)
            yield f"convolutions.{place}.bias", (block.channels,)
            if block.norm:
                for part in ("weight", "bias", "running_mean", "running_var"):
                    yield f"norms.{place}.{part}", (block.channels,)
            channels = block.channels
        width = self.flat()
        for place, size in enumerate(self.dense):
            yield f"dense.{place}.weight", (size, width)
            yield f"dense.{place}.bias", (size,)
            width = size
        for name, classes in self.heads.items():
            yield f"heads.{name}.weight", (classes, width)
            yield f"heads.{name}.bias", (classes,)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `architecture_from` reads them."""
        return asdict(self)


def architecture_from(values: Any) -> Architecture:  # noqa: ANN401 - whatever a file holds
    """Reads the result of `as_dict` from an untrusted file.

    Raises:
        ModelError: a field is missing, of another type, or out of range.
    """
    try:
        blocks = tuple(_block(block) for block in values["blocks"])
        if not 1 <= len(blocks) <= MOST_BLOCKS:
            raise ValueError(f"{len(blocks)} blocks")  # noqa: TRY301
        architecture = Architecture(
            name=_text(values["name"]),
            orientation=values["orientation"],
            channels=_count(values["channels"]),
            bins=_count(values["bins"]),
            frames=_count(values["frames"], MOST_FRAMES),
            blocks=blocks,
            summary=values["summary"],
            dense=tuple(_count(size) for size in values["dense"]),
            dense_dropout=_fraction(values["dense_dropout"]),
            heads={_text(name): _count(classes) for name, classes in values["heads"].items()},
        )
        axes = len(architecture.input_size)
        is_sound = len(architecture.dense) <= MOST_BLOCKS
        is_sound &= all(len(block.kernel) == axes and len(block.pool) in {0, axes} for block in blocks)
        is_sound &= architecture.summary in get_args(Summary)
        is_sound &= all(len(block.pool_stride) in {0, axes} for block in blocks) and architecture.flat() > 0
        is_sound &= 1 <= len(architecture.heads) <= MOST_BLOCKS
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"the description of the network cannot be read ({error}); train it again") from error
    if not is_sound:
        raise ModelError(f"the description of the network '{architecture.name}' contradicts itself; train it again")
    total = sum(math.prod(shape) for shape in architecture.parameters().values())
    if total > MOST_PARAMETERS:
        raise ModelError(
            f"the network would have {total} parameters; the limit is {MOST_PARAMETERS}: train a smaller"
        )
    return architecture


def _block(values: dict[str, Any]) -> Block:
    return Block(
        channels=_count(values["channels"]),
        kernel=tuple(_count(width) for width in values["kernel"]),
        stride=_count(values["stride"]),
        same=_truth(values["same"]),
        norm=_truth(values["norm"]),
        pool=tuple(_count(width) for width in values["pool"]),
        pool_stride=tuple(_count(width) for width in values["pool_stride"]),
        dropout=_fraction(values["dropout"]),
    )


def _count(value: Any, most: int = MOST_CHANNELS) -> int:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{value!r} is not a number from 1 to {most}")
    return value


def _fraction(value: Any) -> float:  # noqa: ANN401
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        raise ValueError(f"{value!r} is not a fraction from 0 to 1")
    return float(value)


def _truth(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= 100 or "." in value:
        raise ValueError(f"{value!r:.50} is not a name")
    return value
