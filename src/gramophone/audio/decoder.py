"""libsndfile made robust against headers that lie."""

import io
import os

import soundfile


class Source(io.BufferedReader):
    """A file that stays where it is when a damaged header sends the decoder to an impossible place."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves if that is possible; returns the position."""
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError):
            return self.tell()


class Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """A decoder that never seeks: seeking after each block fails where a header lies about the length."""

    def seekable(self) -> bool:
        """Returns False, for every file."""
        return False
