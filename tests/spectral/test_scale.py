import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.spectral import LogScale


def magnitudes(seed=0, dtype=torch.float64):
    return torch.randn(1, 9, 20, generator=torch.Generator().manual_seed(seed), dtype=dtype).abs()


class TestLogScale:
    @given(st.integers(0, 99), st.floats(1e-6, 1e6))
    def test_the_inverse_is_exact(self, seed, reference):
        scale, magnitude = LogScale(reference), magnitudes(seed)
        torch.testing.assert_close(
            scale.inverse(scale.forward(magnitude)), magnitude, rtol=1e-12, atol=1e-12 * reference
        )

    @given(st.integers(0, 99), st.floats(1e-6, 1e6), st.floats(0.1, 10))
    def test_the_level_of_a_recording_does_not_matter(self, seed, level, gain):
        magnitude = magnitudes(seed)
        expected = LogScale.of(magnitude, gain).forward(magnitude)
        found = LogScale.of(level * magnitude, gain).forward(level * magnitude)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)

    def test_values_by_hand(self):
        magnitude = torch.tensor([[[3.0, 4.0, 0.0, 5.0]]])
        scale = LogScale.of(magnitude, gain=2.0)
        assert scale.reference == pytest.approx(math.sqrt(50 / 4) / 2)
        assert scale.forward(magnitude)[0, 0, 2] == 0
        assert float(scale.forward(torch.tensor(scale.reference))) == pytest.approx(math.log(2))


class TestSilence:
    def test_negative_values_are_silence(self):
        assert (LogScale(3.0).inverse(torch.tensor([-1.0, -1e-9, 0.0])) == 0).all()

    def test_very_quiet_magnitudes_have_a_level(self):
        quiet = 1e-30 * magnitudes(dtype=torch.float32)
        assert LogScale.of(quiet).reference == pytest.approx(1e-30 * LogScale.of(magnitudes()).reference, rel=0.2)

    @pytest.mark.parametrize("shape", [(1, 9, 20), (1, 1)])
    def test_silence_is_refused(self, shape):
        with pytest.raises(InputError, match="silent"):
            LogScale.of(torch.zeros(shape))
