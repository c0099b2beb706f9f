"""Copies the sounds that pages play beside the pages; Sphinx itself copies pictures alone."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

PATTERN = "gallery/*.ogg"


def _copy(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for sound in Path(app.srcdir).glob(PATTERN):
            target = Path(app.outdir) / sound.relative_to(app.srcdir)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(sound, target)


def setup(app: Sphinx) -> dict[str, bool]:
    """Copies once the pages are written."""
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
