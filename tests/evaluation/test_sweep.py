"""A sweep places every transfer; its picture is a drawing of just these places."""

import importlib.util
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from gramophone.audio import Sound
from gramophone.errors import InputError, UsageError
from gramophone.evaluation.sweep import Sweep, SweepPoint, sweep, sweep_svg
from gramophone.metrics.transfer import Placed, mixing_curve


@pytest.fixture(scope="module")
def found(voice, burning):
    said = []
    swept = sweep(
        voice, burning, strengths=(0.9, 0.3), iterations=3, beside=("driedger2015", "cross"), announce=said.append
    )
    assert said == [
        "infinite at strength 0.9",
        "infinite at strength 0.3",
        "driedger2015",
        "cross at strength 0.9",
        "cross at strength 0.3",
    ]
    return swept


class TestSweep:
    def test_every_strength_has_its_place_and_gain(self, found):
        assert [point.strength for point in found.of("infinite")] == [0.3, 0.9]
        gentle, strong = found.of("infinite")
        assert gentle.placed.structure > strong.placed.structure
        assert strong.placed.purity > gentle.placed.purity - 0.02  # after three steps both are made of the style

    def test_rivals_are_heard_beside_them(self, found):
        assert [point.strength for point in found.of("driedger2015")] == [None]
        gentle, strong = (point.heard for point in found.of("cross"))
        assert gentle.identity > strong.identity
        assert gentle.leak < 0.1
        identities, leaks = ([getattr(mix, name) for mix in found.heard_mixes] for name in ("identity", "leak"))
        assert identities == sorted(identities, reverse=True)
        assert leaks == sorted(leaks, reverse=True)
        assert leaks[0] > 0.5

    def test_mixes_are_judged_at_the_rate_of_the_results(self, found, voice, burning):
        waves = [torch.from_numpy(sound.samples[0]) for sound in (voice, burning)]
        expected = mixing_curve(*waves, 16000)
        assert [mix.structure for mix in found.mixes] == pytest.approx([mix.structure for mix in expected], abs=1e-4)
        assert [mix.purity for mix in found.mixes] == pytest.approx([mix.purity for mix in expected], abs=0.01)


class TestSweepSvg:
    @pytest.mark.skipif(importlib.util.find_spec("aisfx") is None, reason="needs the weights of the package aisfx")
    def test_the_picture_draws_identity_over_style(self, found):
        drawing = ElementTree.fromstring(sweep_svg(found))
        texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
        assert {"driedger2015", "plain mixing"} <= set(texts)
        assert any(text and text.startswith("identity") for text in texts)

    def test_the_picture_shows_each_point_and_line(self):
        points = tuple(SweepPoint(name, s, Placed(s, 1 - s), 0.1) for name in ("a<b", "c") for s in (0.2, 0.8))
        drawing = ElementTree.fromstring(sweep_svg(Sweep((Placed(1.0, 0.0), Placed(-0.5, 1.0)), points)))
        svg = "{http://www.w3.org/2000/svg}"
        assert len(list(drawing.iter(f"{svg}circle"))) == 4
        lines = [line for line in drawing.iter(f"{svg}polyline") if line.get("stroke-width") == "2"]
        assert ["stroke-dasharray" in line.attrib for line in lines] == [True, False, False]
        texts = [element.text for element in drawing.iter(f"{svg}text")]
        assert {"a<b", "c", "plain mixing", "0.2", "0.8"} <= set(texts)


class TestRefusals:
    @pytest.mark.parametrize("which", ["content", "style"])
    def test_channels_in_opposite_phase_are_refused(self, voice, burning, which):
        sounds = {"content": voice, "style": burning}
        one = sounds[which]
        sounds[which] = Sound(np.concatenate([one.samples, -one.samples]), one.rate_hz)
        with pytest.raises(InputError, match=f"the channels of the {which} are in opposite phase"):
            sweep(**sounds)

    def test_an_unknown_preset_is_refused_before_anything_runs(self, voice, burning):
        with pytest.raises(UsageError, match="no preset 'nobody'"):
            sweep(voice, burning, names=("infinite", "nobody"))
