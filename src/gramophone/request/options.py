"""Keywords of the verbs in Python, with the types that they take: for type checkers and editors.

Static types cannot be derived from the fields of a request, so they are written here; a test compares both. Sequences
stand for the tuples of a request, and unions have the other forms that a field reads.
"""

from collections.abc import Sequence
from typing import Literal

from gramophone.presets import Changes
from gramophone.presets.style_mix import MixKind
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Envelopes


class SynthesisOptions(Changes, total=False):
    """Keywords of every verb; `request.base.SynthesisRequest` describes them."""

    weights: Sequence[float | str] | str | None
    preset: str
    seed: int
    device: str | None


class TextureOptions(SynthesisOptions, total=False):
    """Keywords of `texture`; `request.texture.TextureRequest` describes them."""

    morph: str | Morph | None
    mix: MixKind
    crossover_hz: Sequence[float] | None
    network: Literal["wavenet", "lru"] | None
    condition: str | None
    clamp: bool
    duration_s: float | None
    loop: bool


class StreamOptions(SynthesisOptions, total=False):
    """Keywords of `stream`; `request.texture.StreamRequest` describes them."""

    morph: str | Morph | None
    mix: MixKind
    crossover_hz: Sequence[float] | None
    network: Literal["wavenet", "lru"] | None
    condition: str | None
    clamp: bool


class TransferOptions(SynthesisOptions, total=False):
    """Keywords of `transfer`; `request.transfer.TransferRequest` describes them."""

    strength: float
    keep: str | Sequence[str]
    octave: int | None
    transpose_range: int
    no_copy: bool
    fast: bool
    network: str | None
    noise: float | None
    envelopes: Envelopes | None
    filters: int | None
