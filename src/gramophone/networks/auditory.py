"""Auditory texture statistics as a model of the waveform.

[1] J. H. McDermott, E. P. Simoncelli, "Sound texture perception via statistics of the auditory periphery", 2011.
[2] E. Grinstein et al., "Audio style transfer", ICASSP 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.statistics.auditory import CLASSES, auditory_statistics, class_masks
from gramophone.statistics.cochlea import cochleagram
from gramophone.statistics.mixture import normalised, relative_distances, weighted_sum

AUDIBLE_DB = 30.0
"""Bands quieter than the loudest by more than this do not count [1]."""


@dataclass(frozen=True)
class AuditoryModel:
    """Distances of auditory statistics, of the mean of the channels.

    Attributes:
        rate_hz: sampling rate of the waveforms, in Hz.
        names: classes of statistics that count; empty for all.
    """

    rate_hz: int
    names: tuple[str, ...] = ()

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean over the classes of `||s - s*||^2 / ||s*||^2` over the audible bands.

        `s*` is the weighted mean of the styles' statistics, as in the morphs of [1].
        """
        names, weights = self.names or CLASSES, normalised(weights)
        with torch.no_grad():
            measured = [auditory_statistics(style.mean(0), self.rate_hz) for style in styles]
        level = weighted_sum([one.level for one in measured], weights)
        # Envelopes are compressed: 30 dB of sound are 9 dB of them.
        masks = class_masks(level > level.max() * 10 ** (-0.3 * AUDIBLE_DB / 20))
        targets = [weighted_sum([one.classes()[name] for one in measured], weights) for name in names]
        counted = [masks[name].expand_as(target) for name, target in zip(names, targets, strict=True)]
        distance = relative_distances([target[mask] for target, mask in zip(targets, counted, strict=True)])

        def term(waveform: Tensor) -> Tensor:
            classes = auditory_statistics(waveform.mean(0), self.rate_hz).classes()
            return distance([classes[name][mask] for name, mask in zip(names, counted, strict=True)])

        return term

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """`||E - E*||^2 / ||E*||^2` of the band envelopes, frame by frame."""
        with torch.no_grad():
            distance = relative_distances([self._envelopes(content)])
        return lambda waveform: distance([self._envelopes(waveform)])

    def _envelopes(self, waveform: Float[Tensor, "channel sample"]) -> Float[Tensor, "band frame"]:
        mono = waveform.mean(0)
        return cochleagram(mono / mono.square().mean().clamp_min(1e-24).sqrt(), self.rate_hz)
