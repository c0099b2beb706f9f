"""MIDI and OSC: what messages mean, and what listens for them."""

import socket
import struct
import sys
import time
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.audio import Sound
from gramophone.demo.textures import rain
from gramophone.errors import UsageError
from gramophone.live import LiveTransfer
from gramophone.live.control import CONTROLLERS, Steering, WeightPad, controls_of, listening, on_midi, on_osc, turn

RATE_HZ = 22050


@pytest.fixture
def live():
    style = Sound(rain(RATE_HZ, 0.5, 0), RATE_HZ)
    return LiveTransfer([style, style, style], RATE_HZ)


def state(live):
    return round(live.strength, 6), round(live.mix, 6), live.freeze, tuple(round(one, 6) for one in live.weights)


def message(**fields):
    return types.SimpleNamespace(**fields)


class TestOsc:
    def test_every_address_sets_what_it_names(self, live):
        controls = controls_of(live)
        for address, *values in (
            ("/gramophone/strength", 0.25),
            ("/gramophone/mix", 2.0),
            ("/gramophone/freeze", True),
            ("/gramophone/weights", 1.0, 0.0, 1),
            ("/gramophone/weight/1", 0.0),
        ):
            assert on_osc(controls, address, values)
        assert state(live) == (0.25, 1.0, True, (0.0, 0.0, 1.0))
        assert on_osc(controls, "/gramophone/style", [2])
        assert on_osc(controls, "/gramophone/freeze", [0])
        assert state(live) == (0.25, 1.0, False, (0.0, 1.0, 0.0))

    @given(
        address=st.one_of(st.text(max_size=20), st.sampled_from(["/gramophone/strength", "/gramophone/weight/2"])),
        values=st.lists(st.one_of(st.text(max_size=3), st.none(), st.floats(), st.binary(max_size=2)), max_size=3),
    )
    def test_no_message_breaks_anything(self, address, values):
        set_to = []
        controls = {"strength": set_to.append, **WeightPad([1.0, 1.0], set_to.append).controls()}
        understood = on_osc(controls, address, values)
        assert bool(set_to) == understood
        assert all(0 <= value <= 1 for one in set_to for value in (one if isinstance(one, list) else [one]))

    def test_it_listens_on_a_port(self, live):
        pytest.importorskip("pythonosc.osc_server")
        # The address and its type tag, padded with zeros to fours, then a float, all big-endian.
        data = b"/gramophone/strength\0\0\0\0,f\0\0" + struct.pack(">f", 0.125)
        port = free_port()
        with (
            listening(controls_of(live), None, str(port)),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        ):
            deadline_s = time.perf_counter() + 5
            while live.strength != 0.125 and time.perf_counter() < deadline_s:
                sender.sendto(data, ("127.0.0.1", port))
                sender.sendto(b"no message", ("127.0.0.1", port))
                time.sleep(0.02)
            assert live.strength == 0.125
            with pytest.raises(UsageError, match="nothing can listen for OSC"), listening({}, None, str(port)):
                pass

    @pytest.mark.parametrize("where", ["no", "0", "70000", "host:"])
    def test_ports_that_are_none(self, live, where):
        with pytest.raises(UsageError, match="an OSC port is a number from 1 to 65535"), listening({}, None, where):
            pass


class TestMidi:
    def test_controllers_set_what_the_table_says(self, live):
        controls = controls_of(live)
        for control, value in ((1, 127), (8, 0), (64, 100), (20, 0), (21, 127), (22, 0)):
            assert on_midi(controls, message(type="control_change", control=control, value=value))
        assert state(live) == (1.0, 0.0, True, (0.0, 1.0, 0.0))
        assert on_midi(controls, message(type="program_change", program=2))
        assert state(live)[3] == (0.0, 0.0, 1.0)
        assert on_midi(controls, message(type="program_change", program=9))
        assert state(live)[3] == (0.0, 0.0, 1.0)
        assert not on_midi(controls, message(type="note_on", note=60, velocity=1))
        assert not on_midi(controls, message(type="control_change", control=2, value=1))

    def test_every_controller_belongs_to_a_control(self, live):
        eight = LiveTransfer([Sound(rain(RATE_HZ, 0.3, 0), RATE_HZ)] * 8, RATE_HZ)
        assert set(CONTROLLERS.values()) <= set(controls_of(eight))

    def test_a_port_is_found_by_a_part_of_its_name(self, live, monkeypatch):
        opened = []

        class Port:
            def __init__(self, name, callback, virtual=False):
                opened.append((name, virtual))
                self.callback = callback

            def __enter__(self):
                self.callback(message(type="control_change", control=1, value=0))

            def __exit__(self, *_):
                opened.append("closed")

        names = ["Launch Control", "Loop MIDI"]
        fake = types.SimpleNamespace(
            open_input=lambda name=None, **given: Port(name, **given), get_input_names=lambda: names
        )
        monkeypatch.setitem(sys.modules, "mido", fake)
        monkeypatch.setitem(sys.modules, "rtmidi", types.SimpleNamespace(SystemError=OSError))
        with listening(controls_of(live), "loop", None):
            assert live.strength == 0.0
        with listening(controls_of(live), "virtual", None):
            pass
        assert opened == [("Loop MIDI", False), "closed", ("gramophone", True), "closed"]
        with pytest.raises(UsageError, match="no MIDI input has 'x' in its name; there are: Launch"):
            listening({}, "x", None).__enter__()

    @pytest.mark.parametrize(
        ("module", "way", "said"), [("mido", ("a", None), "--midi"), ("pythonosc", (None, "1"), "--osc")]
    )
    def test_without_the_package_the_remedy_is_named(self, live, monkeypatch, module, way, said):
        for name in [name for name in sys.modules if name.split(".")[0] == module]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(UsageError, match=r"pip install 'gramophone\[control\]'") as error, listening({}, *way):
            pass
        assert said in str(error.value)


class TestStreams:
    def test_weights_are_set_before_the_next_block(self):
        stream, steering = types.SimpleNamespace(weights=(0.5, 0.5)), Steering([1, 1])
        steering.steer(stream)
        assert stream.weights == (0.5, 0.5)
        assert turn(steering.controls, "weight/1", 0.0)
        assert turn(steering.controls, "weight/2", 0.0)
        assert stream.weights == (0.5, 0.5)
        steering.steer(stream)
        assert stream.weights == [0.0, 1.0]
        assert not turn(steering.controls, "strength", 1.0)
        assert not turn(steering.controls, "weight/1", np.nan)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
