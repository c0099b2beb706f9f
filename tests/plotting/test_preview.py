"""The pictures of sounds and of what forms agree; the outline is that of the waveform."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gramophone.plotting.preview import COLUMNS, ROWS, GrowingPicture, magnitude_picture, peaks, sound_picture
from gramophone.spectral import Stft

RATE_HZ = 22050


def sine(frequency_hz, duration_s=1.0):
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)[None]


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


class TestPictures:
    def test_a_sine_is_a_line_at_its_place_in_both(self):
        samples = sine(1000.0)
        magnitude = Stft(1024, 256).forward(torch.from_numpy(samples)).abs()[0].numpy()
        expected = ROWS * np.log(RATE_HZ / 2 / 1000) / np.log(RATE_HZ / 2 / 40)
        for picture in (sound_picture(samples, RATE_HZ), magnitude_picture(magnitude, RATE_HZ)):
            rows = pixels(picture).mean(axis=1)
            assert len(rows) == ROWS
            assert abs(int(rows.argmax()) - expected) < 4
        assert pixels(sound_picture(samples, RATE_HZ)).shape == (ROWS, COLUMNS)

    def test_silence_is_black(self):
        assert pixels(sound_picture(np.zeros((2, 4000), np.float32), RATE_HZ)).max() == 0

    @pytest.mark.parametrize("seconds", [1.0, 40.0])
    @pytest.mark.parametrize("cuts", [(0.1, 0.15, 0.6), (0.5,), ()])
    def test_a_growing_picture_ends_as_that_of_the_whole(self, seconds, cuts):
        samples = np.random.default_rng(0).standard_normal((2, round(8_000 * seconds))).astype(np.float32)
        samples *= np.linspace(0.1, 1, samples.shape[1], dtype=np.float32)
        growing = GrowingPicture(samples.shape[1], 8_000)
        for share in (*cuts, 1.0):
            growing.add(samples[:, : round(share * samples.shape[1])])
        found, whole = (pixels(png).astype(int) for png in (growing.png(), sound_picture(samples, 8_000)))
        assert found.shape[1] == COLUMNS
        # Frames lie a little otherwise where columns are cut at whole samples.
        assert np.abs(found - whole).mean() < 4


class TestPeaks:
    def test_peaks_are_the_least_and_largest(self):
        samples = np.concatenate([sine(50.0), 0.1 * sine(50.0)], axis=1)
        found = np.array(peaks(samples)).reshape(-1, 2)
        assert found[:, 0].min() == np.float32(samples.min()).round(4)
        assert found[:, 1].max() == np.float32(samples.max()).round(4)
        assert np.abs(found[-100:]).max() < 0.06
        assert len(peaks(np.zeros((1, 3), np.float32))) == 6
