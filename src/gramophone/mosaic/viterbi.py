"""The best path through frames of recordings: going on is free, a jump to any place has one price.

As a jump comes from the best state whatever its goal, a step needs one bit a state (went on or jumped) and one number
instead of a table of predecessors: the path is exact, and one minute against 100,000 states takes 32 MB.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float, Int

REST = -1
REST_SHARE = 0.5  # of a jump's price: a rest needs no join


def best_path(
    scores: Iterable[Float[np.ndarray, "frame state"]],
    jump_prices: Float[np.ndarray, " _"],
    first: Bool[np.ndarray, " state"],
    rest_score: float,
) -> Int[np.ndarray, " _"]:
    """The states of largest total score less the prices of jumps (Viterbi); -1 where resting is better.

    Args:
        scores: of states over time, in blocks of frames.
        jump_prices: at each frame, of getting there by a jump; half of it is the price of beginning or ending a rest.
        first: states that no other state leads on to.
        rest_score: of resting for a frame.
    """
    states = len(first)
    total = np.zeros(states + 1)
    went_on: list[np.ndarray] = []
    sources: list[int] = []
    rested: list[bool] = []
    closed = first.copy()
    onward = np.empty(states)
    at = 0
    for block in scores:
        for row in block:
            if at == 0:
                total[:states], total[states] = row, rest_score
                went_on.append(np.zeros(0, np.uint8))
                sources.append(0)
                rested.append(False)
                at = 1
                continue
            price = float(jump_prices[at])
            source = int(total.argmax())
            jump, pause = total[source] - price, total[source] - REST_SHARE * price
            if source == states:
                jump = pause  # out of a rest
            onward[0] = -np.inf
            onward[1:] = total[: states - 1]
            onward[closed] = -np.inf
            stays = onward >= jump
            went_on.append(np.packbits(stays))
            sources.append(source)
            rested.append(bool(total[states] >= pause))
            resting = max(total[states], pause) + rest_score
            np.maximum(onward, jump, out=onward)
            onward += row
            total[:states], total[states] = onward, resting
            at += 1
    return _traced(int(total.argmax()), went_on, sources, rested, states)


def _traced(
    state: int, went_on: list[np.ndarray], sources: list[int], rested: list[bool], states: int
) -> Int[np.ndarray, " _"]:
    path = np.full(len(went_on), REST)
    for at in range(len(went_on) - 1, -1, -1):
        path[at] = REST if state == states else state
        if at == 0:
            break
        if state == states:
            state = states if rested[at] else sources[at]
        elif went_on[at][state >> 3] >> (7 - (state & 7)) & 1:
            state -= 1
        else:
            state = sources[at]
    return path
