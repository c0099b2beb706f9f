import dataclasses
import json
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as to_bytes

from gramophone.audio import Excerpt, Provenance, Selection, Sound, Style, StyleSource, blocks, load, save
from gramophone.audio.style_file import KEY, MAX_HEADER_BYTES, SUFFIX
from gramophone.errors import GramophoneError, InputError, LimitError, UsageError

RATE_HZ = 8000
ORIGIN = Provenance(
    (StyleSource("rain.wav", "0a" * 32, 60.0), StyleSource('"odd"\n🎻.wav', None, 3.5)),
    (Excerpt(0, 12.0, 0.05), Excerpt(1, 0.0, 0.06)),
    Selection("herding", 63, 0.0125, 0.25),
    "0.1.0",
)


@pytest.fixture
def style():
    samples = np.random.default_rng(0).standard_normal((2, 800)).astype(np.float32)
    return Style(samples, RATE_HZ, ORIGIN)


@pytest.fixture
def path(style, tmp_path):
    save(style, tmp_path / "a.style.safetensors")
    return tmp_path / "a.style.safetensors"


@pytest.fixture
def forge(style, tmp_path):
    """A file whose description and samples are changed."""

    def write(samples=None, *, text=None, tensors=None, **changes):
        facts = {"format": 1, "rate_hz": RATE_HZ, **dataclasses.asdict(ORIGIN)}
        facts |= {name: value for name, value in changes.items() if value is not ...}
        facts = {name: value for name, value in facts.items() if changes.get(name, 0) is not ...}
        text = json.dumps(facts) if text is None else text
        path = tmp_path / "forged.safetensors"
        path.write_bytes(to_bytes(tensors or {"samples": style.samples if samples is None else samples}, {KEY: text}))
        return path

    return write


def refusal(error, path, **options):
    with pytest.raises(error) as caught:
        load(path, **options)
    assert type(caught.value) is error
    assert str(path) in str(caught.value)
    return str(caught.value)


