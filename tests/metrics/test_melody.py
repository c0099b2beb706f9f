import numpy as np
import pytest

pytest.importorskip("swift_f0", reason="needs the extra `ears`")

from gramophone.metrics.melody import Melody, Pitch, accuracies, pitch_detector, track

RATE_HZ = 22050
KEYS = (60, 64, 67, 65, 62, 59)


def notes(keys, rate_hz=RATE_HZ, note_s=0.4, cents=0.0):
    time_s = np.arange(round(note_s * rate_hz)) / rate_hz
    played = []
    for key in keys:
        frequency_hz = 440 * 2 ** ((key - 69) / 12 + cents / 1200)
        partials = sum(np.sin(2 * np.pi * n * frequency_hz * time_s) / n for n in range(1, 9))
        played.append(partials * np.minimum(1, time_s / 0.01))
    return (0.1 * np.concatenate(played)).astype(np.float32)


def noise():
    return np.random.default_rng(0).standard_normal(2 * RATE_HZ).astype(np.float32)


def measured(result):
    return Melody.of(notes(KEYS), noise(), RATE_HZ).measure(result)


class TestPitchTracking:
    def test_pitch_is_that_of_the_notes(self):
        pitch = track(pitch_detector(), notes((57,)), RATE_HZ)
        assert np.median(pitch.cents) == pytest.approx(1200 * np.log2(220), abs=10)


class TestMelodyAccuracy:
    @pytest.mark.parametrize(("cents", "expected"), [(0, 1.0), (30, 1.0), (-30, 1.0), (80, 0.0)])
    def test_fifty_cents_are_the_limit(self, cents, expected):
        pitch, chroma = measured(notes(KEYS, cents=cents))
        assert pitch.value == pytest.approx(expected, abs=0.06)
        assert chroma.value == pytest.approx(expected, abs=0.06)

    def test_an_octave_is_told_apart(self):
        pitch, chroma = measured(notes([key + 12 for key in KEYS]))
        assert pitch.value < 0.05
        assert chroma.value > 0.9

    def test_half_the_notes_are_half(self):
        pitch, _ = measured(notes(KEYS[:3] + tuple(key + 6 for key in KEYS[3:])))
        assert pitch.value == pytest.approx(0.5, abs=0.06)

    @pytest.mark.parametrize("gain", [1e-3, 30.0])
    def test_the_level_does_not_count(self, gain):
        assert measured((gain * notes(KEYS)).astype(np.float32))[0].value > 0.95

    def test_accuracies_by_hand(self):
        content = Pitch(np.array([100.0, 200.0, 300.0, 400.0]), np.array([1.0, 1.0, 1.0, 0.1]))
        result = Pitch(np.array([149.0, 251.0, 1510.0, 400.0]), np.array([0.5, 1.0, 1.0, 1.0]))
        assert accuracies(result, content) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
        silent = Pitch(content.cents, np.zeros(4))
        assert accuracies(silent, content) == (0.0, 0.0)


class TestMissingMelody:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [(noise(), "no voiced frames"), (notes((60,) * 4), "stays on one note")],
    )
    def test_without_a_melody_there_is_no_figure(self, content, reason):
        for measure in Melody.of(content, noise(), RATE_HZ).measure(content):
            assert measure.value is None
            assert reason in measure.reading

    def test_a_style_with_the_same_melody_cannot_be_judged(self):
        both = Melody.of(notes(KEYS), notes(KEYS), RATE_HZ).measure(notes(KEYS))
        assert both[0].value is None
        assert "the style alone already scores" in both[0].reading
