"""The OpenAPI document: every route says what it answers, and what is answered is that."""

import json
from pathlib import Path

import pytest

from gramophone.web.app import create_app
from gramophone.web.config import Config
from gramophone.web.events import EVENTS

jsonschema = pytest.importorskip("jsonschema")
DOCUMENT = create_app(Config(Path(), "", frozenset(), devices=())).openapi()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
# A value for each parameter; ids are filled in.
WHICH, CONTROL = "melody", "stop"
WHATS = {
    "/api/sounds/{id}/{what}": ("audio", "picture", "peaks"),
    "/api/jobs/{id}/{what}": ("wav", "flac", "picture", "peaks", "record", "report", "forming"),
}


def check(value, schema):
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


@pytest.fixture(scope="module")
def answers(studio, clips):
    """A real answer, or more, of every route: by method and path."""
    client, found = studio.client, {}

    def ask(method, path, body=None, **values):
        found.setdefault((method, path), []).append(
            answer := client.request(method, path.format(**values), **(body or {}))
        )
        return answer

    for path in ("/api/status", "/api/form", "/api/sounds"):
        ask("GET", path)
    ask("POST", "/api/sounds/built-in/{which}", which=WHICH)
    sound = ask(
        "POST", "/api/sounds", {"content": clips["rain"].read_bytes(), "params": {"name": "rain.wav"}}
    ).json()["id"]
    ask("GET", "/api/sounds/{id}", id=sound)
    order = {"task": "texture", "styles": [sound], "iterations": 2, "weights": None, "scale": None, "preset": None}
    job = ask("POST", "/api/jobs", {"json": order}).json()["id"]
    studio.until(job, "done")
    ask("GET", "/api/jobs/{id}/events", id=job)
    ask("GET", "/api/jobs/{id}", id=job)
    for path, whats in WHATS.items():
        for what in whats:
            ask("GET", path, id=sound if "sounds" in path else job, what=what)
    endless = ask("POST", "/api/jobs", {"json": {**order, "iterations": 2000}}).json()["id"]
    ask("GET", "/api/jobs")
    ask("POST", "/api/jobs/{id}/{control}", id=endless, control=CONTROL)
    studio.until(endless, "done", "cancelled")
    ask("PATCH", "/api/jobs/{id}", {"json": {"title": "a/b.wav", "kept": True}}, id=job)
    ask("GET", "/api/results")
    ask("DELETE", "/api/jobs/{id}", id=job)
    stream = ask("POST", "/api/streams", {"json": {"task": "stream", "styles": [sound], "iterations": 1}}).json()[
        "id"
    ]
    ask("GET", "/api/streams/{id}/block", id=stream)
    ask("POST", "/api/streams/{id}/weights", {"json": {"weights": [1], "at": 0}}, id=stream)
    ask("DELETE", "/api/streams/{id}", id=stream)
    ask("GET", "/api/models")
    stream = ask("POST", "/api/models/{name}/streams", {"json": {"values": {"level": 2}}}, name="small").json()["id"]
    ask("POST", "/api/streams/{id}/conditions", {"json": {"values": {"sort": "wild"}, "at": 0}}, id=stream)
    ask("DELETE", "/api/streams/{id}", id=stream)
    ask("DELETE", "/api/sounds/{id}", id=sound)
    return found


class TestDocument:
    @pytest.mark.parametrize("operation", OPERATIONS.values(), ids=map(" ".join, OPERATIONS))
    def test_every_route_says_what_it_answers(self, operation):
        assert operation["description"].endswith(".")
        assert {"403"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            assert response["description"]
            assert ("content" in response) == (status != "204")
            for content in response.get("content", {}).values():
                jsonschema.Draft202012Validator.check_schema(content["schema"])
                assert content["schema"]
        if "requestBody" in operation:
            assert all(content["schema"] for content in operation["requestBody"]["content"].values())

    def test_every_reference_leads_somewhere(self):
        text = json.dumps(DOCUMENT)
        named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
        assert named <= set(DOCUMENT["components"]["schemas"])

    def test_operations_have_names_of_their_own(self):
        names = [operation["operationId"] for operation in OPERATIONS.values()]
        assert len(names) == len(set(names))
        json.dumps(DOCUMENT, allow_nan=False)


class TestAnswers:
    def test_every_route_answers_what_it_says(self, answers):
        assert set(answers) == set(OPERATIONS)
        for (method, path), given in answers.items():
            responses = OPERATIONS[method, path]["responses"]
            for answer in given:
                assert str(answer.status_code) in responses, (method, path, answer.text)
                content = responses[str(answer.status_code)].get("content", {})
                kind = answer.headers.get("content-type", "").split(";")[0]
                assert (not content and not answer.content) or kind in content, (method, path, kind)
                if kind == "application/json":
                    check(answer.json(), content[kind]["schema"])

    def test_events_are_what_the_document_says(self, answers):
        (told,) = answers["GET", "/api/jobs/{id}/events"]
        seen = set()
        for part in told.text.split("\n\n"):
            said = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
            if "event" in said:
                seen.add(said["event"])
                check(json.loads(said["data"]), {"$ref": f"#/components/schemas/{EVENTS[said['event']].__name__}"})
        assert seen == set(EVENTS) - {"heard", "note"}

    def test_refusals_are_what_the_document_says(self, studio):
        for method, path, body in (("GET", "/api/sounds/none", None), ("POST", "/api/jobs", {"task": "dance"})):
            answer = studio.client.request(method, path, json=body)
            assert answer.status_code >= 400
            check(answer.json(), {"$ref": "#/components/schemas/Error"})

    def test_the_schemas_tell_wrong_answers(self):
        """They are no formality."""
        for name, value in (
            ("Job", {}),
            ("StoredSound", {"id": 1}),
            ("Status", {"version": "1"}),
            ("PlainEvent", {"x": 1}),
            ("StateEvent", {"state": "?", "reason": ""}),
        ):
            with pytest.raises(jsonschema.ValidationError):
                check(value, {"$ref": f"#/components/schemas/{name}"})
