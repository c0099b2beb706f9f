"""The studio's database: earlier versions are brought up to date, others are set aside and never lost."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

pytest.importorskip("fastapi")

from gramophone.web.config import Config
from gramophone.web.jobs import Jobs
from gramophone.web.sounds import Sounds
from gramophone.web.store import VERSION, Store
from gramophone.web.studio import open_studio

VERSION_1 = """
CREATE TABLE sounds (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, made TEXT, kind TEXT NOT NULL, rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL, duration_s REAL NOT NULL, level_db REAL NOT NULL, loudness_lufs REAL NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, used_s REAL NOT NULL
);
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', worker TEXT, wish TEXT NOT NULL DEFAULT '', listens INTEGER NOT NULL DEFAULT 0,
    starts INTEGER NOT NULL DEFAULT 0, result TEXT, bytes INTEGER NOT NULL DEFAULT 0, created_s REAL NOT NULL,
    used_s REAL NOT NULL
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE pictures (job TEXT PRIMARY KEY, png BLOB NOT NULL);
CREATE INDEX events_of_a_job ON events (job, id);
CREATE INDEX jobs_by_state ON jobs (state, number);
PRAGMA user_version = 1;
"""
VERSION_0 = VERSION_1.replace("kind TEXT NOT NULL, ", "", 1).replace("PRAGMA user_version = 1;", "")
NOW_S = 4e9
RESULT = {
    "rate_hz": 8000,
    "channels": 1,
    "duration_s": 1.0,
    "level_db": -20.0,
    "loudness_lufs": -20.0,
    "gain_db": 0.0,
    "stopped": "finished",
    "steps": 3,
    "seconds": 0.5,
    "command": ["gramophone"],
}


def old_studio(config, schema):
    """A studio with a sound, a finished job and one that ran when the studio ended."""
    for folder in (config.sound("s"), config.job("done"), config.job("running")):
        folder.mkdir(parents=True)
    (config.sound("s") / "sound.wav").write_bytes(b"samples")
    with closing(sqlite3.connect(config.database)) as database:
        database.executescript(schema)
        columns = [row[1] for row in database.execute("PRAGMA table_info(sounds)")]
        values = {"id": "s", "name": "rain", "made": None, "kind": "recording", "rate_hz": 8000, "channels": 1}
        values |= {"duration_s": 1.0, "level_db": -20.0, "loudness_lufs": -20.0, "sha256": "0", "bytes": 7}
        row = [(values | {"used_s": NOW_S})[column] for column in columns]
        database.execute(f"INSERT INTO sounds VALUES ({', '.join('?' * len(row))})", row)
        request = json.dumps({"task": "texture", "styles": ["s"]})
        for name, state, result in (("done", "done", json.dumps(RESULT)), ("running", "running", None)):
            database.execute(
                "INSERT INTO jobs (id, request, state, worker, wish, listens, starts, result, created_s, used_s) "
                "VALUES (?, ?, ?, 'w', 'stop', 2, 1, ?, ?, ?)",
                (name, request, state, result, NOW_S, NOW_S),
            )
            database.execute("INSERT INTO events (job, kind, data) VALUES (?, 'state', '{}')", (name,))
        database.commit()


@pytest.fixture
def config(tmp_path):
    return Config(tmp_path, "", frozenset(), devices=())


def opened(config):
    """What a studio of this version finds: ids of sounds, and states of jobs."""

    async def look():
        async with open_studio(config) as studio:
            return [one.id for one in studio.sounds.all()], {one.id: one.state for one in studio.jobs.all()}

    return asyncio.run(look())


class TestMigration:
    def test_version_1_is_brought_up_to_date(self, config):
        old_studio(config, VERSION_1)
        store = Store(config.database)
        jobs = Jobs(store)
        running = jobs.get("running")
        assert (running.control, running.preview_requests) == ("stop", 2)
        assert jobs.get("done").result.model_dump() == RESULT
        assert (jobs.get("done").title, jobs.get("done").kept) == ("", False)
        assert Sounds(store).get("s").name == "rain"
        assert [event.kind for event in jobs.events("done")] == ["state"]
        assert jobs.request_preview("running").preview_requests == 3
        assert store.row("PRAGMA user_version")[0] == VERSION
        store.close()
        assert opened(config) == (["s"], {"done": "done", "running": "queued"})
        assert (config.sound("s") / "sound.wav").read_bytes() == b"samples"

    def test_two_processes_may_open_version_1_at_once(self, config):
        old_studio(config, VERSION_1)
        first, second = Store(config.database), Store(config.database)
        assert Jobs(first).get("done") == Jobs(second).get("done")
        first.close()
        second.close()


class TestSetAside:
    @pytest.mark.parametrize(
        ("schema", "version"), [(VERSION_0, "0"), (VERSION_1.replace("user_version = 1", "user_version = 99"), "99")]
    )
    def test_another_version_is_set_aside_with_its_files(self, config, schema, version, caplog):
        old_studio(config, schema)
        assert opened(config) == ([], {})
        (kept,) = config.folder.glob(f"version-{version}-*")
        assert (kept / "sounds" / "s" / "sound.wav").read_bytes() == b"samples"
        with closing(sqlite3.connect(kept / config.database.name)) as database:
            assert database.execute("SELECT count(*) FROM jobs").fetchone() == (2,)
        (record,) = caplog.records
        assert f"(its version: {version}); it was moved with its sounds and results to {kept}" in record.getMessage()
        assert opened(config) == ([], {})
        assert len(list(config.folder.glob("version-*"))) == 1

    def test_what_is_no_database_is_set_aside(self, config, caplog):
        config.database.write_bytes(b"no database" * 1000)
        assert opened(config) == ([], {})
        (kept,) = config.folder.glob("version-damaged-*")
        assert (kept / config.database.name).read_bytes() == b"no database" * 1000
        assert "damaged" in caplog.text
