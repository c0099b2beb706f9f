"""What a transfer keeps of its content: pitch, spectral envelope, loudness and onsets over time."""

from gramophone.condition.analysis import Analysis as Analysis
from gramophone.condition.analysis import analyse as analyse
from gramophone.condition.condition import Condition as Condition
from gramophone.condition.keep import KEEP as KEEP
from gramophone.condition.keep import Keep as Keep
from gramophone.condition.keep import Weights as Weights
from gramophone.condition.keep import kept_stroke_fraction as kept_stroke_fraction
from gramophone.condition.keep import parse_keep as parse_keep
from gramophone.condition.keep import released as released
from gramophone.condition.keep import weights_of as weights_of
from gramophone.condition.traits import Traits as Traits
from gramophone.condition.traits import auto_keep as auto_keep
from gramophone.condition.traits import successive_pitch_likeness as successive_pitch_likeness
from gramophone.condition.traits import traits_of as traits_of
