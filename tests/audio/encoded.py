"""Files that only an encoder other than libsndfile makes."""

import av
import numpy as np

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""FFmpeg's names of the layouts whose channels are in the order of WAV."""


def encode(path, samples, rate_hz, codec, form, *, options=None, container=None):
    """Writes samples `[channel, sample]` by FFmpeg."""
    layout = LAYOUTS[len(samples)]
    with av.open(str(path), "w", format=form, options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout, options=options or {})
        # Packed, as PyAV makes no planar frames of eight channels.
        packed = np.ascontiguousarray(samples.T, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.rate, frame.pts = rate_hz, 0
        fifo = av.AudioResampler(format=stream.codec_context.format.name, layout=layout, rate=rate_hz, frame_size=960)
        for part in [*fifo.resample(frame), *fifo.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def mp3(path, samples, rate_hz=44_100, *, xing=False, vbr=False):
    """An MP3 file, with or without the header that tells its length, of constant or variable bit rate."""
    options = {"flags": "+qscale", "global_quality": "236"} if vbr else {"b": "128000"}
    return encode(
        path, samples, rate_hz, "libmp3lame", "mp3", options=options, container={"write_xing": str(int(xing))}
    )


def tones(channels, rate_hz=48_000, duration_s=0.5):
    """Channel n is a tone of 60 (n + 1) Hz, which every codec keeps in a channel for low frequencies, too."""
    time_s = np.arange(round(rate_hz * duration_s)) / rate_hz
    return (0.1 * np.sin(2 * np.pi * 60 * np.arange(1, channels + 1)[:, None] * time_s)).astype(np.float32)


def places(samples, rate_hz):
    """Which channel of `tones` each channel is, by its strongest frequency."""
    samples = samples[:, : rate_hz // 2]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.shape[1])))
    return np.rint(spectrum.argmax(1) * rate_hz / samples.shape[1] / 60 - 1).astype(int).tolist()


def video(path, sounds, rate_hz):
    """An MP4 of black pictures with several audio streams of one channel."""
    with av.open(str(path), "w", format="mp4") as file:
        pictures = file.add_stream("mpeg4", rate=5, width=16, height=16, pix_fmt="yuv420p")
        streams = [file.add_stream("aac", rate=rate_hz, layout="mono") for _ in sounds]
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((24, 16), np.uint8), format="yuv420p")
            frame.pts = number
            file.mux(pictures.encode(frame))
        file.mux(pictures.encode(None))
        for stream, samples in zip(streams, sounds, strict=True):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), format="flt", layout="mono")
            frame.rate, frame.pts = rate_hz, 0
            fifo = av.AudioResampler(format="fltp", layout="mono", rate=rate_hz, frame_size=1024)
            for part in [*fifo.resample(frame), *fifo.resample(None)]:
                file.mux(stream.encode(part))
            file.mux(stream.encode(None))
    return path
