"""On real recordings: those under the folder named by GRAMOPHONE_DATA, or shared/data beside the checkout."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gramophone.audio import Sound, load, peak, rms_db, save
from gramophone.metrics.intelligibility import intelligibility
from gramophone.presets import preset
from gramophone.synthesis import texture, transfer

pytestmark = [
    pytest.mark.data,
    # Fire rumbles below 20 Hz, which is removed and said.
    pytest.mark.filterwarnings("ignore::gramophone.audio.InaudibleWarning"),
]
BESIDE = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def clip():
    folder = Path(os.environ.get("GRAMOPHONE_DATA") or BESIDE)

    def read(name):
        path = folder / "clips" / name
        if not path.is_file():
            pytest.skip(f"no recording {path}; name the folder of recordings with GRAMOPHONE_DATA")
        return load(path).mono().resampled(22050)

    return read


def finished(task):
    for _ in task:
        pass
    return task.finish()


def style_losses(result):
    return [loss.terms["style"] for loss in result.losses if loss.stage == "spectrogram"]


def check(result, samples, path):
    assert result.sound.samples.shape == (1, samples)
    assert np.isfinite(result.sound.samples).all()
    assert rms_db(result.sound.samples) > -50
    save(result.sound, path)
    assert 0.01 < peak(load(path).samples) < 1
    assert result.stopped == "finished"


class TestRealRecordings:
    def test_two_seconds_of_fire(self, clip, tmp_path):
        fire, settings = clip("fire.flac"), preset("infinite", "texture", iterations=60)
        result = finished(texture([fire], settings, duration_s=2.0))
        check(result, 44100, tmp_path / "result.wav")
        noise = finished(texture([fire], replace(settings, noise="shaped"), duration_s=2.0))
        assert style_losses(result)[-1] < style_losses(noise)[0] / 20
        assert style_losses(result)[-1] < style_losses(result)[0] / 5

    def test_two_seconds_of_speech_into_fire(self, clip, tmp_path):
        speech = clip("speech_female.flac")
        content = Sound(speech.samples[:, 22050 : 3 * 22050], 22050)
        result = finished(transfer(content, [clip("fire.flac")], preset("infinite", "transfer")))
        check(result, 44100, tmp_path / "result.wav")
        assert style_losses(result)[-1] < style_losses(result)[0] / 10
        ours, spoken = (sound.resampled(10000).samples[0] for sound in (load(tmp_path / "result.wav"), content))
        assert intelligibility(ours, spoken) > 0.45
        assert abs(np.corrcoef(ours, spoken)[0, 1]) < 0.1
