"""Audio input and output: the only package that knows file formats, sample rates and levels."""

from gramophone.audio.formats import check_format as check_format
from gramophone.audio.loudness import limit_gain_db as limit_gain_db
from gramophone.audio.loudness import match_rms as match_rms
from gramophone.audio.loudness import peak as peak
from gramophone.audio.loudness import rms_db as rms_db
from gramophone.audio.read import TruncatedWarning as TruncatedWarning
from gramophone.audio.read import blocks as blocks
from gramophone.audio.read import check_file as check_file
from gramophone.audio.read import load as load
from gramophone.audio.sound import Excerpt as Excerpt
from gramophone.audio.sound import Provenance as Provenance
from gramophone.audio.sound import Selection as Selection
from gramophone.audio.sound import Sound as Sound
from gramophone.audio.sound import Style as Style
from gramophone.audio.sound import StyleSource as StyleSource
from gramophone.audio.style_file import check_style_name as check_style_name
from gramophone.audio.write import Appender as Appender
from gramophone.audio.write import Written as Written
from gramophone.audio.write import appending as appending
from gramophone.audio.write import check_room as check_room
from gramophone.audio.write import save as save
