import numpy as np
import pytest
import torch

from gramophone.phase import random_phase, spsi
from gramophone.spectral import Stft


class TestSpsi:
    @pytest.mark.parametrize("turns_per_sample", [0.05, 0.1, 0.1234])
    def test_a_steady_tone_turns_by_its_frequency(self, turns_per_sample):
        stft = Stft(256, 64)
        tone = torch.sin(2 * np.pi * turns_per_sample * torch.arange(8000, dtype=torch.float64))
        magnitude = stft.magnitude(tone)
        loudest = int(magnitude.mean(1).argmax())
        around = spsi(magnitude, stft)[loudest - 1 : loudest + 2]
        wrong = torch.polar(torch.ones(1).double(), around.diff() - 2 * np.pi * turns_per_sample * 64).angle()
        # The parabola is off by a thirtieth of a bin at most.
        assert float(wrong[:, 20:-20].abs().max()) < 2 * np.pi / 4 * 0.03

    def test_what_surrounds_a_peak_goes_with_it(self, convergence_db):
        stft = Stft(256, 32)
        place = torch.arange(8000, dtype=torch.float64)
        magnitude = stft.magnitude(torch.sin(0.5 * place) + 0.5 * torch.sin(1.5 * place))
        assert convergence_db(magnitude, spsi(magnitude, stft), stft) < -25

    @pytest.mark.parametrize("name", ["speech", "chirp", "rain"])
    def test_it_is_better_than_nothing(self, waveform, convergence_db, name):
        stft = Stft(1024, 256)
        magnitude = stft.magnitude(waveform(name))
        found = convergence_db(magnitude, spsi(magnitude, stft), stft)
        assert found < convergence_db(magnitude, random_phase(magnitude), stft) - 2

    @pytest.mark.parametrize(
        "row", [[1, 1, 1, 1, 1], [5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]]
    )
    def test_any_shape_of_a_frame(self, row):
        magnitude = torch.tensor(row, dtype=torch.float32)[:, None].expand(5, 3)
        phase = spsi(magnitude, Stft(8, 2))
        assert phase.shape == (5, 3)
        assert (phase.abs() <= np.pi + 1e-5).all()
