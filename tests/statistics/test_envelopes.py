import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics.envelopes import (
    DEPTH,
    autocorrelation,
    envelope_correlation,
    log_energies,
    over_frequency,
    over_time,
    raw_autocorrelation,
    stretched,
)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


BANDS = torch.tensor([[1.0, 1, 0, 0, 0, 0], [0, 0, 1, 0.5, 0, 0], [0, 0, 0, 0.5, 1, 1]], dtype=torch.float64)


def energies(magnitude):
    return log_energies(magnitude, BANDS.to(magnitude))


class TestLogEnergies:
    def test_energies_by_hand(self):
        magnitude = torch.tensor([[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]]]).double()
        energy = torch.tensor([[5.0, 0.0], [0.0, 11.0], [1.0, 3.0]]).double()
        expected = (energy + DEPTH * energy.mean(1, keepdim=True)).log()
        torch.testing.assert_close(energies(magnitude)[0], expected)

    def test_gain_of_a_band_changes_nothing(self):
        magnitude = random(1, 6, 50).exp()
        gains = torch.tensor([1.0, 1, 30, 30, 30, 30], dtype=torch.float64)[:, None]
        expected = energies(magnitude) - energies(magnitude).mean(-1, keepdim=True)
        for change in (7.0, 1e-3, gains):
            changed = energies(change * magnitude)
            torch.testing.assert_close(changed - changed.mean(-1, keepdim=True), expected)
            assert float(envelope_correlation(changed, energies(magnitude))) == pytest.approx(1, abs=1e-5)


class TestEnvelopeCorrelation:
    @given(st.integers(0, 99), st.integers(3, 40), st.integers(1, 2))
    def test_one_with_itself_and_minus_one_upside_down(self, seed, frames, channels):
        envelopes = random(channels, 3, frames, seed=seed)
        assert float(envelope_correlation(envelopes, envelopes)) == pytest.approx(1, abs=1e-4)
        assert float(envelope_correlation(-envelopes, envelopes)) == pytest.approx(-1, abs=1e-4)

    def test_other_movement_is_near_zero_and_symmetric_about_it(self):
        one, other = random(1, 3, 4000), random(1, 3, 4000, seed=1)
        assert abs(float(envelope_correlation(one, other))) < 0.05

    def test_half_the_movement_counts(self):
        # The level follows, the quick changes are buried: between the two correlations.
        slow = torch.linspace(0, 6.283, 400, dtype=torch.float64).sin().expand(1, 3, -1)
        found = float(envelope_correlation(slow + 0.1 * random(1, 3, 400), slow))
        assert 0.45 < found < 0.7

    def test_a_band_in_which_nothing_happens_asks_for_nothing(self):
        target = torch.cat([random(1, 1, 30), torch.zeros(1, 2, 30, dtype=torch.float64)], 1)
        x = torch.cat([target[:, :1], random(1, 2, 30, seed=1)], 1)
        assert float(envelope_correlation(x, target)) == pytest.approx(1, abs=1e-4)

    def test_nothing_moves_like_silence(self):
        target = energies(random(1, 6, 20).exp())
        assert float(envelope_correlation(target, energies(torch.zeros(1, 6, 20, dtype=torch.float64)))) == 0


class TestEnergies:
    def test_means_are_over_frequency_or_over_time(self):
        x = random(2, 3, 5)
        np.testing.assert_allclose(over_time(x), (x.numpy() ** 2).sum(1) / 3)
        np.testing.assert_allclose(over_frequency(x), (x.numpy() ** 2).sum(2) / 5)

    @pytest.mark.parametrize("length", [2, 7, 12, 30])
    def test_both_ends_stay_and_lines_lie_between(self, length):
        envelope = random(2, 3, 12)
        expected = [
            np.interp(np.linspace(0, 11, length), np.arange(12), row) for row in envelope.reshape(6, 12).numpy()
        ]
        np.testing.assert_allclose(stretched(envelope, length), np.reshape(expected, (2, 3, length)), atol=1e-12)


class TestAutocorrelation:
    LAGS = (range(4), range(1, 5), range(2, 9, 3), range(8, 9))

    @pytest.mark.parametrize("lags", LAGS, ids=str)
    def test_is_a_mean_of_products_over_the_frames_that_both_have(self, lags):
        features = random(2, 3, 9) + 2
        centred = (features - features.mean(-1, keepdim=True)).numpy()
        means = [(centred[..., : 9 - lag] * centred[..., lag:]).mean(-1) for lag in (0, *lags)]
        np.testing.assert_allclose(autocorrelation(features, lags), np.stack(means[1:], -1) / means[0][..., None])
        raw = features.numpy()
        sums = [(raw[..., : 9 - lag] * raw[..., lag:]).sum(-1) / 9 for lag in lags]
        np.testing.assert_allclose(raw_autocorrelation(features, lags), np.stack(sums, -1))

    @pytest.mark.parametrize("lags", [range(-1, 3), range(3, 10)], ids=str)
    def test_lags_that_do_not_fit(self, lags):
        with pytest.raises(ValueError, match=f"lags of {lags.start} to {lags[-1]} frames do not fit 9 frames"):
            autocorrelation(random(3, 9), lags)


class TestGradients:
    def test_gradient(self):
        target = energies(random(1, 6, 8).exp())
        x = random(1, 6, 8, seed=1).exp().requires_grad_()
        assert torch.autograd.gradcheck(lambda x: envelope_correlation(energies(x), target), (x,))

    @pytest.mark.parametrize("silent", [slice(None), slice(5, 12)], ids=["everything", "a stretch"])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_silence_has_a_finite_gradient(self, dtype, silent):
        target = energies(random(1, 6, 20).exp().to(dtype))
        magnitude = random(1, 6, 20, seed=1).exp().to(dtype)
        magnitude[..., silent] = 0
        magnitude.requires_grad_()
        value = envelope_correlation(energies(magnitude), target)
        value.backward()
        assert -1.001 <= float(value.detach()) <= 1.001
        assert torch.isfinite(magnitude.grad).all()

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_one_silent_band_has_a_finite_gradient(self, dtype):
        target = energies(random(1, 6, 20).exp().to(dtype))
        magnitude = random(1, 6, 20, seed=1).exp().to(dtype)
        magnitude[:, :2] = 0
        magnitude.requires_grad_()
        envelope_correlation(energies(magnitude), target).backward()
        assert torch.isfinite(magnitude.grad).all()
