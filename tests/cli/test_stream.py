"""`gramophone stream`, and textures that are written in blocks."""

import functools
import json
import sys
import time
import types

import numpy as np
import pytest
import soundfile
import torch

from gramophone.audio import load
from gramophone.demo.textures import fire, rain
from gramophone.metrics.mixture import spectrum_distance_db
from gramophone.runs.prefetch import prefetched
from gramophone.runs.run_record import read_record
from gramophone.synthesis import Stream

RATE_HZ = 22050
# Whatever its length, a texture with a morph is made in blocks.
IN_BLOCKS = ("texture", "rain.wav", "-o", "out.flac", "--duration", "1.3", "--morph", "0:1 1:1")


@pytest.fixture
def short_blocks(folder, monkeypatch):
    """A longer rain.wav, and blocks of half a second."""
    soundfile.write(folder / "rain.wav", rain(RATE_HZ, 1.0, 0).T, RATE_HZ, subtype="FLOAT")
    made = Stream.__init__
    monkeypatch.setattr(Stream, "__init__", functools.partialmethod(made, first_block_s=0.5, block_s=0.5))
    return folder


class TestStreamOutput:
    def test_numbered_files_follow_each_other(self, gramophone, short_blocks):
        words = ["stream", "rain.wav", "-o", "out.wav", "--duration", "1.2", "--iterations", "2", "--quiet"]
        outcome = gramophone(*words)
        assert outcome.code == 0, outcome.err
        lengths = [load(f"out-{number:04d}.wav").duration_s for number in (1, 2, 3)]
        assert lengths == pytest.approx([0.5, 0.5, 0.2], abs=1e-3)
        assert gramophone(*words).code == 2

    def test_raw_samples_go_to_standard_output(self, short_blocks, start):
        words = ["stream", "rain.wav", "--raw", "--duration", "0.6", "--iterations", "1", "--quiet"]
        process = start(*words, text=False)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        samples = np.frombuffer(out, "<f4")
        assert len(samples) == round(0.6 * RATE_HZ)
        assert 0 < np.abs(samples).max() <= 1

    def test_a_reader_that_has_heard_enough_is_no_error(self, short_blocks, start):
        process = start("stream", "rain.wav", "--raw", "--iterations", "1", "--quiet", text=False)
        assert len(process.stdout.read(4000)) == 4000
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr.read() == b""

    def test_it_plays_on_the_sound_card_ahead_of_time(self, gramophone, short_blocks, monkeypatch):
        played = []

        class Card:
            def __init__(self, **given):
                played.append(given)

            def __enter__(self):
                return self

            def __exit__(self, *_):
                played.append("closed")

            def write(self, samples):
                played.append(samples.shape)

        module = types.SimpleNamespace(OutputStream=Card, PortAudioError=OSError)
        monkeypatch.setitem(sys.modules, "sounddevice", module)
        outcome = gramophone("stream", "rain.wav", "--duration", "0.5", "--iterations", "1", "--quiet")
        assert outcome.code == 0, outcome.err
        assert played == [
            {"samplerate": RATE_HZ, "channels": 1, "dtype": "float32"},
            (round(0.5 * RATE_HZ), 1),
            "closed",
        ]


