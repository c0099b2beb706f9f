"""The page's files: light, complete, nothing from elsewhere."""

import io
import json
import re
from importlib import resources

import pytest
import soundfile

from gramophone.audio.loudness import loudness_lufs
from gramophone.plotting.colormap import transfer_tables
from gramophone.web.app import static_files
from gramophone.web.requests import read_body

FILES = static_files()
EXAMPLES = {name: data for name, data in FILES.items() if name.endswith((".ogg", ".webp"))}
PAGE = {name: data for name, data in FILES.items() if name not in EXAMPLES}
OWN = {name: data.decode() for name, data in PAGE.items() if not name.startswith("wavesurfer")}
MOST_BYTES = 300_000


class TestStaticFiles:
    def test_the_page_is_light(self):
        assert sum(map(len, PAGE.values())) < MOST_BYTES

    def test_the_examples_are_light_and_complete(self):
        """Each has a content, a style and a result, of which the page knows length, rate and loudness."""
        assert sum(len(data) for name, data in EXAMPLES.items() if name.endswith(".ogg")) < 300_000
        examples = json.loads(FILES["examples.json"])
        assert len(examples) == 3
        named = set()
        for example in examples:
            assert read_body(example["request"]).task == "transfer"
            assert [one["file"] for one in example["sounds"]][2] == example["name"]
            for about in example["sounds"]:
                samples, rate_hz = soundfile.read(io.BytesIO(FILES[f"{about['file']}.ogg"]), dtype="float32")
                assert rate_hz == about["rate_hz"]
                assert len(samples) / rate_hz == pytest.approx(about["duration_s"], abs=0.01)
                heard = loudness_lufs(samples[None], rate_hz)
                assert heard == pytest.approx(about["loudness_lufs"], abs=0.5)
                named |= {f"{about['file']}.ogg", f"{about['file']}.webp"}
        assert named == set(EXAMPLES)

    def test_everything_that_is_named_is_there(self):
        named = {name for text in OWN.values() for name in re.findall(r'"/static/([\w.-]+)"', text)}
        assert named <= set(FILES)
        assert set(PAGE) - named == {"index.html"}

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
