"""What presets cost in time, and whose they are: what one wants to know before choosing one."""

from collections.abc import Mapping
from typing import Literal

from gramophone.presets.rivals import RIVALS

Group = Literal["ours", "published", "rivals"]
OURS = ("infinite", "infinite-deep")

COSTS_S: Mapping[str, float] = {
    "infinite": 3,
    "infinite-deep": 4,
    "ulyanov2016": 102,
    "wyse2017": 198,
    "gatys-vgg19": 384,
    "huzaifah2019-freq": 13,
    "huzaifah2019-time": 1998,
    "huzaifah2019-2d": 45,
    "huzaifah2019-cqt": 1446,
    "verma2018": 6,
    "antognini2018": 126,
    "grinstein2017": 36,
    "grinstein2017-vgg19": 144,
    "grinstein2017-auditory": 15,
    "mcdermott2011": 15,
    "mital2017": 696,
    "barry2017": 432,
    "chorowski2017": 62,
    "caracalla2020": 918,
    "soundnet": 4,
    "driedger2015": 1,
    "tralie2024": 2,
    "vocoder": 1,
    "cross": 1,
}
"""Processor time of each preset at its own number of steps, 3 s of sound on one thread, in seconds."""


def group_of(preset: str) -> Group:
    """Tells whose a preset is: this project's, a published system, or a rival without a network."""
    if preset in OURS:
        return "ours"
    return "rivals" if preset in RIVALS else "published"