class TestLongTextures:
    def test_a_long_texture_is_written_in_blocks(self, gramophone, short_blocks):
        words = [*IN_BLOCKS, "--iterations", "2", "--quiet", "--json"]
        outcome = gramophone(*words)
        assert outcome.code == 0, outcome.err
        said, record = json.loads(outcome.out), read_record(short_blocks / "out.json")
        assert load("out.flac").duration_s == pytest.approx(1.3, abs=1e-3)
        assert said["duration_s"] == record["duration_s"] == pytest.approx(1.3, abs=1e-3)
        assert record["stopped"] == "finished"
        settings = record["settings"]
        assert settings["optimiser"]["iterations"] + settings["waveform"]["optimiser"]["iterations"] == 2
        first = load("out.flac").samples
        assert gramophone(*words, "--overwrite").code == 0
        assert np.array_equal(load("out.flac").samples, first)

    def test_a_full_disk_keeps_what_can_be_played(self, gramophone, short_blocks, monkeypatch):
        class Usage:
            calls = 0

            @property
            def free(self):
                Usage.calls += 1
                return 10**9 if Usage.calls <= 2 else 0

        monkeypatch.setattr("gramophone.audio.write.shutil.disk_usage", lambda _: Usage())
        outcome = gramophone(*IN_BLOCKS, "--iterations", "1", "--quiet")
        assert outcome.code == 4
        assert "can be played" in outcome.err
        assert load("out.flac").duration_s == pytest.approx(0.5, abs=1e-3)
        assert read_record(short_blocks / "out.json")["stopped"] == "the disk is full"

    def test_more_than_the_disk_holds_is_refused_at_once(self, refused, monkeypatch):
        class Usage:
            free = 5_000_000

        monkeypatch.setattr("gramophone.audio.write.shutil.disk_usage", lambda _: Usage)
        assert "MB are free" in refused(4, "texture", "rain.wav", "-o", "out.wav", "--duration", "3600")


class TestMorph:
    def test_a_morph_turns_one_style_into_the_other(self, gramophone, short_blocks):
        soundfile.write(short_blocks / "fire.wav", fire(RATE_HZ, 1.0, 0).T, RATE_HZ, subtype="FLOAT")
        words = ["texture", "rain.wav", "fire.wav", "-o", "out.wav", "--morph", "0.5:1,0 1:0,1", "--iterations", "8"]
        outcome = gramophone(*words, "--duration", "1.5", "--quiet")
        assert outcome.code == 0, outcome.err
        assert read_record(short_blocks / "out.json")["parameters"]["morph"] == [[0.5, [1.0, 0.0]], [1.0, [0.0, 1.0]]]
        waves = [torch.from_numpy(load(f"{name}.wav").samples[0]) for name in ("out", "rain", "fire")]
        begin, end = waves[0][: RATE_HZ // 2], waves[0][-RATE_HZ // 2 :]
        for part, like, unlike in ((begin, waves[1], waves[2]), (end, waves[2], waves[1])):
            assert spectrum_distance_db(part, like, RATE_HZ) < spectrum_distance_db(part, unlike, RATE_HZ)

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--morph", "0:1"), "do not fit 2 style(s)"),
            (("--morph", "0:1,0 9:0,1", "--weights", "1,2"), "leave out the weights"),
            (("--morph", "0:1,0 9:0,1", "--preset", "ulyanov2016"), "makes no streams"),
        ],
    )
    def test_morphs_that_cannot_be_are_refused(self, refused, words, sentence):
        assert sentence in refused(2, "texture", "rain.wav", "fire.wav", "-o", "out.wav", *words)


class TestPrefetching:
    def test_blocks_are_made_ahead_and_errors_arrive_in_their_place(self):
        made = []

        def source():
            for number in range(3):
                made.append(number)
                yield number
            raise RuntimeError("broken")

        with prefetched(source(), count=2) as blocks:
            first = next(blocks)
            deadline = time.monotonic() + 5
            while len(made) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert (first, made) == (0, [0, 1, 2])
            assert [next(blocks), next(blocks)] == [1, 2]
            with pytest.raises(RuntimeError, match="broken"):
                next(blocks)

    def test_the_end_of_a_source_is_the_end(self):
        with prefetched(iter([1, 2])) as blocks:
            assert list(blocks) == [1, 2]


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--raw", "-o", "out.wav"), "exclude each other"),
            (("--duration", "0"), "duration must be greater than 0"),
            (("-o", "out.mp3"), "no known audio suffix"),
            (("--raw", "--preset", "ulyanov2016"), "makes no streams"),
        ],
    )
    def test_what_cannot_be_is_refused(self, refused, words, sentence):
        assert sentence in refused(2, "stream", "rain.wav", *words)

    def test_without_a_player_the_way_out_is_said(self, refused, monkeypatch):
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        assert "pip install 'gramophone[play]'" in refused(2, "stream", "rain.wav")
