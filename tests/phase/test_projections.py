import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.phase import fgla
from gramophone.phase.projections import Projections
from gramophone.spectral import WINDOWS, Stft


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def frames_first(spectrum):
    return spectrum.transpose(-1, -2).contiguous()


class TestProjections:
    @settings(max_examples=40)
    @given(
        window=st.sampled_from(WINDOWS),
        half=st.integers(4, 40),
        redundancy=st.integers(3, 9),
        samples=st.integers(1, 500),
    )
    def test_both_ways_are_those_of_the_transform(self, window, half, redundancy, samples):
        stft = Stft(2 * half, max(1, 2 * half // redundancy), window)
        spectrum = torch.complex(
            noise(2, stft.bins, stft.frames(samples)), noise(2, stft.bins, stft.frames(samples), seed=1)
        )
        projections = Projections.of(spectrum.abs(), stft, samples)
        waveform = stft.inverse(spectrum, samples)
        torch.testing.assert_close(projections.signal(frames_first(spectrum)), waveform, rtol=0, atol=1e-9)
        torch.testing.assert_close(
            projections.analyse(waveform), frames_first(stft.forward(waveform)), rtol=0, atol=1e-9
        )

    def test_projecting_twice_is_projecting_once(self):
        stft = Stft(64, 16)
        spectrum = torch.complex(noise(1, 33, 20), noise(1, 33, 20, seed=1))
        projections = Projections.of(spectrum.abs() + 0.1, stft, 310)
        for project in (projections.consistent, projections.magnitudes_set):
            once = project(frames_first(spectrum))
            torch.testing.assert_close(project(once), once, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_magnitudes_are_set_and_phases_kept(self, dtype):
        stft = Stft(64, 16)
        spectrum = frames_first(torch.complex(noise(33, 20, dtype=dtype), noise(33, 20, seed=1, dtype=dtype))[None])
        target = noise(1, 33, 20, seed=2, dtype=dtype).abs()
        projections = Projections.of(target, stft, 310)
        found = projections.magnitudes_set(spectrum)
        torch.testing.assert_close(projections.unit * found.abs(), frames_first(target))
        torch.testing.assert_close(found.angle(), spectrum.angle())


class TestFastGriffinLim:
    @pytest.mark.parametrize("level", [2.0**-100, 1e-30, 1e-10, 1e10, 1e30, 2.0**100])
    def test_the_level_changes_nothing(self, level):
        stft = Stft(64, 16)
        magnitude = noise(33, 20, dtype=torch.float32).abs()
        expected = fgla(magnitude, stft, 304, iterations=5)
        torch.testing.assert_close(
            fgla(level * magnitude, stft, 304, iterations=5) / level, expected, rtol=0, atol=1e-4
        )

    def test_where_windows_hardly_overlap_there_is_no_click(self):
        stft = Stft(2048, 1024)
        found = fgla(torch.rand(1025, 3), stft, 3071, iterations=4)
        assert torch.isfinite(found).all()
        assert float(found[-100:].abs().max()) < 10 * float(found[:-100].abs().max())


class TestRefusals:
    @pytest.mark.parametrize("samples", [0, 303, 320, 5000])
    def test_lengths_that_the_frames_do_not_cover(self, samples):
        with pytest.raises(
            InputError, match=f"20 frames with a hop of 16 do not make {samples} samples; ask for 304 to"
        ):
            Projections.of(torch.ones(33, 20), Stft(64, 16), samples)
