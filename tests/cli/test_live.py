"""`gramophone live`: files, pipes, and a sound card that is made up."""

import sys
import threading
import time

import numpy as np
import pytest
import soundfile

from gramophone.audio import load
from gramophone.cli.keys import Keys, press
from gramophone.demo.textures import rain
from gramophone.live import LiveTransfer

RATE_HZ = 22050


class PortAudioError(Exception):
    """As sounddevice raises it."""


class Card:
    """A module like sounddevice whose card brings noise every few milliseconds."""

    PortAudioError = PortAudioError

    def __init__(self, rates_hz=(RATE_HZ,), devices=True, vanishes_after=None):
        self.rates_hz, self.devices, self.vanishes_after = rates_hz, devices, vanishes_after
        self.played = []

    def query_devices(self, device=None, kind=None):
        found = {"name": "Made up", "max_input_channels": 1, "max_output_channels": 2, "default_samplerate": RATE_HZ}
        if not self.devices or device not in (None, 0, "Made"):
            raise PortAudioError("nothing there")
        return found if kind else [found]

    def check_input_settings(self, *, samplerate, **_):
        if samplerate not in self.rates_hz:
            raise PortAudioError("invalid sample rate")

    check_output_settings = check_input_settings

    def Stream(self, **given):
        return Stream(self, **given)


class Stream:
    """Calls back from a thread, as the card would."""

    latency = (0.01, 0.01)

    def __init__(self, card, *, blocksize, samplerate, callback, **_):
        self._card, self._block, self._step_s, self._callback = card, blocksize, blocksize / samplerate, callback
        self.active = True
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        rng, number = np.random.default_rng(0), 0
        while self.active:
            out = np.full((self._block, 2), np.nan, np.float32)
            self._callback(
                0.1 * rng.standard_normal((self._block, 1)).astype(np.float32), out, self._block, None, None
            )
            self._card.played.append(out)
            time.sleep(self._step_s)
            number += 1
            self.active &= number != self._card.vanishes_after

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.active = False
        self._thread.join()


@pytest.fixture
def card(monkeypatch):
    """Puts a card in the place of sounddevice."""

    def put(**given):
        made = Card(**given)
        monkeypatch.setitem(sys.modules, "sounddevice", made)
        return made

    return put


class TestFiles:
    def test_a_file_comes_out_as_long_and_in_its_place(self, gramophone, folder):
        outcome = gramophone("live", "rain.wav", "--from", "voice.wav", "-o", "out.wav", "--mix", "0", "--quiet")
        assert outcome.code == 0, outcome.err
        assert "out.wav: 0.5 s at 22050 Hz" in outcome.out
        np.testing.assert_allclose(load("out.wav").samples, load("voice.wav").samples, atol=1e-5)

    def test_the_same_seed_gives_the_same_file(self, gramophone, folder):
        words = (
            "live",
            "rain.wav",
            "fire.wav",
            "--from",
            "voice.wav",
            "--mode",
            "fast",
            "--weights",
            "2,1",
            "--quiet",
        )
        assert gramophone(*words, "-o", "a.wav").code == 0
        assert gramophone(*words, "-o", "b.wav", "--block", "100").code == 0
        assert gramophone(*words, "-o", "c.wav", "--seed", "1").code == 0
        one, same, other = (load(f"{name}.wav").samples for name in "abc")
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)
        assert np.abs(one).max() > 0.01

    def test_on_the_clock_it_takes_the_time_of_the_file(self, gramophone, folder):
        began_s = time.perf_counter()
        words = ("--from", "voice.wav", "-o", "out.wav", "--clock", "--mix", "0", "--block", "1024", "--quiet")
        outcome = gramophone("live", "rain.wav", *words)
        assert outcome.code == 0, outcome.err
        assert time.perf_counter() - began_s > 0.5
        assert "block(s) were late" in outcome.out
        assert load("out.wav").duration_s == pytest.approx(0.5, abs=1e-3)

    def test_the_rate_and_the_length_can_be_asked_for(self, gramophone, folder):
        words = ("--from", "voice.wav", "-o", "out.wav", "--rate", "16000", "--duration", "0.25", "--quiet")
        assert gramophone("live", "rain.wav", *words).code == 0
        found = load("out.wav")
        assert (found.rate_hz, found.duration_s) == (16000, pytest.approx(0.25))


class TestPipes:
    def test_floats_go_in_and_as_many_come_out(self, folder, start):
        process = start("live", "rain.wav", "--raw", "--rate", str(RATE_HZ), stdin=-1, text=False)
        given = 0.1 * np.random.default_rng(0).standard_normal(20_000).astype("<f4")
        out, err = process.communicate(given.tobytes(), timeout=120)
        assert process.returncode == 0, err
        found = np.frombuffer(out, "<f4")
        assert len(found) == len(given)
        assert 0.01 < np.abs(found[10_000:]).max() <= 1


