"""The second decoder, FFmpeg by PyAV: MPEG audio, whose lengths the first one estimates, and containers it lacks.

FFmpeg follows references to other files in playlists and the like. Here it gets an open file, never a name, and one
demultiplexer, which is chosen by the first bytes; it can open nothing by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from jaxtyping import Float32

from gramophone.audio.file_view import FileView
from gramophone.errors import InputError

if TYPE_CHECKING:
    import av
    import av.container

DEMULTIPLEXERS = {
    "mp3": "MPEG audio",
    "aac": "AAC",
    "mov": "MPEG-4, QuickTime or 3GP",
    "matroska": "Matroska or WebM",
    "wav": "WAV",
    "asf": "Windows Media",
    "amr": "AMR",
    "avi": "AVI",
    "flv": "Flash video",
    "mpegts": "MPEG transport stream",
    "mpeg": "MPEG program stream",
    "ogg": "Ogg",
    "caf": "Core Audio",
    "aiff": "AIFF",
    "ac3": "AC-3",
    "wv": "WavPack",
    "ape": "Monkey's Audio",
    "tta": "True Audio",
    "dsf": "DSD",
}
"""Names of FFmpeg's demultiplexers that are used, and what they are for."""

HEAD_BYTES = 256
"""Beginning of a file by which a demultiplexer is chosen."""

_SIGNATURES = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"#!AMR", "amr"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"OggS", "ogg"),
    (0, b"caff", "caf"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"wvpk", "wv"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"DSD ", "dsf"),
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
    (8, b"AIFC", "aiff"),
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (4, b"free", "mov"),
)
_TRANSPORT_PACKET, _TRANSPORT_MARK = 188, 0x47

MOST_DAMAGED = 1000  # packets in a row that cannot be decoded, after which the rest is given up


class UndecodableError(Exception):
    """FFmpeg cannot read this at all."""


class NoAudioError(UndecodableError):
    """There is no sound in it, or none whose codec is known; the message follows the name of the file."""


def demultiplexer_of(head: bytes) -> str | None:
    r"""The demultiplexer for a file that the first decoder does not know, by its first `HEAD_BYTES` bytes.

    Example:
        >>> demultiplexer_of(b"\x00\x00\x00 ftypM4A ")
        'mov'
    """
    for place, mark, name in _SIGNATURES:
        if head[place : place + len(mark)] == mark:
            return name
    if head[:1] == head[_TRANSPORT_PACKET : _TRANSPORT_PACKET + 1] == bytes([_TRANSPORT_MARK]):
        return "mpegts"
    return "aac" if head[:1] == b"\xff" and head[1:2] and head[1] & 0xF6 == 0xF0 else None


class AvDecoder:
    """Decodes the first audio stream of a file.

    Attributes:
        rate_hz: sample rate in Hz.
        channels: number of channels, in the order of WAV.
        codec: name of the codec.
        streams: number of audio streams, of which the first is decoded.
        estimated_s: length in seconds that FFmpeg estimates from the header; 0 if it cannot.
        damaged: number of packets so far that could not be decoded.
    """

    def __init__(self, container: "av.container.InputContainer") -> None:
        if not container.streams.audio:
            raise NoAudioError("holds pictures but no sound; give a recording with sound in it")
        self._container = container
        self.streams = len(container.streams.audio)
        self._stream = container.streams.audio[0]
        context = self._stream.codec_context
        if context is None:
            raise NoAudioError("holds sound in a codec that FFmpeg does not know; convert it to WAV or FLAC")
        context.thread_count = 1
        self.rate_hz = int(context.sample_rate or 0)
        self.channels = int(context.layout.nb_channels)
        self.codec = str(context.codec.long_name)
        duration, base = self._stream.duration, self._stream.time_base
        self.estimated_s = float(duration * base) if duration and base else 0.0
        self.damaged = 0
        self._resampler: Any = None

    def blocks(self) -> Iterator[Float32[np.ndarray, "frame channel"]]:
        """Decodes all packets that can be decoded.

        Raises:
            InputError: rate or channels change in the middle; without the name of the file.
        """
        import av

        in_a_row = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except (av.FFmpegError, ValueError):
                    self.damaged, in_a_row = self.damaged + 1, in_a_row + 1
                    if in_a_row > MOST_DAMAGED:
                        return
                    continue
                for frame in frames:
                    in_a_row = 0
                    if len(samples := self._samples(frame)):
                        yield samples
        except av.FFmpegError:
            self.damaged += 1

    def _samples(self, frame: Any) -> Float32[np.ndarray, "frame channel"]:  # noqa: ANN401 (PyAV's frames are generic)
        if (frame.sample_rate, frame.layout.nb_channels) != (self.rate_hz, self.channels):
            raise InputError(
                f"changes from {self.rate_hz} Hz, {self.channels} channel(s), to {frame.sample_rate} Hz, "
                f"{frame.layout.nb_channels} channel(s), in the middle; convert it to WAV or FLAC"
            )
        # By way of packed samples: of planar frames with eight channels, PyAV reads a plane too many, and crashes.
        if self._resampler is None:
            import av

            self._resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=self.rate_hz)
        packed = self._resampler.resample(frame)
        values = [part.to_ndarray().reshape(-1, self.channels) for part in packed]
        return np.concatenate(values) if values else np.empty((0, self.channels), np.float32)


@contextmanager
def av_decoding(file: FileView, demultiplexer: str) -> Iterator[AvDecoder]:
    """Opens an audio file.

    Args:
        file: file.
        demultiplexer: one of `DEMULTIPLEXERS`.

    Raises:
        UndecodableError: it cannot be read as such a file.
    """
    import av

    if demultiplexer not in DEMULTIPLEXERS:
        raise ValueError(f"{demultiplexer} is not among the demultiplexers that are used")
    options = {"protocol_whitelist": "none", "format_whitelist": demultiplexer}
    try:
        container = cast(
            "av.container.InputContainer",
            av.open(file, format=demultiplexer, options=options, metadata_errors="replace"),
        )
        try:
            decoder = AvDecoder(container)
        except BaseException:
            container.close()
            raise
    except UndecodableError:
        raise
    except (av.FFmpegError, ValueError, LookupError) as error:
        raise UndecodableError(str(error)) from error
    with container:
        yield decoder
