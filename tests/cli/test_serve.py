"""`gramophone serve` before it serves: what is missing or taken is said in one line."""

import socket
import sys

import pytest

from gramophone.web.serve import known_hosts


class TestKnownHosts:
    def test_hosts_that_are_answered(self):
        assert known_hosts("127.0.0.1", 8765, ()) == {"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}
        assert known_hosts("192.168.1.2", 80, ("Studio.example",)) == {
            *("192.168.1.2:80", "192.168.1.2", "studio.example:80", "studio.example")
        }


class TestRefusals:
    @pytest.mark.survives("missing extras")
    def test_without_its_packages(self, gramophone, tmp_path, monkeypatch):
        for name in [name for name in sys.modules if name.startswith("gramophone.web")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "uvicorn", None)
        outcome = gramophone("serve", "--folder", tmp_path, "--no-browser")
        assert outcome.code == 2
        assert outcome.err == "gramophone: the studio needs fastapi and uvicorn: pip install 'gramophone[web]'\n"

    def test_a_port_that_is_taken(self, gramophone, tmp_path):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            outcome = gramophone("serve", "--folder", tmp_path, "--no-browser", "--port", port)
        assert outcome.code == 2
        assert f"port {port} cannot be used" in outcome.err

    @pytest.mark.parametrize("port", ["70000", "x", "-1"])
    def test_a_port_that_cannot_be(self, gramophone, tmp_path, port):
        assert gramophone("serve", "--folder", tmp_path, "--no-browser", "--port", port).code == 2

    def test_a_folder_that_is_a_file(self, gramophone, tmp_path):
        (tmp_path / "file").write_text("x")
        outcome = gramophone("serve", "--folder", tmp_path / "file", "--no-browser", "--port", "0")
        assert outcome.code == 2
        assert "choose another --folder" in outcome.err
