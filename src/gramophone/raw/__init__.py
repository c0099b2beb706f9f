"""Causal models of raw audio: `p(x) = prod_t p(x_t | x_1 .. x_{t-1}, condition)` over 256 mu-law levels."""

from gramophone.raw.conditions import Condition as Condition
from gramophone.raw.configs import LruConfig as LruConfig
from gramophone.raw.configs import RawConfig as RawConfig
from gramophone.raw.configs import RawKind as RawKind
from gramophone.raw.configs import WaveNetConfig as WaveNetConfig
