"""Magnitude -> waveform: one file a method."""

from gramophone.phase.griffin_lim import fast_griffin_lim as fast_griffin_lim
from gramophone.phase.pghi import pghi as pghi
