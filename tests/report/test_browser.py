"""The page in a real browser: it plays, it is silent on the console, and it works by keyboard."""

import time

import pytest

from gramophone.report import write_report

SECONDS = (3.0, 1.5, 3.0)
NAME = "(one) => one.getAttribute('aria-label') || one.id || one.textContent.trim()"
CONTRAST = """
() => {
  const box = document.createElement("canvas");
  const brush = box.getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const parts = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "white";
  };
  const ratios = {};
  for (const name of ["body", "h3", ".quiet", "a", ".role", ".axis-x", "kbd", ".copy", ".better", "code"]) {
    const element = document.querySelector(name);
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    ratios[name] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  return ratios;
}
"""


@pytest.fixture
def opened(browser, tmp_path, entry, figures):
    """Opens a page about runs; fails at the end if anything was complained about."""
    contexts, complaints = [], []

    def show(runs=1, **options):
        path = tmp_path / "report.html"
        write_report(path, [entry(SECONDS[0], figures=figures)] * runs, overwrite=True)
        contexts.append(browser.new_context(**options))
        shown = contexts[-1].new_page()
        shown.on("console", lambda message: complaints.append(f"console: {message.text}"))
        shown.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        shown.on("requestfailed", lambda request: complaints.append(f"failed: {request.url[:80]}"))
        shown.goto(path.as_uri())
        until(shown, "[...document.querySelectorAll('audio')].every((one) => one.readyState > 0)")
        return shown

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def until(shown, expression):
    """Waits; the page's own policy forbids what Playwright waits with."""
    end_s = time.monotonic() + 20
    while not shown.evaluate(expression):
        assert time.monotonic() < end_s, expression
        shown.wait_for_timeout(20)


def moments(shown):
    return shown.evaluate("[...document.querySelectorAll('audio')].map((one) => one.currentTime)")


def playing(shown):
    return shown.evaluate("[...document.querySelectorAll('audio')].map((one) => !one.paused)")


class TestPlayback:
    def test_every_sound_has_its_length(self, opened):
        shown = opened()
        assert shown.evaluate("[...document.querySelectorAll('audio')].map((one) => one.duration)") == pytest.approx(
            SECONDS, abs=0.01
        )
        assert shown.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_a_click_on_a_spectrogram_seeks(self, opened):
        shown = opened()
        slider = shown.locator(".seek").nth(2)
        slider.click()
        assert moments(shown)[2] == pytest.approx(SECONDS[2] / 2, abs=0.05)
        assert float(slider.get_attribute("aria-valuenow")) == pytest.approx(SECONDS[2] / 2, abs=0.05)
        slider.press("Home")
        assert moments(shown)[2] == 0

    def test_sounds_are_equally_loud_until_told_otherwise(self, opened):
        shown = opened()
        volumes = "[...document.querySelectorAll('audio')].map((one) => one.volume)"
        assert max(shown.evaluate(volumes)) == 1
        shown.keyboard.press("l")
        assert shown.evaluate(volumes) == [1, 1, 1]


class TestKeyboard:
    def test_by_keyboard(self, opened):
        shown = opened()
        shown.keyboard.press("2")
        shown.keyboard.press("Space")
        until(shown, "document.querySelectorAll('audio')[1].currentTime > 0.05")
        assert playing(shown) == [False, True, False]
        shown.keyboard.press("1")
        until(shown, "document.querySelectorAll('audio')[0].currentTime > 0.1")
        assert playing(shown) == [True, False, False]
        shown.keyboard.press("Space")
        assert playing(shown) == [False, False, False]
        before = moments(shown)[0]
        shown.keyboard.press("ArrowRight")
        assert moments(shown)[0] == pytest.approx(before + 1, abs=0.02)
        shown.keyboard.press("3")
        assert moments(shown)[2] == pytest.approx(before + 1, abs=0.02)
        shown.keyboard.press("?")
        assert shown.evaluate("document.querySelector('dialog').open")
        shown.keyboard.press("Escape")
        assert not shown.evaluate("document.querySelector('dialog').open")

    def test_every_control_is_reached_and_named(self, opened):
        shown = opened()
        names = []
        for _ in range(13):
            shown.keyboard.press("Tab")
            names.append(shown.evaluate(f"({NAME})(document.activeElement)"))
            assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        for name in ("content my voice.wav", "style it's fire.wav", "result out.wav"):
            assert f"Play {name}" in names
            assert f"Position in {name}" in names
        assert {"Skip to the sounds", "level", "help", "Copy the command", "All settings"} <= {*names}


class TestRuns:
    def test_next_and_previous_run(self, opened):
        shown = opened(runs=2)
        shown.keyboard.press("n")
        shown.keyboard.press("2")
        assert shown.evaluate("document.querySelector('#run-2 .now').dataset.number") == "2"
        shown.keyboard.press("p")
        assert shown.evaluate("document.querySelector('#run-1 .now').dataset.number") == "1"

    @pytest.mark.parametrize("granted", [True, False])
    def test_the_command_is_copied(self, opened, granted):
        shown = opened(permissions=["clipboard-read", "clipboard-write"])
        if not granted:
            shown.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
        shown.get_by_role("button", name="Copy the command").click()
        until(shown, "document.querySelector('.copy').textContent !== 'Copy'")
        expected = "gramophone transfer 'my voice.wav' 'it'\"'\"'s fire.wav' -o out.wav"
        assert shown.evaluate("navigator.clipboard.readText()") == expected


class TestAppearance:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_can_be_read(self, opened, scheme):
        shown = opened(color_scheme=scheme)
        ratios = shown.evaluate(CONTRAST)
        assert ratios["body"] > 10
        assert min(ratios.values()) > 4.5, ratios
        is_dark = shown.evaluate("getComputedStyle(document.querySelector('.seek img')).filter").endswith(
            '#ink-dark")'
        )
        assert is_dark == (scheme == "dark")

    def test_on_a_phone(self, opened):
        shown = opened(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        assert shown.evaluate("document.documentElement.scrollWidth") == 390
        assert shown.locator(".seek").first.bounding_box()["width"] > 280

    def test_on_paper(self, opened):
        shown = opened(color_scheme="dark")
        shown.emulate_media(media="print")
        shown.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert not shown.locator(".toggle").first.is_visible()
        assert shown.get_by_text("hop_samples").first.is_visible()
        assert shown.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        shown.evaluate("dispatchEvent(new Event('afterprint'))")
        assert shown.evaluate("document.querySelectorAll('details[open]').length") == 0


class TestWithoutScripts:
    def test_without_scripts_the_browser_has_players(self, browser, tmp_path, entry):
        context = browser.new_context(java_script_enabled=False)
        shown = context.new_page()
        shown.goto(write_report(tmp_path / "a.html", [entry()]).as_uri())
        assert shown.locator("audio[controls]").first.is_visible()
        assert not shown.locator(".toggle").first.is_visible()
        context.close()
