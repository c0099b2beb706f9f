"""Waveforms for magnitudes: of recordings and of files, and everything that is refused."""

import io
import json
import zipfile

import numpy as np
import pytest
import soundfile
import torch

from gramophone.cli.magnitudes import MAX_VALUES
from gramophone.phase import METHODS
from gramophone.spectral import Stft

RATE_HZ = 22050
KNOWN = ("--hop", 64, "--rate", RATE_HZ)


@pytest.fixture
def magnitude(folder):
    """That of voice.wav at 512/64."""
    return Stft(512, 64).magnitude(torch.from_numpy(soundfile.read("voice.wav", dtype="float32")[0])).numpy()


def saved(**arrays):
    def write(path):
        np.savez(path, **arrays)

    return write


def claimed(shape, data=b"", kind="<f4"):
    """An .npy file that claims more than it has."""

    def write(path):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": kind, "fortran_order": False, "shape": shape})
        content = header.getvalue() + data
        if path.suffix == ".npy":
            path.write_bytes(content)
            return
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("magnitude.npy", content)

    return write


GOOD = np.ones((33, 10), np.float32)
BAD = np.ones((33, 10), np.float32)
BAD[1, 2] = np.nan
PICKLED = np.array([{}, {}], dtype=object)


class TestRecordings:
    def test_a_recording(self, folder, gramophone, names):
        outcome = gramophone("invert", "voice.wav", "-o", "out.wav", "--quiet")
        assert (outcome.code, outcome.err) == (0, "")
        assert names() == ["out.wav"]
        first, second = outcome.out.splitlines()[:2]
        assert first == "out.wav: 0.50 s at 22050 Hz"
        assert second.startswith("spectral convergence -")
        assert "by pghi+admm+fgla in" in second
        samples, rate_hz = soundfile.read("out.wav")
        assert rate_hz == RATE_HZ
        assert len(samples) == len(soundfile.read("voice.wav")[0])
        assert float(second.split()[2]) < -25

    def test_the_figure_is_that_of_the_file(self, folder, gramophone, magnitude):
        outcome = gramophone(
            "invert",
            "voice.wav",
            "-o",
            "out.wav",
            "--n-fft",
            512,
            "--hop",
            64,
            "--method",
            "fgla",
            "--json",
            "--quiet",
        )
        told = json.loads(outcome.out)
        written = torch.from_numpy(soundfile.read("out.wav", dtype="float32")[0]) / 10 ** (told["gain_db"] / 20)
        residue = Stft(512, 64).magnitude(written).numpy() - magnitude
        found = 20 * np.log10(np.linalg.norm(residue) / np.linalg.norm(magnitude))
        assert told["convergence_db"] == pytest.approx(found, abs=0.1)
        assert (told["n_fft"], told["hop_samples"], told["window"], told["channels"]) == (512, 64, "hann", 1)

    def test_stereo_and_another_rate(self, folder, gramophone):
        samples = soundfile.read("voice.wav")[0]
        soundfile.write("two.wav", np.stack([samples, 0.3 * samples], 1), RATE_HZ)
        assert gramophone("invert", "two.wav", "-o", "out.flac", "--rate", 16000, "--quiet").code == 0
        found, rate_hz = soundfile.read("out.flac")
        assert (found.shape[1], rate_hz) == (2, 16000)
        # Both channels start from one phase, so they stay together.
        assert np.corrcoef(found.T)[0, 1] > 0.99

    def test_the_phase_of_another_recording(self, folder, gramophone):
        words = ("invert", "voice.wav", "-o", "out.wav", "--iterations", 2, "--json", "--quiet", "--overwrite")
        own, other = (json.loads(gramophone(*words, "--phase", name).out) for name in ("voice.wav", "fire.wav"))
        assert own["method"] == "fgla"
        assert own["convergence_db"] < -60 < other["convergence_db"]


