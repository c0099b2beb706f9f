"""Memory that a run will take, compared with what there is before anything is computed.

Results in one piece take memory in proportion to their length, and where the system promises more than it has, it
kills the process in the middle. `python -m bench.memory` measures the figures.
"""

from pathlib import Path

from gramophone.errors import LimitError

BYTES_PER_SAMPLE = 800
"""Of each channel of a result in one piece: spectrogram, its gradient, and those that the optimiser remembers."""

BYTES_PER_SAMPLE_IN_BLOCKS = 150
"""Of a transfer in blocks, and of rivals: recordings and result, several times over."""

CGROUP = Path("/sys/fs/cgroup")


def check_memory(*, in_blocks: bool, duration_s: float, rate_hz: int, channels: int) -> None:
    """Refuses a result for which there is not enough memory.

    Args:
        in_blocks: whether it is computed in blocks.
        duration_s: length of the result in seconds.
        rate_hz: its sample rate in Hz.
        channels: its number of channels.

    Raises:
        LimitError: there is too little.
    """
    bytes_each = BYTES_PER_SAMPLE_IN_BLOCKS if in_blocks else BYTES_PER_SAMPLE
    needed, free = duration_s * rate_hz * channels * bytes_each, available_bytes()
    if free is not None and needed > free:
        raise LimitError(
            f"{duration_s:.0f} s of {channels} channel(s) at {rate_hz} Hz take about {needed / 1e9:.1f} GB, "
            f"but only {free / 1e9:.1f} GB of memory are free; give a shorter recording, or one of fewer channels"
        )


def available_bytes(cgroup: Path = CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Memory that is free, or can be freed, for this process; None where the system does not tell.

    Args:
        cgroup: folder with the limits of a container.
        meminfo: what the system tells.
    """
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines() if ":" in line)
        found = 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, ValueError, KeyError, IndexError):
        return None
    try:
        most, used = (
            (cgroup / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current")
        )
        return found if most == "max" else min(found, max(0, int(most) - int(used)))
    except (OSError, ValueError):
        return found
