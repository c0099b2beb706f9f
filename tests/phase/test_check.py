import pytest
import torch

from gramophone.errors import InputError
from gramophone.phase import invert, pghi, rtpghi, spsi
from gramophone.phase.convergence import check_magnitude
from gramophone.phase.methods import STARTS
from gramophone.spectral import Stft

STFT = Stft(64, 16)


def wrong(value):
    magnitude = torch.ones(33, 10)
    magnitude[3, 4] = value
    return magnitude


class TestCheckMagnitude:
    def test_silence_is_a_magnitude(self):
        check_magnitude(torch.zeros(2, 33, 1), STFT)

    @pytest.mark.parametrize("method", ["fgla", "admm", *STARTS, "pghi+fgla"])
    @pytest.mark.parametrize(
        ("magnitude", "said"),
        [
            (wrong(-1.0), r"go down to -1; they must not be negative: clip them at 0"),
            (wrong(torch.nan), "hold values that are not finite numbers"),
            (wrong(torch.inf), "hold values that are not finite numbers"),
            (torch.ones(32, 10), r"shape \(32, 10\) do not fit an n_fft of 64, which has 33 frequencies"),
            (torch.ones(10, 33), r"shape \(10, 33\) do not fit"),
            (torch.ones(33, 0), r"shape \(33, 0\) are empty; give at least one frame"),
        ],
    )
    def test_what_is_no_magnitude(self, method, magnitude, said):
        with pytest.raises(InputError, match=said):
            invert(magnitude, STFT, method=method)

    @pytest.mark.parametrize("method", [pghi, rtpghi, spsi])
    def test_phases_are_refused_too(self, method):
        with pytest.raises(InputError, match="must not be negative"):
            method(wrong(-1e-3), STFT)
