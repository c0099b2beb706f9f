import numpy as np
import pytest
import torch

from gramophone.spectral import LogScale, Stft
from gramophone.spectral.filterbanks import band_filters
from gramophone.statistics.envelopes import DEPTH
from gramophone.statistics.floors import EnvelopeFloors, HarmonyFloor, log_frequency_bins

RATE_HZ, HOP = 22050, 256
STFT = Stft(1024, HOP)


def noise(seed, samples=2 * RATE_HZ):
    return torch.randn(1, samples, generator=torch.Generator().manual_seed(seed))


def modulated(seed):
    time = torch.arange(2 * RATE_HZ) / RATE_HZ
    return noise(seed) * (1 + 0.95 * torch.sin(2 * torch.pi * 4 * time))


def tones(*hz):
    time = torch.arange(2 * RATE_HZ) / RATE_HZ
    return torch.stack([torch.sin(2 * torch.pi * f * time) for f in hz]).sum(0, keepdim=True)


def floors_of(content):
    magnitude = STFT.magnitude(content)
    scale = LogScale.of(magnitude)
    return EnvelopeFloors.of(magnitude, scale, RATE_HZ, HOP), scale


class TestEnvelopeFloors:
    def test_another_carrier_of_the_same_envelope_is_nearer_than_another_envelope(self):
        floors, scale = floors_of(modulated(0))
        itself, same, other = (
            float(floors(scale.forward(STFT.magnitude(x)))) for x in (modulated(0), modulated(1), noise(2))
        )
        assert itself == 0
        assert same < 0.5 * other
        assert floors.weights.sum() == pytest.approx(1, rel=1e-5)

    def test_each_half_second_counts_by_itself(self):
        content = modulated(0)
        floors, scale = floors_of(content)
        broken = content.clone()
        broken[:, RATE_HZ : RATE_HZ + RATE_HZ // 2] = noise(3)[:, : RATE_HZ // 2]
        correlations = floors.correlations(scale.forward(STFT.magnitude(broken))).mean((0, 1))
        assert float(correlations[0]) > 0.99
        assert float(correlations.min()) < 0.6

    def test_cells_weigh_by_their_movement_and_by_what_matters_for_words(self):
        """Movement counts up to 3 nepers, and cells 40 dB below the loudest not at all."""
        sound = noise(0)
        sound[:, ::700] = 0
        sound[:, RATE_HZ // 2 : RATE_HZ] *= torch.logspace(-6, 0, RATE_HZ // 2)  # moves by more than 3 nepers
        sound[:, RATE_HZ : 7 * RATE_HZ // 4] *= 1e-3
        magnitude = STFT.magnitude(sound)
        floors = EnvelopeFloors.of(magnitude, LogScale.of(magnitude), RATE_HZ, HOP, bands=6)
        filters = band_filters("erb", RATE_HZ, 1024, 6).numpy()
        filters = filters / filters.sum(1, keepdims=True)
        np.testing.assert_allclose(floors.bands, filters, rtol=1e-5)
        energies = filters @ magnitude[0].numpy() ** 2
        log = np.log(energies + DEPTH * energies.mean(1, keepdims=True))
        assert floors.segment == 43
        starts = range(0, energies.shape[1] - 42, 21)
        moves = np.stack([log[:, at : at + 43].std(1) for at in starts], 1)
        loud = np.stack([energies[:, at : at + 43].mean(1) for at in starts], 1)
        assert moves.max() > 3
        top = 21.4 * np.log10(1 + 0.00437 * RATE_HZ / 2)
        centre_hz = np.maximum((10 ** (np.linspace(0, top, 6) / 21.4) - 1) / 0.00437, 50)
        bell = np.exp(-0.5 * (np.log2(centre_hz / 1600) / 1.6) ** 2)[:, None]
        weights = np.minimum(moves, 3) * (loud > 1e-4 * loud.max()) * bell
        assert 0 < (weights == 0).sum() < weights.size
        np.testing.assert_allclose(floors.weights[0], weights / weights.sum(), rtol=1e-3)

    def test_the_value_is_the_weighted_mean_of_squared_shortfalls(self):
        floors, scale = floors_of(modulated(0))
        x = scale.forward(STFT.magnitude(noise(2)))
        short = np.maximum(0.85 - floors.correlations(x).numpy(), 0) ** 2
        assert float(floors(x)) == pytest.approx((floors.weights.numpy() * short).sum(), rel=1e-5)


class TestLogFrequencyBins:
    def test_are_triangles_at_36_an_octave(self):
        found = log_frequency_bins(1024, RATE_HZ)
        assert len(found) == 198
        assert len(log_frequency_bins(1024, 4000)) == 162  # below nine tenths of 2 kHz
        hz = np.arange(513) * RATE_HZ / 1024
        for place in (0, 60, 150, 197):
            centre_hz = 80 * 2 ** (place / 36)
            width_hz = max(RATE_HZ / 1024, centre_hz * (2 ** (1 / 36) - 1))
            triangle = np.maximum(1 - np.abs(hz - centre_hz) / width_hz, 0)
            np.testing.assert_allclose(found[place], triangle / triangle.sum(), atol=2e-4)


class TestHarmonyFloor:
    def test_notes_are_told_from_others_whatever_the_timbre(self):
        magnitude = STFT.magnitude(tones(440, 550, 660))
        scale = LogScale.of(magnitude)
        floor = HarmonyFloor.of(magnitude, scale, RATE_HZ)

        def correlation(sound):
            return float(floor.correlation(scale.forward(STFT.magnitude(sound))))

        assert correlation(tones(440, 550, 660)) == pytest.approx(1, abs=0.02)
        assert correlation(tones(440, 550, 660) + 0.05 * noise(1)) > 0.5
        assert abs(correlation(noise(2))) < 0.2
        assert correlation(tones(480, 600, 720)) < 0.3

    def test_a_floor_near_a_start_asks_for_what_it_has(self):
        magnitude = STFT.magnitude(tones(440, 550))
        scale = LogScale.of(magnitude)
        start = scale.forward(STFT.magnitude(tones(440, 550) + 0.3 * noise(1)))
        floor = HarmonyFloor.of(magnitude, scale, RATE_HZ).near(start, 0.97)
        assert float(floor(start)) == 0
        assert 0.1 < floor.floor < 0.97


class TestGradients:
    @pytest.mark.parametrize("term", ["envelope", "harmony"])
    def test_gradients_are_finite_with_silence_in_it(self, term):
        content = modulated(0) if term == "envelope" else tones(440, 550)
        content[:, RATE_HZ:] = 0
        magnitude = STFT.magnitude(content)
        scale = LogScale.of(magnitude)
        if term == "envelope":
            function = EnvelopeFloors.of(magnitude, scale, RATE_HZ, HOP)
        else:
            function = HarmonyFloor.of(magnitude, scale, RATE_HZ)
        x = torch.zeros_like(magnitude).requires_grad_()
        value = function(x)
        value.backward()
        assert float(value.detach()) > 0
        assert torch.isfinite(x.grad).all()
