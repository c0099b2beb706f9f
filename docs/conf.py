"""Settings of the documentation, which `make docs` builds."""

import sys
from pathlib import Path

from gramophone import __version__

sys.path.insert(0, str(Path(__file__).with_name("_extensions")))

project = "gramophone"
author = "The gramophone developers"
project_copyright = "2026, the gramophone developers"
version = release = __version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "command_help",
    "docstrings",
    "sounds",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
default_role = "code"  # docstrings write code in single backticks
nitpicky = True
nitpick_ignore_regex = [
    # Types of other packages, private types, and what jaxtyping's shapes are taken for.
    (r"py:.*", r"(?!gramophone\.).*"),
    (r"py:.*", r".*\._.*"),
]
# Types that signatures name and that have no page, as nothing outside their package makes them.
nitpick_ignore = [
    ("py:class", f"gramophone.{name}")
    for name in (
        "evaluation.metric_result.MetricValue",
        "networks.frontends.BandFrontend",
        "raw.configs.LruBlock",
        "raw.configs.RawSettings",
        "request.texture.MixedRequest",
        "request.transfer.ContentRequest",
        "statistics.patch_distance.Patches",
        "statistics.workspace.Workspace",
        "synthesis.learn_style.Recording",
        "synthesis.pipeline.SpectrogramStage",
        "synthesis.pipeline.WaveformStage",
        "synthesis.result.Loss",
    )
]

myst_heading_anchors = 3
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_use_legacy_class_based = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"gramophone {__version__}"
html_static_path = ["_static"]
html_css_files = ["gallery.css"]
html_show_sphinx = False
html_copy_source = False
