"""A colour map for levels: from paper through amber and rose to indigo ink, evenly darker all the way."""

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


def level_colours(steps: int = 256) -> UInt8[np.ndarray, "step 3"]:
    """Computes the colour map, from the quietest level to the loudest.

    The anchors are joined in OKLab (Ottosson, "A perceptual color space for image processing", 2020), where
    distance is close to seen difference, and then taken to sRGB.
    """
    lightness, chroma, hue = np.array(ANCHORS).T
    angle = np.unwrap(np.radians(hue))
    places, anchors = np.linspace(0, 1, steps), np.linspace(0, 1, len(ANCHORS))
    corners = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)
    joined = np.stack([np.interp(places, anchors, corner) for corner in corners.T], axis=1)
    return np.round(255 * _srgb(joined)).astype(np.uint8)


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
