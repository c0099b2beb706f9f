import dataclasses
import json

import numpy as np
import pytest
import torch

from gramophone.audio import Sound, rms_db
from gramophone.errors import InputError, ModelError, UsageError
from gramophone.metrics.transfer import purity
from gramophone.settings import Resolution, WaveformSettings
from gramophone.synthesis import texture
from gramophone.synthesis.analysis import Analysis
from gramophone.synthesis.prepare import normalised_weights, waveform


def made(*styles, settings, **options):
    task = texture(list(styles), settings, **options)
    steps = list(task)
    return task.finish(), steps


def check(result, samples):
    assert result.sound.samples.shape == (1, samples)
    assert result.sound.rate_hz == 22050
    assert np.isfinite(result.sound.samples).all()
    assert not result.sound.is_silent


def view_of(settings, sounds, weights=None):
    waves = [waveform(one, settings, torch.device("cpu")) for one in sounds]
    weights = normalised_weights(weights, len(waves))
    return Analysis(settings.resolution, settings, waves, weights, waves[0].shape[1], 0), waves


def _last_objective(stage):
    return stage.objective if hasattr(stage, "objective") else stage.objectives[-1]


class TestTexture:
    @pytest.mark.parametrize("duration_s", [None, 0.6, 1.0, 1.00003, 2.3])
    def test_length_level_and_numbers(self, sound, quick, duration_s):
        style = sound("rain")
        result, steps = made(style, settings=quick("texture"), duration_s=duration_s)
        check(result, round((duration_s or 1.0) * 22050))
        assert rms_db(result.sound.samples) == pytest.approx(rms_db(style.samples), abs=3)
        assert result.stopped == "finished"
        assert result.task == "texture"
        assert len(result.losses) == len(steps) == 6
        assert [step.index for step in steps] == [1, 2, 3, 4, 5, 6]
        assert {step.of for step in steps} == {6}
        assert [loss.stage for loss in result.losses] == ["spectrogram"] * 4 + ["waveform"] * 2
        elapsed_s = [step.elapsed_s for step in steps]
        assert elapsed_s == sorted(elapsed_s)
        assert set(result.stages_s) == {"spectrogram", "phase", "waveform"}

    def test_it_sounds_like_the_style(self, sound, quick):
        style = sound("fire", 2.0)
        result, _ = made(style, settings=quick("texture", iterations=25, waveform=10, phase=16))
        losses = [loss.total for loss in result.losses]
        assert losses[24] < min(0.2 * losses[0], 1e-3)
        assert losses[-1] < losses[25]
        waves = (torch.from_numpy(one.samples[0]) for one in (result.sound, style))
        assert purity(*waves, 22050) > 0.5
        assert rms_db(result.sound.samples) == pytest.approx(rms_db(style.samples), abs=1)

    @pytest.mark.parametrize("rate_hz", [8000, 48000])
    def test_any_rate_and_channels(self, sound, stereo, quick, rate_hz):
        style = stereo(sound("rain", rate_hz=rate_hz))
        result, _ = made(style, settings=quick("texture", iterations=2, waveform=1))
        assert result.sound.samples.shape == (2, rate_hz)
        assert result.sound.rate_hz == rate_hz
        assert np.isfinite(result.sound.samples).all()
        assert rms_db(result.sound.samples) == pytest.approx(rms_db(style.samples), abs=3)

    @pytest.mark.parametrize("gain", [1e-4, 30.0])
    def test_the_level_of_the_style_is_the_level_of_the_result(self, sound, quick, gain):
        loud = Sound(gain * sound("rain").samples, 22050)
        settings = quick("texture", iterations=2, waveform=1)
        result, _ = made(loud, settings=settings)
        expected, _ = made(sound("rain"), settings=settings)
        change_db = rms_db(result.sound.samples) - rms_db(expected.sound.samples)
        assert change_db == pytest.approx(20 * np.log10(gain), abs=0.5)
        (seen,), (usual,) = (view_of(settings, [one])[0].styles for one in (loud, sound("rain")))
        torch.testing.assert_close(seen, usual, rtol=1e-4, atol=1e-5)


