"""Collections of labelled recordings for training, and cached features."""

from gramophone.datasets.clips import Clip as Clip
from gramophone.datasets.clips import Collection as Collection
from gramophone.datasets.features import Features as Features
from gramophone.datasets.features import prepare as prepare
from gramophone.datasets.loaders import esc50 as esc50
from gramophone.datasets.loaders import folder as folder
from gramophone.datasets.loaders import instruments as instruments
