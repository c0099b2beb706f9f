"""Choice of style excerpts that carry a content's condition, and their rendering without any spectrogram."""

from gramophone.mosaic.choice import Choice as Choice
from gramophone.mosaic.choice import ChoiceSettings as ChoiceSettings
from gramophone.mosaic.choice import choose as choose
from gramophone.mosaic.coverage import Coverage as Coverage
from gramophone.mosaic.rendering import render as render
from gramophone.mosaic.runs import Run as Run
from gramophone.mosaic.strokes import play_strokes as play_strokes
from gramophone.mosaic.strokes import strokes_of as strokes_of
from gramophone.mosaic.strokes import with_free_strokes as with_free_strokes
from gramophone.mosaic.transposition import StyleStates as StyleStates
from gramophone.mosaic.transposition import style_states as style_states
