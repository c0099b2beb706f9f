"""What holds for every system: shapes, levels, silence, chance, and the sentences of errors."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.rivals import RIVALS
from gramophone.rivals.progress import finished
from gramophone.rivals.waveforms import at_level, carrier, mixed_down, rms

NAMES = tuple(RIVALS)
EVERY = pytest.mark.parametrize("name", NAMES)


def made(name, content, styles, rate_hz=8000, seed=0):
    return finished(RIVALS[name].steps(content, styles, rate_hz, None, seed))


def drawn(channels, samples, seed=0):
    return 0.1 * torch.randn(channels, samples, generator=torch.Generator().manual_seed(seed))


class TestOutput:
    @EVERY
    @settings(max_examples=12, deadline=None)
    @given(
        channels=st.integers(1, 3),
        of_style=st.integers(1, 3),
        samples=st.integers(1, 5000),
        of_styles=st.lists(st.integers(1600, 6000), min_size=1, max_size=3),
        rate_hz=st.sampled_from([8000, 11025, 8001]),
    )
    def test_the_result_has_the_contents_shape_and_level(self, name, channels, of_style, samples, of_styles, rate_hz):
        content = drawn(channels, samples)
        styles = [drawn(of_style, length + rate_hz // 5, seed) for seed, length in enumerate(of_styles, 1)]
        result = made(name, content, styles, rate_hz)
        assert result.shape == content.shape
        assert result.dtype == torch.float32
        assert torch.isfinite(result).all()
        assert float(result.abs().max()) <= 1.0001
        assert rms(result) <= rms(content) * 1.001

    @EVERY
    @pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
    def test_high_rates(self, name, rate_hz):
        content, style = drawn(1, rate_hz // 3), drawn(1, rate_hz // 2, 1)
        result = made(name, content, [style], rate_hz)
        assert result.shape == content.shape
        assert rms(result) == pytest.approx(rms(content), rel=0.2)

    @EVERY
    def test_arrays_are_taken_like_tensors_and_are_left_as_they_are(self, name):
        content, style = drawn(1, 4000), drawn(1, 4000, 1)
        arrays = content.numpy().copy(), style.numpy().copy()
        for array in arrays:
            array.flags.writeable = False
        assert torch.equal(made(name, arrays[0], [arrays[1]]), made(name, content, [style]))
        assert torch.equal(content, torch.from_numpy(arrays[0].copy()))
        assert torch.equal(style, torch.from_numpy(arrays[1].copy()))

    @pytest.mark.parametrize("name", ["vocoder", "cross"])
    @pytest.mark.parametrize("samples", [1, 20000, 24001])
    def test_blocks_change_nothing(self, name, samples):
        content, style = drawn(2, samples), drawn(1, 9000, 1)
        whole = made(name, content, [style])
        steps = list(RIVALS[name].steps(content, [style], 8000, None, 0, block_samples=3000))
        assert len(steps) == steps[0].total > samples / 3001
        torch.testing.assert_close(steps[-1].preview(), whole, atol=1e-5, rtol=1e-4)


class TestLevel:
    @EVERY
    def test_the_level_is_the_contents(self, name):
        content, style = drawn(2, 16000) * 0.3, 3 * drawn(1, 16000, 1)
        assert rms(made(name, content, [style])) == pytest.approx(rms(content), rel=1e-3)

    def test_a_peak_above_full_scale_turns_the_whole_result_down(self):
        content = 0.2 * torch.ones(1, 1000)
        burst = torch.zeros(1, 1000)
        burst[0, 500], burst[0, 10] = 1.0, 0.01
        found = at_level(burst, content)
        assert float(found.max()) == pytest.approx(1)
        assert float(found[0, 10]) == pytest.approx(0.01)
        assert rms(at_level(drawn(1, 1000), content)) == pytest.approx(0.2)


class TestChannels:
    @EVERY
    def test_channels_in_opposite_phase_do_not_cancel(self, name):
        one = drawn(1, 8000)
        opposite = torch.cat([one, -one])
        result = made(name, drawn(1, 8000, 1), [opposite])
        assert rms(result) == pytest.approx(rms(drawn(1, 8000, 1)), rel=1e-3)
        torch.testing.assert_close(result, made(name, drawn(1, 8000, 1), [one]), atol=1e-4, rtol=1e-3)

    @EVERY
    def test_equal_channels_give_equal_channels(self, name):
        content = drawn(1, 6000).repeat(2, 1)
        result = made(name, content, [drawn(1, 6000, 1)])
        assert torch.equal(result[0], result[1])

    def test_channels_are_mixed_to_their_mean_unless_they_cancel(self):
        stereo = drawn(2, 1000)
        torch.testing.assert_close(mixed_down(stereo)[0], stereo.mean(0))
        cancelling = torch.cat([stereo[:1], -1.01 * stereo[:1]])
        torch.testing.assert_close(mixed_down(cancelling), cancelling[1:])


class TestSeeds:
    @EVERY
    def test_the_same_seed_gives_the_same_samples(self, name):
        content, style = drawn(1, 6000), drawn(1, 6000, 1)
        assert torch.equal(made(name, content, [style], seed=3), made(name, content, [style], seed=3))

    @pytest.mark.parametrize("name", ["driedger2015", "tralie2024"])
    def test_another_seed_gives_another_result(self, name):
        content, style = drawn(1, 6000), drawn(1, 6000, 1)
        assert not torch.equal(made(name, content, [style], seed=3), made(name, content, [style], seed=4))


class TestSilence:
    @EVERY
    def test_silence_within_stays_silent(self, name):
        content, style = drawn(1, 16000), drawn(1, 16000, 1)
        content[:, 4000:12000] = 0
        result = made(name, content, [style])
        assert float(result[:, 6000:10000].abs().max()) < 1e-3 * rms(result)

    @EVERY
    def test_silence_gives_silence(self, name):
        result = made(name, torch.zeros(2, 4000), [drawn(1, 4000)])
        assert torch.equal(result, torch.zeros(2, 4000))


class TestSettings:
    @EVERY
    def test_settings_are_values(self, name):
        default = RIVALS[name].settings()
        assert default == RIVALS[name].settings()
        with pytest.raises(dataclasses.FrozenInstanceError):
            default.window_ms = 1.0

    @EVERY
    def test_every_field_is_documented(self, name):
        for field in dataclasses.fields(RIVALS[name].settings):
            assert f"        {field.name}: " in RIVALS[name].settings.__doc__


class TestCarrier:
    def test_a_long_enough_style_is_its_own_carrier(self):
        style = drawn(1, 5000)
        assert torch.equal(carrier([style], 4000, 8000), style[:, :4000])

    @settings(max_examples=30, deadline=None)
    @given(lengths=st.lists(st.integers(2, 900), min_size=1, max_size=4), samples=st.integers(1, 5000))
    def test_a_carrier_has_the_length_and_level_that_are_asked_for(self, lengths, samples):
        found = carrier([drawn(1, length, seed) for seed, length in enumerate(lengths)], samples, 8000)
        assert found.shape == (1, samples)
        assert float(found.abs().max()) < 1

    def test_a_looped_carrier_has_no_clicks_and_keeps_its_level(self):
        time = torch.arange(4000) / 8000
        found = carrier([torch.sin(2 * torch.pi * 100.3 * time)[None]], 40000, 8000)
        assert float(found.diff().abs().max()) < 2 * 2 * torch.pi * 100.3 / 8000
        noise = carrier([drawn(1, 4000)], 40000, 8000)
        assert rms(noise) == pytest.approx(0.1, rel=0.05)


class TestRefusals:
    @EVERY
    @pytest.mark.parametrize(
        ("content", "styles", "rate_hz", "sentence"),
        [
            (drawn(1, 4000), [], 8000, "at least one style"),
            (drawn(1, 0), [drawn(1, 4000)], 8000, "no samples"),
            (drawn(1, 4000), [torch.zeros(1, 4000)], 8000, "silent"),
            (drawn(1, 4000), [drawn(1, 100)], 8000, "give a longer style"),
            (drawn(1, 4000), [drawn(1, 4000)], 4000, "between 8000 and 96000 Hz"),
            (drawn(1, 4000) * np.inf, [drawn(1, 4000)], 8000, "not finite"),
            (drawn(1, 4000), [drawn(1, 4000) * np.nan], 8000, "not finite"),
        ],
    )
    def test_what_cannot_be_used_is_said(self, name, content, styles, rate_hz, sentence):
        with pytest.raises(InputError, match=sentence):
            made(name, content, styles, rate_hz)
