import pytest
import torch

from gramophone.spectral import LogScale, Stft
from gramophone.statistics.floors import EnvelopeFloors, HarmonyFloor

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
