"""The colour map for levels: paper through amber and rose to indigo ink, with evenly falling lightness."""

import numpy as np
from jaxtyping import Float64, UInt8

# Lightness, chroma and hue in degrees (OKLCh). Lightness falls evenly, so equal steps in level look equal.
ANCHORS = (
    (0.975, 0.012, 95.0),
    (0.890, 0.075, 85.0),
    (0.805, 0.125, 65.0),
    (0.720, 0.165, 40.0),
    (0.635, 0.190, 18.0),
    (0.550, 0.190, 358.0),
    (0.465, 0.175, 335.0),
    (0.380, 0.150, 310.0),
    (0.295, 0.115, 290.0),
    (0.210, 0.065, 280.0),
)
TABLE_STEPS = 24
PAPER, INK, FAINT = (252, 251, 248), (38, 36, 48), (134, 130, 140)
"""Background, text and secondary text of raster pictures, as sRGB."""


def level_colours(steps: int = 256) -> UInt8[np.ndarray, "step 3"]:
    """Computes the colour map as sRGB, from the quietest level to the loudest.

    The anchors are interpolated in OKLab (Ottosson, "A perceptual color space for image processing", 2020), where
    distance approximates perceived difference, and then converted to sRGB.
    """
    lightness, chroma, hue = np.array(ANCHORS).T
    angle = np.unwrap(np.radians(hue))
    positions, anchors = np.linspace(0, 1, steps), np.linspace(0, 1, len(ANCHORS))
    corners = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)
    oklab = np.stack([np.interp(positions, anchors, corner) for corner in corners.T], axis=1)
    return np.round(255 * _srgb(oklab)).astype(np.uint8)


def transfer_tables(*, dark: bool) -> dict[str, str]:
    """Returns the colour map as tables for SVG's `feComponentTransfer`, keyed by R, G and B.

    On a dark page the map is reversed: the loudest level is the lightest colour.
    """
    colours = level_colours(TABLE_STEPS)[:: -1 if dark else 1] / 255
    return {name: " ".join(f"{value:.3f}" for value in colours[:, n]) for n, name in enumerate("RGB")}


def _srgb(oklab: Float64[np.ndarray, "step 3"]) -> Float64[np.ndarray, "step 3"]:
    to_cones = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]]
    )
    to_light = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    light = np.clip((oklab @ to_cones.T) ** 3 @ to_light.T, 0.0, 1.0)
    return np.asarray(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))
