"""Rivals of the transfer: earlier methods that any claim must be measured beside, each as it was published.

Arrays in, an array out. Every system has a frozen settings class, a function `(content, styles, rate_hz, settings,
seed) -> waveform`, and a generator of its steps, which can be stopped after any of them:

- `driedger2015`: mosaicing by non-negative matrix factorisation ("Let it Bee").
- `tralie2024`: a particle filter over the windows of a corpus ("The Concatenator").
- `vocoder`: the channel vocoder with the style as its carrier, over a bed of the style.
- `cross`: narrow-band cross-synthesis, over a bed of the style.
"""

from gramophone.rivals.cross import CrossSettings as CrossSettings
from gramophone.rivals.cross import cross as cross
from gramophone.rivals.cross import cross_steps as cross_steps
from gramophone.rivals.driedger import DriedgerSettings as DriedgerSettings
from gramophone.rivals.driedger import driedger2015 as driedger2015
from gramophone.rivals.driedger import driedger2015_steps as driedger2015_steps
from gramophone.rivals.progress import Progress as Progress
from gramophone.rivals.systems import RIVALS as RIVALS
from gramophone.rivals.systems import Rival as Rival
from gramophone.rivals.systems import RivalSettings as RivalSettings
from gramophone.rivals.tralie import TralieSettings as TralieSettings
from gramophone.rivals.tralie import tralie2024 as tralie2024
from gramophone.rivals.tralie import tralie2024_steps as tralie2024_steps
from gramophone.rivals.vocoder import VocoderSettings as VocoderSettings
from gramophone.rivals.vocoder import vocoder as vocoder
from gramophone.rivals.vocoder import vocoder_steps as vocoder_steps
