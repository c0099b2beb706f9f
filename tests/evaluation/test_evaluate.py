"""What the table says of sounds whose quality is known."""

import json
import sys

import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.demo.textures import fire
from gramophone.errors import InputError
from gramophone.evaluation import MetricResult, evaluate
from gramophone.evaluation.metric_result import MetricValue, metric

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def of_more_fire(burning):
    return evaluate(burning, Sound(fire(RATE_HZ, 4.0, 1), RATE_HZ))


@pytest.fixture(scope="module")
def of_a_copy(burning):
    return evaluate(burning, burning)


@pytest.fixture(scope="module")
def of_a_mix(burning, mix, voice):
    return evaluate(burning, mix, voice)


def in_opposite_phase(sound):
    return Sound(np.concatenate([sound.samples, -sound.samples]), sound.rate_hz)


class TestVerdicts:
    def test_more_of_the_same_sound_is_as_good_as_the_recording_and_no_copy(self, of_more_fire):
        assert abs(of_more_fire["statistics_excess_db"].value) < 3
        assert of_more_fire["copy_mean"].reading.startswith("repeats the recording no more")
        assert of_more_fire["si_sdr_db"].value is None
        assert "no reconstruction" in of_more_fire["si_sdr_db"].reading

    def test_a_copy_is_called_one(self, of_a_copy):
        assert of_a_copy["statistics_excess_db"].reading == "closer to the recording than its own other half"
        assert of_a_copy["copy_mean"].reading == "a copy of the recording"
        assert of_a_copy["copy_maximum"].reading == "at least one half second is a copy"
        assert of_a_copy["si_sdr_db"].reading == "the waveform is kept"
        assert of_a_copy["gram_cosine"].value == pytest.approx(1)
        assert of_a_copy["unseen_style_distance"].value == pytest.approx(0, abs=1e-6)

    def test_a_mix_is_called_one(self, of_a_mix):
        assert of_a_mix["gain_over_mixing"].value < 0.15
        assert [figure.key for figure in of_a_mix.figures[:2]] == ["identity", "style"]
        assert of_a_mix["leak"].value > 0.1
        assert of_a_mix["chroma"].value is None
        assert "no clear pitch" in of_a_mix["chroma"].reading
        with pytest.raises(KeyError):
            of_a_mix["si_sdr_db"]


class TestFigures:
    def test_figures_are_finite_or_say_why_not(self, of_more_fire, of_a_copy, of_a_mix):
        for found in (of_more_fire, of_a_copy, of_a_mix):
            keys = [figure.key for figure in found.figures]
            assert len(keys) == len(set(keys))
            for figure in found.figures:
                assert figure.value is not None or figure.reading.startswith("not computed: ")
            assert json.loads(json.dumps(found.as_json(), allow_nan=False))["figures"][0]["key"] == keys[0]

    def test_a_short_reference_gives_reasons_and_no_zeros(self, burning):
        found = evaluate(burning.trimmed(0.6), burning)
        missing = [figure for figure in found.figures if figure.value is None]
        assert {"statistics_excess_db", "copy_mean", "kernel_distance"} <= {figure.key for figure in missing}
        assert all("too short" in f.reading or "too few" in f.reading or "no recon" in f.reading for f in missing)

    def test_without_the_extra_the_rest_is_measured_and_the_extra_named(self, burning, voice, monkeypatch):
        for package in ("swift_f0", "aisfx"):
            monkeypatch.setitem(sys.modules, package, None)
        found = evaluate(burning, voice, voice)
        for key in ("melody", "words", "style", "style_kernel_distance"):
            assert found[key].value is None
            assert "pip install 'gramophone[ears]'" in found[key].reading
        for key in ("identity", "spectral_shape", "leak", "patches", "purity"):
            assert found[key].value is not None

    def test_a_figure_has_no_value_that_is_not_a_number(self):
        with pytest.raises(ValueError, match="must be finite, or None with a reason"):
            MetricResult("a", "a", float("nan"), "", "higher", "", "texture")
        odd = metric("a", "a", "", "higher", "texture").evaluate(lambda: MetricValue(float("inf")), str)
        assert odd.value is None
        assert "not finite" in odd.reading

    @pytest.mark.parametrize(
        ("value", "unit", "expected"),
        [(1.234, "dB", "+1.2 dB"), (0.5, "", "0.50"), (0.00012, "", "1.2e-04"), (0.0, "", "0.00"), (None, "dB", "-")],
    )
    def test_values_are_written_with_their_unit(self, value, unit, expected):
        assert MetricResult("a", "a", value, unit, "higher", "", "texture").text == expected


class TestMismatchedInputs:
    def test_rates_channels_and_lengths_are_brought_together_and_said(self, burning):
        stereo = burning.resampled(22050)
        stereo = Sound(np.repeat(stereo.samples, 2, axis=0)[:, :66150], 22050)
        notes = " ".join(evaluate(burning, stereo).notes)
        assert "2 channels of the result were mixed down to one" in notes
        assert "the result was resampled from 22,050 to 16,000 Hz" in notes
        assert "the result lasts 3.00 s, the reference 4.00 s" in notes

    def test_a_content_of_another_length_is_said(self, burning, voice):
        found = evaluate(burning, voice.trimmed(2.0), voice)
        assert any("the result is 2.00 s shorter than the content" in note for note in found.notes)


class TestOppositePhase:
    def test_channels_in_opposite_phase_are_measured_one_by_one(self, burning, voice):
        wrong = evaluate(in_opposite_phase(burning), in_opposite_phase(voice))
        assert wrong["si_sdr_db"].value is None
        assert wrong["gram_cosine"].value < 0.9
        assert any("of the reference and the result are in opposite phase" in note for note in wrong.notes)
        right = evaluate(in_opposite_phase(burning), in_opposite_phase(burning))
        assert right["si_sdr_db"].value > 100
        half = Sound(np.concatenate([burning.samples, voice.samples]), RATE_HZ)
        assert evaluate(in_opposite_phase(burning), half)["si_sdr_db"].value is None
        assert evaluate(burning, in_opposite_phase(voice))["gram_cosine"].value == pytest.approx(
            wrong["gram_cosine"].value, abs=1e-3
        )

    def test_channels_in_opposite_phase_beside_another_number_are_refused(self, burning):
        three = Sound(np.repeat(burning.samples, 3, axis=0), RATE_HZ)
        with pytest.raises(
            InputError, match="the reference has 3 channels instead of 2; give one channel, or equally"
        ):
            evaluate(three, in_opposite_phase(burning))

    def test_a_transfer_in_opposite_phase_is_not_certified(self, burning, voice):
        found = evaluate(burning, in_opposite_phase(voice), voice)
        assert found["identity"].value == pytest.approx(1, abs=0.05)
        assert found["purity"].value < 0.5
        assert any("played in mono they cancel" in note for note in found.notes)


class TestRefusals:
    def test_what_cannot_be_judged_is_refused(self, burning, silence):
        with pytest.raises(InputError, match="the result is silent"):
            evaluate(burning, silence)
        with pytest.raises(InputError, match=r"the content lasts 0\.250 s"):
            evaluate(burning, burning, burning.trimmed(0.25))
