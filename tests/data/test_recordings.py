"""On real recordings: those under the folder named by GRAMOPHONE_DATA, or shared/data beside the checkout."""

import os
from pathlib import Path

import numpy as np
import pytest

from gramophone.audio import Sound, load, peak, rms_db, save
from gramophone.metrics.intelligibility import intelligibility
from gramophone.presets import preset
from gramophone.synthesis import texture, transfer

pytestmark = pytest.mark.data
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


def check(result, samples, path):
    assert result.sound.samples.shape == (1, samples)
    assert np.isfinite(result.sound.samples).all()
    assert rms_db(result.sound.samples) > -50
    save(result.sound, path)
    assert 0.01 < peak(load(path).samples) < 1
    assert result.stopped == "finished"
    stage = [loss.terms["style"] for loss in result.losses if loss.stage == "spectrogram"]
    assert stage[-1] < stage[0] / 10


class TestRealRecordings:
    def test_two_seconds_of_fire(self, clip, tmp_path):
        task = texture([clip("fire.flac")], preset("infinite", "texture", iterations=40), duration_s=2.0)
        for _ in task:
            pass
        check(task.finish(), 44100, tmp_path / "result.wav")

    def test_two_seconds_of_speech_into_fire(self, clip, tmp_path):
        speech = clip("speech_female.flac")
        content = Sound(speech.samples[:, 22050 : 3 * 22050], 22050)
        task = transfer(content, [clip("fire.flac")], preset("infinite", "transfer"))
        for _ in task:
            pass
        check(task.finish(), 44100, tmp_path / "result.wav")
        ours, spoken = (sound.resampled(10000).samples[0] for sound in (load(tmp_path / "result.wav"), content))
        assert intelligibility(ours, spoken) > 0.45
        assert abs(np.corrcoef(ours, spoken)[0, 1]) < 0.1
