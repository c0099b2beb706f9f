"""Rings between threads, and the session that computes beside a callback."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.audio import Sound
from gramophone.demo.textures import rain
from gramophone.live import LiveTransfer
from gramophone.live.session import LEAD_BLOCKS, Session, SharedRing

RATE_HZ, BLOCK = 22050, 256


def transfer(**given):
    return LiveTransfer(Sound(rain(RATE_HZ, 0.6, 0), RATE_HZ), RATE_HZ, BLOCK, mix=0.0, **given)


def settle(session):
    """Waits until everything that came is computed."""
    deadline_s = time.perf_counter() + 20
    while len(session._out) - session._owed < LEAD_BLOCKS * BLOCK and time.perf_counter() < deadline_s:
        time.sleep(0.001)


class TestSharedRing:
    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=60))
    def test_it_is_a_queue_of_bounded_room(self, steps):
        ring, model, count = SharedRing(10), [], 0
        for writes, length in steps:
            if writes:
                new = np.arange(count, count + length, dtype=np.float32)
                taken = ring.write(new)
                assert taken == min(length, 10 - len(model))
                model += new[:taken].tolist()
                count += length
            else:
                out = np.full(length, -1, np.float32)
                got = ring.read(out)
                assert got == min(length, len(model))
                assert out[:got].tolist() == model[:got]
                model = model[got:]
            assert len(ring) == len(model)

    def test_what_is_skipped_is_never_read(self):
        ring, out = SharedRing(8), np.zeros(2, np.float32)
        ring.write(np.arange(6, dtype=np.float32))
        assert ring.skip(4) == 4
        ring.read(out)
        assert out.tolist() == [4, 5]
        assert ring.skip(9) == 0


class TestSession:
    def test_what_comes_out_is_what_went_in_so_much_later(self):
        rng, heard, made = np.random.default_rng(0), [], []
        with Session(transfer(), BLOCK) as session:
            for _ in range(60):
                heard.append(0.1 * rng.standard_normal(BLOCK).astype(np.float32))
                made.append(np.zeros(BLOCK, np.float32))
                session.exchange(heard[-1], made[-1])
                settle(session)
            late = session.latency_samples
        assert session.missed == 0
        one, other = np.concatenate(heard), np.concatenate(made)
        np.testing.assert_allclose(other[late:], one[:-late], atol=1e-6)

    def test_a_late_block_is_silent_counted_and_does_not_shift_what_follows(self):
        live = transfer()
        compute, slow = live.process, [True]

        def process(block):
            if slow:
                time.sleep(0.2)
                slow.clear()
            return compute(block)

        live.process = process
        rng, heard, made = np.random.default_rng(0), [], []
        with Session(live, BLOCK) as session:
            for number in range(60):
                heard.append(0.1 * rng.standard_normal(BLOCK).astype(np.float32))
                made.append(np.zeros(BLOCK, np.float32))
                session.exchange(heard[-1], made[-1])
                if number > 10:
                    settle(session)
            late = session.latency_samples
        assert session.missed >= 3
        one, other = np.concatenate(heard), np.concatenate(made)
        last = slice(-20 * BLOCK, None)
        np.testing.assert_allclose(other[last], np.pad(one, (late, 0))[: len(other)][last], atol=1e-6)
        assert np.abs(np.diff(other)).max() < 1.0

    def test_an_error_of_the_thread_is_kept(self):
        live = transfer()

        def process(block):
            raise ValueError("broken")

        live.process = process
        with Session(live, BLOCK) as session:
            session.exchange(np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32))
            time.sleep(0.2)
        with pytest.raises(ValueError, match="broken"):
            raise session.error

    def test_a_recorder_is_told_of_every_block(self):
        told = []
        with Session(transfer(), BLOCK, lambda heard, made: told.append((heard.copy(), made.copy()))) as session:
            for number in range(5):
                session.exchange(np.full(BLOCK, number, np.float32), np.zeros(BLOCK, np.float32))
            time.sleep(0.3)
        assert [heard[0] for heard, _ in told] == [0, 1, 2, 3, 4]
        assert all(made.shape == (BLOCK,) for _, made in told)
