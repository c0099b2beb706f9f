import numpy as np
import pytest

from gramophone.errors import InputError
from gramophone.metrics.harmony import Harmony, pitch_classes, tonality

RATE_HZ = 22050
CHORDS = ((57, 61, 64), (62, 66, 69), (64, 68, 71), (57, 60, 64), (55, 59, 62))


def chords(keys, chord_s=0.5):
    time_s = np.arange(round(chord_s * RATE_HZ)) / RATE_HZ
    played = [
        sum(np.sin(2 * np.pi * n * 440 * 2 ** ((key - 69) / 12) * time_s) / n for key in chord for n in (1, 2, 3))
        for chord in keys
    ]
    return (0.1 * np.concatenate(played)).astype(np.float32)


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal(3 * RATE_HZ).astype(np.float32)


def measured(result, content=None):
    return Harmony.of(chords(CHORDS) if content is None else content, noise(), RATE_HZ).measure(result)[0]


class TestHarmonyScore:
    def test_the_same_chords_score_one_and_others_none(self):
        assert measured(chords(CHORDS)).score == pytest.approx(1, abs=1e-3)
        assert measured(chords(CHORDS[::-1])).value < 0.5
        assert abs(measured(noise(1)).value) < 0.1

    def test_another_octave_is_the_same_harmony(self):
        assert measured(chords([[key + 12 for key in chord] for chord in CHORDS])).value > 0.8

    def test_a_constant_chord_does_not_score(self):
        assert abs(measured(chords([CHORDS[0]] * 5)).value) < 0.2


class TestPitchClasses:
    def test_pitch_classes_of_a_tone(self):
        classes = pitch_classes(chords([(69,)]), RATE_HZ)
        assert int(classes[:, 2].argmax()) == 0  # A, as 110 Hz
        assert tonality(classes) > 0.5
        assert tonality(pitch_classes(noise(), RATE_HZ)) < 0.1


class TestMissingHarmony:
    def test_a_hum_below_the_range_has_no_harmony(self):
        time_s = np.arange(5 * RATE_HZ) / RATE_HZ
        hum = (0.3 * np.sin(2 * np.pi * 50 * time_s) + 0.1 * np.sin(2 * np.pi * 100 * time_s)).astype(np.float32)
        found = measured(noise(1), hum)
        assert found.value is None
        assert "between 110 Hz and 3.5 kHz" in found.reading

    @pytest.mark.parametrize(
        ("content", "reason"), [(noise(), "no pitch class"), (chords([CHORDS[0]] * 5), "do not change")]
    )
    def test_without_harmony_there_is_no_figure(self, content, reason):
        found = measured(content, content)
        assert found.value is None
        assert reason in found.reading

    def test_too_short_a_content_is_refused(self):
        with pytest.raises(InputError, match=r"0\.10 s is too short"):
            Harmony.of(noise()[: RATE_HZ // 10], noise(), RATE_HZ)
