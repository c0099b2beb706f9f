"""What somebody new meets in the studio: sound at once, one stage, keys that play, work that is safe."""

import base64
import io
import re
import time
import zipfile

import pytest
import soundfile

PATIENCE_S = 90.0
DONE = "#live[data-state=done]"
PLAYING = "#compare.playing"
# Drops a file on the page as a hand does: it is dragged in, over a place, and let go.
DROP = """
([text, name, place]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name));
  const fire = (target, kind) =>
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  fire(document.body, "dragenter");
  const zone = [...document.querySelectorAll("#drop .zone")].find((one) => one.textContent === place);
  return [fire(zone, "dragover"), fire(zone, "drop")];
}
"""
COUNT_RECORDINGS = """
() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.recordings = 0;
  navigator.mediaDevices.getUserMedia = (asked) => {
    window.recordings += 1;
    return ask(asked);
  };
}
"""


def until(page, true):
    end_s = time.monotonic() + PATIENCE_S
    while not (found := true()):
        assert time.monotonic() < end_s
        page.wait_for_timeout(30)
    return found


def give(page, clips, **names):
    for role, name in names.items():
        page.set_input_files(f"#slot-{role}", clips[name])
        page.wait_for_selector(f"[aria-label={role}] img.spectrogram")


def steps(page, count):
    page.click("#more summary")
    page.fill("#field-iterations", str(count))
    page.click("#more summary")


def jobs_of(studio):
    return studio.client.get("/api/jobs").json()


class TestNewcomer:
    def test_one_click_to_a_transfer_and_one_stage(self, opened, studio, keep):
        page = opened(viewport={"width": 1440, "height": 900})
        keep(page, "empty")
        assert page.is_disabled("#make")
        assert page.inner_text("#missing").startswith("Add a content and a style")
        page.click("[data-example=voice-in-fire] .hear")
        until(page, lambda: page.evaluate("window.furthest") > 0.2)
        assert page.get_attribute(".track:nth-child(3)", "aria-checked") == "true"
        assert float(page.get_attribute("#meter", "data-peak-db")) > -60
        keep(page, "example")
        assert jobs_of(studio) == []

        page.keyboard.press("Space")  # the focus is on the button that played
        page.wait_for_selector("#compare:not(.playing)")
        page.click("[data-example=voice-in-fire] >> text=Try this")
        page.wait_for_selector("#make:not([disabled])")
        names = [page.inner_text(f"[aria-label={role}] .name") for role in ("content", "style")]
        assert names == ["phrase", "fire"]

        assert page.inner_text("#changed") == ""
        steps(page, 2000)
        assert page.inner_text("#changed") == "(1 changed)"
        page.evaluate("scrollTo(0, 0)")
        page.click("#make")
        page.wait_for_selector("#forming:not([hidden])")
        box = page.locator("#forming").bounding_box()
        assert 0 <= box["y"] <= 900 - box["height"]
        assert page.evaluate("scrollY") == 0
        assert page.inner_text("#forming-hz").split("\n") == ["100 Hz", "1k", "10k"]
        keep(page, "forming")
        page.keyboard.press("Space")
        page.wait_for_selector(PLAYING)
        assert len(jobs_of(studio)) == 1
        page.click("#stop")
        page.wait_for_selector(DONE)

        page.focus("#field-preset")
        page.keyboard.press("m")
        until(page, lambda: len(jobs_of(studio)) == 2)
        assert page.input_value("#field-preset") == "infinite"
        page.keyboard.press("s")
        page.wait_for_selector("#results li:nth-child(2)")
        page.click("#more summary")
        page.click("[aria-label='Reset Iterations']")
        assert (page.input_value("#field-iterations"), page.inner_text("#changed")) == ("", "")

    def test_presets_are_grouped_and_say_what_they_cost(self, opened):
        page = opened()
        groups = page.eval_on_selector_all("#field-preset optgroup", "(all) => all.map((one) => one.label)")
        assert groups == ["Ours", "Published systems", "Rivals without a network"]
        line = page.inner_text("#field-preset option[value=ulyanov2016]")
        assert re.fullmatch(r"ulyanov2016: Ulyanov & Lebedev 2016: .*; about 2 minutes", line)

    def test_a_file_dropped_anywhere_goes_where_it_is_wanted(self, opened, clips):
        page = opened()
        for place, name in (("style", "fire"), ("content", "voice"), ("another style", "rain")):
            data = base64.b64encode(clips[name].read_bytes()).decode()
            assert page.evaluate(DROP, [data, f"{name}.wav", place]) == [False, False]  # the browser leaves it alone
            role = "style 2" if place == "another style" else place
            page.wait_for_selector(f"[aria-label='{role}'] .name:has-text('{name}.wav')")
            assert page.is_hidden("#drop")


