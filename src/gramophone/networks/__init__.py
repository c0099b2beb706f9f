"""Spectrogram -> features, and the style and content terms built from them.

A network is anything with the two methods of `Network`; neither the objective nor the tasks know which one it is.
"""

from gramophone.networks.bank import RandomBank as RandomBank
from gramophone.networks.deep import DeepNetwork as DeepNetwork
from gramophone.networks.front import BandedNetwork as BandedNetwork
from gramophone.networks.infinite import InfiniteNetwork as InfiniteNetwork
from gramophone.networks.plane import RandomPlane as RandomPlane
from gramophone.networks.protocol import Network as Network
from gramophone.networks.random import RandomNetwork as RandomNetwork
from gramophone.networks.transposed import Transposed as Transposed
