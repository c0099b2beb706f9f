"""Mosaicing: what is made of the style is found in it, and a melody is kept where the style has its notes."""

import numpy as np
import pytest
import torch

from gramophone.errors import InputError, LimitError, UsageError
from gramophone.rivals import DriedgerSettings, driedger2015, driedger2015_steps
from gramophone.rivals.driedger import activation_steps, dictionary, transposed
from gramophone.rivals.waveforms import magnitudes, window_samples
from gramophone.spectral import Stft

RATE_HZ = 8000
PLAIN = DriedgerSettings(transpositions=(0.0,))
STFT = Stft(744, 372)


def activations_of(content, styles, settings, **options):
    words = dictionary(styles, STFT, settings)
    frames = magnitudes(STFT.forward(content).permute(2, 0, 1).flatten(1))
    *_, last = activation_steps(frames, words, settings, 0, **options)
    return last, words


class TestExcerpts:
    def test_an_excerpt_of_the_style_is_found_on_its_diagonal(self, noise):
        style = noise(1, 40 * 372, seed=1) * torch.linspace(1, 0.3, 40 * 372)
        content = style[:, 10 * 372 : 30 * 372]
        activations, _ = activations_of(content, [style], PLAIN)
        frames = torch.arange(2, 18)
        assert (activations[2:18].argmax(1) == frames + 10).all()
        on = activations[frames, frames + 10]
        assert (on / activations[2:18].sum(1)).min() > 0.7

    def test_an_excerpt_of_the_style_sounds_as_it_was(self, noise):
        hop = window_samples(PLAIN.window_ms, RATE_HZ) // 2
        style = noise(1, 40 * hop, seed=1)
        content = style[:, 10 * hop : 30 * hop]
        result = driedger2015(content, [style], RATE_HZ, PLAIN)
        inner = slice(3 * hop, -3 * hop)
        a, b = result[0, inner], content[0, inner]
        assert float(torch.dot(a, b) / a.norm() / b.norm()) > 0.9


class TestActivations:
    def test_of_each_frame_only_so_many_templates_are_left_and_their_neighbours(self, noise):
        settings = DriedgerSettings(transpositions=(0.0,), polyphony=2, continuity=1)
        activations, _ = activations_of(noise(1, 9000), [noise(1, 20000, seed=1)], settings)
        # Two in each frame, continued from the frames before and after.
        assert ((activations > 0).sum(1) <= 6).all()

    def test_diagonals_stay_within_a_recording(self, noise):
        styles = [noise(1, 4000, seed=1), noise(1, 4000, seed=2)]
        activations, words = activations_of(noise(1, 4000), styles, PLAIN)
        gap = words.sums == 0
        assert int(gap.sum()) == 2 * PLAIN.continuity
        assert (activations[:, gap] == 0).all()

    def test_idle_templates_make_no_difference(self, noise):
        content, style = noise(1, 20000), noise(1, 40000, seed=1)
        found = [
            activations_of(content, [style], DriedgerSettings(), **options) for options in ({}, {"negligible": -1.0})
        ]
        few, everything = (activations.to(words.frames.dtype) @ words.frames for activations, words in found)
        assert float((few - everything).norm() / everything.norm()) < 1e-3


