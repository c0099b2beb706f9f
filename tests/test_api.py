import subprocess
import sys

import numpy as np
import pytest

import gramophone as gp
from gramophone.audio import as_sounds
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.errors import InputError, ModelError, UsageError
from gramophone.presets.weight_schedule import Morph
from gramophone.statistics import style_distance

RATE_HZ = 22050
LAZY = """
import sys
import gramophone
assert not {"torch", "numpy", "scipy", "soundfile", "gramophone.api"} & set(sys.modules), sorted(sys.modules)
assert set(gramophone.__all__) <= set(dir(gramophone))
assert gramophone.Sound.__module__ == "gramophone.audio.sound"
assert "torch" not in sys.modules
gramophone.texture
assert "torch" in sys.modules
"""


@pytest.fixture
def style():
    return gp.Sound(rain(RATE_HZ, 0.6, 0), RATE_HZ)


@pytest.fixture
def content():
    return gp.Sound(spoken_phrase(RATE_HZ, 0.7, 0), RATE_HZ)


@pytest.fixture
def fails_after(monkeypatch):
    """Makes the style's distance not finite from some call on."""

    def install(calls):
        made = []
        honest = style_distance.value_and_gradient

        def broken(*arguments, **options):
            made.append(1)
            value, gradient = honest(*arguments, **options)
            return (value, gradient) if len(made) <= calls else (value * float("nan"), gradient)

        monkeypatch.setattr(style_distance, "value_and_gradient", broken)

    return install


class TestPackage:
    @pytest.mark.survives("import time")
    def test_importing_costs_nothing(self):
        done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_public_names(self):
        assert sorted(gp.__all__) == [
            "LiveTransfer",
            "Result",
            "Sound",
            "learn_style",
            "load",
            "save",
            "stream",
            "texture",
            "transfer",
        ]
        assert all(callable(getattr(gp, name)) for name in gp.__all__)
        assert gp.__version__
        with pytest.raises(AttributeError, match="no attribute 'nil'"):
            _ = gp.nil


