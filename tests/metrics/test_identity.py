"""The measures of a transfer on programs so dumb that everybody knows what they must score."""

import importlib.util
import sys

import numpy as np
import pytest

pytest.importorskip("swift_f0", reason="needs the extra `ears`")

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError
from gramophone.metrics import melody, style
from gramophone.metrics.channels import cancels, compared
from gramophone.metrics.identity import KEPT, identity, listen

RATE_HZ = 22050
DURATION_S = 4.0
HAS_WEIGHTS = importlib.util.find_spec("aisfx") is not None
needs_weights = pytest.mark.skipif(not HAS_WEIGHTS, reason="needs the weights of the package aisfx")


def levelled(waveform):
    return (0.1 * waveform / np.sqrt(np.mean(np.square(waveform)))).astype(np.float32)


def made(make, seed=0):
    return levelled(make(RATE_HZ, DURATION_S, seed)[0])


def tune(harmonics, notes, note_s=0.4):
    """Notes of a made-up instrument, one after the other."""
    time_s = np.arange(round(note_s * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1, time_s / 0.01) * np.exp(-3 * time_s)
    played = [
        envelope * sum(h * np.sin(2 * np.pi * (n + 1) * 440 * 2 ** ((key - 69) / 12) * time_s) for n, h in harmonics)
        for key in notes
    ]
    return levelled(np.concatenate(played))


REED = [(0, 1.0), (2, 0.8), (4, 0.6), (6, 0.5), (8, 0.3)]
MELODY = (60, 64, 67, 65, 62, 59, 60, 69, 67, 64)


HORN = [(0, 0.3), (1, 0.7), (2, 1.0), (3, 0.2)]


def sound(*channels):
    return Sound(np.stack(channels), RATE_HZ)


def noise(seed=0):
    return levelled(np.random.default_rng(seed).standard_normal(round(DURATION_S * RATE_HZ)))


PAIRS = {"speech in fire": (made(spoken_phrase), made(fire)), "melody in fire": (tune(REED, MELODY), made(fire))}


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    content, theirs = PAIRS[request.param]
    return content, theirs, listen(sound(content), sound(theirs))


def in_style(found):
    """The headline of style where its weights are installed, else the best that can be had."""
    return found.style if HAS_WEIGHTS else min(1.0, max(0.0, found["timbre"].score))


class TestKnownResults:
    def test_the_content_keeps_everything_and_is_not_the_style(self, pair):
        content, _, ears = pair
        found = ears.hear(sound(content))
        assert found.identity == pytest.approx(1, abs=0.05)
        assert in_style(found) == pytest.approx(0, abs=0.05)
        assert found["leak"].value == pytest.approx(1, abs=0.05)
        heard = [name for name in KEPT if found[name].value is not None]
        assert len(heard) >= 4
        assert all(found[name].score == pytest.approx(1, abs=0.05) for name in heard)

    def test_the_style_alone_keeps_nothing_and_is_a_copy(self, pair):
        content, theirs, ears = pair
        found = ears.hear(sound(theirs[: len(content)]))
        assert found.identity == pytest.approx(0, abs=0.05)
        assert in_style(found) == pytest.approx(1, abs=0.05)
        assert found["copying"].value == pytest.approx(1, abs=0.01)
        assert found["leak"].value < 0.05
        assert found["copying"].value > max(ears.hear(sound(x)).measures[-2].value for x in (content, noise()))

    def test_mixing_lies_between_and_leaks(self, pair):
        content, theirs, ears = pair
        placed = []
        for gain in (0.0, 0.3, 1.0, 3.0):
            mix = content + gain * theirs[: len(content)]
            placed.append(ears.hear(sound(mix.astype(np.float32))))
        identities, styles = [found.identity for found in placed], [in_style(found) for found in placed]
        assert identities == sorted(identities, reverse=True)
        assert styles == sorted(styles)
        assert 0.1 < identities[2] < 0.95
        assert placed[2]["leak"].value > 0.2

    def test_silence_and_noise_keep_nothing(self, pair):
        _, _, ears = pair
        silence = np.zeros(round(DURATION_S * RATE_HZ), np.float32)
        assert ears.hear(sound(noise())).identity == pytest.approx(0, abs=0.05)
        assert ears.hear(sound(silence)).identity == 0
        assert in_style(ears.hear(sound(silence))) == 0
        assert "the result is silent" in ears.hear(sound(silence)).notes

    @needs_weights
    def test_noise_is_not_a_horn(self):
        # Of a noisy style it has a share.
        ears = listen(sound(tune(REED, MELODY)), sound(tune(HORN, (57, 50, 62, 53, 60, 55, 64, 52, 59, 56))))
        assert ears.hear(sound(noise())).style == pytest.approx(0, abs=0.05)
        assert ears.hear(sound(tune(HORN, MELODY))).style > 0.5

    @needs_weights
    def test_a_mix_is_nearer_to_the_style_than_the_content(self, pair):
        content, theirs, ears = pair
        found = ears.hear(sound((content + theirs[: len(content)]).astype(np.float32)))
        assert 0.05 < found[style.KERNEL].score < 0.95
        assert 0.05 < found[style.COSINE].score < 0.95


class TestChannels:
    def test_channels_in_opposite_phase_are_heard(self):
        content, theirs = PAIRS["melody in fire"]
        upside_down = sound(content, -content)
        found = identity(sound(content), sound(theirs), upside_down)
        assert found["melody"].value == pytest.approx(1, abs=0.01)
        assert any("opposite phase" in note for note in found.notes)
        other = sound(theirs[: len(content)], -theirs[: len(content)])
        judged = identity(upside_down, sound(theirs), other)
        assert judged["melody"].score == pytest.approx(0, abs=0.05)
        assert judged["spectral shape"].score == pytest.approx(0, abs=0.1)

    def test_each_channel_counts(self):
        content, theirs = PAIRS["melody in fire"]
        half = identity(sound(content), sound(theirs), sound(content, np.zeros_like(content)))
        assert half["melody"].value == pytest.approx(0.5, abs=0.01)
        assert half["harmony"].reading.startswith("channel by channel")

    def test_a_silent_channel_of_the_content_is_left_out(self):
        content, theirs = PAIRS["melody in fire"]
        one_sided = sound(content, np.zeros_like(content))
        found = identity(one_sided, sound(theirs), one_sided)
        assert found["melody"].value == pytest.approx(1, abs=0.01)
        assert "1 of 2 channels of the content are silent and not compared" in found.notes

    def test_which_channels_are_compared(self):
        one, two, three = noise(1), noise(2), noise(3)
        assert len(compared(sound(one), sound(two), sound(three, -three))) == 1
        assert len(compared(sound(one), sound(two), sound(three, one))) == 2
        assert [pair.content for pair in compared(sound(one, two), sound(three), sound(two, three))] == [0, 1]
        with pytest.raises(InputError, match="a result of 2 channels cannot be compared with a content of 3"):
            compared(sound(one, two, three), sound(one), sound(one, two))
        assert cancels(sound(one, -one))
        assert not cancels(sound(one, two))
        assert not cancels(sound(one))


class TestLengths:
    def test_lengths_are_told(self):
        content, theirs = PAIRS["melody in fire"]
        ears = listen(sound(content), sound(theirs))
        half = ears.hear(sound(content[: len(content) // 2]))
        assert half["melody"].value == pytest.approx(0.5, abs=0.1)
        assert any("shorter than the content" in note for note in half.notes)
        longer = ears.hear(sound(np.concatenate([content, content])))
        assert longer["melody"].value == pytest.approx(1, abs=0.01)
        assert any("longer than the content" in note for note in longer.notes)

    def test_a_style_that_is_too_short_says_so(self):
        content, theirs = PAIRS["melody in fire"]
        found = identity(sound(content), sound(theirs[: RATE_HZ // 10]), sound(content))
        for name in ("patches", "timbre", "copying"):
            assert found[name].value is None
            assert "short" in found[name].reading or "few" in found[name].reading
        assert found["melody"].value == pytest.approx(1, abs=0.01)

    def test_short_recordings_give_reasons_and_no_figures(self):
        content, theirs = PAIRS["melody in fire"]
        short = sound(content[: RATE_HZ // 10])
        found = identity(short, sound(theirs), short)
        assert {measure.name for measure in found.measures if measure.value is None} > {"harmony", "words", "copying"}
        assert all(measure.reading for measure in found.measures)


class TestMissingFigures:
    def test_what_has_no_pitch_has_no_melody_harmony_or_words(self):
        found = identity(sound(made(rain)), sound(made(fire)), sound(made(rain, 1)))
        for name in ("melody", "melody modulo octave", "harmony", "words"):
            assert found[name].value is None
            assert found[name].reading.startswith("no ")

    def test_a_missing_extra_is_named(self, monkeypatch):
        for package in ("swift_f0", "aisfx"):
            monkeypatch.setitem(sys.modules, package, None)
        content, theirs = PAIRS["melody in fire"]
        found = identity(sound(content), sound(theirs), sound(content))
        for name in (melody.NAME, melody.OCTAVES, "words", style.KERNEL, style.COSINE):
            assert found[name].value is None
            assert "pip install 'gramophone[ears]'" in found[name].reading
        assert found["harmony"].value == pytest.approx(1, abs=0.01)


class TestRefusals:
    @pytest.mark.parametrize("which", ["content", "style"])
    def test_nothing_is_measured_by_silence(self, which):
        silent = np.zeros(RATE_HZ, np.float32)
        sounds = (silent, noise()) if which == "content" else (noise(), silent)
        with pytest.raises(InputError, match=f"the {which} is silent"):
            listen(*(sound(x) for x in sounds))
