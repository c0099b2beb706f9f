"""Style and content distance of infinitely many random ReLU filters, pair by pair as the formulas stand."""

import math

import numpy as np


def arc_cosine(p, q):
    """`|p| |q| (sin th + (pi - th) cos th) / 2 pi` of two patches."""
    scale = math.sqrt(np.vdot(p, p)) * math.sqrt(np.vdot(q, q))
    if scale == 0:
        return 0.0
    angle = math.acos(min(1.0, max(-1.0, np.vdot(p, q) / scale)))
    return scale * (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / (2 * math.pi)


def style_distance(x, styles, weights, span):
    """Relative squared distance of the Gram matrix of `x` to the weighted mean of the styles' matrices."""
    shares = [weight / sum(weights) for weight in weights]
    own = _energy(x, x, span)
    crossed = sum(a * _energy(x, y, span) for y, a in zip(styles, shares, strict=True))
    among = sum(
        a * b * _energy(y, z, span)
        for y, a in zip(styles, shares, strict=True)
        for z, b in zip(styles, shares, strict=True)
    )
    return (own - 2 * crossed + among) / among


def content_distance(x, content, span):
    """`mean_t |f(x_t) - f(c_t)|^2 / mean_t |f(c_t)|^2` of patches at the same place."""
    pairs = list(zip(_patches(x, span), _patches(content, span), strict=True))
    apart = [arc_cosine(p, p) + arc_cosine(q, q) - 2 * arc_cosine(p, q) for p, q in pairs]
    return np.mean(apart) / np.mean([arc_cosine(q, q) for _, q in pairs])


def _patches(x, span):
    x = np.asarray(x, dtype=np.float64)
    return [x[:, start : start + span] for start in range(x.shape[1] - span + 1)]


def _energy(x, y, span):
    return np.mean([arc_cosine(p, q) ** 2 for p in _patches(x, span) for q in _patches(y, span)])
