"""The page in a real browser: made, seen forming, heard, steered, compared; by keyboard, on a phone, with faults."""

import os
import re
import signal
import time

import pytest
import soundfile

PATIENCE_MS = 90_000
CONTENT, STYLE = "#slot-content", "#slot-style"
RUNNING, DONE = "#live[data-state=running]", "#live[data-state=done]"


def give(page, clips, content="voice", style="fire"):
    """Uploads a content and a style, and waits until both are seen."""
    page.set_input_files(CONTENT, clips[content])
    page.wait_for_selector("[aria-label=content] img.spectrogram")
    page.set_input_files(STYLE, clips[style])
    page.wait_for_selector("#make:not([disabled])")


def endless(page):
    """Asks for so many steps that there is time for everything."""
    page.click("#more summary")
    page.fill("#field-iterations", "2000")
    page.click("#more summary")


def begin(page, clips):
    """Makes something that takes long, and waits until it is seen forming."""
    give(page, clips, "speech")
    endless(page)
    page.click("#make")
    page.wait_for_selector("#forming:not([hidden])")


def clock(page):
    return float(page.inner_text("#clock").split()[0])


def plays_to(page, seconds):
    """Waits until that much was heard since this was asked last."""
    until(page, lambda: page.evaluate("window.furthest") > seconds)
    page.evaluate("window.furthest = 0")


def until(page, true):
    end_s = time.monotonic() + PATIENCE_MS / 1000
    while not (found := true()):
        assert time.monotonic() < end_s
        page.wait_for_timeout(30)
    return found


GAINS = """
async () => {
  const { Player } = await import("/static/player.js");
  const player = new Player();
  player.tracks = [["a", -30, 0.5], ["b", -12, 0.9], ["c", -40, 0.2]].map(([id, lufs, peak]) => ({ id, lufs, peak }));
  return player.tracks.map((track) => {
    player.heard = track.id;
    return { heard: track.lufs + 20 * Math.log10(player.gainOf(track)), peak: track.peak * player.gainOf(track) };
  });
}
"""


class TestTransfer:
    def test_a_transfer_from_two_clips_to_a_download(self, opened, clips, keep, tmp_path):
        page = opened()
        assert "token" not in page.url
        give(page, clips, "speech")
        endless(page)
        keep(page, "sounds")
        page.click("#make")
        page.wait_for_selector("#forming:not([hidden])")
        first = page.get_attribute("#forming", "data-version")
        until(page, lambda: page.get_attribute("#forming", "data-version") != first)
        assert page.locator("#chart polyline").count() == 2
        page.click("#stop")
        page.wait_for_selector(DONE)
        page.wait_for_selector(".track:nth-child(3)[aria-checked=true]")
        page.click("#play")
        plays_to(page, 0.2)
        page.keyboard.press("1")
        page.wait_for_selector(".track:nth-child(1)[aria-checked=true]")
        keep(page, "compare")
        with page.expect_download() as download:
            page.click("text=FLAC")
        download.value.save_as(tmp_path / "result.flac")
        assert soundfile.info(tmp_path / "result.flac").frames == pytest.approx(5 * 22050, abs=1)

    def test_listening_and_stopping_on_the_way(self, opened, clips):
        page = opened()
        begin(page, clips)
        page.click("#listen")
        page.wait_for_selector("[data-audio*=so-far][aria-checked=true]")
        plays_to(page, 0.1)
        assert page.is_visible("#stop")
        page.click("#stop")
        page.wait_for_selector(DONE)
        page.wait_for_selector("#results li:has-text('stopped early')")

    def test_a_moved_slider_goes_on_from_what_there_is(self, opened, clips, studio, keep):
        page = opened(viewport={"width": 1440, "height": 900})
        begin(page, clips)
        page.focus("#field-strength")
        page.keyboard.press("ArrowRight")
        jobs = until(page, lambda: len(found := studio.client.get("/api/jobs").json()) == 2 and found)
        assert jobs[0]["request"]["begun"] == jobs[1]["id"]
        assert jobs[0]["request"]["strength"] == pytest.approx(0.61)
        studio.until(jobs[1]["id"], "done")
        studio.until(jobs[0]["id"], "running")
        page.wait_for_selector(RUNNING)
        page.click("#stop")
        studio.until(jobs[0]["id"], "done")
        page.wait_for_selector("#results li[data-state=done]:has-text('steered 1 time')")
        assert page.locator("#results > li").count() == 1
        page.click("text=Earlier versions (1)")
        earlier = page.locator(f"[data-version='{jobs[1]['id']}']")
        assert "strength by default, " in earlier.inner_text()
        page.evaluate("window.furthest = 0")
        earlier.get_by_text("Play").click()
        plays_to(page, 0.1)
        assert page.get_attribute(f".track[data-audio*='{jobs[1]['id']}']", "aria-checked") == "true"
        keep(page, "versions")
        page.click("#results .star")
        page.wait_for_selector("#results .star[aria-pressed=true]")
        assert [job["kept"] for job in studio.client.get("/api/jobs").json()] == [True, True]
        earlier.get_by_text("Use these settings").click()
        until(page, lambda: page.input_value("#field-strength") == "0.6")

    def test_what_a_transfer_keeps(self, opened, clips, studio):
        page = opened()
        give(page, clips)
        page.select_option("#field-keep", "melody,rhythm")
        page.click("#more summary")
        page.fill("#field-octave", "0")
        page.fill("#field-transpose_range", "5")
        page.check("#field-fast")
        page.click("#make")
        page.wait_for_selector(DONE)
        (job,) = studio.client.get("/api/jobs").json()
        asked = {"keep": "melody,rhythm", "octave": 0, "transpose_range": 5, "fast": True}
        assert asked.items() <= job["request"].items()
        page.reload()
        page.wait_for_selector("body[data-ready=true]")
        assert page.input_value("#field-keep") == "melody,rhythm"
        assert page.is_checked("#field-fast")

    def test_a_trained_network_and_its_weights(self, opened, clips, studio):
        page = opened()
        give(page, clips)
        page.click("#more summary")
        assert page.is_hidden("#field-weights")
        page.select_option("#field-network", "verma2018")
        page.select_option("#field-weights", "random")
        page.fill("#field-iterations", "1")
        page.click("#make")
        page.wait_for_selector(DONE)
        (job,) = studio.client.get("/api/jobs").json()
        assert (job["request"]["network"], job["request"]["weights"]) == ("verma2018", ["random"])
        page.reload()
        page.wait_for_selector("body[data-ready=true]")
        assert page.input_value("#field-weights") == "random"


