"""Frames: whatever is sent arrives, whatever else arrives is refused."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.workers.protocol import MAX_BODY_BYTES, MAX_HEAD_BYTES, PREFIX, Channel, Frame, Kind, ProtocolError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=3,
)
DATA = st.dictionaries(st.text(), VALUES, max_size=4)
FRAMES = st.builds(Frame, st.sampled_from(Kind), DATA, st.binary(max_size=99))


class Pair:
    """Two ends; bytes can be sent from one of them as they are."""

    def __enter__(self):
        self.raw, other = socket.socketpair()
        self.sender, self.receiver = Channel(self.raw), Channel(other)
        return self

    def __exit__(self, *_):
        self.sender.close()
        self.receiver.close()


def encoded(frame):
    with Pair() as pair:
        pair.sender.send(frame)
        pair.raw.shutdown(socket.SHUT_WR)
        return pair.receiver._reader.read()


class TestClosing:
    def test_closing_ends_a_wait(self):
        ended = []

        def wait(channel):
            with pytest.raises(EOFError):
                channel.receive()
            ended.append(True)

        with Pair() as pair:
            thread = threading.Thread(target=wait, args=(pair.receiver,))
            thread.start()
            pair.receiver.close()
            thread.join(10.0)
        assert ended


class TestWhatIsSentArrives:
    @given(frames=st.lists(FRAMES, max_size=4))
    def test_in_its_order(self, frames):
        with Pair() as pair:
            for frame in frames:
                pair.sender.send(frame)
            assert [pair.receiver.receive() for _ in frames] == frames

    def test_when_it_is_larger_than_the_buffers_and_many_send_at_once(self):
        frames = [Frame(Kind.REPLY, {"number": n}, bytes([n]) * 1_000_000) for n in range(4)]
        with Pair() as pair:
            threads = [threading.Thread(target=pair.sender.send, args=(frame,)) for frame in frames]
            for thread in threads:
                thread.start()
            found = [pair.receiver.receive() for _ in frames]
            for thread in threads:
                thread.join()
        assert sorted(found, key=lambda frame: frame.data["number"]) == frames

    @given(frame=FRAMES, data=st.data())
    def test_half_a_frame_and_its_end(self, frame, data):
        stream = encoded(frame)
        cut = data.draw(st.integers(0, len(stream) - 1))
        with Pair() as pair:
            pair.raw.sendall(stream[:cut])
            pair.raw.shutdown(socket.SHUT_WR)
            with pytest.raises(EOFError):
                pair.receiver.receive()

    def test_half_a_frame_and_silence(self):
        with Pair() as pair:
            pair.raw.sendall(encoded(Frame(Kind.REPLY, {"a": 1}, b"body"))[:-1])
            with pytest.raises(TimeoutError):
                pair.receiver.receive(0.1)


class TestWhatIsNotAFrameIsRefused:
    @pytest.mark.parametrize(
        "garbage",
        [
            b"Traceback (most recent call last):",
            PREFIX.pack(b"gph2", 28, 0) + b'{"kind": "reply", "data": {}}',
            PREFIX.pack(b"gph1", 2, 0) + b"{}",
            PREFIX.pack(b"gph1", 4, 0) + b"null",
            PREFIX.pack(b"gph1", 3, 0) + b"\xff{}",
            PREFIX.pack(b"gph1", 28, 0) + b'{"kind": "what", "data": {}}',
            PREFIX.pack(b"gph1", MAX_HEAD_BYTES + 1, 0),
            PREFIX.pack(b"gph1", 0, MAX_BODY_BYTES + 1),
        ],
    )
    def test_however_it_is_wrong(self, garbage):
        good = Frame(Kind.REPLY, {"a": 1})
        with Pair() as pair:
            pair.raw.sendall(encoded(good) + garbage)
            assert pair.receiver.receive() == good
            with pytest.raises(ProtocolError):
                pair.receiver.receive()

    @given(garbage=st.binary(min_size=PREFIX.size, max_size=40))
    def test_bytes_at_random(self, garbage):
        with Pair() as pair:
            pair.raw.sendall(garbage)
            with pytest.raises(ProtocolError):
                pair.receiver.receive()


class TestWhatCannotBeSent:
    def test_a_number_that_is_not_finite(self):
        with Pair() as pair, pytest.raises(ValueError, match="JSON"):
            pair.sender.send(Frame(Kind.REPLY, {"loss": float("inf")}))

    def test_anything_when_nobody_is_there(self):
        with Pair() as pair:
            pair.receiver.close()
            with pytest.raises(OSError, match="Broken pipe"):
                pair.sender.send(Frame(Kind.REPLY, {}))

    def test_anything_when_nobody_takes_it(self):
        with Pair() as pair:
            pair.raw.settimeout(0.1)
            with pytest.raises(TimeoutError):
                pair.sender.send(Frame(Kind.REPLY, {}, bytes(4_000_000)))
