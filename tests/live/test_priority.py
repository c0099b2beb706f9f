"""What keeps a thread from being late."""

import gc
import os
import threading

import pytest

from gramophone.live.priority import NICENESS, REAL_TIME, raise_priority, shorten_pauses

RESET_ON_FORK = getattr(os, "SCHED_RESET_ON_FORK", 0)


def facts():
    """Policy, real-time priority and niceness of this thread."""
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
    return policy, priority, os.getpriority(os.PRIO_PROCESS, 0)


def in_a_thread():
    """What `raise_priority` says in a thread of its own, and what that has then."""
    found = []
    thread = threading.Thread(target=lambda: found.extend((raise_priority(), facts())))
    thread.start()
    thread.join()
    return found


@pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="only Linux has priorities of threads")
class TestPriority:
    def test_it_is_that_of_the_thread_alone_where_it_may_be_raised(self):
        before, found = facts(), in_a_thread()
        is_raised, (policy, priority, niceness) = found
        if is_raised:
            is_real_time = policy & ~RESET_ON_FORK == os.SCHED_RR
            assert (priority, niceness) == ((REAL_TIME, before[2]) if is_real_time else (0, NICENESS))
        else:
            assert (policy, priority, niceness) == before
        assert facts() == before

    def test_without_the_right_to_run_in_real_time_it_is_less_nice(self, monkeypatch):
        def refuse(*_):
            raise PermissionError

        monkeypatch.setattr(os, "sched_setscheduler", refuse)
        is_raised, (policy, _, niceness) = in_a_thread()
        assert policy == os.SCHED_OTHER
        assert niceness == (NICENESS if is_raised else facts()[2])

    def test_without_such_a_system_nothing_happens(self, monkeypatch):
        monkeypatch.delattr(os, "sched_setscheduler")
        monkeypatch.delattr(os, "setpriority")
        assert not raise_priority()


class TestPauses:
    def test_what_exists_is_not_looked_at_again(self):
        try:
            shorten_pauses()
            assert gc.get_freeze_count() > 10_000
        finally:
            gc.unfreeze()
