"""Clients that send slowly, or nothing at all, with or without the token: nobody else has to wait for them."""

import contextlib
import socket
import threading
import time

import httpx2 as httpx
import pytest


def connect(running):
    host, port = running.address.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)))
    line.settimeout(20)
    return line


def rest_of(line):
    """What comes until the connection is closed."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(10_000):
            found += part
    return found


def answer_of(line):
    """Head and body of an answer with a length."""
    found = b""
    while b"\r\n\r\n" not in found or not found.endswith(b"}"):
        part = line.recv(10_000)
        assert part, found
        found += part
    return found


@contextlib.contextmanager
def half_open(running, count, head=b"GET / HTTP/1.1\r\nHost: x"):
    """Connections that send a part of a head, and then a byte of it now and then."""
    lines, stop = [connect(running) for _ in range(count)], threading.Event()

    def trickle():
        while not stop.wait(0.05):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.send(b"x")

    for line in lines:
        line.send(head)
    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield lines
    finally:
        stop.set()
        thread.join()
        for line in lines:
            line.close()


def times_of(running, count=20):
    """Seconds for requests on connections of their own."""
    found = []
    for _ in range(count):
        began_s = time.monotonic()
        with httpx.Client(headers={"Authorization": f"Bearer {running.token}"}, timeout=20) as client:
            assert client.get(f"{running.address}/api/status").status_code == 200
        found.append(time.monotonic() - began_s)
    return found


@pytest.mark.survives("slow clients")
class TestHalfOpenConnections:
    def test_do_not_keep_out_who_has_the_token(self, small):
        running = small(connections=40)
        with half_open(running, 120):
            assert sorted(times_of(running))[-2] < 2

    def test_end_by_a_deadline(self, small):
        running = small(head_s=0.4)
        for head in (b"", b"GET / HTTP/1.1\r\nHost: x"):
            with half_open(running, 5, head) as lines:
                began_s = time.monotonic()
                assert [rest_of(line) for line in lines] == [b""] * 5
                assert time.monotonic() - began_s < 10
        assert running.client.get("/api/status").status_code == 200

    def test_requests_that_are_under_way_stay(self, small):
        running = small(connections=5, head_s=0.4, silence_s=10)
        head = f"POST /api/jobs HTTP/1.1\r\nHost: {running.address[7:]}\r\nAuthorization: Bearer {running.token}\r\n"
        with contextlib.closing(connect(running)) as line:
            line.sendall(f"{head}Content-Length: 2\r\n\r\n{{".encode())
            time.sleep(0.8)
            with half_open(running, 20):
                time.sleep(0.3)
                line.sendall(b"}")
                assert b" 422 " in answer_of(line)

    def test_a_second_request_on_a_connection_has_a_deadline_too(self, small):
        running = small(head_s=0.4)
        head = f"GET /api/status HTTP/1.1\r\nHost: {running.address[7:]}\r\nAuthorization: Bearer {running.token}\r\n"
        with contextlib.closing(connect(running)) as line:
            line.sendall(f"{head}\r\n".encode())
            assert b" 200 " in answer_of(line)
            line.sendall(b"GET /api")
            began_s = time.monotonic()
            assert rest_of(line) == b""
            assert time.monotonic() - began_s < 5

    def test_who_has_no_token_holds_nothing_with_a_body(self, small):
        running = small(head_s=0.4)
        with contextlib.closing(connect(running)) as line:
            line.sendall(
                f"POST /api/sounds HTTP/1.1\r\nHost: {running.address[7:]}\r\nContent-Length: 99\r\n\r\n".encode()
            )
            assert b" 403 " in answer_of(line)
            line.sendall(b"x")
            assert rest_of(line) == b""


@pytest.mark.survives("slow clients")
class TestSlowBodies:
    @pytest.mark.parametrize("path", ["/api/sounds", "/api/jobs"])
    def test_are_given_up(self, small, clips, path):
        running = small(uploads=2, silence_s=0.5, least_bytes_per_s=2000)
        head = f"POST {path} HTTP/1.1\r\nHost: {running.address[7:]}\r\nAuthorization: Bearer {running.token}\r\n"
        with half_open(running, 2, f"{head}Content-Length: 9000\r\n\r\n".encode()) as lines:
            for line in lines:
                answer = answer_of(line)
                assert b" 408 " in answer
                assert b"less than 2000 bytes a second" in answer
            running.upload(clips["rain"])  # there is room again

    def test_a_slow_line_is_not_too_slow(self, small, clips):
        running = small(silence_s=0.5, least_bytes_per_s=2000)
        content = clips["rain"].read_bytes()

        def parts():
            for start in range(0, len(content), 8000):
                yield content[start : start + 8000]
                time.sleep(0.1)

        answer = running.client.post("/api/sounds", content=parts())
        assert answer.status_code == 201
