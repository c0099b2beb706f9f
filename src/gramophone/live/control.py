"""Control by MIDI and OSC: names of controls, their numbers and addresses, and what listens for them.

Values are numbers from 0 to 1; what is beyond is taken as the nearest end, what is no number is left alone.
"""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from gramophone.errors import UsageError
from gramophone.live.transfer import MOST_STYLES, LiveTransfer

CONTROLLERS = {1: "strength", 8: "mix", 64: "freeze", **{20 + n: f"weight/{n + 1}" for n in range(MOST_STYLES)}}
"""MIDI controllers and what they set; 7 bits are 0 to 1."""
ROOT = "/gramophone/"
VIRTUAL = "virtual"
LOCAL = "127.0.0.1"
HIGHEST_PORT = 65_535

Setter = Callable[[float], object]
Controls = Mapping[str, Setter]


@runtime_checkable
class HasWeights(Protocol):
    """A stream or a live transfer."""

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each style."""

    @weights.setter
    def weights(self, values: Sequence[float]) -> None: ...


class WeightPad:
    """Weights that are set one by one; while all are 0 the last ones stay.

    Args:
        weights: to begin with.
        apply: is given the new weights.
    """

    def __init__(self, weights: Sequence[float], apply: Callable[[list[float]], object]) -> None:
        most = max(weights)
        self._values = [weight / most for weight in weights]
        self._apply = apply

    def set(self, number: int, value: float) -> None:
        """Sets the weight of style `number`, from 1."""
        self._values[number - 1] = value
        self._tell()

    def choose(self, number: int) -> None:
        """One style alone; a number that no style has changes nothing."""
        if 1 <= number <= len(self._values):
            self._values = [float(place == number) for place in range(1, len(self._values) + 1)]
            self._tell()

    def _tell(self) -> None:
        if any(value > 0 for value in self._values):
            self._apply(list(self._values))

    def controls(self) -> dict[str, Setter]:
        """A control for each weight, and `style`, whose value is the number of the style."""

        def setter(number: int) -> Setter:
            return lambda value: self.set(number, value)

        found = {f"weight/{number}": setter(number) for number in range(1, len(self._values) + 1)}
        return {**found, "style": lambda value: self.choose(round(value))}


def controls_of(live: LiveTransfer) -> dict[str, Setter]:
    """The controls of a live transfer: `strength`, `mix`, `freeze`, `weight/N` and `style`."""
    pad = WeightPad(live.weights, lambda weights: setattr(live, "weights", weights))
    return {
        "strength": lambda value: setattr(live, "strength", value),
        "mix": lambda value: setattr(live, "mix", value),
        "freeze": lambda value: setattr(live, "freeze", value >= 0.5),
        **pad.controls(),
    }


class Steering:
    """Controls of a texture without end, which take effect with its next block: `weight/N` and `style`.

    Args:
        weights: of the styles, to begin with.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        self._asked: list[float] | None = None
        self.controls = WeightPad(weights, self._ask).controls()

    def _ask(self, weights: list[float]) -> None:
        self._asked = weights

    def steer(self, stream: HasWeights) -> None:
        """Does what was asked for since the last block."""
        asked, self._asked = self._asked, None
        if asked is not None:
            stream.weights = asked


def turn(controls: Controls, name: str, value: object) -> bool:
    """Sets a control; returns whether it exists and the value is a number."""
    if name not in controls or isinstance(value, str) or not isinstance(value, int | float):
        return False
    number = float(value)
    if not math.isfinite(number):
        return False
    controls[name](number if name == "style" else min(1.0, max(0.0, number)))
    return True


def on_osc(controls: Controls, address: str, values: Sequence[object]) -> bool:
    """Does what an OSC message says; returns whether it meant anything.

    Example:
        >>> heard = {}
        >>> controls = {"strength": lambda value: heard.update(strength=value)}
        >>> on_osc(controls, "/gramophone/strength", [0.25]), on_osc(controls, "/else", [1.0]), heard
        (True, False, {'strength': 0.25})
    """
    name = address.removeprefix(ROOT)
    if name == address or not values:
        return False
    if name == "weights":
        return all(turn(controls, f"weight/{number}", value) for number, value in enumerate(values, 1))
    return turn(controls, name, values[0])


def on_midi(controls: Controls, message: Any) -> bool:  # noqa: ANN401 (a message of mido's)
    """Does what a MIDI message of any channel says; returns whether it meant anything."""
    if message.type == "control_change":
        return turn(controls, CONTROLLERS.get(message.control, ""), message.value / 127)
    if message.type == "program_change":
        return turn(controls, "style", message.program + 1)
    return False


@contextmanager
def listening(controls: Controls, midi: str | None, osc: str | None) -> Iterator[None]:
    """Listens in threads of their own.

    Args:
        controls: what can be set.
        midi: a part of a MIDI input's name, or `virtual` for a new one called gramophone; None for no MIDI.
        osc: a UDP port on this computer, or HOST:PORT to listen on another of its addresses; None for no OSC.

    Raises:
        UsageError: a package is missing, or a port is not there or taken.
    """
    with _midi_input(controls, midi), _osc_server(controls, osc):
        yield


@contextmanager
def _midi_input(controls: Controls, name: str | None) -> Iterator[None]:
    if name is None:
        yield
        return
    try:
        import mido
        import rtmidi
    except ImportError as error:
        raise UsageError(
            "MIDI needs the packages mido and python-rtmidi: pip install 'gramophone[control]'; or leave out --midi"
        ) from error

    def heard(message: object) -> None:
        on_midi(controls, message)

    try:
        if name == VIRTUAL:
            port = mido.open_input("gramophone", virtual=True, callback=heard)
        else:
            port = mido.open_input(_matching(mido.get_input_names(), name), callback=heard)
    except (OSError, NotImplementedError, rtmidi.SystemError) as error:
        raise UsageError(
            f"the MIDI input '{name}' cannot be opened ({error}); is another program using it?"
        ) from error
    with port:
        yield


def _matching(names: Sequence[str], part: str) -> str:
    found = [name for name in names if part.lower() in name.lower()]
    if not found:
        there = f"there are: {', '.join(names)}" if names else "there are none; connect one, or give 'virtual'"
        raise UsageError(f"no MIDI input has '{part}' in its name; {there}")
    return found[0]


@contextmanager
def _osc_server(controls: Controls, where: str | None) -> Iterator[None]:
    if where is None:
        yield
        return
    host, _, digits = where.rpartition(":")
    if not (digits.isdecimal() and 1 <= int(digits) <= HIGHEST_PORT):
        raise UsageError(f"an OSC port is a number from 1 to {HIGHEST_PORT}, or HOST:PORT, not '{where}'")
    try:
        from pythonosc.dispatcher import Dispatcher
        from pythonosc.osc_server import BlockingOSCUDPServer
    except ImportError as error:
        raise UsageError(
            "OSC needs the package python-osc: pip install 'gramophone[control]'; or leave out --osc"
        ) from error
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *values: on_osc(controls, address, values))
    try:
        server = BlockingOSCUDPServer((host or LOCAL, int(digits)), dispatcher)
    except OSError as error:
        raise UsageError(f"nothing can listen for OSC at {where} ({error.strerror}); give another port") from error
    thread = threading.Thread(target=server.serve_forever, name="gramophone-osc", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
