"""Linear recurrences with a complex diagonal, and their adjoint, in one compiled pass over time."""

from typing import no_type_check

import numpy as np

from gramophone.compilation import compiled

# `no_type_check` keeps the type checkers of tests out of what is compiled.


@compiled
@no_type_check
def scan(drive, real, imaginary, states):
    """`h_t = a h_{t-1} + s_t` from zero.

    Args:
        drive: `s`, `[item, step, state]`.
        real: real part of `a`, `[state]`.
        imaginary: its imaginary part.
        states: where `h` goes, real parts before imaginary parts, `[item, step, 2 state]`.
    """
    count = np.uintp(drive.shape[2])
    for item in range(drive.shape[0]):
        for n in range(count):
            states[item, 0, n] = drive[item, 0, n]
            states[item, 0, count + n] = np.float32(0)
        for step in range(1, drive.shape[1]):
            for n in range(count):
                x, y = states[item, step - 1, n], states[item, step - 1, count + n]
                states[item, step, n] = real[n] * x - imaginary[n] * y + drive[item, step, n]
                states[item, step, count + n] = real[n] * y + imaginary[n] * x


@compiled
@no_type_check
def scan_adjoint(slope, states, real, imaginary, of_drive, of_real, of_imaginary, held):
    """Gradients of `scan`, backwards in time.

    Args:
        slope: gradient with respect to `states`.
        states: result of `scan`.
        real: real part of `a`.
        imaginary: its imaginary part.
        of_drive: where the gradient with respect to `drive` goes.
        of_real: to which the gradient with respect to `real` is added, in double precision.
        of_imaginary: likewise of `imaginary`.
        held: `[2, state]` of working memory.
    """
    count = np.uintp(real.shape[0])
    for item in range(slope.shape[0]):
        for n in range(count):
            held[0, n] = np.float32(0)
            held[1, n] = np.float32(0)
        for back in range(slope.shape[1]):
            step = slope.shape[1] - 1 - back
            for n in range(count):
                x = slope[item, step, n] + real[n] * held[0, n] + imaginary[n] * held[1, n]
                y = slope[item, step, count + n] + real[n] * held[1, n] - imaginary[n] * held[0, n]
                held[0, n], held[1, n] = x, y
                of_drive[item, step, n] = x
            if step > 0:
                for n in range(count):
                    before, below = states[item, step - 1, n], states[item, step - 1, count + n]
                    of_real[n] += held[0, n] * before + held[1, n] * below
                    of_imaginary[n] += held[1, n] * before - held[0, n] * below
