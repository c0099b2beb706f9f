"""The public verbs: recordings in, a recording out. Nothing here knows files or flags."""

from gramophone.synthesis.batched import textures_together as textures_together
from gramophone.synthesis.batched import transfers_together as transfers_together
from gramophone.synthesis.learn_style import representative as representative
from gramophone.synthesis.long import LongTexture as LongTexture
from gramophone.synthesis.pipeline import Synthesis as Synthesis
from gramophone.synthesis.result import Result as Result
from gramophone.synthesis.result import Streamed as Streamed
from gramophone.synthesis.stream import Stream as Stream
from gramophone.synthesis.texture import texture as texture
from gramophone.synthesis.transfer import transfer as transfer
