"""Transfers of a deep network: a lower bound on the correlation of band envelopes holds the content's movement."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.audio import rms_db
from gramophone.metrics.transfer import purity, structure
from gramophone.synthesis import transfer
from gramophone.synthesis.envelope_correlation import lowest_correlation


@pytest.fixture
def shallow(quick):
    """The same with one layer, which is quick."""
    return lambda **changes: quick("transfer", name="infinite-deep", depth=1, **changes)


def made(content, style, settings, strength):
    task = transfer(content, [style], settings, strength=strength)
    list(task)
    return task.finish()


def wave(sound):
    return torch.from_numpy(sound.samples[0])


class TestTransfer:
    @pytest.mark.parametrize("strength", [0.05, 0.6])
    def test_it_is_made_of_the_style_and_moves_like_the_content(self, sound, shallow, strength):
        content, style = sound("voice", 1.5), sound("rain", 1.5)
        result = made(content, style, shallow(iterations=25, phase=16), strength)
        assert structure(wave(result.sound), wave(content), 22050) > 0.5
        assert purity(wave(result.sound), wave(style), 22050) > 0.3
        assert result.losses[-1].total < result.losses[0].total
        assert rms_db(result.sound.samples) == pytest.approx(rms_db(content.samples), abs=0.1)

    def test_a_content_with_long_silence(self, sound, shallow):
        content = sound("voice")
        content.samples[:, 4000:18000] = 0
        for strength in (0.1, 0.6, 1.0):
            assert np.isfinite(made(content, sound("fire"), shallow(), strength).sound.samples).all()


class TestStrength:
    def test_movement_grows_as_strength_falls(self, sound, shallow):
        content, style = sound("voice", 1.5), sound("rain", 1.5)
        settings = shallow(iterations=25, phase=16)
        results = [made(content, style, settings, s).sound for s in (1.0, 0.9, 0.5)]
        movement = [structure(wave(result), wave(content), 22050) for result in results]
        assert movement == sorted(movement)
        assert movement[0] < 0.3
        assert movement[2] > 0.5

    @given(st.floats(0, 1), st.floats(0, 1))
    def test_less_movement_is_asked_as_strength_grows(self, one, other):
        low, high = sorted((one, other))
        assert 0 <= lowest_correlation(high) <= lowest_correlation(low) <= 1

    def test_the_floor_at_known_strengths(self):
        assert [lowest_correlation(s) for s in (0, 0.6, 1)] == pytest.approx([1, 0.8, 0], abs=0.02)
