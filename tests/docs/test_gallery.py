"""The gallery is complete and small, and its page is the one that its figures give."""

import numpy as np
from bench.gallery.__main__ import FIGURES, FOLDER, PAGE, known_figures
from bench.gallery.page import page
from bench.gallery.picture import HEIGHT, SHADES, WIDTH, raster
from bench.gallery.rows import all_rows
from bench.gallery.sounds import MAKERS
from PIL import Image

from gramophone.audio import Sound
from gramophone.cli.app import build

LARGEST_PICTURE, LARGEST_TOTAL = 20_000, 3_000_000


def test_the_page_is_that_of_the_figures():
    assert FIGURES.exists()
    assert PAGE.read_text(encoding="utf-8") == page(known_figures()), "run python -m bench.gallery --page"


def test_every_result_was_made_and_measured_where_it_can_be():
    figures = known_figures()
    names = [shown.name for row in all_rows() for shown in row.results]
    assert len(set(names)) == len(names)
    assert set(figures) == set(names)
    for row in all_rows():
        for shown in row.results:
            measured = {"identity", "style"} if row.content else {"statistics_excess_db"}
            assert len(row.styles) != 1 or measured <= set(figures[shown.name])


def test_sounds_and_pictures_are_there_and_small():
    names = {*MAKERS, *(shown.name for row in all_rows() for shown in row.results)}
    used = {name for row in all_rows() for name in row.recordings}
    assert used == set(MAKERS)
    assert {path.stem for path in FOLDER.glob("*.ogg")} == names
    assert {path.stem for path in FOLDER.glob("*.png")} == names | {"readme"}
    assert all(path.stat().st_size < LARGEST_PICTURE for path in FOLDER.glob("*.png"))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST_TOTAL


def test_pictures_have_one_size_and_few_colours():
    with Image.open(FOLDER / "rain.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)
        assert len(picture.getcolors()) <= SHADES


def test_a_tone_is_a_line_at_its_place_on_the_logarithmic_axis():
    rate_hz, tone_hz = 16000, 1000.0
    samples = np.sin(2 * np.pi * tone_hz * np.arange(rate_hz) / rate_hz).astype(np.float32)[None]
    loudest = raster(Sound(samples, rate_hz))[:, WIDTH // 2].argmax()
    expected = HEIGHT * np.log(8000 / tone_hz) / np.log(8000 / 40)
    assert abs(loudest - expected) <= 2


def test_every_command_of_the_gallery_is_read_as_it_stands():
    for row in all_rows():
        for shown in row.results:
            words = row.command(shown)
            _, bound, unparsed = build(words).parse_args(list(words), print_error=False, exit_on_error=False)
            assert set(unparsed) <= {"command", "task"}
            assert bound.arguments
