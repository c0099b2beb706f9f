"""The public verbs: recordings in, a recording out. Nothing here knows files or flags."""

from gramophone.tasks.long import LongTexture as LongTexture
from gramophone.tasks.representative import representative as representative
from gramophone.tasks.result import Result as Result
from gramophone.tasks.result import Streamed as Streamed
from gramophone.tasks.stream import Stream as Stream
from gramophone.tasks.synthesis import Synthesis as Synthesis
from gramophone.tasks.texture import texture as texture
from gramophone.tasks.together import textures_together as textures_together
from gramophone.tasks.together import transfers_together as transfers_together
from gramophone.tasks.transfer import transfer as transfer
