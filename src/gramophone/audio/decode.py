"""Decoding of audio files: libsndfile for most, FFmpeg for those that it cannot read or whose length it estimates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import numpy as np
import soundfile
from jaxtyping import Float32

from gramophone.audio import mpeg
from gramophone.audio.av_decoder import (
    DEMULTIPLEXERS,
    HEAD_BYTES,
    AvDecoder,
    NoAudioError,
    UndecodableError,
    av_decoding,
    demultiplexer_of,
)
from gramophone.audio.channel_order import from_vorbis
from gramophone.audio.containers import Repair, repair, wav_codec
from gramophone.audio.file_view import FileView
from gramophone.audio.ogg import joined_streams, lacks_end
from gramophone.audio.style_file import SUFFIX
from gramophone.errors import InputError

BLOCK_FRAMES = 65_536
MPEG_IN_WAV = (0x50, 0x55)
UNKNOWN_FRAMES = 1 << 40
_PADDING_S = 0.1  # encoders pad the last frame, and containers count in units of their own
_LEAST_IGNORED_S = 0.05
_MOST_SKIPPED = 2  # packets of tags between joined streams cannot be decoded, and need not be

Block = Float32[np.ndarray, "frame channel"]


class Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """A decoder that never seeks: after each block, a seek would fail if the header states a wrong length."""

    def seekable(self) -> bool:
        """Returns False, for every file."""
        return False


@dataclass(frozen=True)
class Decoding:
    """An audio file that is being decoded.

    Attributes:
        rate_hz: sample rate in Hz.
        channels: number of channels.
        stated: frames that the header states, where it does; never an estimate.
        estimated_s: length in seconds, from the header or estimated; 0 if unknown.
        form: format, in words.
        blocks: decodes consecutive blocks, of any number of frames above 0.
        fault: what is wrong with the file, in words that follow its name, by the number of frames that were decoded.
    """

    rate_hz: int
    channels: int
    stated: int | None
    estimated_s: float
    form: str
    blocks: Callable[[], Iterator[Block]]
    fault: Callable[[int], str | None]


@contextmanager
def decoding(path: Path, file: BufferedIOBase) -> Iterator[Decoding]:
    """Opens an audio file for decoding.

    Args:
        path: of the file, for errors; it is not opened.
        file: seekable file; its position changes.

    Raises:
        InputError: it is no audio file that can be read.
        LimitError: it is joined of too many streams.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    # libsndfile would estimate the length of MPEG audio, and write to the terminal what is odd about it.
    is_mpeg = mpeg.first_frame(file) is not None or mpeg.is_taken_for_mpeg(file)
    if is_mpeg or wav_codec(file) in MPEG_IN_WAV:
        with _by_av(path, file, "mp3" if is_mpeg else "wav") as found:
            yield found
        return
    repaired = repair(file)
    try:
        view = FileView(file, end=repaired.end, patches=repaired.patches)
        decoder = Decoder(cast("BufferedIOBase", view))
    except soundfile.LibsndfileError:
        with _by_av(path, file, demultiplexer_of(head)) as found:
            yield found
        return
    with decoder:
        if "MPEG" in decoder.subtype:
            with _by_av(path, file, "wav" if decoder.format == "WAV" else "mp3") as found:
                yield found
        elif decoder.format == "OGG":
            yield _joined(path, file, decoder)
        else:
            yield _plain(decoder, repaired)


def _plain(decoder: Decoder, repaired: Repair) -> Decoding:
    frames = decoder.frames if decoder.frames < UNKNOWN_FRAMES else 0
    ignored_s = 0.0
    if repaired.ignored_bytes and frames:
        ignored_s = repaired.ignored_bytes / max(1, repaired.sample_bytes) * frames / decoder.samplerate

    def fault(decoded: int) -> str | None:
        stated = max(frames, round(decoded * (repaired.fraction or 0)))
        if stated > decoded:
            return declares(stated, decoded, decoder.samplerate)
        if ignored_s >= _LEAST_IGNORED_S:
            return (
                f"goes on after the end that its header states: {repaired.ignored_bytes} bytes, which may be "
                f"{ignored_s:.3f} s, are not read; save it again in an audio editor to keep them"
            )
        return None

    return Decoding(
        decoder.samplerate,
        decoder.channels,
        frames or None,
        frames / decoder.samplerate,
        f"{decoder.format_info}, {decoder.subtype_info}",
        lambda: _decoded(decoder),
        fault,
    )


