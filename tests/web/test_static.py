"""The page's files: light, complete, nothing from elsewhere."""

import re
from importlib import resources

from gramophone.plotting.colormap import transfer_tables
from gramophone.web.app import static_files

FILES = static_files()
OWN = {name: data.decode() for name, data in FILES.items() if not name.startswith("wavesurfer")}
MOST_BYTES = 300_000


class TestStaticFiles:
    def test_the_page_is_light(self):
        assert sum(map(len, FILES.values())) < MOST_BYTES

    def test_everything_that_is_named_is_there(self):
        named = {name for text in OWN.values() for name in re.findall(r'"/static/([\w.-]+)"', text)}
        assert named <= set(FILES)
        assert set(FILES) - named == {"index.html"}

    def test_nothing_comes_from_elsewhere_and_nothing_is_inline(self):
        for name, text in OWN.items():
            assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        html = OWN["index.html"]
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)

    def test_the_colours_are_those_of_the_reports(self):
        for dark in (False, True):
            for values in transfer_tables(dark=dark).values():
                assert f'tableValues="{values}"' in OWN["index.html"]

    def test_the_vendored_library_has_its_licence(self):
        vendor = resources.files("gramophone.web").joinpath("static", "vendor")
        assert "BSD 3-Clause" in vendor.joinpath("wavesurfer.LICENSE").read_text()
