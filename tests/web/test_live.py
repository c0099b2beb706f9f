"""Playing live over a WebSocket: who may, what comes back, what is refused; and the page's tab in a browser."""

import base64
import json
import os
import socket
import struct

import numpy as np
import pytest

pytest.importorskip("wsproto")

PATIENCE_MS = 90_000
TEXT, BINARY, CLOSE = 1, 2, 8


class Page:
    """A client of a WebSocket with nothing between it and the bytes."""

    def __init__(self, address, **headers):
        host, port = address.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": f"{host}:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        head = "GET /api/live HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"{head}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send(self, data):
        kind, data = (TEXT, json.dumps(data).encode()) if isinstance(data, dict) else (BINARY, data)
        length = struct.pack(">BH", 128 | 126, len(data)) if len(data) > 125 else struct.pack(">B", 128 | len(data))
        self.socket.sendall(struct.pack(">B", 128 | kind) + length + b"\0\0\0\0" + data)

    def receive(self):
        """The next message: a dict, samples, or the code of a close."""
        kind, length = struct.unpack(">BB", self.file.read(2))
        if length > 125:
            length = struct.unpack(">H", self.file.read(2))[0]
        data = self.file.read(length)
        if kind & 15 == CLOSE:
            return struct.unpack(">H", data[:2])[0]
        return json.loads(data) if kind & 15 == TEXT else np.frombuffer(data, "<f4")

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture
def connect(studio):
    """Connects pages that are closed with the test; with the token unless other headers are given."""
    pages = []

    def begin(**headers):
        given = headers or {"Authorization": f"Bearer {studio.token}"}
        pages.append(Page(studio.address, **given))
        return pages[-1]

    yield begin
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def rain_id(studio, clips):
    return studio.upload(clips["rain"])


class TestWebSocket:
    def test_blocks_go_in_and_come_back(self, connect, rain_id):
        page = connect()
        assert page.status == 101
        page.send({"styles": [rain_id], "rate_hz": 22050, "mode": "fast"})
        late = page.receive()["latency_samples"]
        assert 0 < late < 0.06 * 22050
        rng, made, told = np.random.default_rng(0), [], []
        page.send({"strength": 0.3, "freeze": False, "weights": [1]})
        for _ in range(120):
            page.send((0.1 * rng.standard_normal(512)).astype("<f4").tobytes())
            while isinstance(said := page.receive(), dict):
                told.append(said)
            made.append(said)
        assert all(len(block) == 512 for block in made)
        assert 0.01 < np.abs(np.concatenate(made[60:])).max() <= 1
        assert all(set(one) == {"meters"} and one["meters"]["in_db"] < 0 for one in told)

    @pytest.mark.parametrize(
        ("start", "said"),
        [
            ({"styles": [], "rate_hz": 44100}, "styles is invalid"),
            ({"styles": ["none"], "rate_hz": 44100}, "there is no such sound"),
            ({"styles": ["RAIN"], "rate_hz": 4000}, "live rates must be between 16000 and 96000 Hz"),
            ({"styles": ["RAIN"], "rate_hz": 44100, "strength": 2}, "strength is invalid"),
            ({"styles": ["RAIN"], "rate_hz": 44100, "weights": [1, 2]}, "weight"),
            ({"styles": ["RAIN"], "rate_hz": 44100, "more": 1}, "more is invalid"),
        ],
    )
    def test_what_cannot_be_is_said_and_closed(self, connect, rain_id, start, said):
        page = connect()
        page.send({**start, "styles": [rain_id if name == "RAIN" else name for name in start["styles"]]})
        assert said in page.receive()["error"]
        assert page.receive() in (1008, 1011)

    def test_a_block_that_is_none_ends_it(self, connect, rain_id, studio):
        page = connect()
        page.send({"styles": [rain_id], "rate_hz": 22050})
        page.receive()
        page.send(b"\0\0\0")
        assert "32-bit floats, not 3 bytes" in page.receive()["error"]

    def test_nobody_without_the_token_or_from_elsewhere(self, connect, studio):
        port = studio.address.rpartition(":")[2]
        cookie = f"gramophone-{port}={studio.token}"
        assert connect(Cookie=cookie, Origin=studio.address).status == 101
        assert connect(Cookie=cookie, Origin="http://elsewhere.example").status == 403
        assert connect(Cookie=cookie).status == 403
        assert connect(Origin=studio.address).status == 403
        assert connect(Authorization="Bearer wrong", Origin=studio.address).status == 403
        assert connect(Host="elsewhere.example", Authorization=f"Bearer {studio.token}").status == 403


class TestTab:
    def test_the_microphone_is_played_recorded_and_ended(self, browser, studio, clips):
        context = browser.new_context(permissions=["microphone"])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(studio.link)
        page.wait_for_selector("body[data-ready=true]")
        page.click("#tab-live")
        page.set_input_files("#slot-style", clips["rain"])
        page.wait_for_selector("#make:not([disabled])")
        page.select_option("#play-mode", "fast")
        page.click("#make")
        page.wait_for_selector("#play-view[data-state=playing]")
        page.wait_for_selector("#play-view[data-out-db^='-']")
        page.wait_for_selector("#play-view[data-round-trip-ms]:not([data-round-trip-ms=''])")
        assert 50 < int(page.get_attribute("#play-view", "data-round-trip-ms")) < 2000
        page.click("#play-record")
        page.fill("#play-strength", "0.2")
        page.click("#play-freeze")
        assert page.get_attribute("#play-freeze", "aria-pressed") == "true"
        page.wait_for_timeout(700)
        page.click("#play-record")
        page.wait_for_selector("#play-heard audio")
        assert page.locator("#play-heard a").get_attribute("download") == "played.wav"
        before = list(complaints)
        axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
        found = axe.run(page).response["violations"]
        complaints[:] = before  # the checker itself tries inline styles, which the page forbids
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        page.click("#make")
        page.wait_for_selector("#play-view[data-state='not playing']")
        page.click("#tab-transfer")
        assert page.locator("#play-view").is_hidden()
        context.close()
        assert complaints == []
