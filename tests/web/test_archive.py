"""The ZIP file of all results, sent while it is written."""

import io
import zipfile

from gramophone.web.archive import PART_BYTES, zipped


def test_files_arrive_whole_under_names_of_their_own(tmp_path):
    first, second = tmp_path / "a.wav", tmp_path / "b.wav"
    first.write_bytes(bytes(range(256)) * (PART_BYTES // 100))
    second.write_bytes(b"two")
    parts = list(zipped([("take.wav", first), ("take.wav", second), ("gone.wav", tmp_path / "gone")]))
    assert max(map(len, parts)) < 2 * PART_BYTES
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        assert archive.namelist() == ["take.wav", "take (2).wav"]
        assert archive.read("take.wav") == first.read_bytes()
        assert archive.read("take (2).wav") == b"two"
