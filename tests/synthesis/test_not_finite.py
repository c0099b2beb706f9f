"""A value that is not finite, in any term of what is made by default, at any evaluation."""

import dataclasses
import math

import numpy as np
import pytest

from gramophone.errors import ModelError
from gramophone.optim.objective import Objective
from gramophone.request import TransferRequest
from gramophone.synthesis import Stream, texture

FURTHER = {"rhythm": 1.0, "diversity": 1.0, "time_energy": 1.0, "frequency_energy": 1.0}
TRANSFERS = {
    "words": ({"keep": "words"}, {"style", "words"}),
    "melody": ({"keep": "melody", "iterations": 12}, {"style", "melody"}),
    "rhythm": ({"keep": "rhythm", "strength": 0.8}, {"style", "condition"}),
    "envelopes": ({"preset": "infinite-deep"}, {"style", "content"}),
}


class Poison:
    """Counts the evaluations of every term, and spoils one of one term."""

    def __init__(self, monkeypatch):
        self.calls, self.aim = {}, None
        original = Objective.losses

        def losses(objective, x):
            found = original(objective, x)
            if not x.requires_grad:  # only told, not optimised
                return found
            for name in found:
                self.calls[name] = self.calls.get(name, 0) + 1
            if self.aim is not None:
                name, call, value = self.aim
                if self.calls.get(name) == call and name in found:
                    found[name] = found[name] * value
            return found

        monkeypatch.setattr(Objective, "losses", losses)


@pytest.fixture
def poison(monkeypatch):
    return Poison(monkeypatch)


def check(set_up, terms, poison):
    """Spoils the first and the last evaluation of every term."""
    list(set_up())
    calls = dict(poison.calls)
    assert set(calls) == terms
    for term, count in calls.items():
        for call, value in ((1, math.nan), (count, math.inf)):
            task = set_up()
            poison.calls, poison.aim = {}, (term, call, value)
            with pytest.raises(ModelError, match=f"the term '{term}' became (nan|inf)"):
                list(task)
            assert poison.calls[term] == call
            assert task.synthesis.has_result or call == 1 or term == "diversity"  # which holds in early steps only
            if task.synthesis.has_result:
                result = task.finish()
                assert np.isfinite(result.sound.samples).all()
                assert term in result.stopped


@pytest.mark.survives("values that are not finite")
def test_every_term_of_a_texture_ends_the_step_and_keeps_the_last_good_result(sound, quick, poison):
    settings = quick("texture", iterations=2, waveform=1)
    settings = dataclasses.replace(settings, terms=dataclasses.replace(settings.terms, **FURTHER))
    names = {"style", *(name.replace("_", " ") for name in FURTHER)}
    check(lambda: texture([sound("rain")], settings), names, poison)


@pytest.mark.survives("values that are not finite")
@pytest.mark.parametrize("name", TRANSFERS)
def test_every_term_of_a_transfer_ends_the_step_and_keeps_the_last_good_result(name, sound, poison):
    changes, terms = TRANSFERS[name]
    request = TransferRequest(**{"content": "voice", "styles": ["rain"], "iterations": 2, **changes})
    check(lambda: request.set_up([sound("voice"), sound("rain")]), terms, poison)


@pytest.mark.survives("values that are not finite")
def test_a_block_of_a_stream_is_not_played_and_the_next_try_is_as_if_nothing_had_happened(sound, quick, poison):
    def stream():
        return Stream([sound("rain", 1.0)], quick("stream", iterations=2), first_block_s=0.5, block_s=0.5)

    whole, spoiled = stream(), stream()
    next(whole)
    next(spoiled)
    poison.calls = {}
    expected = next(whole).samples
    for call, value in ((1, math.nan), (poison.calls["style"], math.inf)):
        poison.calls, poison.aim = {}, ("style", call, value)
        with pytest.raises(ModelError, match="the term 'style' became"):
            next(spoiled)
        assert poison.calls["style"] == call
    poison.aim = None
    np.testing.assert_array_equal(next(spoiled).samples, expected)
