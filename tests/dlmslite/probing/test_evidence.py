"""Evidence is bounded, keeps no password, and says what octets look like."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.desk import DeskClock

from dlmslite.errors import ConfigurationError, DeadlineExceeded, TransportError
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RR, UA
from dlmslite.probing.evidence import (
    EVIDENCE_MAX,
    KEPT_MAX,
    Passed,
    RecordedWire,
    answering_server,
    as_text,
    hint_of,
    longest_frame,
    meaning_of,
    why_unreachable,
)

UA_OF_9 = UA(Address(16), Address(9)).encode()
SECRET = b"22222222"


class Wire:
    """Gives what it is told to give, one piece a call."""

    def __init__(self, clock: DeskClock, *pieces: bytes) -> None:
        self.clock, self.pieces = clock, list(pieces)
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def send(self, octets: bytes) -> None:
        pass

    def receive(self, timeout: float) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        self.clock.wait(timeout)
        return b""

    def close(self) -> None:
        self.closed += 1

    def interrupt(self) -> None:
        self.closed += 1


def test_a_wire_is_opened_once_and_hears_again_what_came_early() -> None:
    clock = DeskClock()
    wire = Wire(clock, b"ab", b"cd")
    recorded = RecordedWire(wire, clock)
    recorded.open()
    recorded.open()

    assert recorded.listen(0.3) == b"abcd"
    assert clock.now == pytest.approx(0.3)
    assert recorded.receive(1.0) == b"abcd"
    assert recorded.receive(1.0) == b""
    assert wire.opened == 1


def test_what_passed_is_taken_once_and_bounded() -> None:
    clock = DeskClock()
    recorded = RecordedWire(Wire(clock, b"x" * (KEPT_MAX + 9)), clock)
    recorded.send(b"abc")
    recorded.receive(1.0)
    passed = recorded.take()

    assert (passed.sent, len(passed.received)) == (b"abc", KEPT_MAX)
    assert passed.octets == (3, KEPT_MAX + 9)
    assert recorded.take() == Passed()
    exchange = passed.exchange("link", "up", 0.1, secret=None)
    assert (exchange.sent, len(exchange.received)) == (b"abc", EVIDENCE_MAX)


def test_the_speed_of_a_serial_port_is_changed_and_no_other() -> None:
    class Port(Wire):
        def set_line(self, baud: int, form: str) -> None:
            changes.append((baud, form))

    changes: list[tuple[int, str]] = []
    clock = DeskClock()
    RecordedWire(Port(clock), clock).set_line(9600, "8N1")
    assert changes == [(9600, "8N1")]
    with pytest.raises(ConfigurationError, match="cannot be changed"):
        RecordedWire(Wire(clock), clock).set_line(9600, "8N1")


def test_a_wire_passes_on_the_end() -> None:
    clock = DeskClock()
    wire = Wire(clock)
    recorded = RecordedWire(wire, clock)
    recorded.interrupt()
    recorded.close()

    assert wire.closed == 2


@pytest.mark.parametrize("heard", [b"answer", b"..." + SECRET, b"<" + SECRET + b">answer", b""])
def test_no_password_is_kept_even_where_the_line_gives_it_back(heard: bytes) -> None:
    passed = Passed(b"<" + SECRET + b">", heard, (10, len(heard)))
    exchange = passed.exchange("association", "accepted", 0.1, secret=SECRET)

    assert exchange.sent == b""
    assert SECRET not in exchange.received
    assert exchange.received == (b"" if SECRET in heard else heard)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"Port already in use\r\n", "Port already in use"),
        (b"\r\n\x00busy", "busy"),
        (b"ab", ""),
        (b"", ""),
        (b"~abc~", ""),
        (b"caf\xe9", ""),
        (b"\x01abc", ""),
    ],
)
def test_text_is_a_line_of_printable_letters(octets: bytes, text: str) -> None:
    assert as_text(octets) == text


@pytest.mark.parametrize(
    ("heard", "said", "framing", "hint"),
    [
        (b"", b"x", "hdlc", ""),
        (b"abc", b"abc", "hdlc", "our own octets came back"),
        (b"\x00\x01\x00", b"x", "hdlc", "tcp://"),
        (UA_OF_9, b"x", "wrapper", "tcp+hdlc://"),
        (UA_OF_9, b"x", "hdlc", "frames came"),
        (b"\x00\x01\x00", b"x", "wrapper", "3 octets"),
        (b"\xfe\xfe", b"x", "hdlc", "2 octets without a sound frame"),
    ],
)
def test_octets_that_are_no_answer_look_like_something(
    heard: bytes, said: bytes, framing: str, hint: str
) -> None:
    told = hint_of(heard, said, framing)

    assert hint in told
    assert bool(told) is bool(heard)


def test_the_server_that_answered_is_read_from_its_frames() -> None:
    pair = RR(Address(16), Address(1, 1234, 4), 0, True).encode()

    assert answering_server(UA_OF_9, 16) == 9
    assert answering_server(b"noise" + pair, 16) == (1, 1234)
    assert answering_server(UA_OF_9, 17) is None
    assert answering_server(b"noise", 16) is None


def test_the_longest_frame_counts_with_its_flags() -> None:
    assert longest_frame(b"noise" + UA_OF_9 + b"~") == len(UA_OF_9)
    assert longest_frame(b"") == 0


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_any_octets_may_come(heard: bytes, said: bytes) -> None:
    for framing in ("hdlc", "wrapper"):
        assert bool(hint_of(heard, said, framing)) is bool(heard)
    as_text(heard)
    answering_server(heard, 16)
    longest_frame(heard)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (DeadlineExceeded("nobody answered"), "timeout"),
        (OSError(errno.ECONNREFUSED, "refused"), "refused"),
        (OSError(errno.EHOSTUNREACH, "no route to host"), "host-unreachable"),
        (OSError(errno.ENETUNREACH, "network is unreachable"), "no-route"),
        (OSError(errno.EACCES, "permission denied"), ""),
        (None, ""),
    ],
)
def test_why_no_connection_came_about_has_a_stable_name(error: Exception | None, name: str) -> None:
    raised = TransportError("meter:4059")
    raised.__cause__ = error

    assert why_unreachable(error if isinstance(error, DeadlineExceeded) else raised) == name


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Port already in use", "port-busy"),
        ("Closing socket due to inactivity (30 sec)", "idle"),
        ("Port's device failed open", "device-failed"),
        ("SSH-2.0-OpenSSH_9.2", ""),
    ],
)
def test_what_a_converter_says_has_a_stable_name(text: str, cause: str) -> None:
    assert meaning_of(text) == cause