class TestShelf:
    def test_takes_are_named_compared_kept_and_brought_back(self, opened, clips, studio, keep):
        page = opened(viewport={"width": 1440, "height": 900})
        give(page, clips, content="voice", style="fire")
        steps(page, 2)
        page.click("#takes")
        until(page, lambda: sum(job["state"] == "done" for job in jobs_of(studio)) == 4)
        page.wait_for_selector(".track:nth-child(6)")
        page.click("#take")
        until(page, lambda: sum(job["state"] == "done" for job in jobs_of(studio)) == 5)
        page.wait_for_selector("#results li:nth-child(5)[data-state=done] >> text=WAV")
        takes = [(job["title"], job["request"].get("seed", 0)) for job in reversed(jobs_of(studio))]
        assert takes == [("voice-in-fire-0.6", 0), *((f"voice-in-fire-0.6-take{n + 1}", n) for n in range(1, 5))]
        assert page.get_attribute("#results li:first-child a >> nth=0", "download") == "voice-in-fire-0.6-take5.wav"
        keep(page, "shelf")

        # Compare only listens.
        page.set_input_files("#slot-content", clips["rain"])
        until(page, lambda: page.inner_text("[aria-label=content] .name") == "rain.wav")
        page.fill("#field-strength", "0.9")
        page.click("#results li:last-child >> text=Compare")
        page.wait_for_selector(".track:nth-child(1):has-text('voice.wav')")
        assert page.inner_text("[aria-label=content] .name") == "rain.wav"
        assert page.input_value("#field-strength") == "0.9"
        page.click("#back")
        page.wait_for_selector(".track:nth-child(1):has-text('rain.wav')")

        other = opened(page.context)
        page.click("#results li:first-child >> text=Rename")
        page.keyboard.type("the best one")
        page.keyboard.press("Enter")
        page.click("#results li:first-child >> text=Keep")
        other.wait_for_selector("#results li:first-child:has-text('the best one.wav'):has-text('kept')")
        assert page.inner_text("#results li:last-child .words").split(", ")[-2].startswith("stays until")

        page.click("#results li:last-child >> text=Remove")
        page.wait_for_selector("#results li:nth-child(5)", state="detached")
        page.click("#undo button")
        page.wait_for_selector("#results li:nth-child(5)")
        page.click("#results li:last-child >> text=Remove")
        page.click("#results li:last-child >> text=Remove")  # the first is meant
        until(page, lambda: len(jobs_of(studio)) == 4)

        sent = studio.client.get("/api/results")
        with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert {"the best one.wav", "the best one.json", "voice-in-fire-0.6-take4.wav"} <= set(names)
            assert soundfile.info(io.BytesIO(archive.read("the best one.wav"))).frames == pytest.approx(22050, abs=1)

    def test_settings_of_a_mode_stay_in_it(self, opened):
        page = opened()
        page.fill("#field-strength", "0.9")
        steps(page, 7)
        page.click("#tab-texture")
        assert page.input_value("#field-iterations") == ""
        steps(page, 8)
        page.click("#tab-stream")
        page.click("#tab-transfer")
        assert (page.input_value("#field-strength"), page.input_value("#field-iterations")) == ("0.9", "7")
        assert "changed" in page.get_attribute(".field:has(#field-strength)", "class")


