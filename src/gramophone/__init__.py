"""Sound textures and audio style transfer by a random network with infinitely many filters.

    import gramophone as gp

    rain = gp.texture(gp.load("rain.wav"), duration_s=60)
    gp.save(gp.transfer(gp.load("voice.wav"), gp.load("fire.wav"), strength=0.7), "out.wav")

Recordings: `load`, `save`, `Sound`, and `learn_style`, which keeps what stands for many of them. Verbs: `texture`,
`transfer`, which give a `Result`, and `stream`, which yields sounds without end. `LiveTransfer` plays a sound by what
comes in, block by block. Names load on first use, so importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gramophone.api import Result as Result
    from gramophone.api import learn_style as learn_style
    from gramophone.api import load as load
    from gramophone.api import save as save
    from gramophone.api import stream as stream
    from gramophone.api import texture as texture
    from gramophone.api import transfer as transfer
    from gramophone.audio import Sound as Sound
    from gramophone.live import LiveTransfer as LiveTransfer

__version__ = "0.2.0"
__all__ = ["LiveTransfer", "Result", "Sound", "learn_style", "load", "save", "stream", "texture", "transfer"]

_HOMES = {"LiveTransfer": "gramophone.live", "Sound": "gramophone.audio"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'gramophone' has no attribute '{name}'")
    return getattr(import_module(_HOMES.get(name, "gramophone.api")), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
