"""Charts, pictures and embedded sounds, one by one."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
from PIL import Image

from gramophone.audio import Sound
from gramophone.plotting.colormap import transfer_tables
from gramophone.plotting.line_chart import MOST_POINTS, Series, line_chart
from gramophone.plotting.preview import GALLERY_COLUMNS, GALLERY_ROWS, spectrogram_gallery
from gramophone.plotting.ticks import even_ticks, log_ticks
from gramophone.report.listen import embed


def decoded(source):
    return base64.b64decode(source.split(",", 1)[1])


def sine(frequency_hz, seconds=1.0, rate_hz=22050, level=0.5):
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return Sound((level * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)[None], rate_hz)


def lines(html):
    return re.findall(r'<path d="([^"]*)" class="line', html)


class TestTicks:
    def test_ticks(self):
        assert [tick.label for tick in even_ticks(0, 11, 11)] == [str(n) for n in range(12)]
        assert [tick.label for tick in even_ticks(0, 0.5, 5)] == ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]
        assert [tick.label for tick in log_ticks(0.001, 100)] == ["0.001", "0.01", "0.1", "1", "10", "100"]
        assert [tick.label for tick in log_ticks(1, 10)] == ["1", "2", "5", "10"]
        assert log_ticks(1, 100)[3].position == pytest.approx(0.5)
        assert [(tick.position, tick.label) for tick in log_ticks(0.3, 0.4)] == [(0.0, "0.3"), (1.0, "0.4")]


class TestLineChart:
    def test_a_line_goes_where_its_points_are(self):
        [path] = lines(line_chart([Series("a", ((0, 1.0), (1, 3.0), (2, 2.0)))], "x", "y"))
        assert path == "M0.0 300.0L500.0 0.0L1000.0 150.0"

    def test_a_log_axis_interrupts_lines_at_zero(self):
        [path] = lines(
            line_chart([Series("a", ((0, 1.0), (1, 0.5), (2, 0.0), (3, 0.5), (4, 1.0)))], "x", "y", log_y=True)
        )
        assert path.count("M") == 2
        assert path.count("L") == 2

    def test_long_lines_are_thinned_and_keep_their_ends(self):
        points = tuple((float(n), float(n)) for n in range(5000))
        [path] = lines(line_chart([Series("a", points)], "x", "y"))
        assert path.count("L") <= MOST_POINTS + 1
        assert path.endswith("L1000.0 0.0")

    def test_a_point_without_neighbours_is_a_dot(self):
        [path] = lines(line_chart([Series("a", ((0, 1.0), (1, None), (2, 2.0), (3, None)))], "x", "y"))
        assert path.count("h.1") == 2


class TestSpectrogramGallery:
    def test_spectrograms_share_their_scales(self):
        sounds = [sine(1000, 2.0, 44100, level=0.01), sine(1000, 1.0, 22050, level=0.9)]
        gallery = spectrogram_gallery(sounds)
        assert gallery.highest_hz == 11025
        assert [picture.width for picture in gallery.pictures] == [1.0, 0.5]
        images = [np.asarray(Image.open(io.BytesIO(decoded(one.source))).convert("L")) for one in gallery.pictures]
        assert [image.shape for image in images] == [
            (GALLERY_ROWS, GALLERY_COLUMNS),
            (GALLERY_ROWS, GALLERY_COLUMNS // 2),
        ]
        share = next(tick.position for tick in gallery.frequency if tick.label == "1 kHz")
        for image in images:
            middle = image[:, image.shape[1] // 2]
            # One sine is 39 dB louder than the other; at equal level they are the same.
            assert middle.max() > 245
            assert abs(int(middle.argmax()) - (1 - share) * GALLERY_ROWS) <= 2

    def test_silence_is_paper(self):
        [picture] = spectrogram_gallery([Sound(np.zeros((1, 22050), dtype=np.float32), 22050)]).pictures
        assert np.asarray(Image.open(io.BytesIO(decoded(picture.source)))).max() < 5


class TestColours:
    def test_the_dark_colours_are_the_light_ones_turned_round(self):
        light, dark = transfer_tables(dark=False), transfer_tables(dark=True)
        assert all(light[name].split() == dark[name].split()[::-1] for name in "RGB")


class TestEmbeddedSounds:
    @pytest.mark.parametrize(
        ("seconds", "rate_hz", "channels", "form", "heard_hz", "said"),
        [
            (0.5, 44100, 2, "FLAC", 44100, ""),
            (0.5, 4000, 1, "FLAC", 8000, ""),
            (0.5, 96000, 1, "FLAC", 48000, ""),
            (0.5, 22050, 6, "FLAC", 22050, "mixed down from 6 channels for this page"),
            (61, 22050, 1, "OGG", 24000, "longer than a minute, so lossily compressed for this page"),
            (601, 8000, 1, "OGG", 8000, "only the first 10 of 10.0 minutes are included in this page"),
        ],
    )
    def test_embedded_sounds(self, make_noise, seconds, rate_hz, channels, form, heard_hz, said):
        audio = embed(make_noise(seconds, rate_hz, channels=channels))
        info = soundfile.info(io.BytesIO(decoded(audio.source)))
        assert info.format == form
        assert info.duration == pytest.approx(min(seconds, 600), abs=0.02)
        assert audio.duration_s == pytest.approx(min(seconds, 600), abs=0.02)
        assert info.channels == (1 if channels > 2 else channels)
        assert form == "OGG" or info.samplerate == heard_hz
        assert said in (*audio.notes, "")

    def test_the_same_sound_is_embedded_in_the_same_way(self, make_noise):
        assert embed(make_noise(61)).source == embed(make_noise(61)).source

    def test_embedded_sounds_do_not_clip(self, make_noise):
        loud = Sound(20 * make_noise(0.5).samples, 22050)
        samples, _ = soundfile.read(io.BytesIO(decoded(embed(loud).source)))
        assert 0.99 < np.abs(samples).max() < 1
        assert np.count_nonzero(np.abs(samples) > 0.99) < 3
