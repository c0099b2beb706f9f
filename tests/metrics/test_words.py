import numpy as np
import pytest

pytest.importorskip("swift_f0", reason="needs the extra `ears`")

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody, rain
from gramophone.metrics.words import Words, noise_vocoder

RATE_HZ = 22050


@pytest.fixture(scope="module")
def speech():
    return spoken_phrase(RATE_HZ, 4.0, 0)[0]


@pytest.fixture(scope="module")
def words(speech):
    return Words.of(speech, rain(RATE_HZ, 4.0, 0)[0], RATE_HZ)


class TestWordScore:
    def test_more_bands_say_more(self, words):
        four, sixteen, thirty_two = (score for _, score in words.vocoders)
        assert 0.1 < four < sixteen < 0.95
        assert thirty_two > four

    def test_speech_is_said_and_its_reverse_is_not(self, speech, words):
        assert words.measure(speech)[0].score == pytest.approx(1, abs=0.02)
        assert words.measure(speech[::-1].copy())[0].value < 0.35
        assert "16-band noise vocoder" in words.measure(speech)[0].reading

    def test_noise_costs_words(self, speech, words):
        noise = np.random.default_rng(0).standard_normal(len(speech)).astype(np.float32) * speech.std()
        clear, worse, worst = (words.measure(speech + gain * noise)[0].value for gain in (0.1, 1.0, 4.0))
        assert clear > worse > worst

    @pytest.mark.parametrize("make", [rain, melody])
    def test_what_is_not_speech_has_no_words(self, make):
        content = make(RATE_HZ, 4.0, 0)[0]
        found = Words.of(content, rain(RATE_HZ, 4.0, 1)[0], RATE_HZ).measure(content)[0]
        assert found.value is None
        assert found.reading.startswith("no words to keep")


class TestNoiseVocoder:
    def test_a_vocoder_has_the_envelopes_and_not_the_waveform(self, speech):
        said = noise_vocoder(speech, RATE_HZ, 16)
        assert said.shape == speech.shape
        assert abs(np.corrcoef(said, speech)[0, 1]) < 0.1
        frames = [np.square(x[: len(x) // 1000 * 1000].reshape(-1, 1000)).sum(1) for x in (said, speech)]
        assert np.corrcoef(*frames)[0, 1] > 0.8