class Bomb:
    """Does something when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


class TestRoundTrip:
    def test_there_and_back(self, style, path):
        again = load(path)
        assert isinstance(again, Style)
        assert again.samples.tobytes() == style.samples.tobytes()
        assert (again.rate_hz, again.provenance) == (RATE_HZ, ORIGIN)
        assert again.provenance.duration_s == 63.5

    def test_the_forger_forges_nothing_unless_asked(self, forge, style):
        assert load(forge()).provenance == style.provenance

    def test_same_style_same_bytes(self, style, path, tmp_path):
        for number in range(5):
            save(style, tmp_path / f"{number}.safetensors")
            assert (tmp_path / f"{number}.safetensors").read_bytes() == path.read_bytes()

    def test_as_audio_and_at_another_rate(self, style, path, tmp_path):
        save(style, tmp_path / "a.wav")
        assert not isinstance(load(tmp_path / "a.wav"), Style)
        assert load(path, rate_hz=4000).samples.shape == (2, 400)


class TestFormatDetection:
    @pytest.mark.parametrize("name", ["a.wav", "style", "🎻\n.flac", "\udcff.mp3"])
    def test_the_content_tells_not_the_name(self, path, name):
        renamed = path.rename(path.with_name(name))
        assert isinstance(load(renamed), Style)
        assert isinstance(next(blocks(renamed)), Style)

    def test_audio_with_the_name_of_a_style_is_audio(self, style, tmp_path):
        save(Sound(style.samples, RATE_HZ), tmp_path / "a.wav")
        renamed = (tmp_path / "a.wav").rename(tmp_path / "a.safetensors")
        assert load(renamed).samples.shape == (2, 800)


class TestBlocks:
    def test_blocks_are_the_file(self, style, path, tmp_path):
        (one,) = blocks(path)
        assert one.samples.tobytes() == style.samples.tobytes()
        long = Sound(np.random.default_rng(1).uniform(-0.5, 0.5, (2, 150_000)), RATE_HZ)
        save(long, tmp_path / "a.wav")
        parts = [block.samples for block in blocks(tmp_path / "a.wav")]
        assert len(parts) == 3
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), load(tmp_path / "a.wav").samples)

    def test_blocks_stop_at_the_limit_and_at_what_is_not_finite(self, tmp_path):
        samples = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 200_000)).astype(np.float32)
        save(Sound(samples, RATE_HZ), tmp_path / "a.wav")
        with pytest.raises(LimitError, match=r"the limit is 0\.4 MB"):
            list(blocks(tmp_path / "a.wav", limit_s=1.0))
        save(Sound(samples, RATE_HZ), tmp_path / "b.wav", subtype="FLOAT")
        content = bytearray((tmp_path / "b.wav").read_bytes())
        content[-4:] = struct.pack("<f", np.nan)
        (tmp_path / "b.wav").write_bytes(content)
        with pytest.raises(InputError, match="holds 1 samples of 200000 that are not finite"):
            assert all(np.isfinite(block.samples).all() for block in blocks(tmp_path / "b.wav"))


class TestWriting:
    def test_names_and_files_that_are_there(self, style, path, tmp_path):
        with pytest.raises(UsageError, match="exists already"):
            save(style, path)
        assert save(style, path, overwrite=True).frames == 800
        with pytest.raises(UsageError, match="no known audio suffix"):
            save(Sound(style.samples, RATE_HZ), tmp_path / f"b{SUFFIX}")
        with pytest.raises(UsageError, match="no known audio suffix"):
            save(style, tmp_path / "b.style")

    def test_too_many_recordings_for_one_header(self, style, tmp_path):
        many = dataclasses.replace(ORIGIN, sources=ORIGIN.sources * 20_000)
        with pytest.raises(LimitError, match="40000 recordings are too many"):
            save(Style(style.samples, RATE_HZ, many), tmp_path / "b.safetensors")
        assert not list(tmp_path.iterdir())

    def test_a_full_disk_leaves_nothing(self, style, tmp_path, monkeypatch):
        def fail(*args, **options):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pathlib.Path.write_bytes", fail)
        with pytest.raises(UsageError, match="No space left on device"):
            save(style, tmp_path / "b.safetensors")
        assert not list(tmp_path.iterdir())


class TestLimits:
    def test_limits_of_size(self, path):
        assert "needs 0.0 MB of samples" in refusal(LimitError, path, limit_s=0.001)
        assert "split the file" in refusal(LimitError, path, limit_s=0.02, rate_hz=384_000)

    def test_too_many_channels(self, forge):
        assert "has 33 channels; the limit is 32" in refusal(LimitError, forge(np.zeros((33, 100), np.float32)))

    @pytest.mark.parametrize("length", [MAX_HEADER_BYTES + 1, 2**40])
    def test_a_huge_header(self, path, length):
        path.write_bytes(length.to_bytes(8, "little") + path.read_bytes()[8:])
        text = refusal(LimitError, path)
        assert f"has a header of {length} bytes; the limit is {MAX_HEADER_BYTES}" in text


class TestInvalidContents:
    @pytest.mark.parametrize(
        ("samples", "said"),
        [
            (np.zeros((1, 800), np.float16), "samples of type F16, not F32"),
            (np.zeros((1, 800), np.float64), "samples of type F64, not F32"),
            (np.zeros((1, 800), np.int32), "samples of type I32, not F32"),
            (np.zeros(800, np.float32), r"samples of shape [800], not [channel, sample]"),
            (np.zeros((1, 1, 800), np.float32), r"samples of shape [1, 1, 800], not"),
            (np.zeros((0, 800), np.float32), r"samples of shape [0, 800], not"),
            (np.zeros((1, 0), np.float32), r"samples of shape [1, 0], not"),
            (np.array([[0, np.nan, np.inf]], np.float32), "2 samples of 3 that are not finite numbers"),
        ],
    )
    def test_wrong_samples(self, forge, samples, said):
        text = refusal(InputError, forge(samples))
        assert said in text
        assert "make it again with 'gramophone style'" in text

    def test_other_arrays(self, forge, style):
        assert "holds 1 arrays, not one with the name 'samples'" in refusal(
            InputError, forge(tensors={"weights": style.samples})
        )
        both = {"samples": style.samples, "weights": style.samples}
        assert "holds 2 arrays" in refusal(InputError, forge(tensors=both))

    @pytest.mark.parametrize(
        ("changes", "error", "said"),
        [
            ({"rate_hz": 999}, LimitError, "has a sample rate of 999 Hz; it must be between 1000 and 384000 Hz"),
            ({"rate_hz": 10**30}, LimitError, "between 1000 and 384000 Hz"),
            ({"rate_hz": -8000}, LimitError, "has a sample rate of -8000 Hz"),
            ({"rate_hz": 8000.0}, InputError, "its sample rate is not an integer"),
            ({"rate_hz": "8000"}, InputError, "its sample rate is not an integer"),
            ({"rate_hz": True}, InputError, "its sample rate is not an integer"),
            ({"rate_hz": ...}, InputError, "its sample rate is not an integer"),
            ({"format": 2}, InputError, "has style format 2, not 1; read it with the version that wrote it"),
            ({"format": "1"}, InputError, "its description has no format"),
            ({"format": ...}, InputError, "its description has no format"),
            ({"text": "{"}, InputError, "its description is not JSON"),
            ({"text": "[" * 100_000}, InputError, "its description is not JSON"),
            ({"text": '{"format": ' + "9" * 5000 + "}"}, InputError, "its description is not JSON"),
            ({"text": "[1]"}, InputError, "its description has no format"),
            ({"sources": ...}, InputError, "sources: missing or empty"),
            ({"sources": []}, InputError, "sources: missing or empty"),
            ({"sources": {"name": "a"}}, InputError, "sources: missing or empty"),
            ({"sources": ["rain.wav"]}, InputError, "sources: not a JSON object"),
            ({"sources": [{"name": 1}]}, InputError, "a name is not text"),
            ({"sources": [{"name": "a", "sha256": "../a"}]}, InputError, "the sha256 of a source is invalid"),
            (
                {"sources": [{"name": "a", "sha256": None, "duration_s": "1"}]},
                InputError,
                "a duration_s is not a number",
            ),
            (
                {"sources": [{"name": "a", "sha256": None, "duration_s": -1}]},
                InputError,
                "a duration_s is not a number",
            ),
            ({"sources": [{"name": "a", "duration_s": float("nan")}]}, InputError, "a duration_s is not a number"),
            ({"sources": [{"name": "a", "duration_s": 10**400}]}, InputError, "a duration_s is not a number"),
            ({"excerpts": ...}, InputError, "excerpts: missing or empty"),
            ({"excerpts": [7]}, InputError, "excerpts: not a JSON object"),
            ({"excerpts": [{"source": 2, "start_s": 0, "duration_s": 1}]}, InputError, "refers to no source"),
            ({"excerpts": [{"source": -1, "start_s": 0, "duration_s": 1}]}, InputError, "refers to no source"),
            (
                {"excerpts": [{"source": False, "start_s": 0, "duration_s": 1}]},
                InputError,
                "refers to no source",
            ),
            ({"excerpts": [{"source": 0, "start_s": 60, "duration_s": 1}]}, InputError, "ends at 61.000 s, after"),
            (
                {"excerpts": [{"source": 0, "start_s": 0, "duration_s": 0.09}]},
                InputError,
                "excerpts 0.090 s",
            ),
            ({"choice": ...}, InputError, "choice: not a JSON object"),
            ({"choice": {"method": "magic"}}, InputError, "method of the choice is not one of all, herding"),
            ({"choice": {"method": ["all"]}}, InputError, "method of the choice is not one of all, herding"),
            ({"choice": {"method": "all", "candidates": 0}}, InputError, "no valid number of candidates"),
            (
                {"choice": {"method": "all", "candidates": 3, "distance": None}},
                InputError,
                "a distance is not a number",
            ),
            ({"version": 1}, InputError, "a version is not text"),
            ({"version": ...}, InputError, "a version is not text"),
        ],
    )
    def test_wrong_descriptions(self, forge, changes, error, said):
        assert said in refusal(error, forge(**changes))

    def test_other_safetensors(self, tmp_path, style):
        path = tmp_path / "weights.safetensors"
        for metadata in (None, {"format": "pt"}):
            path.write_bytes(to_bytes({"samples": style.samples}, metadata))
            text = refusal(InputError, path)
            assert "without a style; give one made by 'gramophone style'" in text

    @pytest.mark.parametrize("content", [pickle.dumps(Bomb()), b"PK\3\4" + bytes(99), b"x", b"\xff" * 50])
    def test_other_things_with_the_name_of_a_style(self, tmp_path, content):
        path = tmp_path / "a.style.safetensors"
        path.write_bytes(content)
        assert "is not a readable style file; make it again" in refusal(InputError, path)


@pytest.mark.survives("mutations")
class TestCorruptedFiles:
    def test_a_lying_shape_and_a_lying_header(self, path):
        content = path.read_bytes()
        assert b'"shape":[2,800]' in content
        for lie in (b'"shape":[2,900]', b'"shape":[9,800]', b'"shape":[-2,80]'):
            path.write_bytes(content.replace(b'"shape":[2,800]', lie))
            assert "is a damaged style file" in refusal(InputError, path)
        path.write_bytes((100).to_bytes(8, "little") + content[8:])
        assert "is a damaged style file" in refusal(InputError, path)

    def test_truncated_anywhere(self, path):
        content = path.read_bytes()
        for length in range(1, len(content), 53):
            path.write_bytes(content[:length])
            text = refusal(InputError, path)
            assert "style file" in text
        path.write_bytes(content + b"\0")
        assert "is a damaged style file" in refusal(InputError, path)

    def test_mutations(self, path):
        content = path.read_bytes()
        header = 8 + int.from_bytes(content[:8], "little")

        @settings(max_examples=120)
        @given(st.lists(st.tuples(st.integers(0, header + 20), st.integers(0, 255)), min_size=1, max_size=6))
        def mutate(changes):
            changed = bytearray(content)
            for at, value in changes:
                changed[at] = value
            path.write_bytes(changed)
            try:
                sound = load(path)
            except GramophoneError as error:
                assert str(path) in str(error)  # noqa: PT017 (most changes are refused, some are none)
            else:
                assert sound.samples.shape == (2, 800)

        mutate()
