"""ESTOI against another implementation."""

import numpy as np
import pytest

from gramophone.demo.speech import spoken_phrase
from gramophone.metrics.intelligibility import RATE_HZ, intelligibility
from gramophone.metrics.words import noise_vocoder


@pytest.fixture(scope="module")
def speech():
    return spoken_phrase(RATE_HZ, 3.0, 0)[0]


class TestIntelligibility:
    @pytest.mark.parametrize("bands", [4, 16])
    @pytest.mark.parametrize("samples", [8000, 30_000])
    def test_it_is_that_of_pystoi(self, speech, bands, samples):
        pystoi = pytest.importorskip("pystoi", reason="another implementation of ESTOI")
        said = noise_vocoder(speech, RATE_HZ, bands)[:samples]
        expected = pystoi.stoi(speech[:samples], said, RATE_HZ, extended=True)
        assert intelligibility(said, speech[:samples]) == pytest.approx(expected, abs=1e-6)

    def test_speech_is_itself_and_silence_says_nothing(self, speech):
        assert intelligibility(speech, speech) == pytest.approx(1, abs=1e-6)
        assert intelligibility(np.zeros_like(speech), speech) == 0

    @pytest.mark.parametrize("samples", [0, 200, 3000])
    def test_too_little_speech_has_no_intelligibility(self, speech, samples):
        assert intelligibility(speech[:samples], speech[:samples]) == 0
