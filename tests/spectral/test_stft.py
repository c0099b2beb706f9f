import librosa
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.spectral import Stft


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@st.composite
def transforms(draw):
    half = draw(st.integers(2, 64))
    return Stft(2 * half, draw(st.integers(1, half)))


class TestForward:
    def test_it_is_the_usual_transform(self):
        waveform = noise(3000)
        expected = librosa.stft(waveform.numpy(), n_fft=512, hop_length=100, center=True, pad_mode="constant")
        np.testing.assert_allclose(Stft(512, 100).forward(waveform).numpy(), expected, atol=1e-9)

    def test_a_tone_stands_in_its_bin(self):
        tone = torch.sin(2 * torch.pi * 10 / 64 * torch.arange(1000, dtype=torch.float64))
        magnitude = Stft(64, 16).magnitude(tone)[:, 4:-4]
        assert (magnitude.argmax(0) == 10).all()
        # A Hann window sums to half its length, and a sine splits its amplitude between two frequencies.
        torch.testing.assert_close(magnitude[10], torch.full_like(magnitude[10], 16.0))

    @pytest.mark.parametrize("leading", [(), (1,), (2,), (3, 2)])
    def test_leading_axes_are_kept(self, leading):
        stft, waveform = Stft(64, 16), noise(*leading, 200)
        spectrum = stft.forward(waveform)
        assert spectrum.shape == (*leading, 33, 13)
        assert stft.magnitude(waveform).shape == spectrum.shape
        assert stft.inverse(spectrum, 200).shape == waveform.shape
        flat = waveform.reshape(-1, 200)
        for one, other in zip(flat, spectrum.reshape(-1, 33, 13), strict=True):
            torch.testing.assert_close(stft.forward(one), other)

    @pytest.mark.parametrize(("samples", "frames"), [(1, 1), (15, 1), (16, 2), (17, 2), (160, 11)])
    def test_number_of_frames(self, samples, frames):
        assert Stft(64, 16).frames(samples) == frames
        assert Stft(64, 16).forward(noise(samples)).shape[-1] == frames


@pytest.mark.survives("properties")
class TestInverse:
    @given(stft=transforms(), samples=st.integers(1, 400), seed=st.integers(0, 99))
    def test_the_inverse_gives_the_waveform_back(self, stft, samples, seed):
        waveform = noise(samples, seed=seed)
        spectrum = stft.forward(waveform)
        assert spectrum.shape == (stft.bins, stft.frames(samples))
        torch.testing.assert_close(stft.inverse(spectrum, samples), waveform, rtol=0, atol=1e-8)

    @pytest.mark.parametrize(("n_fft", "hop_samples"), [(2048, 512), (1024, 256), (512, 128), (1024, 128)])
    @pytest.mark.parametrize("samples", [1, 255, 256, 257, 5000])
    def test_single_precision_gives_the_waveform_back(self, n_fft, hop_samples, samples):
        stft, waveform = Stft(n_fft, hop_samples), noise(samples, dtype=torch.float32)
        torch.testing.assert_close(stft.inverse(stft.forward(waveform), samples), waveform, rtol=0, atol=1e-5)

    def test_the_inverse_is_the_nearest_signal(self):
        stft = Stft(64, 16)
        spectrum = torch.complex(noise(33, 13, seed=1), noise(33, 13, seed=2))
        nearest = stft.inverse(spectrum, 200)

        def distance(waveform):
            difference = torch.fft.irfft(stft.forward(waveform) - spectrum, dim=-2)
            return float(difference.square().sum())

        least = distance(nearest)
        for seed in range(5):
            assert distance(nearest + 1e-3 * noise(200, seed=seed)) > least


@pytest.mark.survives("gradients")
class TestGradients:
    @pytest.mark.parametrize(
        ("stft", "samples"),
        [(Stft(64, 16), 200), (Stft(60, 15, "hamming"), 133), (Stft(64, 16, circular=True), 160), (Stft(64, 32), 7)],
    )
    def test_the_gradient_of_magnitudes_is_that_of_the_complex_spectrogram(self, stft, samples):
        generator = torch.Generator().manual_seed(samples)
        x = torch.randn(2, samples, generator=generator, dtype=torch.float64, requires_grad=True)
        weights = torch.randn(2, stft.bins, stft.frames(samples), generator=generator, dtype=torch.float64)
        (closed,) = torch.autograd.grad((stft.magnitude(x) * weights).sum(), x)
        (plain,) = torch.autograd.grad((stft.forward(x).abs() * weights).sum(), x)
        torch.testing.assert_close(closed, plain)
        torch.testing.assert_close(stft.magnitude(x), stft.forward(x).abs())

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_silence_has_a_finite_gradient(self, dtype):
        silence = torch.zeros(300, dtype=dtype, requires_grad=True)
        Stft(64, 16).magnitude(silence).sum().backward()
        assert (silence.grad == 0).all()

    def test_steep_terms_have_finite_gradients_at_silence(self):
        wave = torch.zeros(1, 2000)
        wave[:, 1500:] = torch.rand(1, 500, generator=torch.Generator().manual_seed(0)) - 0.5
        wave.requires_grad_(True)
        (1e9 * torch.log1p(100 * Stft(256, 64).magnitude(wave))).sum().backward()
        assert bool(torch.isfinite(wave.grad).all())
        assert float(wave.grad[:, :1200].abs().max()) == 0
        assert float(wave.grad[:, 1600:].abs().max()) > 0


class TestRefusals:
    @pytest.mark.parametrize(("n_fft", "hop_samples"), [(3, 1), (2, 1), (0, 1), (-8, 2), (9, 3)])
    def test_wrong_lengths_are_refused(self, n_fft, hop_samples):
        with pytest.raises(ValueError, match=f"n_fft must be even and at least 4, not {n_fft}"):
            Stft(n_fft, hop_samples)

    @pytest.mark.parametrize("hop_samples", [0, -1, 33, 64])
    def test_wrong_hops_are_refused(self, hop_samples):
        with pytest.raises(ValueError, match=f"hop_samples .* not {hop_samples}"):
            Stft(64, hop_samples)
