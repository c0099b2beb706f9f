"""The statistics of the ear as what a waveform must have (McDermott & Simoncelli 2011; Grinstein et al. 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.gram import size_of
from gramophone.statistics.auditory import CLASSES, auditory_statistics, class_masks
from gramophone.statistics.cochlea import cochleagram

HEARD_DB = 30.0
"""Bands quieter than the loudest by more than this do not count, as published."""


@dataclass(frozen=True)
class AuditoryModel:
    """Distances of auditory statistics, of one channel.

    Attributes:
        rate_hz: of the waveforms.
        names: classes of statistics that count; empty for all.
    """

    rate_hz: int
    names: tuple[str, ...] = ()

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean over the classes of `||s - s*||^2 / ||s*||^2` over the bands that are heard.

        `s*` is the weighted mean of the styles' statistics (the paper's morph).
        """
        names = self.names or CLASSES
        shares = [weight / sum(weights) for weight in weights]
        with torch.no_grad():
            measured = [auditory_statistics(style.mean(0), self.rate_hz) for style in styles]
        level = sum((a * one.level for one, a in zip(measured, shares, strict=True)), start=torch.zeros(()))
        # Envelopes are compressed: 30 dB of sound are 9 dB of them.
        masks = class_masks(level > level.max() * 10 ** (-0.3 * HEARD_DB / 20))
        targets = {
            name: sum(
                (a * one.classes()[name] for one, a in zip(measured, shares, strict=True)), start=torch.zeros(())
            )
            for name in names
        }
        counted = {name: masks[name].expand_as(target) for name, target in targets.items()}
        sizes = {name: size_of(target[counted[name]]) for name, target in targets.items()}

        def term(wave: Tensor) -> Tensor:
            found = auditory_statistics(wave.mean(0), self.rate_hz).classes()
            distances = [
                (found[name] - target)[counted[name]].square().sum() / sizes[name] for name, target in targets.items()
            ]
            return torch.stack(distances).mean()

        return term

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """`||E - E*||^2 / ||E*||^2` of the band envelopes, moment by moment."""
        with torch.no_grad():
            target = self._envelopes(content)
        size = size_of(target)
        return lambda wave: (self._envelopes(wave) - target).square().sum() / size

    def _envelopes(self, wave: Float[Tensor, "channel sample"]) -> Float[Tensor, "band frame"]:
        mono = wave.mean(0)
        return cochleagram(mono / mono.square().mean().clamp_min(1e-24).sqrt(), self.rate_hz)
