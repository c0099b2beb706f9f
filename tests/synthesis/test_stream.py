"""A texture in blocks: deterministic, seamless, bounded; its weights may change while it runs."""

import dataclasses
from itertools import islice

import numpy as np
import pytest
import torch

from gramophone import presets
from gramophone.audio import Sound
from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError, UsageError
from gramophone.metrics.mixture import spectrum_distance_db
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import OptimiserSettings, Resolution
from gramophone.synthesis import Stream
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.blocks import _faded, block_shape, next_block

RATE_HZ = 8000
SMALL = dataclasses.replace(
    presets.preset("infinite", "stream", iterations=8),
    rate_hz=RATE_HZ,
    resolution=Resolution(256, 64, span_ms=(16, 64, 128)),
    waveform=dataclasses.replace(
        presets.preset("infinite").waveform,
        resolutions=(Resolution(512, 128, span_ms=(32, 128)), Resolution(128, 32, span_ms=(16,))),
        optimiser=OptimiserSettings(iterations=4),
    ),
)


def style(make=rain, seconds=2.0):
    return Sound(make(RATE_HZ, seconds, 0), RATE_HZ)


def stream(*styles, **options):
    given = {"first_block_s": 0.5, "block_s": 0.5, **options}
    return Stream(styles or (style(),), SMALL, **given)


def blocks(source, count):
    return np.concatenate([block.samples for block in islice(source, count)], axis=1)


@pytest.fixture(scope="module")
def long():
    return blocks(stream(seed=1), 16)[0]


class TestBlocks:
    def test_blocks_have_the_lengths_asked_for(self):
        source = stream(first_block_s=0.5, block_s=1.0)
        assert [block.samples.shape[1] for block in islice(source, 3)] == [4000, 8000, 8000]

    def test_the_seed_decides_every_sample(self):
        assert np.array_equal(blocks(stream(seed=3), 2), blocks(stream(seed=3), 2))
        assert not np.array_equal(blocks(stream(seed=3), 1), blocks(stream(seed=4), 1))

    def test_blocks_do_not_repeat(self, long):
        pieces = torch.from_numpy(long).reshape(16, 4000)
        correlation = torch.corrcoef(pieces).fill_diagonal_(0)
        assert float(correlation.abs().max()) < 0.2

    def test_the_level_is_that_of_the_style(self, long):
        reference = style().samples[0]
        assert 20 * np.log10(np.std(long) / np.std(reference)) == pytest.approx(0, abs=1.5)

    def test_a_block_sees_the_past_and_leaves_it_as_it_is(self):
        wave = torch.from_numpy(style().samples)
        views = [Analysis(r, SMALL, [wave], [1.0], 4000, 0) for r in (SMALL.resolution, *SMALL.waveform.resolutions)]
        shape = block_shape(views, 1024, 4000)
        assert (shape.past, shape.tail, shape.total) == (1024 + 512, 1536 + 1024, 1536 + 4000 + 2560)
        past = wave[:, -shape.past :].clone()
        after, _ = next_block(views[0], views[1:], past, shape, SMALL, 0)
        assert after.shape == (1, 4000)
        assert torch.equal(past, wave[:, -shape.past :])
        assert not torch.equal(after, next_block(views[0], views[1:], past.roll(100, 1), shape, SMALL, 0)[0])


class TestBorders:
    def test_borders_cannot_be_told_by_their_steps(self, long):
        steps = np.abs(np.diff(long))
        inside = np.sort(steps)
        ranks = [np.searchsorted(inside, steps[border - 1]) / len(inside) for border in range(4000, len(long), 4000)]
        assert 0.2 < np.mean(ranks) < 0.8
        assert max(steps[border - 1] for border in range(4000, len(long), 4000)) < 3 * np.quantile(steps, 0.95)

    def test_borders_cannot_be_told_by_their_level(self, long):
        level_db = 10 * np.log10(np.convolve(long**2, np.ones(256) / 256, "same"))
        changes = np.abs(level_db[256:] - level_db[:-256])
        borders = [changes[border - 128] for border in range(4000, len(long), 4000)]
        assert abs(np.mean(borders) - np.mean(changes)) < 3 * np.std(changes) / np.sqrt(len(borders))

    @pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
    def test_fading_over_keeps_the_energy_however_alike_both_are(self, alike):
        generator = torch.Generator().manual_seed(1)
        ahead, other = torch.randn(2, 1, 20_000, generator=generator)
        new = alike * ahead + (1 - alike**2) ** 0.5 * other
        faded = _faded(torch.cat([torch.zeros(1, 100), new], -1), ahead, 100)
        assert not faded[:, :100].any()
        parts = faded[0, 100:].reshape(10, -1).square().mean(1)
        assert parts.tolist() == pytest.approx([1.0] * 10, abs=0.12)
        torch.testing.assert_close(faded[:, 100:110], ahead[:, :10], rtol=0, atol=0.01)
        torch.testing.assert_close(faded[:, -10:], new[:, -10:], rtol=0, atol=0.01)


class TestWeights:
    def test_weights_and_gain_may_change_while_it_runs(self):
        source = stream(style(rain), style(fire), weights=[1, 0], block_s=1.0)
        first = blocks(source, 2)[0]
        source.weights = (0, 1)
        source.gain_db = -20.0
        later = torch.from_numpy(blocks(source, 3)[0, 8000:])
        wet, burning = (torch.from_numpy(style(make).samples[0]) for make in (rain, fire))
        assert source.weights == (0.0, 1.0)
        assert spectrum_distance_db(later, burning, RATE_HZ) < spectrum_distance_db(later, wet, RATE_HZ)
        assert spectrum_distance_db(torch.from_numpy(first), wet, RATE_HZ) < spectrum_distance_db(later, wet, RATE_HZ)
        assert 20 * np.log10(float(later.std()) / np.std(style(fire).samples)) == pytest.approx(-20, abs=2)

    def test_a_morph_sets_the_weights_of_each_block(self):
        morph = Morph.parse("0:1,0 2:0,1", styles=2)
        source = stream(style(rain), style(fire), morph=morph)
        seen = []
        for _ in range(4):
            next(source)
            seen.append(source.weights[1])
        assert seen == pytest.approx([0.125, 0.375, 0.625, 0.875])
        with pytest.raises(UsageError, match="leave out the weights"):
            stream(style(rain), style(fire), morph=morph, weights=[1, 1])

    def test_weights_are_checked_when_they_are_set(self):
        source = stream()
        with pytest.raises(UsageError, match="do not fit 1 style"):
            source.weights = (1, 1)


class TestClosing:
    def test_a_closed_stream_ends(self):
        source = stream()
        next(source)
        source.close()
        assert list(source) == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "error", "sentence"),
        [
            ({"block_s": 0.2}, UsageError, "too short"),
            ({"first_block_s": float("nan")}, UsageError, "too short"),
            ({"weights": [0.0]}, UsageError, "not all 0"),
            ({"seed": -1}, UsageError, "seed must be between 0 and 9223372036854775807, not -1"),
        ],
    )
    def test_what_cannot_be_is_refused(self, options, error, sentence):
        with pytest.raises(error, match=sentence):
            stream(**options)

    def test_silence_is_refused(self):
        with pytest.raises(InputError, match="silent"):
            stream(Sound(np.zeros((1, 16000), np.float32), RATE_HZ))
