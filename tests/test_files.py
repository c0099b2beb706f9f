import errno
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError, UsageError
from gramophone.files import atomic_write, check_output, remove_abandoned, sha256_of


def put(path, content, *, overwrite=False, error=None):
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(content)
        if error is not None:
            raise error


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refusal(path, *, overwrite=False, inputs=()):
    with pytest.raises(UsageError) as caught:
        check_output(path, overwrite=overwrite, inputs=inputs)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)
    return str(caught.value)


def refuse_links(self, target):
    raise OSError(errno.EPERM, "Operation not permitted")


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from gramophone.files import atomic_write

path = Path(sys.argv[1])
versions = [bytes([letter]) * 300_000 for letter in b"ab"]
path.write_bytes(versions[0])
moments = random.Random(0)
for _ in range(20):
    child = os.fork()
    if child == 0:
        while True:
            for version in versions:
                with atomic_write(path, overwrite=True) as temporary, temporary.open("wb") as file:
                    for start in range(0, len(version), 30_000):
                        file.write(version[start : start + 30_000])
    time.sleep(moments.uniform(0.001, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert path.read_bytes() in versions, "torn"
"""


READ_ONLY = """
import json, os, sys
from pathlib import Path
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setuid(65534)
said = []
for name in ("closed/a.wav", "open/a.wav"):
    try:
        check_output(Path(name), overwrite=True)
    except UsageError as error:
        said.append(str(error))
try:
    with atomic_write(Path("open/b.wav"), overwrite=False) as temporary:
        os.chmod("open", 0o555)
        temporary.touch()
except UsageError as error:
    said.append(str(error))
json.dump(said, sys.stdout)
"""


class TestAtomicWrite:
    def test_new_file(self, tmp_path):
        put(tmp_path / "a.wav", b"new")
        assert names(tmp_path) == ["a.wav"]
        assert (tmp_path / "a.wav").read_bytes() == b"new"

    def test_temporary_name(self, tmp_path):
        with atomic_write(tmp_path / "rain.wav", overwrite=False) as temporary:
            assert temporary.parent == tmp_path
            assert re.fullmatch(r"\.rain\.[0-9a-f]{12}\.part\.wav", temporary.name)
            assert not temporary.exists()
            temporary.touch()

    def test_two_writers_do_not_meet(self, tmp_path):
        path = tmp_path / "a.wav"
        with atomic_write(path, overwrite=True) as one, atomic_write(path, overwrite=True) as two:
            one.write_bytes(b"one")
            two.write_bytes(b"two")
        assert path.read_bytes() == b"one"
        assert names(tmp_path) == ["a.wav"]

    @pytest.mark.parametrize("name", ["with space.wav", "🎻" * 60 + ".wav", "-rf.wav", "x" * 251 + ".wav", "none"])
    def test_odd_names(self, tmp_path, name):
        put(tmp_path / name, b"1")
        put(tmp_path / name, b"2", overwrite=True)
        assert names(tmp_path) == [name]

    def test_folder_without_links(self, tmp_path, monkeypatch):
        monkeypatch.setattr(Path, "hardlink_to", refuse_links)
        put(tmp_path / "a.wav", b"new")
        assert (tmp_path / "a.wav").read_bytes() == b"new"
        assert names(tmp_path) == ["a.wav"]


class TestExistingFiles:
    def test_existing_file_is_refused_and_kept(self, tmp_path):
        path = tmp_path / "a.wav"
        path.write_bytes(b"old")
        with pytest.raises(UsageError, match="exists already; choose another name or add --overwrite"):
            put(path, b"new")
        assert path.read_bytes() == b"old"
        put(path, b"new", overwrite=True)
        assert path.read_bytes() == b"new"

    @pytest.mark.parametrize("links", [True, False])
    def test_file_that_appears_meanwhile_is_kept(self, tmp_path, links, monkeypatch):
        path = tmp_path / "a.wav"
        if not links:
            monkeypatch.setattr(Path, "hardlink_to", refuse_links)

        def race():
            with atomic_write(path, overwrite=False) as temporary:
                temporary.write_bytes(b"mine")
                path.write_bytes(b"theirs")

        with pytest.raises(UsageError, match="exists already"):
            race()
        assert path.read_bytes() == b"theirs"
        assert names(tmp_path) == ["a.wav"]

    def test_a_link_is_replaced_and_its_target_kept(self, tmp_path):
        (tmp_path / "target.wav").write_bytes(b"old")
        (tmp_path / "link.wav").symlink_to("target.wav")
        put(tmp_path / "link.wav", b"new", overwrite=True)
        assert not (tmp_path / "link.wav").is_symlink()
        assert (tmp_path / "target.wav").read_bytes() == b"old"


@pytest.mark.survives("kills")
class TestAtomicity:
    @settings(derandomize=True, deadline=None)
    @given(
        old=st.none() | st.binary(max_size=99),
        new=st.binary(max_size=99),
        fails=st.booleans(),
        overwrite=st.booleans(),
    )
    def test_old_or_new_and_nothing_else(self, tmp_path_factory, old, new, fails, overwrite):
        path = tmp_path_factory.mktemp("atomic") / "a.bin"
        if old is not None:
            path.write_bytes(old)
        refused = old is not None and not overwrite
        try:
            put(path, new, overwrite=overwrite, error=RuntimeError() if fails else None)
        except (RuntimeError, UsageError) as error:
            outcome = type(error)
        else:
            outcome = None
        assert outcome is (UsageError if refused else RuntimeError if fails else None)
        expected = old if outcome else new
        assert names(path.parent) == ([] if expected is None else ["a.bin"])
        assert expected is None or path.read_bytes() == expected

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes by fork")
    def test_killed_at_any_moment(self, tmp_path):
        command = [sys.executable, "-c", KILLED, tmp_path / "a.bin"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(re.fullmatch(r"a\.bin|\.a\.[0-9a-f]+\.part\.bin", name) for name in names(tmp_path))


class TestAbandonedFiles:
    def test_what_killed_writers_left_is_removed_and_nothing_else(self, tmp_path):
        hexes = "0123456789ab"
        long = "x" * 40
        left = [
            f".rain.{hexes}.part.wav",
            f".rain.{hexes}.part.json",
            f".{long[:32]}.{hexes}.part.wav",
            f".a.b.{hexes}.part",
        ]
        kept = [
            ".rain.part.wav",
            f"rain.{hexes}.part.wav",
            f".fire.{hexes}.part.wav",
            f".rain.{hexes}x.part.wav",
            "rain.wav",
        ]
        for name in (*left, *kept):
            (tmp_path / name).touch()
        remove_abandoned(tmp_path / name for name in ("rain.wav", f"{long}.flac", "a.b.ogg"))
        assert names(tmp_path) == sorted(kept)
        remove_abandoned([tmp_path / "no folder" / "rain.wav"])


@pytest.mark.survives("full disks")
class TestFailedWrites:
    def test_reserved_name_is_freed_when_the_last_step_fails(self, tmp_path, monkeypatch):
        monkeypatch.setattr(Path, "hardlink_to", refuse_links)
        monkeypatch.setattr(Path, "replace", refuse_links)
        with pytest.raises(UsageError, match="Operation not permitted"):
            put(tmp_path / "a.wav", b"new")
        assert names(tmp_path) == []

    @pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
    @pytest.mark.parametrize("overwrite", [True, False])
    def test_failure_leaves_no_trace(self, tmp_path, error, overwrite):
        path = tmp_path / "a.wav"
        if overwrite:
            path.write_bytes(b"old")
        with pytest.raises(type(error)):
            put(path, b"half", overwrite=overwrite, error=error)
        assert names(tmp_path) == (["a.wav"] if overwrite else [])
        assert not overwrite or path.read_bytes() == b"old"

    @pytest.mark.parametrize(
        ("number", "reason"),
        [(errno.ENOSPC, "No space left"), (errno.EACCES, "Permission denied"), (errno.EDQUOT, "quota")],
    )
    def test_system_errors_become_sentences(self, tmp_path, number, reason):
        path = tmp_path / "a.wav"
        with pytest.raises(UsageError, match=reason) as caught:
            put(path, b"half", error=OSError(number, os.strerror(number)))
        assert f"{path} could not be written" in str(caught.value)
        assert "free some space or choose another place" in str(caught.value)
        assert names(tmp_path) == []

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
    def test_full_device(self, tmp_path):
        with (
            pytest.raises(UsageError, match="No space left on device"),
            atomic_write(tmp_path / "a", overwrite=False),
            Path("/dev/full").open("wb", buffering=0) as file,
        ):
            file.write(b"x")

    def test_nothing_written(self, tmp_path):
        with (
            pytest.raises(UsageError, match="could not be written"),
            atomic_write(tmp_path / "a", overwrite=False),
        ):
            pass


class TestSha256:
    def test_sha256(self, tmp_path):
        (tmp_path / "a").write_bytes(b"rain" * 100_000)
        assert sha256_of(tmp_path / "a") == hashlib.sha256(b"rain" * 100_000).hexdigest()
        with pytest.raises(InputError, match="none cannot be read: No such file") as caught:
            sha256_of(tmp_path / "none")
        assert caught.value.exit_code == 3


@pytest.mark.survives("full disks")
class TestCheckOutput:
    def test_good_outputs_pass(self, tmp_path):
        (tmp_path / "in.wav").touch()
        check_output(tmp_path / "a.wav", overwrite=False, inputs=[tmp_path / "in.wav", tmp_path / "none.wav"])
        check_output(tmp_path / "in.wav", overwrite=True)

    def test_missing_folder(self, tmp_path):
        assert f"{tmp_path / 'no'} does not exist; create it" in refusal(tmp_path / "no" / "a.wav")

    def test_folder_that_is_a_file(self, tmp_path):
        (tmp_path / "file").touch()
        assert f"{tmp_path / 'file'} is not a folder" in refusal(tmp_path / "file" / "a.wav")

    def test_output_that_is_a_folder(self, tmp_path):
        assert "is a folder; name a file in it" in refusal(tmp_path, overwrite=True)

    def test_output_that_exists(self, tmp_path):
        (tmp_path / "a.wav").touch()
        (tmp_path / "broken.wav").symlink_to("nowhere")
        for name in ("a.wav", "broken.wav"):
            assert "exists already; choose another name or add --overwrite" in refusal(tmp_path / name)

    def test_output_that_is_a_device(self):
        assert "not a regular file; choose another name" in refusal(Path(os.devnull), overwrite=True)

    def test_output_that_is_an_input(self, tmp_path):
        source = tmp_path / "in.wav"
        source.touch()
        (tmp_path / "soft.wav").symlink_to(source)
        (tmp_path / "hard.wav").hardlink_to(source)
        for name in ("in.wav", "soft.wav", "hard.wav"):
            for overwrite in (True, False):
                text = refusal(tmp_path / name, overwrite=overwrite, inputs=[tmp_path / "other.wav", source])
                assert f"is the same file as the input {source}; choose another name" in text

    def test_impossible_names(self, tmp_path):
        assert "could not be written" in refusal(tmp_path / ("x" * 300))
        with pytest.raises(UsageError, match="zero byte; choose another name"):
            check_output(tmp_path / "a\0b", overwrite=False)

    @pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
    def test_read_only(self, tmp_path):
        for name in ("closed", "open"):
            (tmp_path / name).mkdir()
        (tmp_path / "open" / "a.wav").touch()
        (tmp_path / "open" / "a.wav").chmod(0o444)
        if os.geteuid() == 0:
            os.chown(tmp_path / "open", 65534, -1)
        (tmp_path / "closed").chmod(0o555)
        tmp_path.chmod(0o755)
        done = subprocess.run([sys.executable, "-c", READ_ONLY, tmp_path], capture_output=True, check=True)
        folder, file, during = json.loads(done.stdout)
        assert folder == ("closed/a.wav cannot be written: the folder closed is read-only; choose another folder")
        assert file == "open/a.wav is read-only; choose another name or change its permissions"
        assert "open/b.wav could not be written: Permission denied" in during
        assert names(tmp_path / "open") == ["a.wav"]
