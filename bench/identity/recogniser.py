"""Words that a speech recogniser writes: PocketSphinx, whose English model comes inside its package (BSD).

A recogniser of hidden Markov models: far weaker than a person, and than networks whose weights no package ships. It
is asked for the words of the clean content first; what it cannot write there is not asked for in results.
"""

from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from gramophone.audio import Sound

RATE_HZ = 16_000
FEWEST_WORDS = 3


def available() -> bool:
    """Whether the recogniser is installed (`pip install --no-deps pocketsphinx`)."""
    return _decoder() is not None


def transcript(sound: Sound) -> tuple[str, ...]:
    """The words it writes of a sound, fillers left out; none where it is not installed."""
    decoder = _decoder()
    if decoder is None or sound.is_silent:
        return ()
    samples = sound.mono().resampled(RATE_HZ).samples[0]
    samples = samples * (0.5 / max(float(np.abs(samples).max()), 1e-9))
    decoder.start_utt()
    decoder.process_raw((samples * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return tuple(found.hypstr.split()) if found is not None else ()


def share_of_words(result: Sound, content: tuple[str, ...]) -> float | None:
    """Share of the content's words (as it wrote them) that it writes of a result, order left out; 0 to 1."""
    if len(content) < FEWEST_WORDS:
        return None
    ours, theirs = Counter(transcript(result)), Counter(content)
    return sum((ours & theirs).values()) / sum(theirs.values())


@cache
def _decoder() -> Any:  # noqa: ANN401 (a class of the optional package)
    try:
        from pocketsphinx import Decoder
    except ImportError:
        return None
    return Decoder(samprate=RATE_HZ, loglevel="FATAL")
