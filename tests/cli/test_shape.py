"""What a texture is asked to be like, on the command line."""

import numpy as np
import pytest
import soundfile

from gramophone.audio import load
from gramophone.demo.textures import rain
from gramophone.runs.run_record import read_record

RATE_HZ = 44100
FEW = ("--iterations", "2", "--quiet")


@pytest.fixture
def wide(folder):
    """wide.wav: stereo at 44.1 kHz, beside the mono ones at 22.05 kHz."""
    mono = rain(RATE_HZ, 0.6, 1)[0]
    soundfile.write(folder / "wide.wav", np.stack([mono, 0.5 * mono[::-1]], 1), RATE_HZ, subtype="FLOAT")
    return folder


class TestOutputFormat:
    @pytest.mark.parametrize(
        ("words", "form"),
        [
            (("texture", "wide.wav"), (RATE_HZ, 2)),
            (("texture", "rain.wav", "wide.wav", "--mix", "blend"), (RATE_HZ, 2)),
            (("texture", "rain.wav", "fire.wav", "--crossover-hz", "900"), (22050, 1)),
            (("transfer", "voice.wav", "wide.wav"), (RATE_HZ, 2)),
            (("texture", "wide.wav", "--preset", "ulyanov2016"), (22050, 1)),
        ],
    )
    def test_results_have_the_rate_and_channels_of_the_recordings(self, gramophone, wide, words, form):
        outcome = gramophone(*words, "-o", "out.wav", *FEW)
        assert outcome.code == 0, outcome.err
        sound = load("out.wav")
        assert (sound.rate_hz, sound.channels) == form
        assert read_record(wide / "out.json")["settings"]["rate_hz"] == form[0]

    def test_what_is_converted_is_said(self, gramophone, wide):
        outcome = gramophone("texture", "rain.wav", "wide.wav", "-o", "out.wav", "--iterations", "1")
        assert outcome.code == 0
        assert "rain.wav is converted from 22050 Hz, 1 channel(s), to 44100 Hz, 2 channel(s)" in outcome.err
        assert "wide.wav is converted" not in outcome.err


class TestOptions:
    def test_options_reach_the_settings_and_the_record(self, gramophone, wide):
        words = ["--span-ms", "20,80", "--rhythm", "0.5", "--diversity", "0.01", "--time-energy", "0.1"]
        outcome = gramophone(
            "texture", "wide.wav", "-o", "out.wav", "--loop", "--frequency-energy", "0.2", *words, *FEW
        )
        assert outcome.code == 0, outcome.err
        record = read_record(wide / "out.json")
        assert record["parameters"]["loop"] is True
        assert record["settings"]["resolution"]["span_ms"] == [20.0, 80.0]
        terms = {"rhythm": 0.5, "diversity": 0.01, "time_energy": 0.1, "frequency_energy": 0.2}
        assert record["settings"]["terms"].items() >= terms.items()

    def test_a_stream_takes_the_same(self, gramophone, wide):
        words = ("stream", "wide.wav", "rain.wav", "-o", "out.wav", "--duration", "0.5", "--morph", "0:1,0 1:0,1")
        outcome = gramophone(*words, "--mix", "blend", "--span-ms", "20,80", *FEW)
        assert outcome.code == 0, outcome.err
        sound = load("out-0001.wav")
        assert (sound.rate_hz, sound.channels) == (RATE_HZ, 2)
        said = gramophone(*words, "--weights", "1,1", "--overwrite", *FEW)
        assert said.code == 2
        assert "a morph sets the weights of the styles itself" in said.err


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--loop", "--duration", "61"), "a loop of 61 s is too long; ask for 60 s or less"),
            (("--span-ms", "20,400"), "the longest allowed is 250 ms"),
            (("--span-ms", "0"), "span_ms must be lengths greater than 0"),
            (("--span-ms", "a,b"), "span_ms must be lengths greater than 0 with commas between them"),
            (("--crossover-hz", "500"), "do not divide the spectrum among 1 style"),
            (("--mix", "stir"), "mix must be one of alternate, blend, not 'stir'"),
            (("--rhythm", "-1"), "rhythm must be at least 0, not -1"),
            (("--weights", "0"), "give numbers of 0 or more, not all 0"),
            (("--duration", "0"), "duration must be greater than 0, not 0"),
            (("--duration", "-3"), "duration must be greater than 0, not -3"),
            (("--loop", "--morph", "0:1 2:1"), "a loop ends as it begins and cannot morph"),
        ],
    )
    def test_what_cannot_be_is_refused(self, refused, folder, words, said):
        assert said in refused(2, "texture", "rain.wav", "-o", "out.wav", *words)

    def test_more_than_the_disk_holds_is_refused_before_it_begins(self, refused, folder):
        assert "are free; ask for less" in refused(4, "texture", "rain.wav", "-o", "out.flac", "--duration", "1e9")

    def test_more_channels_than_the_format_holds_are_refused_before_it_begins(self, refused, folder):
        many = np.random.default_rng(0).standard_normal((RATE_HZ, 9)) * 0.1
        soundfile.write(folder / "many.wav", many, RATE_HZ, subtype="FLOAT")
        assert "9 channels" in refused(2, "texture", "many.wav", "-o", "out.flac")

    def test_crossovers_without_a_band_above_are_refused(self, refused, folder):
        words = ("texture", "rain.wav", "fire.wav", "-o", "out.wav", "--crossover-hz", "90000")
        assert "give one below 11025 Hz" in refused(2, *words)
