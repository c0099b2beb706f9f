"""Maps of all pairs of frames, cut into tiles so that memory does not grow with the square of a length."""

from collections.abc import Iterator


def tiles(frames: int, size: int, longest_span: int) -> Iterator[tuple[slice, slice]]:
    """Starts of patches in blocks of `size`, and the frames that these patches reach."""
    for start in range(0, frames, size):
        stop = min(start + size, frames)
        yield slice(start, stop), slice(start, min(stop + longest_span - 1, frames))


def clipped(patches: slice, count: int) -> slice:
    """The patches below `count`; perhaps none."""
    return slice(patches.start, max(patches.start, min(patches.stop, count)))


def length(of: slice) -> int:
    """Number of items in a slice without steps."""
    return int(of.stop - of.start)
