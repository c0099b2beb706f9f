"""What keeps a thread from being late."""

import gc
import os
import threading

from gramophone.live.priority import NICENESS, raise_priority, shorten_pauses


class TestPriority:
    def test_it_is_that_of_the_thread_alone_where_it_may_be_raised(self):
        before, found = os.getpriority(os.PRIO_PROCESS, 0), []

        def run():
            found.append((raise_priority(), os.getpriority(os.PRIO_PROCESS, 0)))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        [(is_raised, after)] = found
        assert after == (NICENESS if is_raised else before)
        assert os.getpriority(os.PRIO_PROCESS, 0) == before

    def test_without_such_a_system_nothing_happens(self, monkeypatch):
        monkeypatch.delattr(os, "setpriority")
        assert not raise_priority()


class TestPauses:
    def test_what_exists_is_not_looked_at_again(self):
        try:
            shorten_pauses()
            assert gc.get_freeze_count() > 10_000
        finally:
            gc.unfreeze()
