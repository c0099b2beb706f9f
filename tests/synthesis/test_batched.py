"""What is computed together is what it is alone."""

import copy
import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pytest
import torch

from gramophone.audio import Sound
from gramophone.errors import InputError, LimitError, ModelError, UsageError
from gramophone.optim.batched_lbfgs import _State, optimise_batched
from gramophone.optim.minimise import optimise
from gramophone.optim.objective import Objective, Term
from gramophone.presets import preset
from gramophone.settings import OptimiserSettings, Resolution, WaveformSettings
from gramophone.statistics.batched_style_distance import StyleTargets, style_distances
from gramophone.statistics.style_distance import style_distance, style_target
from gramophone.synthesis import batched_textures, batched_transfers, texture, transfer
from gramophone.synthesis.batched import MemoryShortWarning, needed_bytes, run_batched, stack_objectives


def finished(task):
    for _ in task:
        pass
    return task.finish()


@pytest.fixture
def double(monkeypatch):
    """All in double precision: in single a start that differs in the last digits gives another result of its kind."""
    for name in ("texture", "transfer"):
        module = importlib.import_module(f"gramophone.synthesis.{name}")
        original = module.waveform
        monkeypatch.setattr(module, "waveform", lambda *given, original=original: original(*given).double())


@pytest.fixture
def made(sound, quick, double):
    """Styles and settings, and a function that gives what each is alone."""
    styles = [sound("rain", 0.5, seed=1), sound("fire", 0.5, seed=2)]
    settings = quick("texture", iterations=5, waveform=3)

    def alone():
        for place, style in enumerate(styles):
            yield finished(texture([style], settings, duration_s=0.4, seed=place, device="cpu"))

    return styles, settings, alone


def check_same(results, alone, tolerance):
    for one, other in zip(results, alone, strict=True):
        assert one.sound.samples.shape == other.sound.samples.shape
        apart = np.linalg.norm(one.sound.samples - other.sound.samples) / np.linalg.norm(other.sound.samples)
        assert apart < tolerance
        assert [loss.stage for loss in one.losses] == [loss.stage for loss in other.losses]
        for own, theirs in zip(one.losses, other.losses, strict=True):
            assert own.total == pytest.approx(theirs.total, rel=1e-4)
            assert own.terms == pytest.approx(theirs.terms, rel=1e-4, abs=1e-9)
        assert (one.stopped, one.seed, one.parameters) == (other.stopped, other.seed, other.parameters)


@dataclass(frozen=True)
class Faulty:
    """A term that can be batched, with a fault.

    Attributes:
        term: the term without it.
        fault: called with the batched term and the number of items; gives what takes its place.
    """

    term: Callable
    fault: Callable

    def __call__(self, x):
        return self.term(x)

    def stack(self, alike):
        return self.fault(self.term.stack([one.term for one in alike]), len(alike))


def spoil(tasks, fault):
    """Gives the style term of the first stage a fault."""
    for task in tasks:
        (objective,) = task.synthesis.spectrogram.objectives
        style, *others = objective.terms
        spoilt = Objective([replace(style, function=Faulty(style.function, fault)), *others])
        task.synthesis.spectrogram = replace(task.synthesis.spectrogram, objectives=[spoilt])
    return tasks


def no_number_at(is_faulty):
    """A fault: in evaluations of those numbers all items but the first are not finite."""

    def fault(term, items):
        calls = count(1)

        def values(x):
            found = term(x)
            return torch.cat([found[:1], found[1:] * float("nan")]) if is_faulty(next(calls)) else found

        return values

    return fault


@pytest.fixture
def nowhere(monkeypatch):
    """Moves whatever holds tensors to a device on which nothing has a value: whoever asks for one fails."""

    def move(thing):
        with monkeypatch.context() as patch:
            patch.setattr(
                torch.Tensor,
                "__deepcopy__",
                lambda self, memo: torch.empty(self.shape, dtype=self.dtype, device="meta"),
            )
            return copy.deepcopy(thing)

    with pytest.raises(RuntimeError, match="meta"):
        bool(torch.ones(1, device="meta").any())
    return move


def rounds(terms, start, settings, number=3):
    state = _State(terms.values, start.new_tensor(terms.weights), start, settings)
    for _ in range(number):
        state.advance()
    assert state.has_ended.shape == (2,)