class TestStyleWeights:
    def test_several_styles_and_their_shares(self, sound, quick):
        settings = quick("texture", iterations=15, waveform=1)
        rain, fire = sound("rain", 1.0), sound("fire", 1.5)
        result, _ = made(rain, fire, settings=settings, weights=[3, 1])
        check(result, round(1.5 * 22050))
        assert result.parameters == {"duration_s": 1.5, "weights": (0.75, 0.25)}
        level_db = 0.75 * rms_db(rain.samples) + 0.25 * rms_db(fire.samples)
        assert rms_db(result.sound.samples) == pytest.approx(level_db, abs=3)
        equal, _ = made(rain, fire, settings=settings)
        assert equal.parameters["weights"] == (0.5, 0.5)
        assert equal.sound.samples.tobytes() != result.sound.samples.tobytes()

    def test_a_style_without_weight_changes_nothing(self, sound, quick):
        rain, fire, settings = sound("rain"), sound("fire"), quick("texture")
        alone, _ = view_of(settings, [rain])
        beside, (_, other) = view_of(settings, [rain, fire], [1, 0])
        mixed, _ = view_of(settings, [rain, fire], [1, 1])
        expected = float(alone.style(alone.log_magnitude(other)))
        assert expected > 0.01
        assert float(beside.style(beside.log_magnitude(other))) == pytest.approx(expected, rel=1e-3)
        assert float(mixed.style(mixed.log_magnitude(other))) < 0.7 * expected


class TestReproducibility:
    @pytest.mark.parametrize("name", ["infinite", "ulyanov2016"])
    def test_same_seed_same_bytes(self, sound, quick, name):
        settings = quick("texture", iterations=2, waveform=1, name=name)
        one, again, other = (
            made(sound("rain"), settings=settings, seed=seed)[0].sound.samples.tobytes() for seed in (1, 1, 2)
        )
        assert one == again
        assert one != other

    def test_what_ran_before_decides_nothing(self, sound, quick):
        settings = quick("texture", iterations=2, waveform=1)
        alone, _ = made(sound("rain"), settings=settings)
        made(sound("fire"), settings=settings, seed=5)
        np.random.default_rng(0).random(10)
        again, _ = made(sound("rain"), settings=settings)
        assert alone.sound.samples.tobytes() == again.sound.samples.tobytes()

    def test_every_seed_of_the_command_line_works(self, sound, quick):
        settings = quick("texture", iterations=1, waveform=1)
        for seed in (0, 2**63 - 1):
            check(made(sound("rain"), settings=settings, seed=seed)[0], 22050)


class TestStopping:
    @pytest.mark.parametrize("steps", [0, 1, 2, 5])
    def test_it_can_be_stopped_anywhere(self, sound, quick, steps):
        task = texture([sound("rain")], quick("texture"))
        loop = iter(task)
        for _ in range(steps):
            next(loop)
        result = task.finish()
        check(result, 22050)
        assert result.stopped == "interrupted"
        assert len(result.losses) == steps
        json.dumps(result.record(), allow_nan=False)

    def test_looking_half_way_does_not_change_the_end(self, sound, quick):
        settings = dataclasses.replace(quick("texture"), waveform=WaveformSettings())
        expected, _ = made(sound("rain"), settings=settings)
        task = texture([sound("rain")], settings)
        for step in task:
            if step.index == 2:
                check(task.finish(), 22050)
        assert task.finish().sound.samples.tobytes() == expected.sound.samples.tobytes()


class TestSpans:
    @pytest.mark.parametrize(
        ("duration_s", "spans"),
        [(0.3, (1, 4)), (1.0, (1, 4, 16)), (2.4, (1, 4, 16)), (2.6, (1, 4, 16, 43))],
    )
    def test_spans_over_a_fifth_of_the_style_are_dropped(self, sound, quick, duration_s, spans):
        settings = quick("texture")
        resolution = Resolution(1024, 256, span_ms=(12, 46, 186, 500))
        settings = dataclasses.replace(settings, resolution=resolution)
        style, longer = sound("rain", duration_s), sound("rain", 4.0)
        for styles in ([style], [longer, style]):
            assert view_of(settings, styles)[0].network.spans == spans

    def test_the_shortest_span_always_stays(self, sound, quick):
        settings = quick("texture", iterations=2, waveform=1)
        result, _ = made(sound("rain", 0.1), settings=settings, duration_s=0.5)
        check(result, round(0.5 * 22050))