class TestTimeline:
    def test_a_region_is_looped_and_becomes_an_input(self, opened, clips, keep):
        page = opened(viewport={"width": 1440, "height": 900})
        give(page, clips, content="speech", style="fire")
        page.wait_for_selector(".track:nth-child(2)")
        box = page.locator(".track:nth-child(1) .plot").bounding_box()
        at = lambda s: box["x"] + box["width"] * s / 5  # noqa: E731
        page.mouse.click(at(2.0), box["y"] + 9)
        until(page, lambda: float(page.inner_text("#clock").split()[0]) == 2.0)
        page.mouse.move(at(1.0), box["y"] + 9)
        page.mouse.down()
        page.mouse.move(at(1.6), box["y"] + 12, steps=3)
        page.mouse.up()
        found = [float(one) for one in re.findall(r"[\d.]+", page.inner_text("#region"))]
        assert found == pytest.approx([1.0, 1.6], abs=0.02)
        page.keyboard.press("o")
        page.keyboard.press("Space")
        page.wait_for_selector(PLAYING)
        page.evaluate("window.furthest = 0")
        until(page, lambda: page.evaluate("window.furthest") >= 1.5)
        until(page, lambda: float(page.inner_text("#clock").split()[0]) < 1.3)  # it began again
        assert page.evaluate("window.furthest") <= 1.61
        keep(page, "region")
        page.keyboard.press("Space")
        page.click("#as-style")
        page.wait_for_selector("[aria-label=style] .facts:has-text('0.6 s, 22.05 kHz, mono')")
        assert page.inner_text("[aria-label=style] .name") == "speech-1.0-to-1.6s.wav"

    def test_a_loop_plays_as_one(self, opened, clips):
        page = opened()
        page.click("#tab-texture")
        give(page, clips, style="rain")
        page.click("#more summary")
        page.check("#field-loop")
        page.fill("#field-iterations", "1")
        page.click("#make")
        page.wait_for_selector(".track:nth-child(2)[aria-checked=true]")
        page.keyboard.press("Space")
        until(page, lambda: page.evaluate("window.furthest") >= 0.8)
        until(page, lambda: float(page.inner_text("#clock").split()[0]) < 0.5)
        assert page.is_visible(PLAYING)


class TestStream:
    def test_a_refused_mix_is_asked_for_again_and_a_dead_stream_says_so(self, opened, clips):
        page = opened()
        page.click("#tab-stream")
        give(page, clips, style="rain")
        page.click("#add-style")
        page.set_input_files("#slot-style-2", clips["fire"])
        page.wait_for_selector("#mix")
        page.keyboard.press("Space")  # on the page: it plays
        page.wait_for_selector("#stream-view[data-state=playing]")
        page.click("#stream-record")
        refused = {"status": 503, "body": '{"error": "too much at once"}'}
        page.route("**/weights", lambda route: route.fulfill(**refused), times=1)
        page.focus("#mix")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#message:has-text('too much at once'):has-text('asked for again')")
        until(page, lambda: page.get_attribute("#stream-view", "data-changed-after-s"))
        page.wait_for_selector("#message", state="hidden")
        page.wait_for_timeout(600)
        page.click("#stream-record")
        with page.expect_download() as download:
            page.click("#stream-file a")
        assert soundfile.info(download.value.path()).frames > 11025
        page.route("**/block", lambda route: route.abort())
        page.wait_for_selector("#stream-view[data-state^='it has ended']")
        assert page.inner_text("#make").startswith("Play")
        page.complaints[:] = [one for one in page.complaints if "Failed to load resource" not in one]


class TestRecording:
    def test_a_recording_shows_its_level_and_the_volume_stays(self, opened, keep):
        page = opened(permissions=["microphone"])
        page.evaluate(COUNT_RECORDINGS)
        page.locator("[aria-label=content] >> text=Record").evaluate("(one) => { one.click(); one.click(); }")
        page.wait_for_selector("text=End recording")
        assert page.evaluate("window.recordings") == 1
        shown = page.locator("[aria-label=content] .recorded")
        page.wait_for_function("(e) => / of 60 s, silent$/.test(e.textContent)", arg=shown.element_handle())
        beep = "(e) => e.querySelector('.clips') && e.textContent.match(/^([\\d.]+) s of 60 s, too loud$/)?.[1]"
        begun_s = float(page.wait_for_function(beep, arg=shown.element_handle()).json_value())
        keep(page, "recording")
        page.click("text=End recording")
        page.wait_for_selector("[aria-label=content] img.spectrogram")
        assert shown.is_hidden()
        assert page.inner_text("[aria-label=content] .name") == "recording.wav"
        said = page.inner_text("[aria-label=content] .facts")
        assert begun_s - 0.1 <= float(said.split(" s, ")[0]) < begun_s + 5

        loudness = lambda: float(page.get_attribute("#meter", "data-peak-db") or "-inf")  # noqa: E731
        page.click("#loop")
        page.click("#play")
        loud = until(page, lambda: (db := loudness()) > -40 and db)
        page.fill("#volume", "0.1")  # 20 dB less
        until(page, lambda: loudness() == pytest.approx(loud - 20, abs=1))
        page.fill("#volume", "0.25")
        page.reload()
        page.wait_for_selector("body[data-ready=true]")
        assert page.input_value("#volume") == "0.25"