def _joined(path: Path, file: BufferedIOBase, first: Decoder) -> Decoding:
    """All streams of an Ogg file, one after the other."""
    streams = joined_streams(file, str(path))
    frames = first.frames if first.frames < UNKNOWN_FRAMES else 0
    order = list(from_vorbis(first.channels))
    unreadable: list[int] = []

    def blocks() -> Iterator[Block]:
        for start, end in streams:
            try:
                decoder = first if len(streams) == 1 else Decoder(cast("BufferedIOBase", FileView(file, start, end)))
            except soundfile.LibsndfileError:
                unreadable.append(start)
                continue
            with decoder:
                if (decoder.samplerate, decoder.channels) != (first.samplerate, first.channels):
                    raise InputError(
                        f"{path} is joined of streams of {first.samplerate} Hz, {first.channels} channel(s), and of "
                        f"{decoder.samplerate} Hz, {decoder.channels} channel(s); convert each of them to WAV or FLAC"
                    )
                for block in _decoded(decoder):
                    yield block[:, order]

    def fault(decoded: int) -> str | None:
        if len(streams) == 1 and frames > decoded:
            return declares(frames, decoded, first.samplerate)
        if unreadable:
            return (
                f"is joined of {len(streams)} streams, of which {len(unreadable)} cannot be read; "
                f"{_amount(decoded, first.samplerate)} are used"
            )
        if lacks_end(file):
            return (
                f"ends without an end mark but only {_amount(decoded, first.samplerate)} can be read; these are used"
            )
        return None

    return Decoding(
        first.samplerate,
        first.channels,
        frames if len(streams) == 1 and frames else None,
        frames / first.samplerate * len(streams),
        f"{first.format_info}, {first.subtype_info}",
        blocks,
        fault,
    )


def _decoded(decoder: Decoder) -> Iterator[Block]:
    """Blocks up to the end, or to damage after which nothing can be decoded."""
    frames = 0
    while True:
        block = np.empty((BLOCK_FRAMES, decoder.channels), dtype=np.float32)
        is_damaged = False
        try:
            block = decoder.read(out=block)
        except soundfile.LibsndfileError:
            is_damaged, block = True, block[: decoder.tell() - frames]
        frames += len(block)
        if len(block):
            yield block
        if is_damaged or not len(block):
            return


@contextmanager
def _by_av(path: Path, file: BufferedIOBase, demultiplexer: str | None) -> Iterator[Decoding]:
    sentence = "is not a readable audio file, or is damaged; convert it to WAV or FLAC"
    if path.suffix.lower() == SUFFIX:
        sentence = "is not a readable style file; make it again with 'gramophone style'"
    unreadable = InputError(f"{path} {sentence}")
    if demultiplexer is None:
        raise unreadable
    try:
        with av_decoding(FileView(file), demultiplexer) as decoder:
            yield _from_av(path, file, decoder, demultiplexer)
    except NoAudioError as error:
        raise InputError(f"{path} {error}") from None
    except UndecodableError:
        raise unreadable from None


def _from_av(path: Path, file: BufferedIOBase, decoder: AvDecoder, demultiplexer: str) -> Decoding:
    stated = None
    if demultiplexer == "mp3":
        stated = mpeg.stated_samples(file)
    elif demultiplexer in ("mov", "matroska", "asf", "avi") and decoder.estimated_s:
        stated = round(decoder.estimated_s * decoder.rate_hz)

    def blocks() -> Iterator[Block]:
        try:
            yield from decoder.blocks()
        except InputError as error:
            raise InputError(f"{path} {error}") from None

    def fault(decoded: int) -> str | None:
        if stated is not None and stated > decoded + _PADDING_S * decoder.rate_hz:
            return declares(stated, decoded, decoder.rate_hz)
        if decoder.damaged > _MOST_SKIPPED:
            return f"is damaged in {decoder.damaged} places; {_amount(decoded, decoder.rate_hz)} are used"
        if decoder.streams > 1:
            return f"holds {decoder.streams} audio streams, of which the first is used"
        return None

    return Decoding(
        decoder.rate_hz,
        decoder.channels,
        stated,
        stated / decoder.rate_hz if stated and decoder.rate_hz else decoder.estimated_s,
        f"{DEMULTIPLEXERS[demultiplexer]}, {decoder.codec}",
        blocks,
        fault,
    )


def declares(stated: int, decoded: int, rate_hz: int) -> str:
    """What is wrong with a file that holds fewer frames than its header states, in words that follow its name."""
    return (
        f"declares {stated / rate_hz:.3f} s ({stated} frames) but only {_amount(decoded, rate_hz)} can be read; "
        "these are used"
    )


def _amount(frames: int, rate_hz: int) -> str:
    return f"{frames / rate_hz:.3f} s ({frames} frames)"
