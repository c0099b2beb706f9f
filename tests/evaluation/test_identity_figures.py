import importlib.util

import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.demo.textures import melody, rain
from gramophone.evaluation.identity import identity_figures

RATE_HZ = 22050
CONTENT, STYLE = (Sound(make(RATE_HZ, 3.0, 0), RATE_HZ) for make in (melody, rain))


@pytest.fixture(scope="module")
def figures():
    found, _ = identity_figures(CONTENT, STYLE, CONTENT)
    return {figure.key: figure for figure in found}


class TestIdentityFigures:
    def test_every_figure_has_a_value_or_a_reason(self, figures):
        assert len(figures) == 15
        assert all(figure.reading for figure in figures.values())
        assert figures["identity"].value == pytest.approx(1, abs=0.05)
        assert figures["harmony"].value == pytest.approx(1, abs=0.01)
        assert figures["words"].value is None
        assert figures["leak"].better == "lower"
        assert figures["patches"].natural == 1

    def test_opposite_phase_is_no_perfect_result(self):
        upside_down = Sound(np.concatenate([STYLE.samples, -STYLE.samples]), RATE_HZ)
        found, notes = identity_figures(CONTENT, STYLE, upside_down)
        figures = {figure.key: figure.value for figure in found}
        assert figures["identity"] == pytest.approx(0, abs=0.05)
        assert any("opposite phase" in note for note in notes)

    @pytest.mark.skipif(importlib.util.find_spec("aisfx") is None, reason="needs the weights of the package aisfx")
    def test_style_is_at_its_ends(self, figures):
        assert figures["style"].value == pytest.approx(0, abs=0.05)
