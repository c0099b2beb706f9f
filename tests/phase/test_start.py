"""Phases to start from, and beginnings that are kept."""

import inspect

import pytest
import torch

from gramophone import phase
from gramophone.phase import phase_of
from gramophone.phase.projections import Projections
from gramophone.spectral import Stft

STFT = Stft(64, 16)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("frames", [1, 7, 8, 20])
def test_a_waveform_is_cut_or_continued_by_silence(frames):
    waveform = noise(2, 100)
    found = phase_of(waveform, STFT, frames=frames)
    assert found.shape == (2, 33, frames)
    longer = torch.nn.functional.pad(waveform, (0, 1000))
    torch.testing.assert_close(found[..., :5], STFT.forward(longer)[..., : min(frames, 5)].angle())


def test_beginnings_are_kept_whatever_the_axes():
    magnitude = 8 * noise(2, 3, 33, 20).abs()
    projections = Projections.of(magnitude, STFT, 304)
    beginning = noise(2, 3, 50, seed=1)
    found = projections.keeping(beginning, torch.zeros(6, 304, dtype=torch.float64))
    torch.testing.assert_close(found[:, :50] * projections.unit, beginning.reshape(6, 50))
    assert projections.unit > 1
    assert not found[:, 50:].any()
    for nothing in (None, noise(2, 3, 0)):
        assert not projections.keeping(nothing, torch.zeros(6, 304, dtype=torch.float64)).any()


def test_what_is_drawn_is_that_of_seed_0_by_default():
    seeds = [
        inspect.signature(method).parameters["seed"].default
        for method in vars(phase).values()
        if inspect.isfunction(method) and "seed" in inspect.signature(method).parameters
    ]
    assert seeds
    assert set(seeds) == {0}
