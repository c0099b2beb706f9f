import pytest
import torch

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, melody, rain
from gramophone.errors import InputError
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure

RATE_HZ = 22050


def sound(make, seed=0, duration_s=2.0):
    return torch.from_numpy(make(RATE_HZ, duration_s, seed)[0])


def levelled(waveform):
    return waveform / waveform.square().mean().sqrt()


def moved_like(style, content):
    """The style with the content's loudness: the simplest transfer that is no mix."""
    loudness = torch.nn.functional.avg_pool1d(content.square()[None], 1025, 1, 512)[0].sqrt()
    return style * loudness / loudness.max()


@pytest.fixture(scope="module")
def curve():
    return mixing_curve(sound(spoken_phrase), sound(rain), RATE_HZ)


def placed(waveform):
    return Placed(structure(waveform, sound(spoken_phrase), RATE_HZ), purity(waveform, sound(rain), RATE_HZ))


class TestPurity:
    @pytest.mark.parametrize("make", [rain, fire])
    def test_a_style_is_made_of_itself(self, make):
        style = sound(make)
        assert purity(style, style, RATE_HZ) >= 0.85
        assert purity(sound(make, seed=1), style, RATE_HZ) >= 0.7

    @pytest.mark.parametrize(("make", "other"), [(fire, rain), (spoken_phrase, rain), (melody, fire), (rain, fire)])
    def test_another_sound_is_not(self, make, other):
        assert purity(sound(make), sound(other), RATE_HZ) < 0.1

    def test_half_of_each_is_half(self):
        half = RATE_HZ
        spliced = torch.cat([sound(rain)[:half], levelled(sound(melody)[half:]) * sound(rain).std()])
        assert purity(spliced, sound(rain), RATE_HZ) == pytest.approx(0.5, abs=0.1)

    def test_what_is_promised_to_be_enough_is_enough(self):
        assert purity(sound(rain), sound(rain, duration_s=0.8), RATE_HZ) > 0.1

    @pytest.mark.parametrize("duration_s", [0.1, 0.3])
    def test_a_style_too_short_to_measure_is_refused(self, duration_s):
        with pytest.raises(InputError, match=rf"{duration_s:.2f} s is too short .* 0\.8 s or more"):
            purity(sound(rain), sound(rain)[: round(duration_s * RATE_HZ)], RATE_HZ)


class TestStructure:
    def test_structure_of_itself_noise_and_silence(self):
        content = sound(spoken_phrase)
        assert structure(content, content, RATE_HZ) == pytest.approx(1, abs=1e-9)
        found = []
        for seed in range(6):
            noise = torch.randn(len(content), generator=torch.Generator().manual_seed(seed))
            found.append(structure(noise, content, RATE_HZ))
        assert max(map(abs, found)) < 0.3
        assert abs(sum(found) / len(found)) < 0.2
        assert structure(torch.zeros_like(content), content, RATE_HZ) == 0

    def test_structure_looks_at_the_common_length(self):
        content = sound(spoken_phrase)
        longer = torch.cat([content, sound(rain)])
        assert structure(longer, content, RATE_HZ) == structure(content, longer, RATE_HZ) == pytest.approx(1)

    def test_structure_is_about_when(self):
        content = sound(spoken_phrase)
        assert structure(content.roll(RATE_HZ // 3), content, RATE_HZ) < 0.6


class TestInvariance:
    @pytest.mark.parametrize("gain", [1e-3, 0.5, 40.0])
    def test_no_measure_knows_the_level(self, gain):
        style, other = sound(rain), sound(rain, seed=1)
        expected = purity(other, style, RATE_HZ)
        assert purity(gain * other, style, RATE_HZ) == pytest.approx(expected, abs=0.02)
        assert purity(other, gain * style, RATE_HZ) == pytest.approx(expected, abs=0.02)
        mix = sound(spoken_phrase) + 0.2 * style
        expected = structure(mix, sound(spoken_phrase), RATE_HZ)
        assert 0.3 < expected < 0.95
        assert structure(gain * mix, sound(spoken_phrase), RATE_HZ) == pytest.approx(expected, abs=1e-4)

    @pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
    def test_other_rates(self, rate_hz):
        style = torch.from_numpy(rain(rate_hz, 2.0, 0)[0])
        content = torch.from_numpy(melody(rate_hz, 2.0, 0)[0])
        assert purity(style, style, rate_hz) >= 0.85
        assert purity(content, style, rate_hz) < 0.1
        assert structure(content, content, rate_hz) == pytest.approx(1)


class TestMixingCurve:
    def test_the_curve_is_that_of_mixed_waveforms(self, curve):
        content, style = levelled(sound(spoken_phrase)), levelled(sound(rain))
        for place, ratio_db in ((1, -30.0), (10, 0.0), (14, 40 / 3)):
            mix = Placed.of(content + 10 ** (ratio_db / 20) * style, content, style, RATE_HZ)
            assert curve[place].structure == pytest.approx(mix.structure, abs=1e-4)
            assert curve[place].purity == pytest.approx(mix.purity, abs=0.01)

    def test_the_curve_runs_from_content_to_style(self, curve):
        assert len(curve) == 21
        assert curve[0].structure == pytest.approx(1)
        assert curve[0].purity < 0.1
        assert curve[-1].purity > 0.85
        assert abs(curve[-1].structure) < 0.2
        structures = [point.structure for point in curve]
        assert structures == pytest.approx(sorted(structures, reverse=True), abs=0.03)


class TestGainOverMixing:
    @pytest.mark.parametrize("ratio_db", [-25.0, -17.0, -8.0, -2.0, 1.0, 3.0, 10.0, 20.0])
    def test_a_mix_gains_nothing_over_mixing(self, curve, ratio_db):
        mix = levelled(sound(spoken_phrase)) + 10 ** (ratio_db / 20) * levelled(sound(rain))
        assert abs(gain_over_mixing(placed(mix), curve)) < 0.1

    def test_neither_recording_gains(self, curve):
        assert gain_over_mixing(placed(sound(spoken_phrase)), curve) == pytest.approx(0, abs=1e-9)
        assert abs(gain_over_mixing(placed(sound(rain)), curve)) < 0.02

    def test_a_style_that_moves_like_the_content_gains(self, curve):
        moved = placed(moved_like(sound(rain), sound(spoken_phrase)))
        assert moved.structure > 0.4
        assert gain_over_mixing(moved, curve) > 0.3

    @pytest.mark.parametrize(
        ("result", "gain"),
        [
            (Placed(0.5, 0.75), 0.5),  # half way between two mixes
            (Placed(0.9, 0.1), 0.06),
            (Placed(1.0, 0.1), 0.1),
            (Placed(0.8, 0.6), 0.52),
            (Placed(0.2, 0.5), 0.08),
            (Placed(0.0, 1.0), 0.0),
            (Placed(-0.3, 1.0), 0.0),
        ],
    )
    def test_gain_by_hand(self, result, gain):
        curve = [Placed(1.0, 0.0), Placed(0.8, 0.08), Placed(0.2, 0.42), Placed(0.0, 1.0)]
        assert gain_over_mixing(result, curve) == pytest.approx(gain)

    def test_more_movement_than_any_mix_is_compared_with_the_liveliest(self):
        curve = [Placed(0.6, 0.1), Placed(0.2, 0.9)]
        assert gain_over_mixing(Placed(0.8, 0.5), curve) == pytest.approx(0.4)
