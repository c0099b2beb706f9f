"""Collections of labelled recordings for training, and the features computed from them once."""

from gramophone.datasets.clips import Clip as Clip
from gramophone.datasets.clips import Collection as Collection
from gramophone.datasets.esc50 import esc50 as esc50
from gramophone.datasets.features import Features as Features
from gramophone.datasets.features import prepare as prepare
from gramophone.datasets.folder import folder as folder
from gramophone.datasets.instruments import instruments as instruments
