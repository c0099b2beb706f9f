"""The maps of all pairs of patches, compiled: box sums, kernel, gradient and their adjoint in one pass.

Box sums run along the diagonals of the matrix of all pairs of frames, and nothing passes from one diagonal to
another. So bands of neighbouring diagonals are processed one after the other, or by several threads: every band goes
down the rows once, with the last few rows of each sum in the cache. A band holds the pair of frames `(t, t + d)` in
column `d` less its first diagonal.

Numba compiles it for the processor at hand and keeps the result beside the package, or in the user's cache folder.
"""

import math
from typing import no_type_check

import numpy as np
from jaxtyping import Float32, Int64

from gramophone.compilation import compiled

# arccos(x) = sqrt(1 - x) p(x) for 0 <= x <= 1 (Abramowitz & Stegun 1964, 4.4.46), in single precision within 1e-7.
A0, A1, A2, A3 = (np.float32(a) for a in (1.5707963050, -0.2145988016, 0.0889789874, -0.0501743046))
A4, A5, A6, A7 = (np.float32(a) for a in (0.0308918810, -0.0170881256, 0.0066700901, -0.0012624911))
PI, ONE, ZERO = np.float32(math.pi), np.float32(1), np.float32(0)


# `no_type_check` keeps the type checkers of tests out of what is compiled.


# The loops below have indices without a sign, as those with one may count from the end, which is not vectorised.


@compiled
@no_type_check
def _add(array, out, one, other):
    """Sum of two rows of an array."""
    to, a, b = np.uintp(out), np.uintp(one), np.uintp(other)
    for j in range(array.shape[1]):
        array[to, j] = array[a, j] + array[b, j]


@compiled
@no_type_check
def _clear(array, row, low, high):
    """Zeros in a part of a row."""
    at, first = np.uintp(row), np.uintp(low)
    for j in range(np.uintp(max(0, high - low))):
        array[at, first + j] = ZERO


@compiled
@no_type_check
def _copy(array, row, column, other, other_row, other_column, count):
    """A part of a row from a part of another one."""
    at, first, there, other_first = np.uintp(row), np.uintp(column), np.uintp(other_row), np.uintp(other_column)
    for j in range(np.uintp(max(0, count))):
        array[at, first + j] = other[there, other_first + j]


@compiled
@no_type_check
def _accumulate(array, row, other):
    """Adds a row of an array to another one."""
    to, a = np.uintp(row), np.uintp(other)
    for j in range(array.shape[1]):
        array[to, j] += array[a, j]


@compiled
@no_type_check
def _map(sums, total, gradients, place, energies, of_rows, of_columns, level, start, left, low, high):
    """Gradients with respect to inner products of patches, and `sin th J(th)`, of one row."""
    inverse_row, norm_row = of_rows[level, 0, start], of_rows[level, 1, start]
    at, to, n = np.uintp(total), np.uintp(place), np.uintp(level)
    first, column = np.uintp(low), np.uintp(left + low)
    for j in range(np.uintp(high - low)):
        cosine = sums[at, first + j] * of_columns[n, 0, column + j] * inverse_row
        cosine = ONE if cosine > ONE else cosine
        cosine = -ONE if cosine < -ONE else cosine
        x = abs(cosine)
        polynomial = ((A7 * x + A6) * x + A5) * x + A4
        polynomial = (((polynomial * x + A3) * x + A2) * x + A1) * x + A0
        root = math.sqrt(ONE - x)
        angle = root * polynomial
        angle = PI - angle if cosine > ZERO else angle  # arccos(-c)
        sine = root * math.sqrt(ONE + x)
        value = sine + cosine * angle
        gradients[to, first + j] = angle * value * (of_columns[n, 1, column + j] * norm_row)
        energies[first + j] = sine * value


@compiled
@no_type_check
def _weigh(gradients, place, energies, similarity, row, column, low, high):
    """Multiplies both by the weights of the pairs."""
    to, t, s, first = np.uintp(place), np.uintp(row), np.uintp(column + low), np.uintp(low)
    for j in range(np.uintp(high - low)):
        gradients[to, first + j] *= similarity[t, s + j]
        energies[first + j] *= similarity[t, s + j]


@compiled
@no_type_check
def _product(energies, of_columns, level, left, low, high):
    """Inner product of a row with the weights of the columns."""
    n, first, column, total = np.uintp(level), np.uintp(low), np.uintp(left + low), ZERO
    for j in range(np.uintp(high - low)):
        total += energies[first + j] * of_columns[n, 2, column + j]
    return total


@compiled
@no_type_check
def _add_multiple(column_energy, level, energies, weight, left, low, high):
    """Adds a row, by the weight of its patch, to the columns."""
    n, first, column = np.uintp(level), np.uintp(low), np.uintp(left + low)
    for j in range(np.uintp(max(0, high - low))):
        column_energy[n, column + j] += energies[first + j] * weight