class TestMelody:
    def test_a_synthesised_melody_is_kept_where_the_style_has_its_notes(self, tones, pitch_share):
        rng = np.random.default_rng(0)
        scale_hz = [220 * 2 ** (n / 12) for n in range(13)]
        melody_hz = [scale_hz[i] for i in rng.permutation(13)]
        style = tones(scale_hz, 0.35, RATE_HZ, partials=12)
        content = tones(melody_hz, 0.35, RATE_HZ, partials=3)
        assert pitch_share(content, melody_hz, 0.35, RATE_HZ) == 1
        result = driedger2015(content, [style], RATE_HZ, PLAIN)
        assert pitch_share(result, melody_hz, 0.35, RATE_HZ) >= 0.9
        assert pitch_share(style, melody_hz, 0.35, RATE_HZ) < 0.4

    @pytest.mark.data
    def test_a_trumpet_is_kept_in_a_violin(self, notes):
        swift_f0 = pytest.importorskip("swift_f0", reason="swift-f0 is not installed")
        rate_hz, rng = 22050, np.random.default_rng(0)
        violin = notes("violin", "FluidR3", rate_hz, 60, 84)
        style = np.concatenate([note[: 5 * rate_hz // len(violin)] for note in violin])
        trumpet, fade = (
            notes("trumpet", "GeneralUser", rate_hz, 60, 84),
            np.linspace(1, 0, rate_hz // 50, dtype=np.float32),
        )
        place, parts = len(trumpet) // 2, []
        for _ in range(12):
            place = int(np.clip(place + rng.integers(-3, 4), 0, len(trumpet) - 1))
            note = trumpet[place][: round(0.4 * rate_hz)].copy()
            note[-len(fade) :] *= fade
            parts.append(note)
        content = np.concatenate(parts)
        result = driedger2015(content[None], [style[None]], rate_hz, DriedgerSettings())
        detector = swift_f0.SwiftF0(threads=1)
        heard = [detector.detect(np.ascontiguousarray(x), rate_hz) for x in (content, result[0].numpy())]
        sure = heard[0].confidence > 0.9
        cents = 1200 * np.log2(heard[1].pitch_hz[sure].clip(1) / heard[0].pitch_hz[sure])
        assert sure.sum() > 200
        assert float(np.mean(np.abs(cents) < 50)) >= 0.9


class TestTransposition:
    def test_transposed_copies_supply_the_notes_that_the_style_lacks(self, tones, pitch_share):
        melody_hz = [220 * 2 ** (n / 12) for n in (2, 0, 3, 5, 1, 4)]
        style = tones([220.0], 1.5, RATE_HZ, partials=12)
        content = tones(melody_hz, 0.35, RATE_HZ, partials=3)
        with_copies = DriedgerSettings(transpositions=tuple(float(n) for n in range(6)))
        kept = pitch_share(driedger2015(content, [style], RATE_HZ, with_copies), melody_hz, 0.35, RATE_HZ)
        assert kept >= 0.9
        assert pitch_share(driedger2015(content, [style], RATE_HZ, PLAIN), melody_hz, 0.35, RATE_HZ) < kept

    def test_a_copy_is_higher_and_shorter(self, tones):
        style = tones([200.0], 1.0, RATE_HZ, partials=1)
        copy = transposed(style, 12.0)
        assert copy.shape == (1, 4000)
        assert int(torch.fft.rfft(copy[0]).abs().argmax()) * RATE_HZ / 4000 == pytest.approx(400, abs=3)


class TestSteps:
    def test_it_can_be_stopped_after_any_iteration(self, noise):
        steps = driedger2015_steps(noise(2, 3000), [noise(1, 3000, seed=1)], RATE_HZ, PLAIN)
        first = next(steps)
        assert (first.done, first.total) == (1, 40)
        assert first.preview().shape == (2, 3000)
        steps.close()

    def test_a_preview_asked_for_later_is_the_same(self, noise):
        content, style = noise(1, 3000), noise(1, 3000, seed=1)
        steps = list(driedger2015_steps(content, [style], RATE_HZ, PLAIN))
        assert torch.equal(steps[-1].preview(), driedger2015(content, [style], RATE_HZ, PLAIN))
        assert not torch.equal(steps[0].preview(), steps[-1].preview())


class TestRefusals:
    def test_too_many_templates_are_refused_before_they_are_made(self, noise):
        forty_minutes = noise(1, 1).expand(1, 2400 * RATE_HZ)
        with pytest.raises(LimitError, match="cut the content or the style"):
            driedger2015(noise(1, 8000), [forty_minutes], RATE_HZ)

    def test_a_style_shorter_than_a_window_is_refused(self, noise):
        with pytest.raises(InputError, match="give a longer style"):
            driedger2015(noise(1, 8000), [noise(1, 500)], RATE_HZ)

    @pytest.mark.parametrize(
        "wrong",
        [{"overlap": 1}, {"iterations": 0}, {"polyphony": 0}, {"transpositions": ()}, {"transpositions": (25.0,)}],
    )
    def test_settings_outside_their_range_are_refused(self, wrong):
        with pytest.raises(UsageError):
            DriedgerSettings(**wrong)