class TestMagnitudeFiles:
    @pytest.mark.parametrize("method", ["spsi", "rtpghi", "rtisi-la", "pghi+gla"])
    def test_magnitudes_of_a_file(self, folder, gramophone, magnitude, method):
        np.save("a.npy", magnitude)
        np.savez("b.npz", magnitude=magnitude, n_fft=512, hop_samples=64, rate_hz=RATE_HZ, window="hann")
        np.savez_compressed("c.npz", magnitude=magnitude.astype(float), hop_samples=64)
        given = {"a.npy": KNOWN, "b.npz": (), "c.npz": ("--rate", RATE_HZ, "--n-fft", 512)}
        for name, words in given.items():
            outcome = gramophone("invert", name, "-o", f"{name}.wav", "--method", method, *words, "--quiet")
            assert (outcome.code, outcome.err) == (0, "")
        first, *others = (soundfile.read(f"{name}.wav")[0] for name in given)
        assert len(first) == 64 * (magnitude.shape[1] - 1)
        for other in others:
            np.testing.assert_allclose(other, first, atol=1e-4)

    @pytest.mark.parametrize("frames", [1, 2, 20])
    @pytest.mark.parametrize("method", ["pghi", "admm", "rtpghi+gsrtisi-la"])
    def test_silence_is_silence(self, folder, gramophone, frames, method):
        np.save("a.npy", np.zeros((33, frames)))
        words = ("invert", "a.npy", "-o", "out.wav", "--hop", 8, "--rate", 8000, "--method", method)
        outcome = gramophone(*words, "--json", "--quiet")
        assert outcome.code == 0
        assert json.loads(outcome.out)["convergence_db"] is None
        assert not soundfile.read("out.wav")[0].any()


