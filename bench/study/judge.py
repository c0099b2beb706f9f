"""Figures of a result: the measures of `gramophone study`, identity and style of `gramophone evaluate`, and levels.

`identity` is 0 for the style alone and 1 for the content itself, `embedding` 0 for the content and 1 for the style's
own halves.
"""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.evaluation.pair_metrics import MEASURES, STFT, Direction, PairMetrics
from gramophone.metrics.identity import Ears, listen
from gramophone.metrics.style import KERNEL

NAMES: Mapping[str, tuple[str, Direction]] = {
    **MEASURES,
    "embedding": ("style in an embedding: content 0, style's own halves 1", "higher"),
    "identity": ("identity: style 0, content 1", "higher"),
    "style_over_content": ("embedding less identity", "higher"),
    "band_db": ("level above 2 kHz against below, distance to the style, dB", "lower"),
    "overshoot_db": ("loudest bin above those of the recordings, dB", "lower"),
    "seconds": ("seconds", "lower"),
}
"""Name and better direction of every figure."""
EDGE_HZ = 2000.0


class Judge:
    """Measures results of one content and one style.

    Args:
        content: a recording.
        style: another, or the same.
    """

    def __init__(self, content: Sound, style: Sound) -> None:
        self._content, self._style = content, style
        self._metrics, self._ears = PairMetrics(content, style), _ears(content, style)

    def figures(self, result: Sound) -> dict[str, float]:
        """Every figure that has a meaning for the pair, by its name in `NAMES`."""
        found = self._metrics.measure(result)
        result_bins, content, style = (_bins(sound) for sound in (result, self._content, self._style))
        found["overshoot_db"] = _db(float(result_bins.max()) / float(max(content.max(), style.max())))
        edges = (_edge_db(result_bins, result.rate_hz), _edge_db(style, self._style.rate_hz))
        found["band_db"] = abs(edges[0] - edges[1])
        heard = self._ears.hear(result) if self._ears else None
        if heard is not None and heard.identity is not None:
            found["identity"] = heard.identity
        # As it is: many published results are no nearer to the style than the content, and all of them would be 0.
        if heard is not None and (score := heard[KERNEL].score) is not None:
            found["embedding"] = score
        if "identity" in found and "embedding" in found:
            found["style_over_content"] = found["embedding"] - found["identity"]
        return found


def _ears(content: Sound, style: Sound) -> Ears | None:
    try:
        return listen(content, style)
    except InputError:
        return None


def _bins(sound: Sound) -> Float[Tensor, "frequency frame"]:
    return STFT.forward(torch.from_numpy(sound.mono().samples))[0].abs()


def _edge_db(bins: Float[Tensor, "frequency _"], rate_hz: int) -> float:
    """Level above `EDGE_HZ` relative to that below."""
    edge = round(EDGE_HZ / rate_hz * STFT.n_fft)
    power = bins.square().sum(1)
    return _db(math.sqrt(float(power[edge:].sum()) / max(float(power[:edge].sum()), 1e-20)))


def _db(ratio: float) -> float:
    return 20 * math.log10(max(ratio, 1e-10))
