"""Settings as values: another frequency scale."""

import dataclasses

import pytest

from gramophone.errors import UsageError
from gramophone.presets import PRESETS, preset
from gramophone.settings import Resolution


def views(settings):
    return (settings.resolution, *settings.waveform.resolutions)


OPEN = sorted(
    name
    for name, jobs in PRESETS.items()
    if "texture" in jobs and jobs["texture"].network.kind in {"infinite", "random"}
)


class TestFrequencyScale:
    @pytest.mark.parametrize("name", OPEN)
    @pytest.mark.parametrize("scale", ["linear", "mel", "erb", "constant-q"])
    def test_another_scale_is_that_of_every_view_and_changes_nothing_else(self, name, scale):
        usual = preset(name)
        changed = usual.on_scale(scale)
        assert {(view.scale, view.bands) for view in views(changed)} == {(scale, 0)}
        for view, before in zip(views(changed), views(usual), strict=True):
            assert dataclasses.replace(view, scale="linear") == before
        assert dataclasses.replace(changed, resolution=usual.resolution, waveform=usual.waveform) == usual
        assert changed.on_scale("linear") == usual

    def test_a_scale_forgets_the_number_of_bands_of_the_one_before(self):
        settings = dataclasses.replace(
            preset("infinite"), resolution=Resolution(512, 128, (23,), scale="erb", bands=20)
        )
        assert settings.on_scale("mel").resolution.bands == 0

    @pytest.mark.parametrize("bands", [1, -1])
    def test_bands_that_cannot_be(self, bands):
        with pytest.raises(UsageError, match=f"bands must be at least 2, .* not {bands}"):
            Resolution(512, 128, (23,), bands=bands)
