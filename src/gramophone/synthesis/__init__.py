"""The public functions of synthesis: recordings in, a recording out, without files or flags."""

from gramophone.synthesis.batched import batched_textures as batched_textures
from gramophone.synthesis.batched import batched_transfers as batched_transfers
from gramophone.synthesis.learn_style import representative as representative
from gramophone.synthesis.pipeline import Synthesis as Synthesis
from gramophone.synthesis.result import Result as Result
from gramophone.synthesis.result import Streamed as Streamed
from gramophone.synthesis.stream import LongTexture as LongTexture
from gramophone.synthesis.stream import Stream as Stream
from gramophone.synthesis.texture import texture as texture
from gramophone.synthesis.transfer import transfer as transfer