class TestTexture:
    def test_texture_and_file(self, style, tmp_path):
        seen = []
        result = gp.texture(style, duration_s=0.5, iterations=2, on_step=seen.append)
        assert isinstance(result, gp.Result)
        assert result.sound.samples.shape == (1, RATE_HZ // 2)
        assert [step.index for step in seen][:2] == [1, 2]
        assert len(seen) == len(result.losses)
        assert seen[-1].preview().isfinite().all()
        for saved in (result, result.sound):
            written = gp.save(saved, tmp_path / "a.wav", overwrite=saved is result.sound)
            assert written.frames == RATE_HZ // 2
        again = gp.load(tmp_path / "a.wav")
        np.testing.assert_allclose(again.samples, result.sound.samples, atol=1e-6)
        assert again.rate_hz == RATE_HZ

    def test_one_style_or_a_list_of_one(self, style):
        one, other = (gp.texture(given, iterations=1).sound.samples for given in (style, [style]))
        assert one.tobytes() == other.tobytes()

    def test_a_scale_is_that_of_the_settings(self, style):
        result = gp.texture(style, iterations=1, scale="mel", duration_s=0.5)
        assert result.settings.resolution.scale == "mel"


class TestFormsOfSounds:
    def test_paths_and_arrays_with_a_rate_are_the_same_as_sounds(self, style, tmp_path):
        gp.save(style, tmp_path / "a.wav")
        read = gp.load(tmp_path / "a.wav")
        forms = (
            read,
            tmp_path / "a.wav",
            str(tmp_path / "a.wav"),
            (read.samples, RATE_HZ),
            (read.samples[0], RATE_HZ),
        )
        made = {gp.texture(form, iterations=1, duration_s=0.3).sound.samples.tobytes() for form in forms}
        assert len(made) == 1
        two = gp.texture([tmp_path / "a.wav", (read.samples, RATE_HZ)], iterations=1, duration_s=0.3)
        assert two.parameters["weights"] == (0.5, 0.5)
        assert gp.learn_style(tmp_path / "a.wav").duration_s == style.duration_s
        block = next(gp.stream(str(tmp_path / "a.wav"), iterations=1))
        kept = gp.transfer(two, tmp_path / "a.wav", fast=True)
        assert block.duration_s > kept.sound.duration_s == pytest.approx(0.3, abs=1e-3)

    def test_what_is_none_of_them_is_refused(self, style):
        with pytest.raises(UsageError, match=r"the style must be a Sound.*\(samples, rate_hz\)"):
            as_sounds(style.samples, "the style")
        with pytest.raises(InputError, match=r"none\.wav does not exist"):
            gp.texture("none.wav")
        with pytest.raises(InputError, match="transpose"):
            gp.texture((style.samples.T, RATE_HZ))

    def test_each_is_one_line_in_a_shell(self, style):
        result = gp.texture(style, duration_s=0.5, iterations=2, seed=3)
        assert repr(style) == "Sound(0.600 s, 22050 Hz, 1 channel(s))"
        steps = len(result.losses)
        assert (
            repr(result)
            == f"Result(texture, Sound(0.500 s, 22050 Hz, 1 channel(s)), seed 3, {steps} steps, finished)"
        )


class TestTexturesInBlocks:
    def test_a_texture_morphs(self, style):
        quiet = gp.Sound(style.samples * np.float32(0.1), RATE_HZ)
        result = gp.texture([style, quiet], morph="0:1,0 3:0,1", iterations=4)
        samples = result.sound.samples[0]
        assert result.sound.duration_s == pytest.approx(3)
        assert np.square(samples[: RATE_HZ // 2]).mean() > 5 * np.square(samples[-RATE_HZ // 2 :]).mean()
        assert (result.losses, result.stopped) == ((), "finished")
        assert result.record()["parameters"]["morph"] == [(0.0, (1.0, 0.0)), (3.0, (0.0, 1.0))]

    def test_a_network_makes_a_texture(self):
        result = gp.texture(network="lru", condition="texture=wind,amount=0.5", duration_s=0.1, seed=1)
        assert result.sound.samples.shape == (1, 1600)
        assert result.settings.network == "lru"


class TestTransfer:
    def test_transfer(self, style, content):
        result = gp.transfer(
            content, [style, style], weights=[1, 3], strength=0.5, iterations=2, seed=1, device="cpu"
        )
        assert result.sound.samples.shape == content.samples.shape
        assert result.parameters["strength"] == 0.5
        assert result.parameters["weights"] == (0.25, 0.75)
        assert result.parameters["report"]
        assert (result.seed, result.device) == (1, "cpu")


class TestStream:
    def test_a_stream_yields_sounds_and_takes_a_morph(self, style):
        source = gp.stream([style, style], iterations=1, morph=Morph.parse("0:1,0 1:0,1", 2))
        block = next(source)
        source.close()
        assert isinstance(block, gp.Sound)
        assert block.duration_s == pytest.approx(1.5, abs=1e-3)
        assert source.weights == pytest.approx((0.25, 0.75))


class TestLearnStyle:
    def test_a_style_is_learned_saved_and_used(self, style, tmp_path):
        learned = gp.learn_style([style, gp.Sound(rain(RATE_HZ, 1.5, 1), RATE_HZ)], keep_s=1.0)
        assert isinstance(learned, gp.Sound)
        assert 0.6 < learned.duration_s <= 1.0
        assert [source.name for source in learned.provenance.sources] == ["recording 1", "recording 2"]
        gp.save(learned, tmp_path / "a.style.safetensors")
        again = gp.load(tmp_path / "a.style.safetensors")
        one, other = (gp.texture(given, iterations=1, duration_s=0.5).sound.samples for given in (learned, again))
        assert one.tobytes() == other.tobytes()
        assert gp.learn_style(style).samples.tobytes() == style.samples.tobytes()
        with pytest.raises(UsageError, match="no recording"):
            gp.learn_style([])
        with pytest.raises(InputError, match="the recording is silent"):
            gp.learn_style(gp.Sound(np.zeros((1, RATE_HZ)), RATE_HZ))


class TestFailures:
    def test_a_failure_carries_the_last_good_result(self, style, content, fails_after):
        fails_after(6)
        with pytest.raises(ModelError, match="'style' became nan") as caught:
            gp.transfer(content, style, iterations=30)
        result = caught.value.result
        assert isinstance(result, gp.Result)
        assert np.isfinite(result.sound.samples).all()
        assert 1 <= len(result.losses) < 30
        assert "nan" in result.stopped

    def test_a_failure_at_once_has_no_result(self, style, fails_after):
        fails_after(0)
        with pytest.raises(ModelError, match="'style' became nan") as caught:
            gp.texture(style, iterations=3)
        assert caught.value.result is None

    def test_what_the_watcher_raises_comes_through(self, style):
        def stop(step):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            gp.texture(style, iterations=3, on_step=stop)


class TestRefusals:
    @pytest.mark.parametrize("change", [{"preset": "nil"}, {"iterations": 0}, {"weights": [1, 2]}, {"device": "nil"}])
    def test_wrong_arguments(self, style, content, change):
        with pytest.raises(UsageError):
            gp.texture(style, **change)
        with pytest.raises(UsageError):
            gp.transfer(content, style, **change)

    @pytest.mark.parametrize("seed", [-1])
    def test_a_wrong_seed_is_refused_before_the_work(self, style, seed):
        seen = []
        with pytest.raises(UsageError, match="seed"):
            gp.texture(style, iterations=1, seed=seed, on_step=seen.append)
        assert not seen

    def test_no_style(self, content):
        with pytest.raises(UsageError):
            gp.texture([])
        with pytest.raises(UsageError):
            gp.transfer(content, [])

    def test_silence(self, content):
        silence = gp.Sound(np.zeros((1, RATE_HZ), np.float32), RATE_HZ)
        with pytest.raises(InputError, match="silent"):
            gp.transfer(content, silence)
