"""Numbers that other tests pass over: a change of any of them is noticed here."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gramophone.audio.formats import check_size
from gramophone.batch.cluster import _Capacity
from gramophone.errors import LimitError
from gramophone.presets import preset
from gramophone.statistics.auditory import (
    ENVELOPE_HZ,
    OCTAVES_HZ,
    _octave_windows,
    _rate_windows,
    auditory_statistics,
)
from gramophone.statistics.batched_style_distance import StyleTargets
from gramophone.synthesis import blocks


def plain(function):
    """A function without the checks of its types, for arguments that stand for larger ones."""
    return getattr(function, "__wrapped__", function)


@pytest.mark.survives("numbers")
class TestAuditoryStatistics:
    def test_octave_windows_are_half_cosines_over_two_octaves(self):
        frames = 4 * ENVELOPE_HZ * 8
        windows = _octave_windows(frames)
        rates_hz = np.fft.rfftfreq(frames, 1 / ENVELOPE_HZ)
        for octave, centre_hz in enumerate(OCTAVES_HZ):
            for factor, expected in ((1, 1), (0.5, 0), (2, 0), (2**0.5, 0.5**0.5), (0.5**0.5, 0.5**0.5)):
                place = int(np.abs(rates_hz - centre_hz * factor).argmin())
                exact = np.cos(np.pi / 2 * np.clip(np.log2(rates_hz[place] / centre_hz), -1, 1))
                assert float(windows[octave, place]) == pytest.approx(exact, abs=1e-9)
                assert exact == pytest.approx(expected, abs=0.06)
        squares = windows.square().sum(0)[(rates_hz > OCTAVES_HZ[0]) & (rates_hz < OCTAVES_HZ[-1])]
        torch.testing.assert_close(squares, torch.ones_like(squares))

    def test_rate_windows_have_quality_two(self):
        windows = _rate_windows(4 * ENVELOPE_HZ * 8)
        rates_hz = np.fft.rfftfreq(4 * ENVELOPE_HZ * 8, 1 / ENVELOPE_HZ)
        for window in windows[8:-1]:
            centre_hz = rates_hz[int(window.argmax())]
            half_power = rates_hz[window.numpy() > 0.5**0.5]
            assert centre_hz / (half_power[-1] - half_power[0]) == pytest.approx(2, rel=0.1)

    def test_rounding_alone_is_no_variation(self):
        time_s = torch.arange(22_050, dtype=torch.float32) / 22_050
        found = auditory_statistics(torch.sin(2 * torch.pi * 1000 * time_s), 22_050)
        least = (found.variation * found.mean).min() / found.mean.max()
        assert float(least) == pytest.approx(torch.finfo(torch.float32).eps ** 0.5, rel=1e-3)


@pytest.mark.survives("numbers")
class TestStackedTargets:
    def target(self, spans=(2, 4), bands=3):
        return SimpleNamespace(spans=spans, frames=torch.zeros(bands, 9))

    @pytest.mark.parametrize("other", [{"spans": (2, 5)}, {"bands": 4}])
    def test_those_that_differ_in_spans_or_shape_are_refused(self, other):
        with pytest.raises(ValueError, match="different shapes or spans"):
            plain(StyleTargets.of.__func__)(StyleTargets, [self.target(), self.target(**other)])


@pytest.mark.survives("numbers")
class TestSizes:
    @pytest.mark.parametrize(("channels", "frames"), [(1, 96_000), (2, 48_000), (8, 12_000)])
    def test_a_second_of_stereo_at_48_khz_has_384_000_bytes(self, channels, frames):
        check_size(Path("a.wav"), channels, frames, 1.0)
        with pytest.raises(LimitError, match=r"needs 0\.4 MB of samples; the limit is 0\.4 MB, that is 1 s"):
            check_size(Path("a.wav"), channels, frames + 1, 1.0)


@pytest.mark.survives("numbers")
class TestBlocks:
    @pytest.mark.parametrize(("iterations", "alone"), [(100, 75), (10, 7), (1, 0)])
    def test_three_quarters_of_the_steps_are_made_without_the_past(self, monkeypatch, iterations, alone):
        made = []

        def last(_objectives, start, optimiser, _is_wanted):
            made.append(optimiser.iterations)
            return start

        settings = preset("infinite", "texture")
        settings = replace(settings, optimiser=replace(settings.optimiser, iterations=iterations))
        monkeypatch.setattr(blocks, "_last", last)
        noises = {settings.noise: lambda _view, frames, _seed: torch.zeros(1, 3, frames)}
        monkeypatch.setattr(blocks, "NOISES", noises)
        monkeypatch.setattr(blocks, "texture_objectives", lambda *_: ["first", "last"])
        monkeypatch.setattr(blocks, "_after", lambda *_: "after")
        monkeypatch.setattr(blocks, "_edge_frames", lambda _: 1)
        view = SimpleNamespace(stft=SimpleNamespace(frames=lambda samples: samples))
        result = plain(blocks._frames_after)(view, torch.zeros(1, 3, 4), 20, settings, 0, lambda: True)
        assert made == ([alone] if alone else []) + [iterations - alone]
        assert result.shape[-1] == 16


@pytest.mark.survives("numbers")
class TestCluster:
    @pytest.mark.parametrize(
        ("cpus", "gpus", "resources", "tasks"),
        [
            (1, 0, {"CPU": 4}, 8),
            (2, 0, {"CPU": 5}, 5),
            (1, 1, {"CPU": 8, "GPU": 2}, 4),
            (1, 0, {}, 1),
            (4, 0, {"CPU": 1}, 1),
        ],
    )
    def test_two_tasks_are_sent_for_every_slot(self, cpus, gpus, resources, tasks):
        capacity = _Capacity.__new__(_Capacity)
        capacity._ray = SimpleNamespace(cluster_resources=lambda: resources)
        capacity._needed = {"CPU": cpus, **({"GPU": gpus} if gpus else {})}
        capacity._asked_s, capacity._tasks = -1e9, 1
        assert capacity.tasks == tasks
        capacity._ray = None  # is not asked again at once
        assert capacity.tasks == tasks
