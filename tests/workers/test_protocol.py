"""Frames: whatever is sent arrives, whatever else arrives is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.workers.protocol import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    PREFIX,
    Frame,
    FrameDecoder,
    Kind,
    ProtocolError,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=3,
)
FRAMES = st.builds(
    Frame, st.sampled_from(Kind), st.dictionaries(st.text(), VALUES, max_size=4), st.binary(max_size=99)
)


class TestWhatIsSentArrives:
    @given(frames=st.lists(FRAMES, max_size=3), cuts=st.lists(st.integers(1, 60), min_size=1, max_size=10))
    def test_in_chunks_of_any_length(self, frames, cuts):
        stream, decoder, found, place = b"".join(frame.encode() for frame in frames), FrameDecoder(), [], 0
        while place < len(stream):
            length = cuts[place % len(cuts)]
            found += decoder.feed(stream[place : place + length])
            place += length
        assert found == frames

    @given(frame=FRAMES, data=st.data())
    def test_half_a_frame_is_no_frame(self, frame, data):
        stream, decoder = frame.encode(), FrameDecoder()
        cut = data.draw(st.integers(1, len(stream) - 1))
        assert list(decoder.feed(stream[:cut])) == []
        assert list(decoder.feed(stream[cut:])) == [frame]


class TestWhatIsNotAFrameIsRefused:
    @pytest.mark.parametrize(
        "garbage",
        [
            b"x",
            b"gphX",
            b"Traceback (most recent call last):",
            PREFIX.pack(b"gph1", 2, 0) + b"{}",
            PREFIX.pack(b"gph1", 4, 0) + b"null",
            PREFIX.pack(b"gph1", 3, 0) + b"\xff{}",
            PREFIX.pack(b"gph1", 28, 0) + b'{"kind": "what", "data": {}}',
            PREFIX.pack(b"gph1", MAX_HEAD_BYTES + 1, 0),
            PREFIX.pack(b"gph1", 0, MAX_BODY_BYTES + 1),
        ],
    )
    def test_however_it_is_wrong(self, garbage):
        decoder = FrameDecoder()
        good = Frame(Kind.REPLY, {"a": 1})
        found = []
        with pytest.raises(ProtocolError):
            found.extend(decoder.feed(good.encode() + garbage))
        assert found == [good]  # what came before is not lost

    @given(garbage=st.binary(min_size=1, max_size=40))
    def test_bytes_at_random_are_refused_or_waited_for(self, garbage):
        decoder = FrameDecoder()
        try:
            assert list(decoder.feed(garbage)) == []
        except ProtocolError:
            return
        assert b"gph1".startswith(garbage[:4])


class TestWhatCannotBeSent:
    def test_a_number_that_is_not_finite(self):
        with pytest.raises(ValueError, match="JSON"):
            Frame(Kind.REPLY, {"loss": float("inf")}).encode()

    def test_more_than_the_limit(self):
        with pytest.raises(ProtocolError, match="over the limits"):
            Frame(Kind.REPLY, {"text": "x" * MAX_HEAD_BYTES}).encode()