class TestAgainstSequential:
    def test_distances_and_gradients_are_those_of_each_item(self):
        generator = torch.Generator().manual_seed(0)
        draw = lambda *shape: torch.rand(shape, generator=generator, dtype=torch.float64)  # noqa: E731
        spans = (1, 3, 8)
        targets = [style_target([draw(5, 24), draw(5, 20)], [2, 1], spans) for _ in range(3)]
        x = draw(3, 5, 30)
        x[1, :, 10:20] = 0  # silence has a direction, too
        x.requires_grad_(True)
        upstream = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        together_values = style_distances(x, StyleTargets.of(targets))
        (gradient,) = torch.autograd.grad(together_values @ upstream, x)
        alone = torch.stack([style_distance(one, target) for one, target in zip(x, targets, strict=True)])
        (expected,) = torch.autograd.grad(alone @ upstream, x)
        torch.testing.assert_close(together_values, alone, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)

    def test_optimised_together_is_optimised_alone(self):
        """In double precision, where no search is decided by the last digits."""
        generator = torch.Generator().manual_seed(1)
        draw = lambda *shape: torch.rand(shape, generator=generator, dtype=torch.float64)  # noqa: E731
        targets = [style_target([scale * draw(6, 40)], [1], (1, 4)) for scale in (0.1, 1.0, 5.0)]
        start, settings = draw(3, 6, 30), OptimiserSettings(iterations=12, patience=0)
        batched = StyleTargets.of(targets)
        found = optimise_batched(lambda x: style_distances(x, batched)[None], start.new_ones(1), start, settings)
        for item, target in enumerate(targets):
            objective = Objective([Term("style", lambda x, target=target: style_distance(x, target))])
            *_, last = optimise(objective, start[item], settings)
            assert found.steps[item] == last.index
            torch.testing.assert_close(found.variables[item], last.preview(), rtol=1e-4, atol=1e-6)

    def test_each_is_what_it_is_alone(self, made):
        styles, settings, alone = made
        check_same(batched_textures(styles, settings, duration_s=0.4, seeds=(0, 1), device="cpu"), alone(), 1e-4)

    @pytest.mark.parametrize("strength", [0.1, 0.6, 1.0])
    @pytest.mark.parametrize("scale", ["mel", "linear"])
    def test_each_transfer_is_what_it_is_alone(self, sound, quick, double, strength, scale):
        contents = [sound("voice", 0.6, seed=3), sound("rain", 0.6, seed=4)]
        styles = [sound("fire", 0.5, seed=1), sound("rain", 0.5, seed=2)]
        settings = quick("transfer", iterations=5, name="infinite-deep", depth=1).on_scale(scale)
        options = {"strength": strength, "device": "cpu"}
        alone = [
            finished(transfer(content, [style], settings, seed=place, **options))
            for place, (content, style) in enumerate(zip(contents, styles, strict=True))
        ]
        check_same(batched_transfers(contents, styles, settings, seeds=(0, 1), **options), alone, 1e-4)
        assert {loss.terms.keys() == {"style", "content"} for result in alone for loss in result.losses} == {True}

    @pytest.mark.parametrize("start", ["random", "spsi"])
    def test_phases_that_begin_otherwise(self, made, start):
        styles, settings, _ = made
        settings = replace(settings, phase=replace(settings.phase, start=start))
        alone = [finished(texture([style], settings, duration_s=0.4, device="cpu")) for style in styles]
        check_same(batched_textures(styles, settings, duration_s=0.4, device="cpu"), alone, 1e-4)

    @pytest.mark.gpu
    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and there is none")
    def test_a_gpu_gives_what_the_cpu_gives(self, made):
        styles, settings, alone = made
        check_same(batched_textures(styles, settings, duration_s=0.4, seeds=(0, 1), device="cuda"), alone(), 1e-3)


class TestEmptyBatch:
    def test_nothing_is_run_together_without_a_word(self):
        run_batched([])


class TestFailures:
    def test_one_that_is_not_finite_stops_alone(self, sound, quick):
        styles = [sound("rain", 0.5, seed=1), sound("fire", 0.5, seed=2)]
        tasks = [texture([style], quick("texture"), duration_s=0.4, device="cpu") for style in styles]
        run_batched(spoil(tasks, no_number_at(lambda call: True)))
        good, bad = (task.finish() for task in tasks)
        assert good.stopped == "finished"
        assert list(tasks[0]) == []
        assert "not finite" in bad.stopped
        assert np.isfinite(bad.sound.samples).all()
        with pytest.raises(ModelError, match="not finite"):
            list(tasks[1])

    @pytest.mark.parametrize("steps", [0, 2])
    def test_what_breaks_down_in_the_first_stage_is_not_polished(self, made, steps):
        styles, settings, _ = made
        tasks = [texture([style], settings, duration_s=0.4, device="cpu") for style in styles]
        run_batched(spoil(tasks, no_number_at(lambda call: call == (1 if steps == 0 else 6))))
        good, bad = (task.synthesis for task in tasks)
        assert {loss.stage for loss in good.losses} == {"spectrogram", "waveform"}
        assert {loss.stage for loss in bad.losses} == ({"spectrogram"} if steps else set())
        with pytest.raises(ModelError, match="not finite"):
            list(tasks[1])
        assert torch.isfinite(bad.waveform()).all()


