"""What a face needs to steer a run: the result so far, going on from an earlier one, taking back a stream's end."""

import threading

import numpy as np
import pytest

from gramophone import synthesis
from gramophone.audio import Sound
from gramophone.errors import UsageError
from gramophone.synthesis.blocks import ClosedError


def totals(task):
    return [step.total for step in task]


def stream_of(sound, quick, **more):
    return synthesis.Stream([sound("rain"), sound("fire")], quick("stream"), first_block_s=1.0, block_s=1.0, **more)


class TestSnapshots:
    def test_the_result_so_far_does_not_change_the_run(self, sound, quick):
        def set_up():
            return synthesis.texture([sound("rain")], quick("texture"), duration_s=0.5)

        plain, watched = set_up(), set_up()
        expected = totals(plain)
        found, heard = [], []
        for step in watched:
            found.append(step.total)
            heard.append(watched.snapshot())
        assert found == expected
        assert np.array_equal(watched.finish().sound.samples, plain.finish().sound.samples)
        assert [len(one.losses) for one in heard] == list(range(1, len(found) + 1))
        assert all(one.stopped == "interrupted" for one in heard)
        assert not np.array_equal(heard[0].sound.samples, heard[-1].sound.samples)


class TestWarmStart:
    def test_a_transfer_goes_on_from_a_result(self, sound, quick):
        settings = quick("transfer", iterations=12, phase=16)
        first = synthesis.transfer(sound("voice"), [sound("fire")], settings)
        totals(first)
        begun = first.finish().sound
        fresh, again = (
            synthesis.transfer(sound("voice"), [sound("fire")], settings, strength=0.55, warm_start=start)
            for start in (None, begun)
        )
        assert next(iter(again)).losses["words"] < 0.1 * next(iter(fresh)).losses["words"]
        assert again.finish().record()["parameters"]["begun"]

    def test_a_texture_goes_on_at_another_length_and_form(self, sound, quick, stereo):
        begun = stereo(sound("rain", 0.4, rate_hz=16000))
        for duration_s in (0.3, 0.8):
            task = synthesis.texture([sound("rain")], quick("texture"), duration_s=duration_s, warm_start=begun)
            assert task.finish().sound.duration_s == pytest.approx(duration_s, abs=0.01)
        loop = synthesis.texture([sound("rain")], quick("texture"), duration_s=0.8, warm_start=begun, loop=True)
        next(iter(loop))
        assert np.isfinite(loop.finish().sound.samples).all()

    def test_silence_is_no_worse_than_noise(self, sound, quick):
        silence = Sound(np.zeros((1, 11025), np.float32), 22050)
        task = synthesis.texture([sound("rain")], quick("texture"), duration_s=0.5, warm_start=silence)
        assert all(np.isfinite(total) for total in totals(task))

    def test_a_published_system_starts_as_published(self, sound, quick):
        settings = quick("transfer", name="ulyanov2016")
        with pytest.raises(UsageError, match="as it was published"):
            synthesis.transfer(sound("voice"), [sound("fire")], settings, warm_start=sound("rain"))


class TestTakeBack:
    def test_what_was_taken_back_is_made_again_and_leads_on(self, sound, quick):
        stream = stream_of(sound, quick, weights=[1, 0])
        first, second = next(stream), next(stream)
        assert stream.samples == 2 * 22050
        assert stream.take_back(8000) == 8000
        assert stream.samples == 2 * 22050 - 8000
        stream.weights = [0, 1]
        third = next(stream)
        kept = np.concatenate([first.samples, second.samples], 1)[0, :-8000]
        step = np.abs(np.diff(np.concatenate([kept[-2000:], third.samples[0, :2000]])))
        assert step[1999] <= step.max() * 0.999  # the joint is not the place of the largest step
        assert stream.samples == 3 * 22050 - 8000

    def test_no_more_is_taken_back_than_is_remembered(self, sound, quick):
        stream = stream_of(sound, quick)
        assert stream.take_back(100) == 0
        next(stream)
        taken = stream.take_back(10**9)
        assert 0 < taken < 22050
        assert next(stream).samples.shape == (1, 22050)


class TestGiveUp:
    def test_a_block_that_is_given_up(self, sound, quick):
        stream = stream_of(sound, quick)
        begun = threading.Event()
        original = stream._bound

        def bound():
            begun.set()
            return original()

        stream._bound = bound
        other = threading.Thread(target=lambda: (begun.wait(), stream.give_up()))
        other.start()
        with pytest.raises(ClosedError):
            next(stream)
        other.join()
        assert next(stream).samples.shape == (1, 22050)
