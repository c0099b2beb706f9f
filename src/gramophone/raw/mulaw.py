"""Mu-law companding to 256 levels (ITU-T G.711 as a formula; van den Oord et al. 2016, section 2.2)."""

import numpy as np
from jaxtyping import Float32, Float64, Shaped, UInt8

LEVELS = 256
MU = 255.0
SILENT = 128
"""Code of the smallest positive sample, which stands for what was before the first one."""


def encode(samples: Shaped[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Codes of samples from -1 to 1; those beyond are clipped.

    `sign(x) ln(1 + mu |x|) / ln(1 + mu)`, rounded to the nearest of 256 levels from -1 to 1.

    Example:
        >>> encode(np.array([-1.0, 0.001, 1.0])).tolist()
        [0, 133, 255]
    """
    clipped = np.clip(samples, -1.0, 1.0)
    companded = np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU)
    return np.floor((companded + 1) / 2 * MU + 0.5).astype(np.uint8)


def values() -> Float32[np.ndarray, " level"]:
    """The sample that each code stands for.

    Example:
        >>> float(values()[255]), bool((encode(values()) == np.arange(256)).all())
        (1.0, True)
    """
    companded = 2 * np.arange(LEVELS) / MU - 1
    return (np.sign(companded) * np.expm1(np.abs(companded) * np.log1p(MU)) / MU).astype(np.float32)


def edges() -> Float64[np.ndarray, " edge"]:
    """The 255 samples between which the codes lie."""
    companded = 2 * (np.arange(LEVELS - 1) + 0.5) / MU - 1
    return np.asarray(np.sign(companded) * np.expm1(np.abs(companded) * np.log1p(MU)) / MU)


def decode(codes: UInt8[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Samples of codes."""
    return np.asarray(values()[codes])