class TestDevice:
    @pytest.mark.parametrize("job", ["texture", "transfer"])
    def test_nothing_in_the_loop_waits_for_the_device(self, sound, quick, nowhere, job):
        styles = [sound("rain", 0.5, seed=1), sound("fire", 0.5, seed=2)]
        settings = quick(job, name="infinite-deep", depth=1) if job == "transfer" else quick(job)
        set_up = {"texture": lambda style: texture([style], settings, device="cpu")}
        set_up["transfer"] = lambda style: transfer(style, [style], settings, device="cpu")
        tasks = [set_up[job](style) for style in styles]
        first, polishes = nowhere(
            ([task.synthesis.spectrogram for task in tasks], [task.synthesis.waveform_refinement for task in tasks])
        )
        rounds(stack_objectives(first), torch.stack([stage.start for stage in first]), settings.optimiser)
        if job == "texture":
            start = torch.empty(2, 1, first[0].samples, device="meta")
            rounds(stack_objectives(polishes), start, settings.waveform.optimiser)


class TestMemory:
    def test_fewer_at_once_where_memory_is_short(self, made):
        styles, settings, _ = made
        sizes = []

        def short(term, items):
            sizes.append(items)
            if items > 1:
                raise torch.OutOfMemoryError("no room")
            return term

        tasks = [texture([style], settings, duration_s=0.4, device="cpu") for style in styles]
        with pytest.warns(MemoryShortWarning, match=r"memory is short: 1 texture\(s\) at once"):
            run_batched(spoil(tasks, short), at_once=3)
        assert sizes == [2, 1, 1]
        assert [task.finish().stopped for task in tasks] == ["finished"] * 2

    def test_the_memory_that_is_planned_with_is_that_of_the_larger_stage(self, sound):
        rain, settings = sound("rain", 0.5), preset("infinite")
        fine = WaveformSettings((Resolution(128, 32, span_ms=(23,)),))

        def needed(waveform=settings.waveform, duration_s=4.0):
            return needed_bytes(
                texture([rain], replace(settings, waveform=waveform), duration_s=duration_s, device="cpu")
            )

        first = needed(WaveformSettings())
        assert first == needed()
        assert needed(fine) > 4 * first
        # Between the vectors, which grow with the length, and the maps, which grow with its square.
        assert 2 < needed(duration_s=8.0) / first < 4

    def test_memory_that_is_too_short_for_one(self, made):
        def short(term, items):
            raise torch.OutOfMemoryError("no room")

        styles, settings, _ = made
        tasks = spoil([texture(styles[:1], settings, duration_s=0.4, device="cpu")], short)
        with pytest.raises(LimitError, match="too short for one of them"):
            run_batched(tasks)


class TestRefusals:
    def test_targets_of_different_shapes_do_not_stand_together(self):
        targets = [style_target([torch.rand(5, frames)], [1], (1, 4)) for frames in (20, 21)]
        with pytest.raises(ValueError, match="different shapes"):
            StyleTargets.of(targets)
        with pytest.raises(ValueError, match="3 frames are fewer than the longest span of 4"):
            style_distances(torch.rand(1, 5, 3), StyleTargets.of(targets[:1]))

    def test_what_cannot_go_together(self, sound, stereo, quick):
        settings = quick("texture")
        rain = sound("rain", 0.5)
        with pytest.raises(UsageError, match="same rate, channels and length"):
            batched_textures([rain, sound("rain", 0.6)], settings, duration_s=0.5)
        with pytest.raises(UsageError, match="one channel"):
            batched_textures([stereo(rain)], settings)
        with pytest.raises(UsageError, match="do not fit"):
            batched_textures([rain], settings, seeds=[1, 2])
        with pytest.raises(UsageError, match="without further terms"):
            batched_textures([rain], preset("infinite", rhythm=1.0))
        for name in ("ulyanov2016", "infinite-deep"):
            with pytest.raises(UsageError, match="infinite network of one layer"):
                batched_textures([rain], preset(name))
        with pytest.raises(UsageError, match="loops cannot"):
            run_batched([texture([rain], settings, loop=True)])
        with pytest.raises(UsageError, match="optimised by lbfgs"):
            batched_textures([rain], replace(settings, optimiser=replace(settings.optimiser, method="adam")))
        with pytest.raises(InputError, match="silent"):
            batched_textures([Sound(0 * rain.samples, 22050)], settings)

    def test_which_transfers_cannot_go_together(self, sound, quick):
        settings = quick("transfer", name="infinite-deep", depth=1)
        voice, rain = sound("voice", 0.6), sound("rain", 0.5)
        with pytest.raises(UsageError, match="transfers that choose excerpts of the style cannot be batched"):
            batched_transfers([voice], [rain], quick("transfer"))
        with pytest.raises(UsageError, match="2 contents do not fit 1 styles"):
            batched_transfers([voice, voice], [rain], settings)
        with pytest.raises(UsageError, match="nothing to compute"):
            batched_transfers([voice], [rain], settings, strength=0)
        with pytest.raises(UsageError, match="with a stage on the waveform"):
            batched_transfers([voice], [rain], replace(settings, waveform=quick("texture").waveform))
        with pytest.raises(UsageError, match="same settings"):
            run_batched([transfer(voice, [rain], settings), texture([rain], quick("texture"), duration_s=0.6)])