@compiled
@no_type_check
def replace_band_by_gradient(
    pairs: Float32[np.ndarray, "row column"],
    similarity: Float32[np.ndarray, "_ _"],
    chain: Int64[np.ndarray, "step 3"],
    spans: Int64[np.ndarray, " level"],
    counts: Int64[np.ndarray, "level 2"],
    depths: Int64[np.ndarray, "level 4"],
    of_rows: Float32[np.ndarray, "level 3 row"],
    of_columns: Float32[np.ndarray, "level 3 column"],
    first: int,
    last: int,
    both_sides: bool,
    upper_half: bool,
    row_energy: Float32[np.ndarray, "level row"],
    column_energy: Float32[np.ndarray, "level column"],
) -> None:
    """Replaces the inner products of the diagonals from `first` up to `last` by gradients.

    Args:
        pairs: inner products of frames; overwritten by gradients with respect to them.
        similarity: weight of each pair of frames, that of a pair of patches being its middle frames'; empty for 1.
        chain: steps of the addition chain: the level of the sum, of its earlier and of its later part.
        spans: length of the patches of each level, in frames, the longest last; level 0 has one.
        counts: number of patches of the rows and of the columns that count, by level; 0 for levels that are no span.
        depths: rows to be remembered, by level: first row and number for sums, first row and number for gradients.
        of_rows: by level and patch: 1 / norm, norm, weight of the energy; 0 where a patch does not count.
        of_columns: the same, the norm times the weight.
        first: first diagonal, column less row.
        last: the one after the last.
        both_sides: whether energies of the columns are asked for, too.
        upper_half: whether rows and columns are the same, so that those of diagonal 0 count once.
        row_energy: gradient with respect to the energy of each patch of the rows, added to.
        column_energy: the same of the columns.
    """
    rows, columns = pairs.shape
    levels, longest, width = len(spans), spans[-1], last - first
    sums = np.zeros((depths[-1, 0] + depths[-1, 1], width), np.float32)
    gradients = np.zeros((depths[-1, 2] + depths[-1, 3], width), np.float32)
    energies = np.empty(width, np.float32)
    begin, end = max(0, 1 - last), min(rows, columns - first)
    for row in range(begin, end + longest - 1):
        now = row % depths[0, 1]
        low, high = max(0, -row - first), min(width, columns - row - first)
        if row >= end:
            low, high = width, width
        _clear(sums, now, 0, low)
        _copy(sums, now, low, pairs, row, row + first + low, high - low)
        _clear(sums, now, high, width)
        for step in range(len(chain)):
            level, earlier, later = chain[step]
            # Sums end at `row`, so does their later part; the earlier one ended before that began.
            before = depths[earlier, 0] + (row - spans[later]) % depths[earlier, 1]
            after = depths[later, 0] + row % depths[later, 1]
            _add(sums, depths[level, 0] + row % depths[level, 1], before, after)
        for level in range(levels):
            start = row - spans[level] + 1
            if start < begin or counts[level, 0] == 0:
                continue
            place = depths[level, 2] + start % depths[level, 3]
            left = start + first
            low, high = max(0, -left), min(width, counts[level, 1] - left)
            if start >= counts[level, 0] or high <= low:
                _clear(gradients, place, 0, width)
                continue
            _clear(gradients, place, 0, low)
            _clear(gradients, place, high, width)
            total = depths[level, 0] + row % depths[level, 1]
            _map(sums, total, gradients, place, energies, of_rows, of_columns, level, start, left, low, high)
            if len(similarity) > 0:
                middle = spans[level] // 2
                _weigh(gradients, place, energies, similarity, start + middle, left + middle, low, high)
            row_energy[level, start] += _product(energies, of_columns, level, left, low, high)
            if both_sides:
                skipped = max(low, 1 - first) if upper_half else low
                _add_multiple(column_energy, level, energies, of_rows[level, 2, start], left, skipped, high)
        start = row - longest + 1
        if start < begin:
            continue
        for level in range(levels):
            if counts[level, 0] == 0:
                _clear(gradients, depths[level, 2] + start % depths[level, 3], 0, width)
        for step in range(len(chain) - 1, -1, -1):
            level, earlier, later = chain[step]
            whole = depths[level, 2] + start % depths[level, 3]
            _accumulate(gradients, depths[earlier, 2] + start % depths[earlier, 3], whole)
            if start - spans[earlier] >= begin:
                shifted = depths[level, 2] + (start - spans[earlier]) % depths[level, 3]
                _accumulate(gradients, depths[later, 2] + start % depths[later, 3], shifted)
        low, high = max(0, -start - first), min(width, columns - start - first)
        place = depths[0, 2] + start % depths[0, 3]
        _copy(pairs, start, start + first + low, gradients, place, low, high - low)


@compiled
@no_type_check
def mirror(square: Float32[np.ndarray, "row row"], number: int, threads: int) -> None:
    """Copies what is above the diagonal to below it, in blocks that fit the cache.

    Args:
        square: overwritten below the diagonal.
        number: of a thread, which takes every `threads`-th row of blocks.
        threads: number of threads.
    """
    size, block = len(square), 32
    for top in range(number * block, size, threads * block):
        for left in range(top, size, block):
            for row in range(top, min(top + block, size)):
                for column in range(max(left, row + 1), min(left + block, size)):
                    square[column, row] = square[row, column]
