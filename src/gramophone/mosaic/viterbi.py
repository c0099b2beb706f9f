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
    scores: Iterable[Float[np.ndarray, "_ state"]],
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
    jumped_from: list[int] = []
    rested_from: list[int] = []
    onward = np.full(states, -np.inf)
    at = 0
    for block in scores:
        for row in block:
            if at:
                price = float(jump_prices[at])
                best = int(total[:states].argmax())
                jump, pause = total[best] - price, total[best] - REST_SHARE * price
                wake = total[states] - REST_SHARE * price
                jumped_from.append(best if jump >= wake else states)
                rested_from.append(states if total[states] >= pause else best)
                onward[1:] = total[: states - 1]
                onward[first] = -np.inf
                went_on.append(np.packbits(onward >= max(jump, wake)))
                resting = max(total[states], pause)
                np.maximum(onward, max(jump, wake), out=total[:states])
                total[states] = resting
            total[:states] += row
            total[states] += rest_score
            at += 1
    return _traced(int(total.argmax()), went_on, jumped_from, rested_from, states)


def _traced(
    state: int, went_on: list[np.ndarray], jumped_from: list[int], rested_from: list[int], states: int
) -> Int[np.ndarray, " _"]:
    path = np.full(len(went_on) + 1, REST)
    for at in range(len(went_on), -1, -1):
        path[at] = REST if state == states else state
        if at == 0:
            break
        if state == states:
            state = rested_from[at - 1]
        elif went_on[at - 1][state >> 3] >> (7 - (state & 7)) & 1:
            state -= 1
        else:
            state = jumped_from[at - 1]
    return path
