"""Files of other programs: sizes before memory, a sentence for every damage, and no file of others in a page."""

import io
import json
import pickle
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
import torch

from gramophone.cli.info import info
from gramophone.errors import InputError, ModelError
from gramophone.foreign_files import DamagedError, check_pickle_sizes, read_npy, read_npz
from gramophone.networks.pretrained import vgg
from gramophone.report.gather import tracks_of
from gramophone.request import TextureRequest
from gramophone.runs.execute import execute
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run


def anything(*_):
    """Accepts every shape."""


@pytest.fixture
def small(monkeypatch):
    """VGG-19 with two channels everywhere."""
    monkeypatch.setattr(vgg, "CHANNELS", dict.fromkeys(vgg.LAYERS, 2))
    found, inputs = {}, 3
    for name in vgg.LAYERS:
        found[f"{name}.weight"], found[f"{name}.bias"] = torch.zeros(2, inputs, 3, 3), torch.zeros(2)
        inputs = 2
    return found


def peak_of(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.survives("foreign arrays")
class TestMemoryBombs:
    def test_only_the_arrays_of_the_network_are_inflated(self, small, tmp_path):
        bomb = np.zeros(200_000_000, np.uint8)
        arrays = {name: value.numpy() for name, value in small.items()}
        np.savez_compressed(tmp_path / "a.npz", **arrays, bomb=bomb)
        assert (tmp_path / "a.npz").stat().st_size < 1_000_000
        assert peak_of(lambda: vgg.read_vgg(str(tmp_path / "a.npz"))) < 5e6

    @pytest.mark.parametrize("kind", [np.float32, np.complex128])
    def test_arrays_of_another_size_are_refused_before(self, small, tmp_path, kind):
        arrays = {name: value.numpy() for name, value in small.items()}
        arrays["conv5_1.weight"] = (
            np.zeros((2000, 2000, 3, 3), kind) if kind is np.float32 else np.zeros((2, 2, 3, 3), kind)
        )
        np.savez_compressed(tmp_path / "a.npz", **arrays)

        def read():
            with pytest.raises(ModelError, match=r"conv5_1\.weight has the shape|cannot be read as weights"):
                vgg.read_vgg(str(tmp_path / "a.npz"))

        del arrays
        assert peak_of(read) < 5e6

    @pytest.mark.parametrize("is_new", [True, False])
    def test_tables_of_tensors_claim_no_more_than_there_is(self, small, tmp_path, is_new):
        path = tmp_path / "a.pth"
        torch.save(small, path, _use_new_zipfile_serialization=is_new)
        check_pickle_sizes(path)
        assert set(vgg.read_vgg(str(path)).layers) == set(vgg.LAYERS)
        huge = (2**31 - 1).to_bytes(4, "little")
        content = path.read_bytes()
        if is_new:
            with zipfile.ZipFile(path) as archive:
                entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
            name = next(name for name in entries if name.endswith("data.pkl"))
            entries[name] = entries[name].replace(b"K6", b"J" + huge, 1)  # 54 values of the first layer
            with zipfile.ZipFile(path, "w") as archive:
                for one, data in entries.items():
                    archive.writestr(one, data)
        else:
            path.write_bytes(content.replace(b"K6", b"J" + huge, 1))
        with pytest.raises(DamagedError, match="it claims 2147483647 values, and fewer are there"):
            check_pickle_sizes(path)
        with pytest.raises(ModelError, match="cannot be read as weights of VGG-19"):
            vgg.read_vgg(str(path))

    def test_compressed_tables_are_refused(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.pth", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/data.pkl", pickle.dumps([0]))
            archive.writestr("a/data/0", bytes(50_000_000))
        with pytest.raises(DamagedError, match="claims more than it holds"):
            check_pickle_sizes(tmp_path / "a.pth")

    def test_headers_claim_no_more_than_there_is(self):
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(10))
        content = buffer.getvalue().replace(b"(10,), ", b"(10**9,)"[:7]).replace(b"(10,)", b"(99,)")
        with pytest.raises(DamagedError):
            read_npy(io.BytesIO(content), len(content), "a", anything)


