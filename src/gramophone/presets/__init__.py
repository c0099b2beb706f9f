"""Named settings: the default, published systems, pretrained networks, mixes of styles."""

from gramophone.presets.default import DEFAULT as DEFAULT
from gramophone.presets.default import DESCRIPTIONS as DESCRIPTIONS
from gramophone.presets.default import PRESETS as PRESETS
from gramophone.presets.default import WHOLE_S as WHOLE_S
from gramophone.presets.default import Changes as Changes
from gramophone.presets.default import Job as Job
from gramophone.presets.default import check_takes_weights as check_takes_weights
from gramophone.presets.default import in_blocks as in_blocks
from gramophone.presets.default import preset as preset
from gramophone.presets.default import steered as steered
from gramophone.presets.default import trained_kind as trained_kind
