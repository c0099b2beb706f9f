"""What is in opposite phase is not lost where one channel is made of several, and defects are said."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt

import gramophone as gp
from gramophone.audio import Sound, defects, rms_db
from gramophone.audio.downmix import cancels, mixed_to_one
from gramophone.augment import StyleTransfer
from gramophone.errors import InputError
from gramophone.evaluation import evaluate

RATE_HZ = 22_050


def noise(seconds=1.0, seed=0, level=0.1):
    return (level * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def split(samples, edge_hz=1500):
    low = sosfiltfilt(butter(4, edge_hz, fs=RATE_HZ, output="sos"), samples).astype(np.float32)
    return low, samples - low


def stereo(*channels):
    return np.stack(channels).astype(np.float32)


@pytest.mark.survives("opposite phase")
class TestDownmix:
    def test_the_mean_where_nothing_cancels(self):
        one, other = noise(), noise(seed=1)
        for samples in (stereo(one, one), stereo(one, other), stereo(one, 0 * one), stereo(one, other, one[::-1])):
            assert not cancels(samples, RATE_HZ)
            np.testing.assert_array_equal(mixed_to_one(samples, RATE_HZ)[0], samples.mean(0))

    def test_opposite_channels_give_the_first(self):
        one = noise()
        np.testing.assert_allclose(mixed_to_one(stereo(one, -one), RATE_HZ)[0], one, atol=1e-6)
        np.testing.assert_allclose(mixed_to_one(stereo(one, -one, one, -one), RATE_HZ)[0], one, atol=1e-6)

    def test_two_pairs_in_opposite_phase_are_both_kept(self):
        one, other = noise(), noise(seed=1)
        for samples in (stereo(one, -one, other, -other), stereo(one, other, -one, -other)):
            assert cancels(samples, RATE_HZ)
            np.testing.assert_allclose(mixed_to_one(samples, RATE_HZ)[0], (one + other) / 2, atol=1e-4)

    def test_opposite_phase_in_a_part_of_the_spectrum(self):
        low, high = split(noise())
        samples = stereo(low + high, high - low)
        mixed = mixed_to_one(samples, RATE_HZ)
        assert cancels(samples, RATE_HZ)
        assert rms_db(split(mixed[0])[0][None]) == pytest.approx(rms_db(low[None]), abs=0.5)
        assert rms_db(split(samples.mean(0))[0][None]) < rms_db(low[None]) - 12  # what the mean would have kept

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10**6), channels=st.integers(2, 6), signs=st.integers(0, 63), leak=st.floats(0, 0.3))
    def test_no_signs_lose_energy(self, seed, channels, signs, leak):
        rng = np.random.default_rng(seed)
        common = rng.standard_normal(4000)
        each = [(1 - 2 * (signs >> n & 1)) * common + leak * rng.standard_normal(4000) for n in range(channels)]
        samples = 0.1 * stereo(*each)
        assert rms_db(mixed_to_one(samples, RATE_HZ)) > rms_db(samples) - 10 * np.log10(channels) - 3.5

    def test_silence(self):
        assert not mixed_to_one(np.zeros((2, 100), np.float32), RATE_HZ).any()


@pytest.mark.survives("opposite phase")
class TestTasks:
    """Sounds of -20 dB in opposite phase are heard, whatever makes one channel of them."""

    def test_sound(self):
        sound = Sound(stereo(noise(), -noise()), RATE_HZ)
        assert rms_db(sound.mono().samples) == pytest.approx(-20, abs=0.2)
        assert rms_db(sound.with_channels(3).samples) == pytest.approx(-20, abs=0.2)

    @pytest.mark.parametrize(("preset", "options"), [("huzaifah2019-2d", {"iterations": 1}), ("vocoder", {})])
    def test_published_presets(self, preset, options):
        style, content = (
            Sound(stereo(noise(2), -noise(2)), RATE_HZ),
            Sound(stereo(noise(2, 1), -noise(2, 1)), RATE_HZ),
        )
        made = gp.transfer(content, style, preset=preset, **options).sound
        assert rms_db(made.samples) > -26

    def test_two_and_four_channels(self):
        style = Sound(stereo(noise(1), -noise(1)), RATE_HZ)
        content = Sound(stereo(noise(1, 1), -noise(1, 1), noise(1, 2), -noise(1, 2)), RATE_HZ)
        made = gp.transfer(content, style, iterations=1, keep="rhythm").sound
        assert made.channels == 4
        assert rms_db(made.samples) > -26

    def test_training_data(self):
        augment = StyleTransfer([Sound(stereo(noise(2), -noise(2)), RATE_HZ)], rate_hz=RATE_HZ, p=1.0)
        made = augment(stereo(noise(1, 1), -noise(1, 1)), 0)
        assert rms_db(made) > -26

    def test_live(self):
        live = gp.LiveTransfer(Sound(stereo(noise(2), -noise(2)), RATE_HZ), RATE_HZ, 512, mode="fast")
        one = noise(1, 1)
        blocks = [
            live.process(np.ascontiguousarray(part)) for part in np.split(stereo(one, -one)[:, :21_504], 42, axis=1)
        ]
        assert rms_db(np.concatenate(blocks[10:], axis=1)) > -30

    def test_a_result_of_something_else_is_not_called_alike(self):
        time_s = np.arange(2 * RATE_HZ) / RATE_HZ
        bells = 0.1 * sum(np.sin(2 * np.pi * hz * time_s) for hz in (440, 1107, 1760)) * np.exp(-time_s)
        rain = Sound(noise(2)[None], RATE_HZ)
        honest = evaluate(rain, Sound(bells[None].astype(np.float32), RATE_HZ))
        for samples in (stereo(bells, -bells), stereo(bells, -bells, bells, -bells)):
            found = evaluate(rain, Sound(samples, RATE_HZ))
            for one, other in zip(found.figures, honest.figures, strict=True):
                if other.value is not None and one.value is not None:
                    assert one.value == pytest.approx(other.value, rel=0.1, abs=0.1), one.key
            assert any("opposite phase" in note for note in found.notes)


@pytest.mark.survives("odd samples")
class TestDefects:
    def test_clean_recordings_have_none(self):
        time_s = np.arange(RATE_HZ) / RATE_HZ
        tone = 0.999 * np.sin(2 * np.pi * 100 * time_s)
        for samples in (
            noise()[None],
            stereo(noise(), noise(seed=1)),
            tone[None],
            np.zeros((2, 100)),
            np.eye(1, 999, 9),
        ):
            assert defects(Sound(samples.astype(np.float32), RATE_HZ)) == []

    @pytest.mark.parametrize("ceiling", [1.0, 0.6])
    def test_clipping(self, ceiling):
        loud = np.clip(noise(level=0.5), -ceiling, ceiling)
        share = 100 * np.mean(np.abs(loud) >= ceiling)
        said = defects(Sound(np.repeat(loud, 4)[None], 4 * RATE_HZ))
        assert said == [f"is clipped: {share:.1f} % of its samples are at the limit"]
        assert defects(Sound(0.1 * np.repeat(loud, 4)[None], 4 * RATE_HZ)) == []  # a quiet one has its peak by chance

    def test_dead_channels(self):
        one = noise()
        said = defects(Sound(stereo(one, 0 * one, one, 1e-5 * one), RATE_HZ))
        assert said == ["has no sound in channel 2, 4 of 4"]

    def test_opposite_phase(self):
        assert "in opposite phase" in defects(Sound(stereo(noise(), -noise()), RATE_HZ))[0]

    @pytest.mark.parametrize("kind", ["click", "square", "quiet", "one channel"])
    @pytest.mark.survives("values")
    def test_odd_sounds_give_finite_results(self, kind):
        made = {
            "click": np.eye(1, RATE_HZ, 5000),
            "square": np.sign(np.sin(np.arange(RATE_HZ) / 20))[None],
            "quiet": 1e-5 * noise()[None],
            "one channel": stereo(noise(), 0 * noise()),
        }[kind]
        odd, rain = Sound(made.astype(np.float32), RATE_HZ), Sound(noise(1, 3)[None], RATE_HZ)
        for result in (gp.transfer(odd, rain, iterations=1), gp.transfer(rain, odd, iterations=1)):
            assert np.isfinite(result.sound.samples).all()
            assert not result.sound.is_silent

    def test_files_say_what_is_wrong(self, tmp_path):
        from gramophone.runs.inputs import load_audible

        soundfile.write(tmp_path / "a.wav", stereo(np.clip(noise(level=1), -1, 1), 0 * noise()).T, RATE_HZ)
        said = []
        load_audible(tmp_path / "a.wav", said.append)
        assert [one.removeprefix(f"{tmp_path}/a.wav ")[:25] for one in said] == [
            "is clipped: 2.2 % of its ",
            "has no sound in channel 2",
        ]
        soundfile.write(tmp_path / "a.wav", np.zeros((999, 2)), RATE_HZ)
        with pytest.raises(InputError, match="is silent"):
            load_audible(tmp_path / "a.wav", said.append)
