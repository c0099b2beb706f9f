"""Transfers under a condition: what is told about them, what they keep, and sounds that are hard to use."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch

from gramophone.audio import Sound, rms_db
from gramophone.settings import ConditionSettings
from gramophone.synthesis import conditioned as module
from gramophone.synthesis import transfer
from gramophone.synthesis.conditioned import block_ranges, crossfaded

RATE_HZ = 22050


def note(hz, seconds):
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 6)) * np.exp(-2 * time)


def tune(semitones, seconds=0.4):
    return Sound(
        np.concatenate([note(220 * 2 ** (k / 12), seconds) for k in semitones])[None].astype(np.float32), RATE_HZ
    )


def strokes(times_s, seconds, low=True):
    rng = np.random.default_rng(int(low))
    samples = 1e-4 * rng.standard_normal(round(seconds * RATE_HZ))
    for place in times_s:
        start = round(place * RATE_HZ)
        length = min(4000, len(samples) - start)
        decay = np.exp(-np.arange(length) / 600)
        samples[start : start + length] += decay * (
            np.sin(0.03 * np.arange(length)) if low else rng.standard_normal(length)
        )
    return Sound(samples[None].astype(np.float32), RATE_HZ)


def made(content, *styles, settings, **options):
    task = transfer(content, list(styles), settings, **options)
    for _ in task:
        pass
    return task.finish()


def asking(settings, **changes):
    condition = ConditionSettings(**changes)
    return dataclasses.replace(settings, transfer=dataclasses.replace(settings.transfer, condition=condition))


def check(result, content):
    samples = result.sound.samples
    assert samples.shape == content.samples.shape
    assert np.isfinite(samples).all()
    assert rms_db(samples) == pytest.approx(rms_db(content.samples), abs=0.1)
    # No burst: the loudest 10 ms are not far above the mean, where those of the content are not.
    assert loudest_db(samples) < max(loudest_db(content.samples), 12) + 9


def loudest_db(samples):
    power = (samples.astype(float) ** 2).mean(0)
    short = power[: len(power) // 220 * 220].reshape(-1, 220).mean(1)
    return 10 * np.log10(short.max() / power.mean())


class TestMelody:
    def test_the_style_plays_the_melody_in_tune(self, quick):
        settings = quick("transfer", phase=8)
        content, style = tune([1, 6, 3, 8]), tune([0, 5, 10, 2])
        result = made(content, style, settings=settings, strength=0.3)
        check(result, content)
        assert result.parameters["keep"] == ["melody", "rhythm"]
        assert result.parameters["report"].startswith("pitch: 100 % of the notes found within 14 semitones")
        for place, semitones in enumerate([1, 6, 3, 8]):
            middle = result.sound.samples[0, round((0.4 * place + 0.1) * RATE_HZ) :][:4096]
            spectrum = np.abs(np.fft.rfft(middle * np.hanning(4096), 1 << 16))
            lowest, highest = (round(hz * (1 << 16) / RATE_HZ) for hz in (150, 500))
            found_hz = (lowest + int(spectrum[lowest:highest].argmax())) * RATE_HZ / (1 << 16)
            assert abs(12 * np.log2(found_hz / (220 * 2 ** (semitones / 12)))) < 0.5

    def test_an_octave_that_is_asked_for_is_taken(self, quick):
        settings = asking(quick("transfer", phase=8), octave=1)
        result = made(tune([0, 0, 0]), tune([12, 14]), settings=settings, strength=0.3)
        assert result.parameters["octave"] == 1
        spectrum = np.abs(np.fft.rfft(result.sound.samples[0]))
        hz = np.fft.rfftfreq(result.sound.samples.shape[1], 1 / RATE_HZ)
        at = [spectrum[(hz > 0.97 * f) & (hz < 1.03 * f)].max() for f in (220, 440)]
        assert at[1] > 4 * at[0]


class TestRhythm:
    def test_strokes_leave_their_places_one_after_the_other(self, quick):
        times = np.arange(0.1, 3.9, 0.25)
        content, style = strokes(times, 4.0), strokes([0.1, 0.42, 1.0, 1.31, 1.9], 2.4, low=False)

        def hits(strength):
            result = made(content, style, settings=asking(quick("transfer"), keep=("rhythm",)), strength=strength)
            check(result, content)
            assert result.parameters["report"] == "rhythm: whole strokes of the style"
            power = result.sound.samples[0] ** 2
            ratios = [
                power[round(t * RATE_HZ) :][:600].mean() / (power[: round(t * RATE_HZ)][-600:].mean() + 1e-9)
                for t in times
            ]
            return float(np.mean([ratio > 5 for ratio in ratios]))

        found = [hits(strength) for strength in (0.3, 0.7, 0.8, 0.9)]
        assert found[0] > 0.9
        assert found == sorted(found, reverse=True)
        assert 0.3 < found[2] < 0.9
        assert found[3] < 0.6


class TestModes:
    def test_the_fast_mode_takes_one_step_and_no_phase_of_its_own(self, quick):
        content = tune([1, 6, 3])
        result = made(content, tune([0, 5, 2]), settings=asking(quick("transfer"), fast=True))
        check(result, content)
        assert [loss.stage for loss in result.losses] == ["choice"]

    def test_no_copy_begins_with_noise(self, quick):
        content, style = tune([1, 6, 3]), tune([0, 5, 2])
        usual, own = (
            made(content, style, settings=asking(quick("transfer"), no_copy=flag), strength=0.3)
            for flag in (False, True)
        )
        assert len(own.losses) == 5 > len(usual.losses)
        assert own.losses[0].terms["condition"] > 5 * own.losses[-1].terms["condition"]


class TestReport:
    @pytest.mark.parametrize("strength", [0.3, 0.7, 1.0])
    def test_a_style_without_pitch_is_told_at_every_strength_below_1(self, sound, quick, strength):
        result = made(tune([0, 4, 7]), sound("rain", 2.0), settings=quick("transfer"), strength=strength)
        check(result, tune([0, 4, 7]))
        told = result.parameters["report"]
        assert ("of the notes within 14 semitones; its bands carry the melody" in told) == (strength < 1)

    def test_excerpts_of_a_style_without_pitch_keep_the_rhythm_only(self, sound, quick):
        settings = asking(quick("transfer"), fast=True)
        result = made(tune([0, 4, 7]), sound("rain", 2.0), settings=settings)
        assert "the melody stays as rhythm only; try --keep rhythm, or a pitched style" in result.parameters["report"]

    def test_a_content_without_notes_is_told(self, quick):
        content = Sound(np.zeros((1, 22050), np.float32), RATE_HZ)
        content.samples[0, ::5500] = 1
        result = made(content, tune([0, 4]), settings=asking(quick("transfer"), keep=("melody",)))
        check(result, content)
        assert result.parameters["keep"] == ["melody"]
        assert "the content has no notes that could be kept" in result.parameters["report"]

    def test_the_report_of_blocks_says_what_carries_the_melody(self, sound, quick, monkeypatch):
        monkeypatch.setattr(module, "BLOCK_S", 1.0)
        result = made(tune([0, 4, 7, 2, 0]), sound("rain", 2.0), settings=quick("transfer"), strength=0.3)
        assert "its bands carry the melody" in result.parameters["report"]
        assert "rhythm only" not in result.parameters["report"]


class TestBlocks:
    @pytest.mark.parametrize("strength", [0.3, 1.0])
    def test_blocks_join_and_a_silent_one_stays_quiet(self, sound, quick, monkeypatch, strength):
        monkeypatch.setattr(module, "BLOCK_S", 1.0)
        whole = tune([1, 6, 3, 8, 1, 6, 4, 2])  # 3.2 s: four blocks
        whole.samples[:, round(0.78 * RATE_HZ) : round(1.9 * RATE_HZ)] = 0
        task = transfer(whole, [tune([0, 5, 10, 2])], quick("transfer"), strength=strength)
        steps = [step.index for step in task]
        assert steps == list(range(1, len(steps) + 1))
        result = task.finish()
        check(result, whole)
        silent = result.sound.samples[0, round(1.1 * RATE_HZ) : round(1.55 * RATE_HZ)]
        if strength < 1:
            assert -90 < rms_db(silent[None]) - rms_db(whole.samples) < -35
        else:
            assert rms_db(silent[None]) - rms_db(whole.samples) > -20

    def test_a_run_of_blocks_stopped_in_the_first_is_whole(self, quick, monkeypatch):
        monkeypatch.setattr(module, "BLOCK_S", 1.0)
        content = tune([1, 6, 3, 8, 1, 6, 4, 2])
        task = transfer(content, [tune([0, 5, 10, 2])], quick("transfer"))
        next(iter(task))
        check(task.finish(), content)

    @pytest.mark.parametrize(
        ("samples", "blocks"), [(100, 1), (15 * RATE_HZ, 1), (15 * RATE_HZ + 1, 2), (3600 * RATE_HZ, 240)]
    )
    def test_blocks_cover_everything(self, samples, blocks):
        ranges = block_ranges(samples, RATE_HZ)
        assert len(ranges) == blocks
        assert (ranges[0][0], ranges[-1][1]) == (0, samples)
        for (_, stop), (start, _) in pairwise(ranges):
            assert 0 < stop - start <= round(0.25 * RATE_HZ)

    def test_joins_keep_the_power(self):
        rng = torch.Generator().manual_seed(0)
        ranges = block_ranges(70 * RATE_HZ, RATE_HZ)
        parts = [torch.randn(1, stop - start, generator=rng) for start, stop in ranges]
        joined = crossfaded(parts, ranges)
        assert joined.shape == (1, 70 * RATE_HZ)
        start = ranges[1][0]
        assert float(joined[:, start : start + 5000].square().mean()) == pytest.approx(1, abs=0.1)


class TestHardPairs:
    @pytest.mark.parametrize("strength", [0.3, 0.8])
    @pytest.mark.parametrize("which", ["one note", "gap in the style", "short style", "gap in the content"])
    def test_hard_pairs_give_no_burst_and_no_silence(self, sound, quick, which, strength):
        content, style = tune([1, 6, 3, 8, 1, 6]), tune([0, 5, 10, 2])
        if which == "one note":
            style = tune([0])
        elif which == "gap in the style":
            style.samples[:, 4000:26000] = 0
        elif which == "short style":
            style = tune([0], 0.15)
        else:
            content.samples[:, 9000:40000] = 0
        check(made(content, style, settings=quick("transfer"), strength=strength), content)
