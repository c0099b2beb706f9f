import dataclasses
import math

import numpy as np
import pytest

from gramophone import tasks
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.errors import UsageError
from gramophone.presets import DEFAULT, DESCRIPTIONS, PRESETS, preset
from gramophone.settings import Resolution
from gramophone.spectral import Stft

RATE_HZ = 22050
NAMES = sorted(PRESETS)


def shortened(settings):
    return dataclasses.replace(
        settings,
        network=dataclasses.replace(settings.network, filters=32),
        phase=dataclasses.replace(settings.phase, iterations=2),
        waveform=dataclasses.replace(
            settings.waveform, optimiser=dataclasses.replace(settings.waveform.optimiser, iterations=2)
        ),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("job", ["texture", "transfer"])
def test_every_preset_runs(name, job):
    settings = shortened(preset(name, job, iterations=3))
    style = Sound(rain(RATE_HZ, 0.6, 0), RATE_HZ)
    content = Sound(spoken_phrase(RATE_HZ, 0.6, 0), RATE_HZ)
    task = tasks.texture([style], settings) if job == "texture" else tasks.transfer(content, [style], settings)
    totals = [step.total for step in task]
    assert totals[2] < totals[0]
    result = task.finish()
    assert result.stopped == "finished"
    assert np.isfinite(result.sound.samples).all()
    assert result.sound.samples.shape == (1, round(0.6 * RATE_HZ))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("job", ["texture", "transfer"])
def test_every_preset_makes_sense(name, job):
    settings = preset(name, job)
    for view in (settings.resolution, *settings.waveform.resolutions):
        assert Stft(view.n_fft, view.hop_samples).bins == view.n_fft // 2 + 1
        assert view.n_fft >= 4 * view.hop_samples
    assert PRESETS[name][job] is settings


def test_every_preset_is_described():
    assert DESCRIPTIONS.keys() == PRESETS.keys()
    assert DEFAULT in PRESETS


def test_iterations_are_those_of_the_main_loop():
    changed = preset(DEFAULT, iterations=7)
    assert changed.optimiser.iterations == 7
    usual = preset(DEFAULT)
    assert dataclasses.replace(changed, optimiser=usual.optimiser) == usual


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=f"'nil'; choose one of {', '.join(NAMES)}"):
        preset("nil")


@pytest.mark.parametrize("iterations", [0, -5])
@pytest.mark.parametrize("name", NAMES)
def test_no_iterations_are_refused(name, iterations):
    with pytest.raises(UsageError, match=f"at least 1, not {iterations}"):
        preset(name, iterations=iterations)


def test_spans_in_frames():
    view = Resolution(1024, 256, span_ms=(500, 12, 46, 186))
    assert view.spans(22050, math.inf) == (1, 4, 16, 43)
    assert view.spans(22050, 0.2) == (1, 4, 16)
    assert view.spans(22050, 0.186) == (1, 4, 16)
    assert view.spans(22050, 0.001) == (1,)
    assert Resolution(1024, 256, span_ms=(1, 2, 3)).spans(22050, 1) == (1,)
