"""Sample after sample, compiled: one loop for all layers, over what the layers remember of the samples before.

Several streams go through each layer together, so that its weights are read once for all of them. Vectors and
matrices lie in flat arrays; a matrix has a row for each input.
"""

from typing import no_type_check

import numpy as np

from gramophone.compilation import compiled

ONE, ZERO = np.float32(1), np.float32(0)
LOG2_E, HALF = np.float32(1.4426950408889634), np.float32(0.5)
# 2^x for |x| <= 1/2: the first terms of its series, relative error 1e-7.
E1, E2, E3 = (np.float32(a) for a in (0.6931471805599453, 0.2402265069591007, 0.0555041086648216))
E4, E5, E6 = (np.float32(a) for a in (0.0096181291076285, 0.0013333558146428, 0.000154035303933816))
LARGEST = np.float32(80)  # the exponential of more would not be a number
LEVELS = 256
SMALL = np.float32(1e-5)

# `no_type_check` keeps the type checkers of tests out of what is compiled. Indices without a sign are vectorised.


@compiled
@no_type_check
def _exponentials(x, count, scratch):
    """`exp(x)` of the first numbers, in place; `scratch` has as many 32-bit integers."""
    parts = scratch.view(np.float32)
    for j in range(np.uintp(count)):
        power = min(max(x[j], -LARGEST), LARGEST) * LOG2_E
        whole = np.floor(power + HALF)
        r = power - whole
        scratch[j] = (np.int32(whole) + np.int32(127)) << np.int32(23)
        x[j] = ONE + r * (E1 + r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * E6)))))
    for j in range(np.uintp(count)):
        x[j] *= parts[j]


@compiled
@no_type_check
def _add_product(x, first, inputs, weights, place, outputs, out, to):
    """Adds the product of a vector `x[first:]` and a matrix `weights[place:]` to `out[to:]`."""
    count, at, base = np.uintp(outputs), np.uintp(to), np.uintp(place)
    whole = inputs - inputs % 4
    for i in range(0, whole, 4):
        a, b, c, d = x[first + i], x[first + i + 1], x[first + i + 2], x[first + i + 3]
        row0 = base + np.uintp(i) * count
        row1, row2, row3 = row0 + count, row0 + count + count, row0 + count + count + count
        for j in range(count):
            out[at + j] += (
                a * weights[row0 + j] + b * weights[row1 + j] + c * weights[row2 + j] + d * weights[row3 + j]
            )
    for i in range(whole, inputs):
        a, row = x[first + i], base + np.uintp(i) * count
        for j in range(count):
            out[at + j] += a * weights[row + j]


@compiled
@no_type_check
def choose(logits, uniform, scratch):
    """A level by its probability, the first whose cumulated probability exceeds `uniform`; overwrites `logits`."""
    largest = logits[0]
    for j in range(LEVELS):
        largest = max(largest, logits[j])
    for j in range(LEVELS):
        logits[j] -= largest
    _exponentials(logits, LEVELS, scratch)
    total = 0.0
    for j in range(LEVELS):
        total += np.float64(logits[j])
    wanted, reached = uniform * total, 0.0
    for j in range(LEVELS):
        reached += np.float64(logits[j])
        if reached > wanted:
            return j
    return LEVELS - 1


@compiled
@no_type_check
def _level(x, weights, inputs, skip, places, bias, first, uniform, hidden, logits, scratch):
    """The two layers before the softmax, and a level drawn from it; the first one's bias is `bias[first:]`."""
    for j in range(np.uintp(skip)):
        hidden[j] = bias[first + j]
    _add_product(x, 0, inputs, weights, places[0], skip, hidden, 0)
    for j in range(np.uintp(skip)):
        hidden[j] = max(hidden[j], ZERO)
    for j in range(np.uintp(LEVELS)):
        logits[j] = weights[places[3] + j]
    _add_product(hidden, 0, skip, weights, places[2], LEVELS, logits, 0)
    return choose(logits, uniform, scratch)


@compiled
@no_type_check
def _embed(weights, embed, bias, channels, newest, before, x):
    """What the last two samples mean; the older one is -1 where there was none."""
    first, second = embed + before * channels, embed + (LEVELS + newest) * channels
    for j in range(np.uintp(channels)):
        x[j] = weights[second + j] + weights[bias + j]
    if before >= 0:
        for j in range(np.uintp(channels)):
            x[j] += weights[first + j]