@pytest.mark.survives("foreign arrays")
class TestParsers:
    """Kinds of damage at which the parsers of NumPy and Python raise errors of their own."""

    def zipped(self, data, method=zipfile.ZIP_STORED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("a.npy", data)
        return buffer.getvalue()

    def npy(self, header):
        text = header.encode("latin-1")
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text

    @pytest.mark.parametrize(
        "header",
        [
            *(
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1,",
                "(" * 3000,
                "{'descr': '<f8'}",
                "\0",
                "'",
                "{}",
            ),
            *(
                "{'descr': 'O', 'fortran_order': False, 'shape': (), }",
                "{'descr': '<f8', 'fortran_order': 3, 'shape': 1}",
            ),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (10**30,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        ],
    )
    def test_headers(self, header):
        content = self.npy(header)
        with pytest.raises(DamagedError):
            read_npy(io.BytesIO(content), len(content), "a", anything)
        with pytest.raises(DamagedError):
            read_npz(io.BytesIO(self.zipped(content)), lambda _: True, anything)

    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_compressed_data(self, method):
        buffer = io.BytesIO()
        np.save(buffer, np.arange(1000))
        content = bytearray(self.zipped(buffer.getvalue(), method))
        assert read_npz(io.BytesIO(bytes(content)), lambda _: True, anything)["a"][999] == 999
        raised = 0
        for at in range(40, len(content) - 60, 7):
            damaged = bytearray(content)
            damaged[at] ^= 0xFF
            try:
                read_npz(io.BytesIO(bytes(damaged)), lambda _: True, anything)
            except DamagedError:
                raised += 1
        assert raised > 10

    def test_python_errors_of_every_kind(self):
        for error in (
            zlib.error("x"),
            struct.error(),
            NotImplementedError(),
            RecursionError(),
            MemoryError(),
            SyntaxError(),
        ):

            def check(*_, error=error):
                raise error

            buffer = io.BytesIO()
            np.save(buffer, np.zeros(3))
            with pytest.raises(DamagedError):
                read_npy(io.BytesIO(buffer.getvalue()), 999, "a", check)

    def test_fortran_order(self):
        buffer, values = io.BytesIO(), np.asfortranarray(np.arange(6).reshape(2, 3))
        np.save(buffer, values)
        np.testing.assert_array_equal(read_npy(io.BytesIO(buffer.getvalue()), 999, "a", anything), values)


@pytest.fixture
def made(tmp_path):
    """A run in a folder, of a recording in another one."""
    from gramophone.audio import Sound, save

    (tmp_path / "own").mkdir()
    (tmp_path / "other").mkdir()
    samples = (0.1 * np.random.default_rng(0).standard_normal((1, 11_025))).astype(np.float32)
    save(Sound(samples, 22_050), tmp_path / "other" / "rain.wav")
    request = TextureRequest(styles=[str(tmp_path / "other" / "rain.wav")], iterations=1, duration_s=0.3)
    execute(Run(request, tmp_path / "own" / "out.wav"), Observer())
    return tmp_path / "own" / "out.json", tmp_path / "other" / "rain.wav"


@pytest.mark.survives("strangers' records")
class TestRecordsOfStrangers:
    def test_a_page_has_the_files_that_the_record_proves_to_know(self, made):
        _, (style, result) = tracks_of(made[0])
        assert style.sound.duration_s == 0.5
        assert result.sound.duration_s == pytest.approx(0.3, abs=0.01)

    def test_and_no_others(self, made):
        from gramophone.audio import Sound, save

        record, rain = made
        private = save(Sound(np.full((1, 999), 0.5, np.float32), 22_050), rain.with_name("private.wav")).path
        values = json.loads(record.read_text())
        for name in ("inputs", "output"):
            stranger = json.loads(record.read_text())
            (stranger[name] if name == "output" else stranger[name][0])["path"] = str(private)
            record.write_text(json.dumps(stranger))
            if name == "output":
                with pytest.raises(InputError, match="was changed and lies elsewhere; put it beside the record"):
                    tracks_of(record)
            else:
                _, (style, _) = tracks_of(record)
                assert style.sound is None
                assert "is not the file that was used, and not beside the record" in style.notes[0]
        record.write_text(json.dumps(values))
        private.replace(rain)  # a changed one elsewhere is not shown, a changed one beside the record is, and said
        _, (style, _) = tracks_of(record)
        assert style.sound is None
        rain.replace(record.with_name("rain.wav"))
        _, (style, _) = tracks_of(record)
        assert "was changed after the run" in style.notes[0]
        assert style.sound is not None

    def test_info_checks_what_a_report_checks(self, made, capsys):
        record, _ = made
        assert info(record) == 0
        values = json.loads(record.read_text())
        for name, wrong in (
            *(("losses", [1]), ("inputs", [{}]), ("output", {}), ("stages_s", {"a": "b"}), ("command", [1])),
            *(("parameters", {"weights": 3}), ("inputs", [{"path": "a", "sha256": 3}]), ("created", None)),
            *(
                ("inputs", [{"path": "a", "sha256": "b", "duration_s": "x", "rate_hz": 1}]),
                ("losses", [{"stage": "a"}]),
            ),
        ):
            record.write_text(json.dumps({**values, name: wrong}))
            with pytest.raises(InputError, match="is damaged"):
                info(record)
        assert "sha256" in capsys.readouterr().out
