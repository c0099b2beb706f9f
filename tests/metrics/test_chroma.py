"""Pitch classes of tones, and against librosa's."""

import librosa
import numpy as np
import pytest
import torch

from gramophone.demo.textures import melody
from gramophone.metrics.chroma import PITCHED_ABOVE, chroma, chroma_correlation, pitchedness

RATE_HZ = 22050


def tone(*frequencies_hz):
    time_s = torch.arange(2 * RATE_HZ, dtype=torch.float64) / RATE_HZ
    return sum(torch.sin(2 * torch.pi * hz * time_s) for hz in frequencies_hz)


class TestChroma:
    @pytest.mark.parametrize(("hz", "expected"), [(261.63, 0), (440.0, 9), (880.0, 9), (110.0, 9), (493.88, 11)])
    def test_a_tone_lies_in_its_class_in_every_octave(self, hz, expected):
        assert int(chroma(tone(hz), RATE_HZ).mean(1).argmax()) == expected

    def test_it_agrees_with_librosa(self):
        sound = torch.from_numpy(melody(RATE_HZ, 4.0, 0)[0])
        ours = chroma(sound, RATE_HZ).numpy()
        half = round(0.186 * RATE_HZ / 2)
        theirs = librosa.feature.chroma_stft(
            y=sound.numpy(), sr=RATE_HZ, n_fft=2 * half, hop_length=half // 2, tuning=0.0, norm=1
        )
        frames = min(ours.shape[1], theirs.shape[1])
        same = ours[:, :frames].argmax(0) == theirs[:, :frames].argmax(0)
        assert np.mean(same) > 0.85

    def test_the_same_notes_on_another_instrument_correlate_and_others_do_not(self):
        chord, bright = tone(261.63, 329.63, 392.0), tone(523.25, 659.26, 783.99)
        other = tone(277.18, 369.99, 466.16)
        assert chroma_correlation(chord, chord, RATE_HZ) == pytest.approx(1)
        assert chroma_correlation(bright, chord, RATE_HZ) > 0.9
        assert chroma_correlation(other, chord, RATE_HZ) < 0

    def test_notes_are_pitched_and_noise_is_not(self):
        noise = torch.randn(2 * RATE_HZ, generator=torch.Generator().manual_seed(0))
        assert pitchedness(noise, RATE_HZ) < PITCHED_ABOVE / 2
        assert pitchedness(tone(440.0), RATE_HZ) > 0.8
