"""The constant-Q transform: reconstruction, energy, covariance, gradients, refusals."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.metrics.constant_q import ConstantQ, plan

RATE_HZ = 22050
SMALL = ConstantQ(1000, lowest_hz=60.0, bins_per_octave=4)


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def tone(frequency_hz, samples, rate_hz=RATE_HZ):
    return torch.cos(2 * torch.pi * frequency_hz / rate_hz * torch.arange(samples, dtype=torch.float64))


def snr_db(found, wanted):
    return float(10 * torch.log10(wanted.double().square().sum() / (found.double() - wanted.double()).square().sum()))


def shortest(transform):
    return math.floor(transform.rate_hz / min(transform.widths_hz[1:-1])) + 1


@st.composite
def transforms(draw):
    rate_hz = draw(st.integers(200, 96000))
    lowest_hz = draw(st.floats(0.002, 0.45)) * rate_hz
    highest_hz = draw(st.none() | st.floats(lowest_hz, 0.4999 * rate_hz))
    return ConstantQ(rate_hz, lowest_hz, highest_hz, draw(st.integers(1, 30)))


def windows_of(transform, hz):
    """By their definition: raised cosines on the log axis, divided by the root of their summed squares."""
    octaves = np.log2(np.maximum(hz, 1e-300) / transform.lowest_hz)
    away = octaves * transform.bins_per_octave - np.arange(-1, transform.bins - 1)[:, None]
    away[0] = np.maximum(away[0], 0)
    away[-1] = np.minimum(away[-1], 0)
    raised = np.where(np.abs(away) < 1, np.cos(np.pi / 2 * away) ** 2, 0)
    return raised / np.sqrt((raised**2).sum(0))


def atoms(transform, length):
    """What the signal's inner products are taken with for frame 0: `[band, sample]`."""
    hz = np.arange(length // 2 + 1) * transform.rate_hz / length
    sides = np.where((hz == 0) | (hz == transform.rate_hz / 2), 1, 2) ** 0.5
    turns = np.exp(2j * np.pi * np.outer(np.arange(len(hz)), np.arange(length)) / length)
    return (windows_of(transform, hz) * sides) @ turns / np.sqrt(length)


class TestReconstruction:
    @settings(max_examples=60)
    @given(transform=transforms(), more=st.integers(0, 700), seed=st.integers(0, 99))
    def test_both_layouts_give_the_waveform_back_and_keep_its_energy(self, transform, more, seed):
        samples = min(shortest(transform), 20000) + more
        waveform = noise(samples, seed=seed)
        try:
            matrix, bands = transform.forward(waveform), transform.split(waveform)
        except InputError:
            assert samples < shortest(transform)
            return
        assert matrix.shape == (transform.bins, transform.frames(samples))
        assert len(bands) == transform.bins
        energy = float(waveform.square().sum())
        assert float(matrix.abs().square().sum()) == pytest.approx(energy, rel=1e-10)
        assert sum(float(band.abs().square().sum()) for band in bands) == pytest.approx(energy, rel=1e-10)
        torch.testing.assert_close(transform.inverse(matrix, samples), waveform, rtol=0, atol=1e-10)
        torch.testing.assert_close(transform.join(bands, samples), waveform, rtol=0, atol=1e-10)

    @pytest.mark.parametrize("samples", [220, 221, 222, 223, 256, 997, 1000])
    def test_odd_even_prime_and_short_lengths(self, samples):
        transform = ConstantQ(1000, 60.0, 400.0, 6)
        waveform = noise(samples)
        assert snr_db(transform.inverse(transform.forward(waveform), samples), waveform) > 280
        assert snr_db(transform.join(transform.split(waveform), samples), waveform) > 280

    @pytest.mark.parametrize("bins_per_octave", [12, 24, 48])
    @pytest.mark.parametrize(("dtype", "least_db"), [(torch.float32, 120), (torch.float64, 270)])
    def test_round_trip_of_music_rate(self, bins_per_octave, dtype, least_db):
        transform = ConstantQ(RATE_HZ, bins_per_octave=bins_per_octave)
        waveform = noise(40001, dtype=dtype)
        matrix = transform.forward(waveform)
        assert matrix.dtype == (torch.complex64 if dtype == torch.float32 else torch.complex128)
        assert snr_db(transform.inverse(matrix, 40001), waveform) > least_db
        assert snr_db(transform.join(transform.split(waveform), 40001), waveform) > least_db

    def test_a_matrix_of_no_signal_gives_the_nearest_signal(self):
        samples = 301
        shape = (SMALL.bins, SMALL.frames(samples))
        matrix = torch.complex(noise(*shape), noise(*shape, seed=1))
        signal = SMALL.inverse(matrix, samples)

        def distance(x):
            return float((SMALL.forward(x) - matrix).abs().square().sum())

        # Orthogonal projection: Pythagoras holds for every other signal.
        for seed in range(3):
            other = noise(samples, seed=seed)
            assert distance(signal + other) == pytest.approx(
                distance(signal) + float(other.square().sum()), rel=1e-10
            )


class TestCoefficients:
    @pytest.mark.parametrize("transform", [SMALL, ConstantQ(1000, 50.0, 300.0, 3), ConstantQ(1000, 100.0, 100.0, 2)])
    def test_coefficients_are_inner_products_with_the_windows(self, transform):
        samples = 301
        waveform = noise(samples)
        frames, hop = transform.frames(samples), transform.hop_samples
        padded = np.zeros(frames * hop)
        padded[:samples] = waveform.numpy()
        shapes = atoms(transform, len(padded))
        shifted = np.stack([np.roll(shapes, frame * hop, axis=1) for frame in range(frames)], axis=1)
        expected = (shifted.conj() @ padded) / np.sqrt(frames)
        np.testing.assert_allclose(transform.forward(waveform).numpy(), expected, atol=1e-10)

    @pytest.mark.parametrize("batch", [(), (2,), (3, 2)])
    def test_batch_axes(self, batch):
        waveform = noise(*batch, 400)
        matrix, bands = SMALL.forward(waveform), SMALL.split(waveform)
        assert matrix.shape == (*batch, SMALL.bins, SMALL.frames(400))
        one, flat = waveform.reshape(-1, 400)[-1], matrix.reshape(-1, *matrix.shape[-2:])[-1]
        torch.testing.assert_close(SMALL.forward(one), flat)
        torch.testing.assert_close(SMALL.split(one)[3], bands[3].reshape(-1, bands[3].shape[-1])[-1])
        torch.testing.assert_close(SMALL.inverse(matrix, 400), waveform)
        torch.testing.assert_close(SMALL.join(bands, 400), waveform)
        torch.testing.assert_close(SMALL.magnitude(waveform), matrix.abs())


class TestTones:
    @pytest.mark.parametrize("octave", range(8))
    @pytest.mark.parametrize("bins_per_octave", [1, 12, 24])
    def test_a_tone_lands_in_its_band_with_its_level(self, octave, bins_per_octave):
        transform = ConstantQ(RATE_HZ, 40.0, bins_per_octave=bins_per_octave)
        band = 1 + octave * bins_per_octave
        centre_hz = transform.centres_hz[band - 1]
        assert centre_hz == pytest.approx(40.0 * 2**octave)
        samples = 3 * transform.hop_samples * round(RATE_HZ / transform.hop_samples)
        magnitude = transform.magnitude(tone(centre_hz, samples))
        assert int(magnitude.square().sum(-1).argmax()) == band
        middle = magnitude[band, magnitude.shape[1] // 3 : 2 * magnitude.shape[1] // 3]
        torch.testing.assert_close(
            middle, torch.full_like(middle, (transform.hop_samples / 2) ** 0.5), rtol=0.02, atol=0
        )

    def test_the_phase_is_that_of_the_tone_at_the_frame(self):
        transform = ConstantQ(RATE_HZ, 50.0, bins_per_octave=12)
        frequency_hz, samples = transform.centres_hz[60], transform.hop_samples * 2000
        frequency_hz = round(frequency_hz * samples / RATE_HZ) * RATE_HZ / samples
        found = transform.forward(tone(frequency_hz, samples))[61]
        turns = torch.arange(2000, dtype=torch.float64) * transform.hop_samples * frequency_hz / RATE_HZ
        torch.testing.assert_close(found / found.abs(), torch.exp(2j * torch.pi * turns), rtol=0, atol=1e-6)

    @pytest.mark.parametrize("shift", [1, 5, 12])
    def test_a_higher_pitch_is_a_shift_of_bands(self, shift):
        transform = ConstantQ(RATE_HZ, 50.0, bins_per_octave=12)
        samples = 2 * RATE_HZ
        partials = [440.0 * number for number in (1, 2, 3, 5)]

        def spectrum(factor):
            chord = torch.stack([tone(factor * partial, samples) for partial in partials]).sum(0)
            fading = torch.hann_window(samples, dtype=torch.float64)
            return transform.magnitude(fading * chord).square().mean(-1)[1:-1]

        low, high = spectrum(1.0), spectrum(2 ** (shift / 12))
        loud = low[:-shift] > 1e-3 * low.max()
        torch.testing.assert_close(high[shift:][loud], low[:-shift][loud], rtol=0.02, atol=0)


class TestWindows:
    def test_low_bands_have_a_narrow_and_high_bands_a_wide_window(self):
        transform = ConstantQ(RATE_HZ, 100.0, 6000.0, bins_per_octave=12)
        click = torch.zeros(RATE_HZ, dtype=torch.float64)
        click[RATE_HZ // 2] = 1
        energies = transform.magnitude(click).square()
        times = torch.arange(energies.shape[1], dtype=torch.float64)
        mean = (energies * times).sum(1, keepdim=True) / energies.sum(1, keepdim=True)
        spread = ((energies * (times - mean) ** 2).sum(1) / energies.sum(1)).sqrt()[1:-1]
        for octave in range(4):
            ratio = float(spread[12 * octave + 6] / spread[12 * octave + 18])
            assert ratio == pytest.approx(2.0, rel=0.03)

    def test_windows_are_made_once_for_a_length(self):
        transform = dataclasses.replace(SMALL, lowest_hz=62.0)
        before = plan.cache_info().misses
        for _ in range(3):
            transform.inverse(transform.forward(noise(300)), 300)
        assert plan.cache_info().misses == before + 1

    def test_centres(self):
        assert ConstantQ(1000, 100.0, 400.0, 1).centres_hz == (100.0, 200.0, 400.0)
        assert ConstantQ(1000, 125.0, None, 1).centres_hz == (125.0, 250.0)
        assert ConstantQ(1000, 100.0, 100.0, 12).centres_hz == (100.0,)
        assert ConstantQ(1000, 100.0, 399.0, 1).bins == 4


class TestGradients:
    def test_gradients(self):
        transform = ConstantQ(100, 12.0, 40.0, 2)
        waveform = noise(24).requires_grad_()
        assert torch.autograd.gradcheck(transform.forward, waveform)
        assert torch.autograd.gradcheck(transform.magnitude, waveform)
        assert torch.autograd.gradcheck(transform.split, waveform)
        matrix = transform.forward(waveform).detach().requires_grad_()
        bands = tuple(band.detach().requires_grad_() for band in transform.split(waveform))
        assert torch.autograd.gradcheck(lambda c: transform.inverse(c, 24), matrix)
        assert torch.autograd.gradcheck(lambda *parts: transform.join(parts, 24), bands)

    def test_the_gradient_at_silence_is_finite(self):
        waveform = torch.zeros(300, requires_grad=True)
        SMALL.magnitude(waveform).sum().backward()
        assert torch.equal(waveform.grad, torch.zeros(300))

    def test_gradients_after_a_first_use_without_them(self):
        transform = dataclasses.replace(SMALL, lowest_hz=61.0)
        with torch.inference_mode():
            transform.forward(noise(300))
        waveform = noise(300).requires_grad_()
        transform.forward(waveform).abs().square().sum().backward()
        torch.testing.assert_close(waveform.grad, 2 * waveform.detach())


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"bins_per_octave": 0}, "bins_per_octave must be at least 1, not 0"),
            ({"lowest_hz": 0.0}, "lowest_hz must be above 0 and below half the rate, 500, not 0"),
            ({"lowest_hz": 500.0}, "lowest_hz must be above 0 and below half the rate, 500, not 500"),
            ({"lowest_hz": math.nan}, "lowest_hz must be above 0"),
            (
                {"highest_hz": 500.0},
                "highest_hz must be at least lowest_hz = 60 and below half the rate, 500, not 500",
            ),
            ({"highest_hz": 59.0}, "highest_hz must be at least lowest_hz = 60 .* not 59"),
        ],
    )
    def test_refused_parameters(self, changes, said):
        with pytest.raises(ValueError, match=said):
            dataclasses.replace(SMALL, **changes)

    def test_too_short_a_signal_is_refused_with_the_length_needed(self):
        transform = ConstantQ(1000, 20.0, 400.0, 12)
        needed = shortest(transform)
        said = (
            f"100 samples are too short for a band of 2.31 Hz; give at least {needed}, or a higher lowest_hz than 20"
        )
        for attempt in (transform.forward, transform.split):
            with pytest.raises(InputError, match=said):
                attempt(noise(100))
            attempt(noise(needed))
        with pytest.raises(InputError, match="0 samples are too short"):
            transform.forward(noise(0))

    def test_wrong_shapes_are_refused(self):
        waveform = noise(400)
        matrix, bands = SMALL.forward(waveform), SMALL.split(waveform)
        with pytest.raises(ValueError, match="410 samples have"):
            SMALL.inverse(matrix, 410)
        with pytest.raises(ValueError, match="not the bands of 410 samples"):
            SMALL.join(bands, 410)
        with pytest.raises(ValueError, match="not the bands of 400 samples"):
            SMALL.join(bands[1:], 400)
