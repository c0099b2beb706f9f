"""Networks: style and content terms from features of spectrograms or waveforms.

A network is anything with the two methods of `Network`; `registry` knows all kinds of them.
"""

from gramophone.networks.features import Network as Network
from gramophone.networks.frontends import FilterbankNetwork as FilterbankNetwork
from gramophone.networks.frontends import FrequencyConv as FrequencyConv
from gramophone.networks.infinite import DeepNetwork as DeepNetwork
from gramophone.networks.infinite import InfiniteNetwork as InfiniteNetwork
from gramophone.networks.random import RandomConv1d as RandomConv1d
from gramophone.networks.random import RandomConv2d as RandomConv2d
from gramophone.networks.random import RandomConvEnsemble as RandomConvEnsemble
