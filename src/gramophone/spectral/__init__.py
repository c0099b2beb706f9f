"""Spectrograms of waveforms, their logarithmic scale, and filter banks."""

from gramophone.spectral.scale import LogScale as LogScale
from gramophone.spectral.stft import Stft as Stft
from gramophone.spectral.windows import WINDOWS as WINDOWS
