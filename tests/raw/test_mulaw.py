"""Companding by its formula, and the bits of simple models where they are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.raw.baselines import histogram_bits, predictor, predictor_bits
from gramophone.raw.mulaw import LEVELS, SILENT, decode, edges, encode, values


class TestMuLaw:
    @given(st.floats(-2, 2))
    def test_a_code_stands_for_the_nearest_companded_level(self, sample):
        clipped = float(np.clip(sample, -1, 1))
        companded = np.sign(clipped) * np.log(1 + 255 * abs(clipped)) / np.log(256)
        levels = 2 * np.arange(256) / 255 - 1
        code = int(encode(np.array([sample]))[0])
        assert abs(levels[code] - companded) <= np.abs(levels - companded).min() + 1e-9

    def test_codes_and_samples_are_each_others_inverse(self):
        assert (encode(values()) == np.arange(LEVELS)).all()
        assert decode(np.array([0, SILENT, 255], np.uint8)) == pytest.approx([-1, 0, 1], abs=1e-4)

    def test_edges_lie_between_the_levels_that_they_part(self):
        assert (encode(edges() - 1e-9) == np.arange(255)).all()
        assert (encode(edges() + 1e-9) == np.arange(1, 256)).all()


class TestBaselines:
    def test_of_white_noise_a_predictor_is_as_good_as_the_density(self):
        noise = 0.1 * np.random.default_rng(0).standard_normal(20000)
        codes = encode(noise)
        coefficients, deviation = predictor([codes], order=4)
        assert coefficients == pytest.approx(0, abs=0.03)
        assert deviation == pytest.approx(0.1, rel=0.02)
        counts = np.bincount(codes, minlength=LEVELS)
        share = counts[counts > 0] / counts.sum()
        entropy = -(share * np.log2(share)).sum()
        assert histogram_bits(counts, codes).mean() == pytest.approx(entropy, abs=0.05)
        assert predictor_bits(coefficients, deviation, codes).mean() == pytest.approx(entropy, abs=0.05)

    def test_of_a_resonance_a_predictor_knows_more(self):
        rng, x = np.random.default_rng(1), np.zeros(20000)
        for n in range(2, len(x)):
            x[n] = 1.8 * x[n - 1] - 0.9 * x[n - 2] + 0.01 * rng.standard_normal()
        coefficients, deviation = predictor([encode(x[:10000]), encode(x[10000:])], order=2)
        assert coefficients == pytest.approx([1.8, -0.9], abs=0.05)
        counts = np.bincount(encode(x), minlength=LEVELS)
        assert (
            predictor_bits(coefficients, deviation, encode(x)).mean() < histogram_bits(counts, encode(x)).mean() - 1
        )

    def test_a_short_sound_is_refused(self):
        with pytest.raises(InputError, match="needs more samples than 4"):
            predictor([np.zeros(4, np.uint8)], order=4)