class TestEndlessTexture:
    def test_an_endless_texture_plays_and_morphs(self, opened, clips, keep):
        page = opened()
        page.click("#tab-stream")
        page.set_input_files(STYLE, clips["rain"])
        page.wait_for_selector("[aria-label=style] img.spectrogram")
        page.click("#add-style")
        page.set_input_files("#slot-style-2", clips["fire"])
        page.wait_for_selector("#mix")
        page.click("#make")
        page.wait_for_selector("#stream-view[data-state=playing]")
        until(page, lambda: float(page.get_attribute("#scope", "data-level") or 0) > 0)
        page.focus("#mix")
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        until(page, lambda: page.get_attribute("#stream-view", "data-changed-after-s"))
        keep(page, "stream")
        page.click("#make")
        page.wait_for_selector("#stream-view[data-state='not playing']")

    def test_a_model_plays_and_its_conditions_are_sliders(self, opened, keep):
        page = opened()
        page.click("#tab-stream")
        page.select_option("#model", "small")
        assert page.is_hidden("#sounds")
        page.wait_for_selector("#condition-level")
        page.click("#make")
        page.wait_for_selector("#stream-view[data-state=playing]")
        until(page, lambda: float(page.get_attribute("#scope", "data-level") or 0) > 0)
        page.focus("#condition-level")
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        page.select_option("#condition-sort", "wild")
        until(page, lambda: page.get_attribute("#stream-view", "data-changed-after-s"))
        keep(page, "model")
        page.click("#make")
        page.wait_for_selector("#stream-view[data-state='not playing']")
        page.select_option("#model", "")
        assert page.is_visible("#sounds")

    def test_a_morph_of_a_style_file_and_a_recording(self, opened, clips, style_file, studio, keep):
        page = opened()
        page.click("#tab-texture")
        page.set_input_files(STYLE, style_file[0])
        page.wait_for_selector("[aria-label=style] .facts:has-text('a style file')")
        page.click("#add-style")
        page.set_input_files("#slot-style-2", clips["fire"])
        page.wait_for_selector("#mix")
        page.click("#more summary")
        page.fill("#field-iterations", "1")
        page.fill("#field-morph", "0:1,0 2:0,1")
        page.click("#make")
        page.wait_for_selector(DONE)
        (job,) = studio.client.get("/api/jobs").json()
        assert job["request"]["morph"] == "0:1,0 2:0,1"
        assert "weights" not in job["request"]
        assert job["result"]["duration_s"] == pytest.approx(2.0)
        page.wait_for_selector(".track:nth-child(3)[aria-checked=true]")
        keep(page, "morph")
        assert page.get_attribute("#weights", "inert") is not None
        assert page.is_hidden("#chart")
        assert page.is_hidden("#warm-label")
        page.fill("#field-duration_s", "5")
        page.fill("#field-morph", "soon")
        page.click("#make")
        page.wait_for_selector("#message:has-text('not a point in time')")
        page.complaints[:] = [one for one in page.complaints if "422" not in one]

    def test_three_styles_have_a_pad(self, opened, clips, keep):
        page = opened()
        page.click("#tab-texture")
        for number, name in enumerate(("rain", "fire", "voice"), 1):
            if number > 1:
                page.click("#add-style")
            page.set_input_files(STYLE if number == 1 else f"{STYLE}-{number}", clips[name])
            page.wait_for_selector(f"[aria-label='{'style' if number == 1 else f'style {number}'}'] img.spectrogram")
        pad = page.locator("#pad")
        assert "33 %" in pad.get_attribute("aria-valuetext")
        pad.focus()
        for _ in range(9):
            page.keyboard.press("ArrowUp")
        assert int(pad.get_attribute("aria-valuetext").split()[1]) > 90
        box, knob = pad.bounding_box(), pad.locator(".knob").bounding_box()
        page.mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"], box["y"] + box["height"], steps=4)  # past the corner of fire
        page.mouse.up()
        page.mouse.move(box["x"], box["y"])  # let go: nothing follows
        assert page.evaluate("String(getSelection())") == ""
        shares = [int(one) / 100 for one in re.findall(r"(\d+) %", page.inner_text("#weights output"))]
        assert shares[1] > 0.9
        keep(page, "pad")
        page.route("**/api/jobs", lambda route: route.fulfill(status=503, body='{"error": "not now"}'), times=1)
        with page.expect_request("**/api/jobs") as sent:
            page.click("#make")
        assert sent.value.post_data_json["weights"] == pytest.approx(shares, abs=0.006)
        page.wait_for_selector("#message:has-text('not now')")
        page.complaints[:] = [one for one in page.complaints if "503" not in one]


