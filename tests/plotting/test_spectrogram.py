"""Spectrogram pictures show the right thing at the right place, and survive odd sounds."""

import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from gramophone.errors import InputError, UsageError
from gramophone.plotting.colormap import level_colours
from gramophone.plotting.spectrogram import LEFT, RIGHT, TITLE, TOP, spectrogram_png
from gramophone.plotting.spectrogram_raster import Axes, levels_db, raster_magnitudes

RATE_HZ = 22050


def tone(frequency_hz, duration_s, rate_hz=RATE_HZ):
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(duration_s * rate_hz)) / rate_hz).astype(np.float32)[
        None
    ]


def pixels(png):
    image = Image.open(BytesIO(png))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB")).astype(int)


def column_levels(samples, axes):
    return levels_db(raster_magnitudes(samples, axes))


def darkest_row(picture, panel_height, column):
    return int(np.argmin(picture[TOP + TITLE : TOP + TITLE + panel_height, column].sum(axis=1)))


class TestLayout:
    @pytest.mark.parametrize(("width", "panel_height"), [(1000, 200), (640, 120)])
    def test_has_the_size_asked_for(self, width, panel_height):
        heights = []
        for count in (1, 2, 3):
            picture = pixels(
                spectrogram_png([("a tone", tone(440, 0.5))] * count, RATE_HZ, width=width, panel_height=panel_height)
            )
            assert picture.shape[1] == width
            heights.append(picture.shape[0])
        assert heights[2] - heights[1] == heights[1] - heights[0] > panel_height

    @pytest.mark.parametrize("rate_hz", [8000, 22050, 48000])
    @pytest.mark.parametrize("frequency_hz", [100, 1000, 3000])
    def test_a_tone_lights_the_row_of_its_frequency(self, rate_hz, frequency_hz):
        png = spectrogram_png([("tone", tone(frequency_hz, 1.0, rate_hz))], rate_hz)
        wanted = Axes(rate_hz, 200, 1.0).row(frequency_hz)
        # Below 200 Hz a row is far narrower than a bin of the spectrum.
        assert abs(darkest_row(pixels(png), 200, 400) - wanted) <= (2 if frequency_hz >= 1000 else 8)

    def test_the_tick_of_one_kilohertz_stands_beside_its_tone(self):
        picture = pixels(spectrogram_png([("tone", tone(1000, 1.0))], RATE_HZ, panel_height=300))
        row = TOP + TITLE + darkest_row(picture, 300, 500)
        beside = picture[row - 2 : row + 3, LEFT - 6].sum(axis=1)
        assert beside.min() < 200 < beside.max()

    def test_all_panels_share_the_time_scale(self):
        picture = pixels(spectrogram_png([("long", tone(1000, 4.0)), ("short", tone(1000, 1.0))], RATE_HZ))
        tops = (
            TOP + TITLE,
            TOP
            + TITLE
            + 200
            + (picture.shape[0] - pixels(spectrogram_png([("", tone(1, 1))], RATE_HZ)).shape[0] - 200),
        )
        plot = 1000 - LEFT - RIGHT
        rows = [top + Axes(RATE_HZ, 200, 1.0).row(1000) for top in tops]
        dark = [np.flatnonzero(picture[row, LEFT : LEFT + plot].sum(axis=1) < 250) for row in rows]
        assert dark[0].max() == pytest.approx(plot, abs=6)
        assert dark[1].max() == pytest.approx(plot / 4, abs=6)