@compiled
@no_type_check
def wavenet(weights, places, sizes, dilations, driven, every, uniform, codes, past, rings, starts, clock):
    """Draws samples of a WaveNet.

    Args:
        weights: all parameters in one array.
        places: where in it these begin: tables and bias of the samples, gates, outputs, biases of outputs, and the
            weights and biases of the last two layers.
        sizes: channels, skip channels.
        dilations: of the layers.
        driven: bias and condition of every gate, `[stream, interval, layer, gate]`.
        every: samples of an interval.
        uniform: numbers from 0 to 1, `[stream, sample]`, from which samples are drawn.
        codes: where the samples go, `[stream, sample]`.
        past: the last two samples, newest first, `[stream, 2]`.
        rings: inputs of every layer in the past, `[stream, all dilations x channels]`.
        starts: where each layer's ring begins in it.
        clock: number of samples drawn before.
    """
    channels, skip = sizes
    streams, count = codes.shape
    layers, gated, out = len(dilations), 2 * channels, channels + skip
    x = np.empty((streams, channels), np.float32)
    skips = np.empty((streams, skip), np.float32)
    gates, scratch = np.empty(max(gated, LEVELS), np.float32), np.empty(max(gated, LEVELS), np.int32)
    both, hidden, logits = np.empty(out, np.float32), np.empty(skip, np.float32), np.empty(LEVELS, np.float32)
    for sample in range(count):
        for stream in range(streams):
            _embed(weights, places[0], places[1], channels, past[stream, 0], past[stream, 1], x[stream])
            for j in range(np.uintp(skip)):
                skips[stream, j] = ZERO
        for layer in range(layers):
            slot = starts[layer] + ((clock + sample) % dilations[layer]) * channels
            for stream in range(streams):
                for j in range(np.uintp(gated)):
                    gates[j] = driven[stream, sample // every, layer, j]
                first = places[2] + layer * 2 * channels * gated
                _add_product(rings[stream], slot, channels, weights, first, gated, gates, 0)
                _add_product(x[stream], 0, channels, weights, first + channels * gated, gated, gates, 0)
                for j in range(np.uintp(channels)):
                    rings[stream, slot + j] = x[stream, j]
                    # tanh f = 1 - 2 / (exp(2 f) + 1); the exponential must not overflow.
                    gates[j] = min(gates[j] + gates[j], np.float32(30))
                    gates[channels + j] = -max(gates[channels + j], np.float32(-30))
                _exponentials(gates, gated, scratch)
                for j in range(np.uintp(channels)):
                    e, g = gates[j], gates[channels + j]
                    gates[j] = (e - ONE) / ((e + ONE) * (ONE + g))
                for j in range(np.uintp(out)):
                    both[j] = weights[places[4] + layer * out + j]
                _add_product(gates, 0, channels, weights, places[3] + layer * channels * out, out, both, 0)
                for j in range(np.uintp(channels)):
                    x[stream, j] += both[j]
                for j in range(np.uintp(skip)):
                    skips[stream, j] += both[channels + j]
        for stream in range(streams):
            for j in range(np.uintp(skip)):
                skips[stream, j] = max(skips[stream, j], ZERO)
            code = _level(
                skips[stream], weights, skip, skip, places[5:], weights, places[6], uniform[stream, sample], hidden,
                logits, scratch,
            )  # fmt: skip
            codes[stream, sample] = code
            past[stream, 1], past[stream, 0] = past[stream, 0], code


@compiled
@no_type_check
def _normalise(x, first, channels, out):
    """Channels divided by their root mean square."""
    total = ZERO
    for j in range(np.uintp(channels)):
        total += x[first + j] * x[first + j]
    factor = ONE / np.sqrt(total / np.float32(channels) + SMALL)
    for j in range(np.uintp(channels)):
        out[j] = x[first + j] * factor


@compiled
@no_type_check
def _recur(x, channels, states, weights, poles, place, driven, memory, held, work, scratch):
    """A block: adds the gated states of a recurrence to `x`.

    Args:
        x: residual stream.
        channels: its channels.
        states: number of complex states.
        weights: all parameters.
        poles: real parts, imaginary parts and factors of the drives, of all blocks.
        place: where the block's input matrix, output matrix and poles begin.
        driven: bias and condition of its gates.
        memory: states of all blocks.
        held: where the block's begin.
        work: numbers for intermediate results.
        scratch: as many integers.
    """
    wide = 4 * states
    _normalise(x, 0, channels, work[wide + wide :])
    for j in range(np.uintp(wide)):
        work[j] = driven[j]
    _add_product(work, wide + wide, channels, weights, place[0], wide, work, 0)
    # Logistic function of the inner and outer gates.
    for j in range(np.uintp(3 * states)):
        work[wide + j] = -max(work[states + j], np.float32(-30))
    _exponentials(work[wide:], 3 * states, scratch)
    real, size = place[2], states
    for j in range(np.uintp(states)):
        drive = poles[real + size + size + j] * work[j] / (ONE + work[wide + j])
        a, b = memory[held + j], memory[held + size + j]
        c, d = poles[real + j], poles[real + size + j]
        memory[held + j] = c * a - d * b + drive
        memory[held + size + j] = c * b + d * a
    for j in range(np.uintp(2 * states)):
        work[j] = memory[held + j] * work[2 * states + j] / (ONE + work[wide + states + j])
    _add_product(work, 0, 2 * states, weights, place[1], channels, x, 0)


@compiled
@no_type_check
def lru(
    weights, places, sizes, blocks, poles, pools, driven, columns, every, uniform, codes, past, memory, held, groups,
    spread, clock,
):  # fmt: skip
    """Draws samples of recurrences at three time scales.

    Args:
        weights: all parameters in one array.
        places: where in it these begin: tables and bias of the samples, weights and biases of the last two layers.
        sizes: skip channels, pool, largest number of states.
        blocks: level, channels, states of each block, and where its input matrix, output matrix and poles begin.
        poles: real parts, imaginary parts and factors of the drives, of all blocks.
        pools: channels of each level, and where the matrices down to the next and up from it begin.
        driven: bias and condition of gates of all blocks, then of the last layer but one, `[stream, interval, _]`
        columns: where each block's gates begin in it, and that layer.
        every: samples of an interval.
        uniform: numbers from 0 to 1, `[stream, sample]`, from which samples are drawn.
        codes: where the samples go, `[stream, sample]`.
        past: the last two samples, newest first, `[stream, 2]`.
        memory: states of all blocks, `[stream, state]`.
        held: where each block's states begin in it.
        groups: what each level has gathered for the next, `[stream, level, pool x channels]`.
        spread: what each level has for the steps of the one before it, likewise.
        clock: number of samples drawn before.
    """
    skip, pool, widest = sizes
    streams, count = codes.shape
    levels = len(pools)
    x = np.zeros((streams, levels, pools[levels - 1, 0]), np.float32)
    work, scratch = np.zeros(12 * widest, np.float32), np.zeros(max(4 * widest, LEVELS), np.int32)
    hidden, logits = np.empty(skip, np.float32), np.empty(LEVELS, np.float32)
    halfway = 0  # the first block after the slowest ones
    for place in range(len(blocks)):
        if blocks[place, 0] == levels - 1:
            halfway = place + 1
    for sample in range(count):
        now = clock + sample
        for stream in range(streams):
            _embed(weights, places[0], places[1], pools[0, 0], past[stream, 0], past[stream, 1], x[stream, 0])
        # Down: a level's step ends where its last sample has come.
        deepest, step = 0, 1
        for level in range(levels):
            if level > 0:
                if now % (step * pool) != step * pool - 1:
                    break
                step *= pool
                deepest = level
                fine, coarse = pools[level - 1, 0], pools[level, 0]
                for stream in range(streams):
                    for j in range(np.uintp(coarse)):
                        x[stream, level, j] = ZERO
                    _add_product(
                        groups[stream, level - 1], 0, pool * fine, weights, pools[level - 1, 1], coarse,
                        x[stream, level], 0,
                    )  # fmt: skip
            interval = ((now // step) * step - clock) // every
            for place in range(halfway):
                if blocks[place, 0] == level:
                    for stream in range(streams):
                        first = columns[place]
                        _recur(
                            x[stream, level], blocks[place, 1], blocks[place, 2], weights, poles, blocks[place, 3:],
                            driven[stream, interval, first:], memory[stream], held[place], work, scratch,
                        )  # fmt: skip
            if level < levels - 1:
                fine = pools[level, 0]
                at = ((now // step) % pool) * fine
                for stream in range(streams):
                    for j in range(np.uintp(fine)):
                        groups[stream, level, at + j] = x[stream, level, j]
        # Up: what a level found at its last step but one is added; what it finds now is for the next step.
        for back in range(deepest + 1):
            level = deepest - back
            step = pool**level
            interval = ((now // step) * step - clock) // every
            if level < levels - 1:
                fine = pools[level, 0]
                at = ((now // step) % pool) * fine
                for stream in range(streams):
                    for j in range(np.uintp(fine)):
                        x[stream, level, j] += spread[stream, level, at + j]
                for place in range(halfway, len(blocks)):
                    if blocks[place, 0] == level:
                        for stream in range(streams):
                            _recur(
                                x[stream, level], blocks[place, 1], blocks[place, 2], weights, poles,
                                blocks[place, 3:], driven[stream, interval, columns[place] :], memory[stream],
                                held[place], work, scratch,
                            )  # fmt: skip
        for back in range(deepest):
            level = deepest - back
            fine, coarse = pools[level - 1, 0], pools[level, 0]
            for stream in range(streams):
                for j in range(np.uintp(pool * fine)):
                    spread[stream, level - 1, j] = ZERO
                _add_product(
                    x[stream, level], 0, coarse, weights, pools[level - 1, 2], pool * fine, spread[stream, level - 1],
                    0,
                )  # fmt: skip
        for stream in range(streams):
            _normalise(x[stream, 0], 0, pools[0, 0], work)
            code = _level(
                work, weights, pools[0, 0], skip, places[2:], driven[stream, sample // every], columns[len(blocks)],
                uniform[stream, sample], hidden, logits, scratch,
            )  # fmt: skip
            codes[stream, sample] = code
            past[stream, 1], past[stream, 0] = past[stream, 0], code
