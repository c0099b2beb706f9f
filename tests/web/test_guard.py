"""Who is kept out: every route, without its token, from another site, by another name; and no path leads out."""

import itertools
import socket
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from gramophone.web.app import create_app
from gramophone.web.auth import HEADERS
from gramophone.web.config import Config
from gramophone.web.jobs import Jobs
from gramophone.web.serve import listen, server_of
from gramophone.web.store import Store


def routes(app):
    """Method and path of everything that answers, whether the document names it or not, but WebSockets."""
    found = [(method, one.path) for one in iter_route_contexts(app.routes) for method in one.methods or ()]
    return sorted(found)


TOKEN = "k" * 43
HOST = "127.0.0.1:8765"
PATHS = routes(create_app(Config(Path(), TOKEN, frozenset(), devices=())))
TRAVERSALS = [
    *("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2fstudio.sqlite", "..%5c..%5cwindows", "%2fetc%2fpasswd"),
    *("....//....//etc/passwd", "%2e", "%00", "a%00b", "token", "..%252ftoken", "C:%5cwindows", "~root", "*"),
    *("..%c0%af..%c0%afetc", "file:%2f%2f%2fetc%2fpasswd", "sound.wav%00.png", "%2e%2e", "CON", "%20", "a" * 3000),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A studio without workers."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "token").write_text("secret of the folder")
    app = create_app(Config(folder, TOKEN, frozenset({HOST}), devices=()))
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as found:
        yield found


def filled(path):
    for name in ("id", "which", "what", "control", "name"):
        path = path.replace(f"{{{name}}}", "x")
    return path


NESTED = b"[" * 15_000


NO_LIMIT = [
    ("rhythm", "1e308", "rhythm must be at most 1000, not 1e+308"),
    ("diversity", "1" + "0" * 400, "diversity must be a number of at least 0, not 1000"),
    ("time_energy", "NaN", "time_energy must be a finite number"),
    ("frequency_energy", "-Infinity", "frequency_energy must be a finite number"),
    ("iterations", "1e18", "iterations must be at most 1000000000"),
    ("seed", "9" * 5000, "not JSON"),
    ("span_ms", "[20, 10001]", "each value of span_ms must be at most 10000, not 10001"),
    ("crossover_hz", "[200001]", "each value of crossover_hz must be at most 200000, not 200001"),
    ("duration_s", "1e308", "duration must be at most 1000000000, not 1e+308"),
    ("morph", f'"{"0:1 " * 501}"', "morph must have at most 2000 characters, not 2004"),
    ("weights", f"[{'1,' * 9000}1]", "... do not fit 1 style(s)"),
    ("preset", f'"{"x" * 15_000}"', "preset must have at most 100 characters, not 15000"),
    ("begun", f'"{"x" * 15_000}"', "begun must have at most 100 characters, not 15000"),
    ("x" * 15_000, "1", "there is no 'xxx"),
    ("\\ud800", "1", "not JSON in UTF-8"),
]


@pytest.mark.survives("other sites")
class TestAuthentication:
    @pytest.mark.parametrize(("method", "path"), PATHS)
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": "Bearer "},
            {"Cookie": f"gramophone-1={TOKEN}"},
            {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example:8765"},
            {"Authorization": f"Bearer {TOKEN}", "Host": "127.0.0.1"},
            {"Authorization": f"Bearer {TOKEN}", "Host": ""},
            {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"},
            {"Authorization": f"Bearer {TOKEN}", "Origin": "null"},
            {"Authorization": f"Bearer {TOKEN}", "Origin": "http://127.0.0.1:8766"},
            {"X-Forwarded-User": "somebody"},
        ],
    )
    def test_refused(self, client, method, path, headers):
        answer = client.request(method, filled(path), headers=headers)
        assert answer.status_code == 403

    @pytest.mark.parametrize(("method", "path"), [one for one in PATHS if one[1] != "/"])
    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_other_sites_may_open_only_the_first_page(self, client, method, path, site):
        headers = {"Authorization": f"Bearer {TOKEN}", "Sec-Fetch-Site": site}
        assert client.request(method, filled(path), headers=headers).status_code == 403

    def test_a_token_in_the_address_counts_for_the_first_page_alone(self, client):
        answer = client.get("/", params={"token": TOKEN})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        client.cookies.clear()
        assert client.get("/api/status", params={"token": TOKEN}).status_code == 403
        assert client.get("/", params={"token": TOKEN[:-1]}).status_code == 403

    def test_a_proxy_can_let_in(self, tmp_path):
        config = Config(tmp_path, TOKEN, frozenset({"studio.example"}), proxy_header="X-Forwarded-User", devices=())
        with TestClient(create_app(config), base_url="http://studio.example") as client:
            assert client.get("/api/status").status_code == 403
            assert client.get("/api/status", headers={"X-Forwarded-User": ""}).status_code == 403
            assert client.get("/api/status", headers={"X-Forwarded-User": "ada"}).status_code == 200


@pytest.mark.survives("other sites")
class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path"), [*PATHS, ("GET", "/nothing"), ("PUT", "/api/jobs"), ("OPTIONS", "/api/jobs")]
    )
    @pytest.mark.parametrize("token", [TOKEN, "none"])
    def test_headers_of_every_answer(self, client, method, path, token):
        answer = client.request(method, filled(path), headers={"Authorization": f"Bearer {token}"})
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert not any(name.startswith("access-control") for name in answer.headers)
        assert answer.status_code < 500