class TestLevels:
    def test_levels_are_relative_to_the_loudest(self):
        axes = Axes(RATE_HZ, 100, 200.0)
        quiet, loud = (column_levels(gain * tone(1000, 1.0), axes) for gain in (np.float32(1e-3), np.float32(1)))
        assert quiet.max() == loud.max() == 0
        np.testing.assert_allclose(quiet[axes.row(1000)], loud[axes.row(1000)], atol=1e-3)
        both = column_levels(np.concatenate([tone(1000, 0.5), 0.1 * tone(1000, 0.5)], axis=1), axes)
        assert both[axes.row(1000), 150] == pytest.approx(-20, abs=0.1)

    def test_channels_are_averaged(self):
        axes, sound = Axes(RATE_HZ, 100, 200.0), tone(1000, 0.5)
        for sign in (1, -1):  # channels in opposite phase are no silence
            np.testing.assert_array_equal(
                column_levels(np.concatenate([sound, sign * sound]), axes), column_levels(sound, axes)
            )
        np.testing.assert_array_equal(column_levels(np.concatenate([sound, sound]), axes), column_levels(sound, axes))

    def test_silence_is_paper(self):
        levels = column_levels(np.zeros((1, RATE_HZ), np.float32), Axes(RATE_HZ, 100, 200.0))
        assert np.isneginf(levels).all()


class TestColours:
    def test_the_colours_darken_evenly(self):
        colours = level_colours() / 255
        linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
        lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
        steps = -np.diff(lightness[::5])
        assert (steps > 0).all()
        assert steps.max() < 2.2 * steps.mean()
        assert lightness[0] > 94
        assert lightness[-1] < 14


class TestLongSounds:
    def test_one_click_in_a_long_sound_stays_visible(self):
        sound = np.zeros((1, 200 * 8000), np.float32)
        sound[0, 800_123] = 1
        levels = column_levels(sound, Axes(8000, 60, 3.0))
        column = int(800_123 / 8000 * 3)
        assert levels[:, column].max() > -6
        assert np.isneginf(levels[:, : column - 1]).all()

    @pytest.mark.parametrize("columns_per_s", [0.004, 0.6])
    def test_memory_does_not_grow_with_the_length(self, columns_per_s):
        sound = np.broadcast_to(np.float32(0.1), (1, 12_000_000))
        tracemalloc.start()
        column_levels(sound, Axes(8000, 100, columns_per_s))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 48e6

    def test_blocks_leave_no_trace(self, monkeypatch):
        sound = np.random.default_rng(0).standard_normal((1, 40_000)).astype(np.float32)
        axes = Axes(8000, 50, 4.0)
        whole = column_levels(sound, axes)
        monkeypatch.setattr("gramophone.plotting.spectrogram_raster.BLOCK_VALUES", 1500)
        np.testing.assert_array_equal(column_levels(sound, axes), whole)


class TestDeterminism:
    def test_same_sounds_same_bytes(self):
        sounds = [("a rather long title that has to be cut somewhere " * 5, tone(700, 0.4)), ("", tone(90, 1.7))]
        assert spectrogram_png(sounds, RATE_HZ) == spectrogram_png(sounds, RATE_HZ)


class TestEdgeCases:
    @pytest.mark.parametrize(
        "sound",
        [
            np.zeros((1, 1), np.float32),
            np.ones((1, 1), np.float32),
            np.ones((2, 7), np.float32),
            np.zeros((1, 0), np.float32),
            np.zeros((1, RATE_HZ), np.float32),
            np.full((1, 5000), 1e-42, np.float32),
            np.full((1, 5000), 3e38, np.float32),
        ],
        ids=["one zero", "one sample", "seven", "none", "silence", "subnormal", "huge"],
    )
    def test_odd_sounds_are_drawn_alone_and_beside_others(self, sound):
        assert pixels(spectrogram_png([("odd", sound)], RATE_HZ)).shape[1] == 1000
        assert pixels(spectrogram_png([("odd", sound), ("tone", tone(300, 2.0))], RATE_HZ)).shape[1] == 1000


class TestRefusals:
    def test_faults_are_named(self):
        broken = tone(440, 0.5)
        broken[0, 99] = np.nan
        with pytest.raises(InputError, match="'broken' holds values that are not finite"):
            spectrogram_png([("broken", broken)], RATE_HZ)
        with pytest.raises(UsageError, match="at least one"):
            spectrogram_png([], RATE_HZ)
        with pytest.raises(UsageError, match="width 20"):
            spectrogram_png([("tone", tone(440, 0.5))], RATE_HZ, width=20)
