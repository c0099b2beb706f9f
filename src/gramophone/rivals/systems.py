"""The systems by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gramophone.rivals.cross import CrossSettings, cross_steps
from gramophone.rivals.driedger import DriedgerSettings, driedger2015_steps
from gramophone.rivals.progress import Progress
from gramophone.rivals.tralie import TralieSettings, tralie2024_steps
from gramophone.rivals.vocoder import VocoderSettings, vocoder_steps

RivalSettings = DriedgerSettings | TralieSettings | VocoderSettings | CrossSettings


@dataclass(frozen=True)
class Rival:
    """A system.

    Attributes:
        name: by which it is asked for.
        settings: the class of its settings; its defaults are the published ones.
        steps: `(content, styles, rate_hz, settings, seed)` to its steps.
        source: the publication.
        summary: what it does, in a sentence.
    """

    name: str
    settings: type
    steps: Callable[[Any, Any, int, Any, int], Iterator[Progress]]
    source: str
    summary: str


_ALL = (
    Rival(
        "driedger2015",
        DriedgerSettings,
        driedger2015_steps,
        "Driedger, Prätzlich & Müller, Let it Bee: towards NMF-inspired audio mosaicing, ISMIR 2015",
        "Frames of the style, weighted by non-negative matrix factorisation with sparse diagonal activations.",
    ),
    Rival(
        "tralie2024",
        TralieSettings,
        tralie2024_steps,
        "Tralie & Cantil, The Concatenator: a Bayesian approach to real time concatenative musaicing, ISMIR 2024",
        "Windows of a corpus, followed through time by a particle filter.",
    ),
    Rival(
        "vocoder",
        VocoderSettings,
        vocoder_steps,
        "Dudley, Remaking speech, J. Acoust. Soc. Am. 11 (1939); Shannon et al., Science 270 (1995)",
        "The style in bands, each with the content's energy over time, over a bed of the style.",
    ),
    Rival(
        "cross",
        CrossSettings,
        cross_steps,
        "Smith, Spectral Audio Signal Processing (2011), Cross-Synthesis",
        "The style's narrow-band spectrum with the content's magnitudes, over a bed of the style.",
    ),
)
RIVALS = MappingProxyType({rival.name: rival for rival in _ALL})
