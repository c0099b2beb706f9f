"""The page: well formed, harmless, complete and small."""

import base64
import hashlib
import html
import io
import re
import shlex
from dataclasses import replace

import pytest
import soundfile

from gramophone.report import Track, write_report
from gramophone.report.page import page

AUDIO = re.compile(r'"data:audio/[^"]*"')


class TestPage:
    def test_it_is_well_formed_and_shows_everything(self, entry, parsed, figures):
        found = parsed(page([entry(figures=figures, notes=("the style was resampled",))]))
        assert [one["aria-label"] for one in found.all("audio")] == [
            "content my voice.wav",
            "style it's fire.wav",
            "result out.wav",
        ]
        assert len(found.all("img")) == 3
        assert found.texts["h1"] == ["voice made of fire"]
        for said in ("20 November 2026, 12:21 UTC", "transfer with strength 0.6", "2.5 s on cpu", "torch 2.13.0"):
            assert said in found.text
        assert "the style was resampled" in found.text

    def test_several_runs_have_a_table_of_contents(self, entry, parsed):
        found = parsed(page([entry(title="one"), entry(title="two", figures=())]))
        assert found.texts["h1"] == ["2 runs"]
        links = [one["href"] for one in found.all("a") if one["href"].startswith("#run")]
        assert links == ["#run-1", "#run-2"]
        assert [one["id"] for one in found.all("article")] == ["run-1", "run-2"]
        assert "This run was not evaluated." in found.text

    def test_a_result_of_python_makes_a_page(self, parsed, make_noise, tmp_path):
        import gramophone as gp
        from gramophone.report import entry_from

        style = make_noise(1.0)
        result = gp.texture(style, iterations=1)
        path = write_report(tmp_path / "a.html", [entry_from(result, styles=[style])])
        found = parsed(path.read_text(encoding="utf-8"))
        assert found.texts["h1"] == ["More of style"]
        assert len(found.all("audio")) == 2
        assert "made in Python" in found.text

    def test_same_entries_same_text(self, entry):
        assert page([entry()]) == page([entry()])


class TestSounds:
    def test_sounds_are_what_they_were(self, entry):
        text = page([entry()])
        shapes = []
        for source in AUDIO.findall(text):
            assert source.startswith('"data:audio/flac;base64,')
            shapes.append(soundfile.read(io.BytesIO(base64.b64decode(source.split(",")[1][:-1])), always_2d=True))
        assert [(samples.shape, rate_hz) for samples, rate_hz in shapes] == [
            ((44100, 2), 44100),
            ((11025, 1), 22050),
            ((22050, 1), 22050),
        ]

    def test_a_sound_that_is_not_there_is_a_sentence(self, entry, parsed, make_noise):
        tracks = (
            Track("style", "rain.wav", None, ("rain.wav is not there",)),
            Track("result", "o.wav", make_noise(0.3)),
        )
        found = parsed(page([entry(tracks=tracks)]))
        assert len(found.all("audio")) == 1
        assert "rain.wav is not there" in found.texts["p"]
        nothing = parsed(page([entry(tracks=tracks[:1])]))
        assert nothing.all("audio") == []


class TestDetails:
    def test_all_settings_are_shown_as_they_are(self, entry, parsed):
        found = parsed(page([entry()]))
        for name in ("n_fft", "span_ms", "resolutions.1.hop_samples", "resolutions.2.n_fft", "optimiser.tolerance"):
            assert name in found.texts["th"]
        for value in ("12, 46", "1024", "0.02", "lbfgs", "2026-11-20T12:21:44+00:00", "22050"):
            assert value in found.texts["td"]

    def test_figures_say_their_direction_and_why_there_is_none(self, entry, parsed, figures):
        found = parsed(page([entry(figures=figures)]))
        assert [text for text in found.texts["td"] if text.endswith("dB")] == ["+1.2 dB", "+3.0 dB"]
        assert "not computed: no clear pitch" in found.texts["td"]
        for said in ("higher is better", "lower is better", "informative only"):
            assert said in found.texts["span"]
        assert [text for text in found.texts["th"] if text in {"texture", "copying", "transfer"}] == [
            "texture",
            "copying",
            "transfer",
        ]

    @pytest.mark.parametrize("losses", [[], [{"stage": "s", "index": 1, "total": 0.0, "terms": {"style": 0.0}}]])
    def test_losses_that_cannot_be_drawn(self, entry, make_record, parsed, losses):
        found = parsed(page([entry(record=make_record(losses=losses))]))
        assert "there are no losses" in found.text or "There is nothing to draw here." in found.text


class TestCommand:
    def test_the_command_can_be_pasted(self, entry, make_record, hostile):
        words = [
            "gramophone",
            "transfer",
            "a b.wav",
            "it's.wav",
            "$(rm).wav",
            "two\nlines.wav",
            hostile,
            "-o",
            "out.wav",
        ]
        text = page([entry(record=make_record(command=words))])
        shown = re.search(r"<code>(.*?)</code>", text, re.DOTALL)[1]
        plain = html.unescape(re.sub(r"<[^>]*>", "", shown))
        again = shlex.split(plain)
        assert again[:6] == words[:6]
        assert len(again) == len(words)

    def test_a_run_in_python_says_that_it_has_no_command(self, entry, make_record, parsed):
        found = parsed(page([entry(record=make_record(command=[]))]))
        assert "This run was made in Python; no command repeats it." in found.text
        assert found.texts.get("code") is None


class TestSelfContainment:
    def test_nothing_comes_from_elsewhere(self, entry, figures):
        text = page([entry(figures=figures)])
        assert not re.search(r"(https?:)?//\w", AUDIO.sub("", re.sub(r'"data:image/[^"]*"', "", text)))
        assert "default-src 'none'" in text
        script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in text
        assert "url(#ink-light)" in text
        assert not re.search(r"url\((?!#)", text)

    def test_it_is_small_without_its_audio(self, entry, figures):
        assert len(AUDIO.sub("", page([entry(10.0, figures=figures)]))) < 150_000
        assert len(AUDIO.sub("", page([entry(10.0, figures=figures)] * 3))) < 300_000


class TestEscaping:
    def test_names_cannot_do_harm(self, entry, parsed, hostile, make_noise, make_record, figures):
        record = make_record(command=["gramophone", hostile], versions={hostile: hostile}, stopped=hostile)
        record["losses"] = [{**one, "terms": {hostile: 1.0}, "stage": hostile} for one in record["losses"]]
        record["settings"][hostile] = {hostile: hostile}
        tracks = (Track("style", hostile, None, (hostile,)), Track("result", hostile, make_noise(0.2), (hostile,)))
        figures = tuple(replace(one, name=hostile, reading=hostile, group=hostile) for one in figures)
        found = parsed(page([entry(title=hostile, record=record, tracks=tracks, figures=figures, notes=(hostile,))]))
        clean = parsed(page([entry()]))
        assert len(found.all("script")) == 1
        assert {name for name, _ in found.elements} <= {name for name, _ in clean.elements} | {"p", "ul", "li"}
        assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
        assert "\u202e" not in found.text
        assert "\x1b" not in found.text
