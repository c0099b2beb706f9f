"""The sound card for playing through it: devices, rates, and a callback in both directions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gramophone.errors import InputError, UsageError

USUAL_RATES_HZ = (44_100, 48_000, 88_200, 96_000, 32_000, 16_000)
WITHOUT = "or play a file through it with --from, or standard input with --raw"

LONGEST_SILENCE_S = 3.0

Exchange = Callable[[Any, Any], object]


def package() -> Any:  # noqa: ANN401 (a module of the extra)
    """The module sounddevice.

    Raises:
        UsageError: it or its library is not installed.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise UsageError(
            "playing live needs the package sounddevice and its library PortAudio: pip install 'gramophone[play]'; "
            f"{WITHOUT}"
        ) from error
    return sounddevice


def listed() -> list[str]:
    """A line for each device: number, name, channels in and out, usual rate."""
    found = [dict(device) for device in package().query_devices()]
    return [
        f"{number:3d}  {device['name']}: {device['max_input_channels']} in, {device['max_output_channels']} out, "
        f"{device['default_samplerate']:g} Hz"
        for number, device in enumerate(found)
    ]


def device_of(words: str | None) -> int | str | None:
    """A device as it is named on the command line: its number, a part of its name, or the default one."""
    return int(words) if words is not None and words.isdecimal() else words


class Card:
    """An input and an output of the sound card.

    Args:
        into: number or name of the input device; the default one if None.
        out_of: the same of the output.
        rate_hz: sampling rate in Hz; that of the output device if None.

    Raises:
        UsageError: there is no such device, or it does not run at the rate.
    """

    def __init__(self, into: str | None, out_of: str | None, rate_hz: int | None) -> None:
        self._module = package()
        self._devices = (device_of(into), device_of(out_of))
        found = [self._found(device, kind) for device, kind in zip(self._devices, ("input", "output"), strict=True)]
        self.rate_hz = rate_hz or int(found[1]["default_samplerate"])
        self._out_channels = min(2, int(found[1]["max_output_channels"]))
        self._names = [str(one["name"]) for one in found]
        self._check_rate()

    @property
    def names(self) -> str:
        """Names of both devices."""
        return " to ".join(self._names)

    def _found(self, device: int | str | None, kind: str) -> dict[str, Any]:
        try:
            return dict(self._module.query_devices(device, kind))
        except (ValueError, self._module.PortAudioError) as error:
            which = f"no {kind} device '{device}'" if device is not None else f"no sound card with an {kind}"
            raise UsageError(f"there is {which} ({error}); see 'gramophone live --list', {WITHOUT}") from error

    def _check_rate(self) -> None:
        if not self._runs_at(self.rate_hz):
            others = [str(rate) for rate in USUAL_RATES_HZ if self._runs_at(rate)]
            remedy = f"it runs at {', '.join(others)} Hz: give one of them with --rate" if others else WITHOUT
            raise UsageError(f"{self.names} does not run at {self.rate_hz} Hz; {remedy}")

    def _runs_at(self, rate_hz: int) -> bool:
        into, out_of = self._devices
        try:
            self._module.check_input_settings(device=into, channels=1, dtype="float32", samplerate=rate_hz)
            self._module.check_output_settings(
                device=out_of, channels=self._out_channels, dtype="float32", samplerate=rate_hz
            )
        except (ValueError, self._module.PortAudioError):
            return False
        return True

    @contextmanager
    def playing(self, exchange: Exchange, block: int) -> Iterator["Playing"]:
        """Calls `exchange(heard, out)` for every block, in a thread of the card's.

        Raises:
            UsageError: the card cannot be opened.
            InputError: it went away.
        """
        import numpy as np

        mono = np.zeros(block, np.float32)

        def callback(heard: Any, out: Any, frames: int, *_: object) -> None:  # noqa: ANN401 (the card's buffers)
            part = mono[:frames] if frames <= block else np.zeros(frames, np.float32)
            exchange(heard[:, 0], part)
            out[:] = part[:, None]

        try:
            stream = self._module.Stream(
                samplerate=self.rate_hz,
                blocksize=block,
                device=self._devices,
                channels=(1, self._out_channels),
                dtype="float32",
                latency="low",
                callback=callback,
            )
        except (ValueError, self._module.PortAudioError) as error:
            raise UsageError(f"{self.names} cannot be opened ({error}); is another program using it?") from error
        with stream:
            yield Playing(stream, self.names)


class Playing:
    """A card that plays."""

    def __init__(self, stream: Any, names: str) -> None:  # noqa: ANN401 (a class of the extra)
        self._stream, self._names = stream, names

    @property
    def latency_s(self) -> float:
        """Delay of the card itself, in seconds, as it states it."""
        return float(sum(self._stream.latency))

    def check(self, silent_s: float) -> None:
        """Raises InputError if the card went away.

        Args:
            silent_s: seconds since it last brought a block.
        """
        if not self._stream.active or silent_s > LONGEST_SILENCE_S:
            raise InputError(f"{self._names} went away while it was playing; connect it and start again")
