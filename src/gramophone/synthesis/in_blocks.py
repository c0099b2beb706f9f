"""What textures of limited length have in common that a stream makes block by block."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class _Form(Protocol):
    @property
    def rate_hz(self) -> int: ...


@runtime_checkable
class _Stream(Protocol):
    @property
    def settings(self) -> _Form: ...
    @property
    def channels(self) -> int: ...
    @property
    def device(self) -> str: ...


class InBlocks:
    """Form and length of such a texture.

    Attributes:
        duration_s: length of all blocks, in seconds.
    """

    duration_s: float
    _stream: _Stream

    @property
    def rate_hz(self) -> int:
        """Sampling rate in Hz."""
        return self._stream.settings.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self._stream.channels

    @property
    def device(self) -> str:
        """Device that computes it."""
        return self._stream.device

    @property
    def samples(self) -> int:
        """Length of all blocks, in samples per channel."""
        return round(self.duration_s * self.rate_hz)