class TestComparison:
    def test_comparing_all(self, folder, gramophone, names):
        outcome = gramophone("invert", "fire.wav", "--compare", "--iterations", 2, "--hop", 256, "--quiet")
        assert (outcome.code, outcome.err, names()) == (0, "", [])
        rows = [line.split() for line in outcome.out.splitlines()[1:]]
        assert sorted(row[0] for row in rows) == sorted(METHODS)
        figures = [float(row[1]) for row in rows]
        assert figures == sorted(figures)

    def test_the_best_of_all_is_written(self, folder, gramophone, names):
        words = ("invert", "fire.wav", "--compare", "-o", "best.wav", "--iterations", 1, "--hop", 256)
        told = json.loads(gramophone(*words, "--quiet", "--json").out)
        assert len(told["methods"]) == len(METHODS)
        assert names() == ["best.wav"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "the result has no name; add -o OUT, or --compare"),
            (("--compare", "--method", "gla"), "leave out --method and --phase"),
            (("-o", "out.wav", "--method", "heap"), "there is no method 'heap'; choose one of gla, fgla"),
            (
                ("-o", "out.wav", "--method", "pghi", "--iterations", 3),
                "pghi is done in one pass; leave the iterations out",
            ),
            (("-o", "out.wav", "--iterations", -1), "iterations must not be negative, not -1"),
            (("-o", "out.wav", "--hop", 513), "hop_samples must be within 1 and n_fft / 2 = 512, not 513"),
            (("-o", "out.wav", "--hop", 1024), "hardly overlap"),
            (("-o", "out.wav", "--hop", 0), "hop_samples must be within 1"),
            (("-o", "out.wav", "--n-fft", 1023), "n_fft must be even and at least 4, not 1023"),
            (
                ("-o", "out.wav", "--window", "kaiser"),
                "window must be one of hann, hamming, blackman, gauss, not kaiser",
            ),
            (("-o", "out.wav", "--rate", 5), "sample rate must be between 1000 and 384000 Hz, not 5 Hz"),
            (("-o", "out.wav", "--seed", -1), "seed must be between 0 and 9223372036854775807, not -1"),
            (("-o", "out.mp3"), "out.mp3"),
            (("-o", "voice.wav", "--overwrite"), "same file as the input"),
            (("-o", "rain.wav"), "exists already; choose another name or add --overwrite"),
            (("-o", "out.wav", "--phase", "rain.wav", "--method", "pghi+gla"), "has its own start"),
        ],
    )
    def test_wrong_words(self, folder, refused, words, said):
        assert said in refused(2, "invert", "voice.wav", *words)

    @pytest.mark.parametrize(
        ("name", "write", "code", "said"),
        [
            ("a.npy", lambda path: np.save(path, BAD), 3, "a.npy: the magnitudes hold values that are not finite"),
            ("a.npy", lambda path: np.save(path, -GOOD), 3, "go down to -1; they must not be negative"),
            ("a.npy", lambda path: np.save(path, GOOD[0]), 3, "an array of shape (10,); give [frequency, frame]"),
            ("a.npy", lambda path: np.save(path, GOOD[:, :0]), 3, "an array of shape (33, 0)"),
            ("a.npy", lambda path: np.save(path, GOOD * 1j), 3, "values of type complex64; save real magnitudes"),
            ("a.npy", lambda path: np.save(path, PICKLED, allow_pickle=True), 3, "it holds Python objects"),
            ("a.npy", lambda path: np.save(path, GOOD[:1]), 2, "n_fft must be even and at least 4, not 0"),
            ("a.npy", lambda path: path.write_text("no array"), 3, "is not a readable .npy file"),
            ("a.npy", lambda path: path.touch(), 3, "is not a readable .npy file"),
            ("a.npy", lambda path: None, 3, "a.npy does not exist; check the name"),
            ("a.npy", lambda path: path.mkdir(), 3, "a.npy cannot be read"),
            (
                "a.npy",
                claimed((1 << 20, 1 << 20)),
                4,
                f"claims 1,099,511,627,776 values; the limit is {MAX_VALUES:,}",
            ),
            ("a.npy", claimed((1 << 12, 1 << 12)), 3, "16777216 values are claimed, and fewer are there"),
            ("a.npz", claimed((1 << 20, 1 << 20)), 4, "the limit is"),
            ("a.npz", claimed((1 << 12, 1 << 12)), 3, "fewer are there"),
            ("a.npz", lambda path: path.write_text("no zip"), 3, "is not a readable .npz file"),
            ("a.npz", saved(n_fft=64), 3, "has no array 'magnitude', only n_fft"),
            ("a.npz", saved(magnitude=GOOD, n_fft=[1, 2]), 3, "has a n_fft of [1, 2]; save one integer"),
            ("a.npz", saved(magnitude=GOOD, n_fft=128), 3, "do not fit an n_fft of 128, which has 65 frequencies"),
            (
                "a.npz",
                saved(magnitude=GOOD, hop_samples=32),
                2,
                "has hop_samples 32, but --hop is 16; leave out --hop",
            ),
        ],
    )
    def test_files_that_hold_no_magnitudes(self, folder, refused, names, name, write, code, said):
        write(folder / name)
        assert said in refused(code, "invert", name, "-o", "out.wav", "--hop", 16, "--rate", 8000)

    def test_what_a_file_does_not_say(self, folder, refused):
        np.save("a.npy", GOOD)
        assert "has no hop_samples; add --hop" in refused(2, "invert", "a.npy", "-o", "out.wav", "--rate", 8000)
        assert "has no rate_hz; add --rate" in refused(2, "invert", "a.npy", "-o", "out.wav", "--hop", 16)

    @pytest.mark.parametrize("name", ["none.wav", "text.wav"])
    def test_recordings_that_cannot_be_read(self, folder, refused, name):
        (folder / "text.wav").write_text("this is no sound\n" * 100)
        refused(3, "invert", name, "-o", "out.wav")
        refused(3, "invert", "voice.wav", "-o", "out.wav", "--phase", name)