class TestRoutes:
    def test_without_the_page_there_is_only_the_api(self, tmp_path):
        config = Config(tmp_path, TOKEN, frozenset({HOST}), page=False, devices=())
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with TestClient(create_app(config), base_url=f"http://{HOST}", headers=headers) as client:
            assert client.get("/").status_code == 404
            assert client.get("/static/main.js").status_code == 404
            assert client.get("/api/form").status_code == 200

    def test_the_document_is_the_only_one(self, client):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/api/openapi.json", headers=headers).status_code == 200
        for path in ("/docs", "/redoc", "/openapi.json", "/api/docs"):
            assert client.get(path, headers=headers).status_code == 404

    def test_head_is_answered_as_get(self, client):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert client.head("/api/status", headers=headers).status_code == 200
        assert client.head("/api/status").status_code == 403


def test_the_link_is_told_when_it_leads_somewhere(tmp_path):
    def is_listening():
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

    def announced():
        found.append(is_listening())
        server.should_exit = True

    with listen("127.0.0.1", 0) as listener:
        found = [is_listening()]
        server = server_of(Config(tmp_path, "t" * 40, frozenset(), devices=()), announced)
        server.run(sockets=[listener])
    assert found == [False, True]


@pytest.mark.survives("paths")
class TestPaths:
    @pytest.mark.parametrize(("method", "path"), [one for one in PATHS if "{" in one[1]])
    def test_no_path_leads_out(self, client, method, path):
        """Every parameter of every route, one by one."""
        names = [part for part in path.split("/") if part.startswith("{")]
        for name, wrong in itertools.product(names, TRAVERSALS):
            address = filled(path.replace(name, wrong))
            answer = client.request(method, address, headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code in (404, 405), address
            assert b"root:" not in answer.content
            assert b"secret" not in answer.content

    def test_a_link_in_a_folder_is_not_followed(self, client, tmp_path):
        config = client.app.state.config
        store = Store(config.database)
        jobs = Jobs(store)
        job = jobs.add({"task": "texture", "styles": ["x"]}, most_waiting=1)
        jobs.claim("w")
        jobs.end(job.id, "w", "done")
        store.close()
        folder = config.job(job.id)
        folder.mkdir()
        secret = tmp_path / "secret"
        secret.write_text("secret")
        (folder / "result.wav").symlink_to(secret)
        answer = client.get(f"/api/jobs/{job.id}/wav", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 404


class TestRequestBodies:
    def test_a_body_of_any_content_type_is_read(self, client):
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/plain"}
        answer = client.post("/api/jobs", content=b'{"task": "texture", "styles": ["nothing"]}', headers=headers)
        assert (answer.status_code, "no such sound" in answer.json()["error"]) == (404, True)

    @pytest.mark.parametrize("path", ["/api/jobs", "/api/streams"])
    @pytest.mark.parametrize(
        "kind", ["application/json", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded"]
    )
    @pytest.mark.parametrize(
        ("body", "status", "said"),
        [
            (b"", 422, "body"),
            (b"null", 422, "JSON object"),
            (b"[]", 422, "JSON object"),
            (b"{", 422, "not JSON"),
            (b"\xff\xfe", 422, "not JSON"),
            (NESTED, 422, "not JSON"),
            (b" " * 20_001, 413, "20000 bytes"),
            (b'{"task": "texture", "styles": ["nothing"], "duration_s": NaN}', 422, "must be a finite number"),
            (b'{"task": "transfer", "styles": ["nothing"]}', 422, "needs 'content'"),
        ],
        ids=["nothing", "null", "list", "cut", "bytes", "nested", "large", "nan", "incomplete"],
    )
    def test_a_body_that_is_refused(self, client, path, kind, body, status, said):
        """Whatever its header says: pages and curl name other types."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        answer = client.post(path, content=body, headers=headers)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])
        assert said in answer.json()["error"]

    @pytest.mark.parametrize(("name", "value", "said"), NO_LIMIT, ids=[name[:20] for name, _, _ in NO_LIMIT])
    def test_every_value_has_a_limit(self, client, name, value, said):
        body = f'{{"task": "texture", "styles": ["a"], "{name}": {value}}}'.encode()
        answer = client.post("/api/jobs", content=body, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 422
        assert said in answer.json()["error"]
        assert len(answer.json()["error"]) < 400

    @pytest.mark.parametrize("depth", [50, 300, 600, 900, 950, 2000])
    @pytest.mark.parametrize("name", ["task", "styles", "seed", "weights", "span_ms", "morph", "loop"])
    def test_a_value_in_many_brackets_is_refused(self, client, name, depth):
        for nested in ("[" * depth + "1" + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            body = f'{{"task": "texture", "styles": ["a"], "{name}": {nested}}}'.encode()
            answer = client.post("/api/jobs", content=body, headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code == 422
            assert len(answer.json()["error"]) < 400