class TestShortSounds:
    @pytest.mark.parametrize("duration_s", [0.1, 0.2, 0.45])
    def test_a_short_texture_of_a_long_style(self, sound, quick, duration_s):
        result, _ = made(
            sound("rain", 3.0), settings=quick("texture", iterations=2, waveform=1), duration_s=duration_s
        )
        check(result, round(duration_s * 22050))

    def test_the_length_named_is_enough(self, sound, quick):
        for name, samples in (("infinite", 2048), ("ulyanov2016", 11 * 512)):
            style = Sound(sound("rain").samples[:, 3000 : 3000 + samples], 22050)
            result, _ = made(style, settings=quick("texture", iterations=2, waveform=1, name=name))
            check(result, samples)


class TestRecord:
    def test_record_and_notebook(self, sound, quick):
        result, _ = made(sound("rain"), settings=quick("texture"), seed=3, device="cpu")
        record = json.loads(json.dumps(result.record(), allow_nan=False))
        assert record["task"] == "texture"
        assert record["seed"] == 3
        assert record["device"] == "cpu"
        assert record["duration_s"] == 1
        assert record["settings"]["resolution"]["n_fft"] == 1024
        assert record["settings"]["resolution"]["span_ms"] == list(result.settings.resolution.span_ms)
        assert record["settings"]["optimiser"]["iterations"] == 4
        assert len(record["losses"]) == 6
        assert record["losses"][0]["terms"].keys() == {"style"}
        html = result._repr_html_()
        assert html.count("<audio") == html.count("<img") == 1
        assert "http" not in html


class TestFailures:
    @pytest.mark.parametrize("steps", [0, 3, 5])
    def test_a_failure_leaves_the_last_good_result(self, sound, quick, steps):
        task = texture([sound("rain")], quick("texture"))
        synthesis = task.synthesis
        for stage in (synthesis.spectrogram, synthesis.waveform_refinement):
            (term,) = _last_objective(stage).terms

            def broken(x, function=term.function):
                return function(x) * (float("nan") if len(synthesis.losses) >= steps else 1)

            object.__setattr__(_last_objective(stage), "terms", [dataclasses.replace(term, function=broken)])
        with pytest.raises(ModelError, match="'style'"):
            list(task)
        result = task.finish()
        check(result, 22050)
        assert len(result.losses) == steps
        assert "'style' became nan" in result.stopped
        json.dumps(result.record(), allow_nan=False)


class TestRefusals:
    def test_a_style_too_short_names_what_is_needed(self, sound, quick):
        short = Sound(sound("rain").samples[:, :1000], 22050)
        with pytest.raises(InputError, match=r"the style lasts 0\.045 s; at least 0\.093 s"):
            texture([short], quick("texture"))
        with pytest.raises(InputError, match=r"style 2 lasts 0\.045 s"):
            texture([sound("rain"), short], quick("texture"))
        with pytest.raises(InputError, match=r"at least 0\.255 s"):
            texture([short], quick("texture", name="ulyanov2016"))

    @pytest.mark.parametrize("value", [0.0, 5e-7])
    def test_silence_is_refused(self, sound, quick, value):
        silence = Sound(np.full((1, 22050), value, np.float32), 22050)
        with pytest.raises(InputError, match="the style is silent"):
            texture([silence], quick("texture"))
        with pytest.raises(InputError, match="style 2 is silent"):
            texture([sound("rain"), silence], quick("texture"))

    @pytest.mark.parametrize("duration_s", [0.0, -1.0, 0.05, float("nan"), float("inf")])
    def test_impossible_durations_are_refused(self, sound, quick, duration_s):
        with pytest.raises(UsageError, match=r"duration .* 0\.093 s or more"):
            texture([sound("rain")], quick("texture"), duration_s=duration_s)

    @pytest.mark.parametrize("weights", [[1], [1, 2, 3], [0, 0], [-1, 2], [float("nan"), 1], [float("inf"), 1]])
    def test_impossible_weights_are_refused(self, sound, quick, weights):
        with pytest.raises(UsageError, match="weights"):
            texture([sound("rain"), sound("fire")], quick("texture"), weights=weights)

    def test_no_style_is_refused(self, quick):
        with pytest.raises(UsageError):
            texture([], quick("texture"))

    @pytest.mark.parametrize("device", ["cud", "cuda:99"])
    def test_an_impossible_device_is_refused(self, sound, quick, device):
        with pytest.raises(UsageError, match=f"'{device}'"):
            texture([sound("rain")], quick("texture"), device=device)
