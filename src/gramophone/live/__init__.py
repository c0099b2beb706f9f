"""Play through a sound: a transfer that answers while it is played."""

from gramophone.live.timing import MODES as MODES
from gramophone.live.timing import Mode as Mode
from gramophone.live.transfer import LiveTransfer as LiveTransfer
from gramophone.live.transfer import Meters as Meters
