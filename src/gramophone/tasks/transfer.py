"""Transfer: made of the style, moving like the content."""

from collections.abc import Sequence

from gramophone.audio import Sound
from gramophone.settings import Settings
from gramophone.tasks.task import Task


def transfer(
    content: Sound,
    styles: Sequence[Sound],
    settings: Settings,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    device: str | None = None,
) -> Task:
    """Being written."""
    raise ValueError("being written")
