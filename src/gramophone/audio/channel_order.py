"""Order of channels: everywhere here that of WAV, which Vorbis and Opus do not have.

WAV and FLAC order channels by the bits of their mask (front left, front right, centre, low frequencies, ...). Vorbis
and Opus have layouts of their own for three channels and five to eight (Vorbis I specification, section 4.3.9; RFC
7845, section 5.1.1.2).
"""

from collections.abc import Mapping
from types import MappingProxyType

# Place in Vorbis order of each channel of WAV order.
IN_VORBIS: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        3: (0, 2, 1),  # left, centre, right
        5: (0, 2, 1, 3, 4),  # left, centre, right, rear left, rear right
        6: (0, 2, 1, 5, 3, 4),  # left, centre, right, rear left, rear right, low
        7: (0, 2, 1, 6, 5, 3, 4),  # left, centre, right, side left, side right, rear centre, low
        8: (0, 2, 1, 7, 5, 6, 3, 4),  # left, centre, right, side left, side right, rear left, rear right, low
    }
)


def from_vorbis(channels: int) -> tuple[int, ...]:
    """Places in an Ogg file of the channels of a sound.

    Example:
        >>> from_vorbis(6)
        (0, 2, 1, 5, 3, 4)
    """
    return IN_VORBIS.get(channels, tuple(range(channels)))


def to_vorbis(channels: int) -> tuple[int, ...]:
    """Places in a sound of the channels of an Ogg file.

    Example:
        >>> to_vorbis(6)
        (0, 2, 1, 4, 5, 3)
    """
    places = from_vorbis(channels)
    return tuple(places.index(channel) for channel in range(channels))