class TestPlayback:
    def test_tracks_are_equally_loud_and_none_clips(self, opened):
        found = opened().evaluate(GAINS)
        assert len({round(one["heard"], 6) for one in found}) == 1
        assert max(one["peak"] for one in found) <= 0.981


class TestRecovery:
    def test_a_reload_and_a_second_tab_find_the_job(self, opened, clips, studio):
        page = opened()
        begin(page, clips)
        page.reload()
        page.wait_for_selector("#forming:not([hidden])")
        assert page.inner_text("[aria-label=content] .name") == "speech.wav"
        other = opened(page.context)
        other.wait_for_selector("#forming:not([hidden])")
        other.click("#stop")
        page.wait_for_selector(DONE)
        other.wait_for_selector(DONE)
        assert len(studio.client.get("/api/jobs").json()) == 1

    def test_a_killed_worker_is_told_and_the_next_job_runs(self, opened, clips, studio):
        page = opened()
        begin(page, clips)
        os.kill(studio.worker(), signal.SIGKILL)
        page.wait_for_selector("#message:has-text('SIGKILL')")
        page.click("#more summary")
        page.fill("#field-iterations", "3")
        page.click("#make")
        page.wait_for_selector(DONE)


class TestAccessibility:
    def test_by_keyboard_alone(self, opened, clips):
        """Sounds are chosen, made, heard and compared without a pointer; every stop has a name and is seen."""
        page = opened()
        names = []
        for _ in range(26):
            page.keyboard.press("Tab")
            named = "(e) => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent.trim()"
            names.append(page.evaluate(f"({named})(document.activeElement)"))
        assert all(names)
        assert {"Transfer", "Record", "Built-in sound for the content", "Strength", "Preset"} <= set(names)
        for place, letter in (("content", "p"), ("style", "r")):
            page.focus(f"[aria-label='Built-in sound for the {place}']")
            page.keyboard.type(letter)
            page.wait_for_selector(f"[aria-label={place}] img.spectrogram")
        page.focus("#more summary")
        page.keyboard.press("Enter")
        page.focus("#field-iterations")
        page.keyboard.type("2")
        page.focus("#make")
        page.keyboard.press("Enter")
        page.wait_for_selector(DONE)
        page.wait_for_selector(".track:nth-child(3)[aria-checked=true]")
        page.focus("#room")
        page.keyboard.press("2")
        page.wait_for_selector(".track:nth-child(2)[aria-checked=true]")
        page.keyboard.press("ArrowRight")
        until(page, lambda: clock(page) == 1.0)
        page.keyboard.press("ArrowLeft")
        until(page, lambda: clock(page) == 0.0)
        page.evaluate("window.furthest = 0")
        page.keyboard.press("Space")
        plays_to(page, 0.1)
        page.keyboard.press("?")
        assert page.is_visible("#help")
        page.keyboard.press("Escape")
        page.focus("#tab-transfer")
        page.keyboard.press("ArrowRight")
        assert page.get_attribute("#tab-texture", "aria-selected") == "true"

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_is_accessible(self, opened, clips, keep, studio, scheme):
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        page = opened(color_scheme=scheme, viewport={"width": 360, "height": 740})
        keep(page, f"phone-empty-{scheme}")
        begin(page, clips)
        box = page.locator("#forming").bounding_box()
        assert 0 <= box["y"] <= 740 - box["height"]
        keep(page, f"phone-forming-{scheme}")
        page.click("#stop")
        page.wait_for_selector(DONE)
        page.wait_for_selector(".track:nth-child(3)[aria-checked=true]")
        keep(page, f"phone-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        before = list(page.complaints)
        checked = {"rules": {"target-size": {"enabled": True}}}  # 24 px, of WCAG 2.2
        found = axe.Axe().run(page, options=checked).response["violations"]
        page.complaints[:] = before  # the checker itself tries inline styles, which the page forbids
        assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] == []


class TestLoading:
    def test_the_first_picture_of_the_page_is_quick_and_light(self, opened):
        page = opened()
        sent = page.evaluate(
            "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)"
        )
        assert 50_000 < sent < 400_000
