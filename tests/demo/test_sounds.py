"""The demonstration sounds are what they say they are."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import linalg, signal, stats

from gramophone.demo.speech import PHONES, spoken_phrase, timeline
from gramophone.demo.textures import BEAT_S, FLUTE_KEYS, FLUTE_NOTE_S, fire, flute, melody, rain, rhythm, score, water
from gramophone.errors import UsageError

RATE_HZ = 22050
SOUNDS = [spoken_phrase, melody, rain, fire, rhythm, flute, water]


def band_envelope(sound, low_hz, high_hz, rate_hz=RATE_HZ):
    band = signal.butter(4, [low_hz, high_hz], "bandpass", fs=rate_hz, output="sos")
    return np.abs(signal.hilbert(signal.sosfiltfilt(band, sound.astype(np.float64))))


def part(sound, start_s, end_s, rate_hz=RATE_HZ):
    return sound[0, round(start_s * rate_hz) : round(end_s * rate_hz)].astype(np.float64)


def resonances(heard, rate_hz, order=12):
    flat = signal.lfilter([1, -0.97], [1], heard) * np.hamming(len(heard))
    likeness = np.correlate(flat, flat, "full")[len(flat) - 1 :][: order + 1]
    predictor = linalg.solve_toeplitz(likeness[:-1], likeness[1:])
    roots = np.roots(np.concatenate([[1], -predictor]))
    roots = roots[(roots.imag > 0) & (np.abs(roots) > 0.8)]
    return np.angle(roots) * rate_hz / (2 * np.pi)


class TestEverySound:
    @pytest.mark.parametrize("make", SOUNDS)
    @pytest.mark.parametrize(("rate_hz", "duration_s"), [(22050, 3.0), (48000, 1.3), (8000, 0.4)])
    def test_has_the_length_and_peak_it_promises(self, make, rate_hz, duration_s):
        sound = make(rate_hz, duration_s, 1)
        assert sound.shape == (1, round(rate_hz * duration_s))
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() == pytest.approx(0.7, abs=1e-6)

    @pytest.mark.parametrize("make", SOUNDS)
    def test_the_seed_decides_every_sample(self, make):
        once, again, other = (make(RATE_HZ, 1.0, seed) for seed in (3, 3, 4))
        assert once.tobytes() == again.tobytes()
        assert np.abs(np.corrcoef(once[0], other[0])[0, 1]) < 0.95

    @pytest.mark.parametrize("make", SOUNDS)
    @pytest.mark.parametrize("duration_s", [0.001, 0.03, 0.21, 9.7])
    def test_any_duration_will_do(self, make, duration_s):
        sound = make(RATE_HZ, duration_s, 0)
        assert sound.shape == (1, round(RATE_HZ * duration_s))
        assert np.isfinite(sound).all()

    @pytest.mark.parametrize("make", SOUNDS)
    @pytest.mark.parametrize(("rate_hz", "duration_s"), [(4000, 1.0), (RATE_HZ, 0.0), (RATE_HZ, float("nan"))])
    def test_impossible_requests_are_named(self, make, rate_hz, duration_s):
        with pytest.raises(UsageError, match="must be at least"):
            make(rate_hz, duration_s, 0)


class TestTextures:
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_rain_is_broad_sparse_and_acts_together(self, seed):
        sound = rain(RATE_HZ, 6.0, seed)[0]
        _, power = signal.welch(sound, RATE_HZ, nperseg=1024)
        octaves = [
            power[round(f / RATE_HZ * 1024) : round(2 * f / RATE_HZ * 1024)].mean() for f in (600, 1200, 2400, 4800)
        ]
        assert max(octaves) / min(octaves) < 10
        noise = np.random.default_rng(seed).standard_normal(len(sound))
        bands = [(600, 1000), (1500, 2200), (3000, 4200), (6000, 8000)]
        wet = [band_envelope(sound, *band) for band in bands]
        plain = [band_envelope(noise, *band) for band in bands]
        assert all(stats.kurtosis(a) > stats.kurtosis(b) + 1 for a, b in zip(wet, plain, strict=True))
        assert np.corrcoef(wet[2], wet[3])[0, 1] > np.corrcoef(plain[2], plain[3])[0, 1] + 0.1

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_fire_crackles_have_a_heavy_tail_over_a_rumble(self, seed):
        sound = fire(RATE_HZ, 6.0, seed)[0]
        crackle = band_envelope(sound, 1500, 6000)
        assert stats.kurtosis(crackle) > 15
        assert np.quantile(crackle, 0.999) > 8 * np.median(crackle)
        frequencies_hz, power = signal.welch(sound, RATE_HZ, nperseg=4096)
        low, middle = (
            power[(frequencies_hz > 30) & (frequencies_hz < 120)],
            power[(frequencies_hz > 400) & (frequencies_hz < 800)],
        )
        assert low.mean() > 20 * middle.mean()

    @pytest.mark.parametrize("seed", [0, 1])
    def test_drops_stand_out_of_the_water(self, seed):
        sound = water(RATE_HZ, 6.0, seed)[0]
        level_db = 10 * np.log10(np.square(sound[: len(sound) // 441 * 441]).reshape(-1, 441).mean(1) + 1e-12)
        assert np.quantile(level_db, 0.95) - np.quantile(level_db, 0.2) > 20


class TestRhythm:
    @pytest.mark.parametrize("seed", [0, 1])
    def test_rhythm_keeps_its_beat(self, seed):
        sound = rhythm(RATE_HZ, 9.0, seed)[0]
        frames = np.log(1e-3 + signal.resample_poly(np.abs(sound), 1, 100).clip(0))
        onsets = np.maximum(np.diff(frames), 0)
        onsets -= onsets.mean()
        likeness = np.correlate(onsets, onsets, "full")[len(onsets) - 1 :]
        lags_s = np.arange(len(likeness)) * 100 / RATE_HZ
        near = (lags_s > 0.85 * BEAT_S) & (lags_s < 1.15 * BEAT_S)
        assert lags_s[near][np.argmax(likeness[near])] == pytest.approx(BEAT_S, abs=0.015)
        assert likeness[near].max() > 5 * np.abs(np.median(likeness[: len(likeness) // 2]))

    def test_rhythm_is_played_by_hands(self):
        sound = rhythm(RATE_HZ, 4 * 4 * BEAT_S, 0)
        bars = part(sound, 0, 8 * BEAT_S), part(sound, 8 * BEAT_S, 16 * BEAT_S)
        assert np.corrcoef(*bars)[0, 1] < 0.99


class TestMelody:
    @pytest.mark.parametrize("rate_hz", [22050, 44100])
    def test_melody_sounds_the_pitches_of_its_score(self, rate_hz):
        sound = melody(rate_hz, 6.0, 0)
        notes = [note for note in score(6.0) if note.start_s + note.length_s < 6.0]
        assert len(notes) > 12
        for note in notes:
            heard = part(sound, note.start_s + 0.03, note.start_s + note.length_s, rate_hz)
            spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 2**18))
            cents = 1200 * np.log2(np.fft.rfftfreq(2**18, 1 / rate_hz)[1:] / note.pitch_hz)
            near = np.flatnonzero(np.abs(cents) < 60) + 1
            assert abs(cents[near[np.argmax(spectrum[near])] - 1]) < 15
            assert spectrum[near].max() > 0.05 * spectrum.max()

    def test_melody_has_an_onset_where_the_score_has_one(self):
        sound = melody(RATE_HZ, 6.0, 0)
        for start_s in sorted({note.start_s for note in score(6.0)})[1:]:
            before = part(sound, start_s - 0.02, start_s)
            after = part(sound, start_s, start_s + 0.03)
            flux = [np.sum(np.diff(x, 2) ** 2) for x in (before, after)]
            assert flux[1] > 3 * flux[0]

    def test_melody_starts_over_when_it_is_long(self):
        assert max(note.start_s for note in score(40.0)) > 39
        assert len(score(20.0)) > len(score(10.0)) > len(score(1.0))

    def test_the_flute_plays_its_notes_in_tune(self):
        sound = flute(RATE_HZ, 6.0, 0)[0]
        for place, key in enumerate(FLUTE_KEYS):
            middle = sound[round((place + 0.3) * FLUTE_NOTE_S * RATE_HZ) :][: round(0.25 * RATE_HZ)]
            spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
            found_hz = spectrum[: (1 << 17) * 1000 // RATE_HZ].argmax() * RATE_HZ / (1 << 17)
            assert abs(12 * np.log2(found_hz / 440) + 69 - key) < 0.3


class TestSpeech:
    @pytest.mark.parametrize("seed", [0, 1, 2, 3])
    def test_formants_of_the_first_steady_vowel_are_those_of_the_table(self, seed):
        sound = spoken_phrase(RATE_HZ, 5.0, seed)
        vowel = next(one for one in timeline(5.0) if one.phone.vowel and one.phone.duration_ms >= 100)
        length_s = vowel.end_s - vowel.start_s
        heard = part(sound, vowel.start_s + 0.3 * length_s, vowel.end_s - 0.3 * length_s)
        found_hz = resonances(signal.resample_poly(heard, 10000, RATE_HZ), 10000)
        for formant_hz in vowel.phone.formants_hz:
            assert np.min(np.abs(found_hz / formant_hz - 1)) < 0.15

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_speech_changes_between_voice_noise_and_silence(self, seed):
        sound = spoken_phrase(RATE_HZ, 5.0, seed)
        kinds = []
        for one in timeline(5.0):
            if one.name in {"s", "t1", "pause"} or one.phone.vowel:
                middle = part(
                    sound,
                    one.start_s + 0.35 * (one.end_s - one.start_s),
                    one.end_s - 0.35 * (one.end_s - one.start_s),
                )
                power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
                high = power[round(3500 / RATE_HZ * len(middle)) :].sum() / power.sum()
                level_db = 10 * np.log10(np.mean(middle**2) / np.mean(sound**2))
                kinds.append("silence" if level_db < -30 else "noise" if high > 0.7 else "voice")
                assert kinds[-1] == {"s": "noise", "t1": "noise", "pause": "silence"}.get(one.name, "voice"), one
        assert sum(a != b for a, b in pairwise(kinds)) >= 8

    def test_speech_has_moving_formants(self):
        # From the "w" to the "ee" of "we", the second formant climbs by more than an octave.
        assert PHONES["iy"].formants_hz[1] > 2 * PHONES["w"].formants_hz[1]
        sound = spoken_phrase(RATE_HZ, 5.0, 0)
        glide, vowel = timeline(5.0)[1:3]
        bright = []
        for one in (glide, vowel):
            middle_s = (one.start_s + one.end_s) / 2
            heard = part(sound, middle_s - 0.02, middle_s + 0.02)
            power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 4096)) ** 2
            hz = np.fft.rfftfreq(4096, 1 / RATE_HZ)
            bright.append(power[(hz > 1800) & (hz < 2800)].sum() / power.sum())
        assert bright[1] > 10 * bright[0]

    @pytest.mark.parametrize("duration_s", [0.2, 1.0, 2.5, 5.0, 17.0])
    def test_the_timeline_fills_the_duration(self, duration_s):
        spoken = timeline(duration_s)
        assert spoken[0].start_s == 0
        assert spoken[-1].end_s >= duration_s
        assert all(a.end_s == b.start_s for a, b in pairwise(spoken))
        assert spoken[-2].word