class TestCard:
    def test_it_plays_and_records(self, gramophone, folder, card):
        soundfile.write("rain.wav", rain(RATE_HZ, 1.0, 0).T, RATE_HZ, subtype="FLOAT")
        made = card()
        outcome = gramophone("live", "rain.wav", "--duration", "1.2", "--record", "heard.wav", "--block", "1024")
        assert outcome.code == 0, outcome.err
        assert "Made up to Made up at 22050 Hz" in outcome.err
        assert "load" in outcome.err
        assert "late" in outcome.err
        played = np.concatenate(made.played)
        assert np.isfinite(played).all()
        assert np.array_equal(played[:, 0], played[:, 1])
        assert np.abs(played[RATE_HZ // 2 :]).max() > 0.01
        recorded = load("heard.wav").samples[0]
        assert 0.3 < len(recorded) / RATE_HZ < 3
        assert np.abs(recorded).max() > 0.01

    def test_devices_are_listed(self, gramophone, card):
        card()
        outcome = gramophone("live", "--list")
        assert (outcome.code, outcome.out) == (0, "  0  Made up: 1 in, 2 out, 22050 Hz\n")

    def test_a_card_that_goes_away_is_said(self, gramophone, folder, card):
        card(vanishes_after=3)
        outcome = gramophone("live", "rain.wav", "--quiet", "--record", "heard.wav")
        assert outcome.code == 3
        assert "Made up to Made up went away while it was playing; connect it and start again" in outcome.err
        assert load("heard.wav").samples.shape[1] >= 512

    def test_a_card_that_stops_answering_is_said(self, gramophone, folder, card, monkeypatch):
        monkeypatch.setattr("gramophone.cli.sound_card.LONGEST_SILENCE_S", 0.05)
        card()
        monkeypatch.setattr(Stream, "_run", lambda self: None)
        outcome = gramophone("live", "rain.wav", "--quiet")
        assert outcome.code == 3
        assert "went away" in outcome.err

    def test_what_cannot_be_is_said(self, refused, card):
        card()
        assert "does not run at 96000 Hz" in refused(2, "live", "rain.wav", "--rate", "96000")
        assert "there is no input device 'none'" in refused(2, "live", "rain.wav", "--input", "none")
        card(devices=False)
        assert "there is no sound card with an input" in refused(2, "live", "rain.wav")

    def test_without_the_package_the_remedy_is_named(self, refused, monkeypatch):
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        assert "pip install 'gramophone[play]'" in refused(2, "live", "rain.wav")
        assert "pip install 'gramophone[play]'" in refused(2, "live", "--list")


class TestKeys:
    def test_keys_change_what_plays(self):
        live = LiveTransfer([load_rain(), load_rain()], RATE_HZ, strength=0.5)
        assert not any(press(live, key) for key in ("up", "up", "left", "f", "2", "x", "9"))
        assert (live.strength, live.mix, live.freeze, live.weights) == (0.6, 0.9, True, (0.0, 1.0))
        assert not any(press(live, key) for key in ["down"] * 20 + ["right"] * 3 + ["f", "0"])
        assert (live.strength, live.mix, live.freeze, live.weights) == (0.0, 1.0, False, (0.5, 0.5))
        assert press(live, "q")

    def test_without_a_terminal_no_key_comes(self):
        assert Keys(None).pressed() == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ((), "name at least one STYLE"),
            (("rain.wav", "--raw", "--from", "voice.wav", "-o", "a.wav"), "--raw and --from exclude each other"),
            (("rain.wav", "--from", "voice.wav"), "--from FILE and -o OUT go together"),
            (("rain.wav", "-o", "a.wav"), "--from FILE and -o OUT go together"),
            (("rain.wav", "--raw", "--input", "1"), "name devices of the sound card"),
            (("rain.wav", "--raw", "--clock"), "--clock is for --from"),
            (("rain.wav", "--raw", "--record", "a.wav"), "--record is for the sound card"),
            (("rain.wav", "--raw", "--duration", "0"), "duration must be greater than 0"),
            (("rain.wav", "--raw", "--block", "0"), "block must be between 1 and 16384 samples, not 0"),
            (("rain.wav", "--raw", "--strength", "2"), "strength must be between 0 and 1, not 2"),
            (("rain.wav", "--raw", "--weights", "a"), "weights must be numbers with commas between them"),
            (("rain.wav", "--raw", "--rate", "8000"), "live rates must be between 16000 and 96000 Hz"),
            (("rain.wav", "--from", "voice.wav", "-o", "a.mp3"), "a.mp3"),
            (("rain.wav", "--from", "voice.wav", "-o", "fire.wav"), "fire.wav"),
        ],
    )
    def test_options_that_cannot_be(self, refused, folder, words, sentence):
        assert sentence in refused(2, "live", *words)

    def test_a_style_that_cannot_be_read(self, refused, folder):
        assert "missing.wav" in refused(3, "live", "missing.wav", "--raw")


def load_rain():
    from gramophone.audio import Sound

    return Sound(rain(RATE_HZ, 0.5, 0), RATE_HZ)
