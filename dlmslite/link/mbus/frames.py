"""Wired M-Bus long frames with data (EN 13757-2, with the header of EN 13757-3).

::

    68 | L | L | 68 | C | A | CI | STSAP | DTSAP | data | CS | 16
    start, length twice, start      what L counts        sum, stop

The meter speaks unasked and gets no answer. CI counts the segments of one telegram in its lower
four bits and marks the last one with ``10``; STSAP and DTSAP say which application speaks to which.
One octet of length holds 255; the Sagemcom T210-D writes ``01`` where 257 octets follow. A length
too short for C, A and CI can only be meant so: the stop octet and the sum then decide.
"""

from __future__ import annotations

from typing import Self

from construct import Byte, Bytes, Const, Struct, this

from dlmslite.errors import EncodeError, FramingError
from dlmslite.records import frozen

START = 0x68
STOP = 0x16
SND_UD = 0x53  # C: the frame carries data and wants no answer
BROADCAST = 0xFF  # A: whoever listens
METER_SAP = 0x01  # STSAP: the management logical device
CONSUMER_SAP = 0x67  # DTSAP: the consumer information interface
FIN = 0x10  # CI: the last segment of a telegram
SEGMENTS = 16  # segment numbers count modulo 16
AROUND = 6  # octets of a frame that L does not count
HEADER = 5  # octets from C to DTSAP
DATA_MAX = 255 - HEADER  # octets of one segment

_CONTROL_MIN = 3  # octets: C, A and CI; a frame without data is a control frame
_OVERFLOW = 256  # what the length octet of a T210-D has lost
_WIRE = Struct(
    Const(START, Byte),
    "length" / Byte,
    "again" / Byte,
    Const(START, Byte),
    "control" / Byte,
    "address" / Byte,
    "ci" / Byte,
    "source" / Byte,
    "destination" / Byte,
    "data" / Bytes(this.length - HEADER),
    "sum" / Byte,
    Const(STOP, Byte),
)


@frozen(kw_only=True)
class MbusFrame:
    """One long frame with data.

    Attributes:
        control: C, ``53`` for data that wants no answer.
        address: A, ``FF`` for whoever listens.
        segment: The number of the segment in its telegram, 0 to 15.
        final: Whether it is the last one.
        source: STSAP: who speaks.
        destination: DTSAP: to whom.
        data: The segment.
    """

    control: int = SND_UD
    address: int = BROADCAST
    segment: int = 0
    final: bool = True
    source: int = METER_SAP
    destination: int = CONSUMER_SAP
    data: bytes

    def __attrs_post_init__(self) -> None:
        octets = (self.control, self.address, self.source, self.destination)
        if not all(0 <= octet <= 0xFF for octet in octets) or not 0 <= self.segment < SEGMENTS:
            raise EncodeError(f"{self!r}: a field does not fit its octet")

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly one frame.

        Raises:
            FramingError: ``bad-start``, ``truncated``, ``length-mismatch``, ``bad-stop``,
                ``bad-checksum``; ``no-segment`` where it is a control frame, or its CI is not that
                of a segment.
        """
        head = octets[:4]
        if len(head) < 4 or head[0] != START or head[3] != START or head[1] != head[2]:
            raise FramingError("bad-start", octets=octets)
        size = frame_size(head[1])
        if size != len(octets):
            reason = "truncated" if size > len(octets) else "length-mismatch"
            raise FramingError(reason, octets=octets, offset=min(size, len(octets)))
        reason = fault(octets, 0, size)
        if reason:
            raise FramingError(reason, octets=octets, offset=size - 2)
        control, address, ci = octets[4:7]
        if size < AROUND + HEADER or ci >= FIN << 1:
            raise FramingError("no-segment", octets=octets, offset=6)
        return cls(
            control=control,
            address=address,
            segment=ci % SEGMENTS,
            final=bool(ci & FIN),
            source=octets[7],
            destination=octets[8],
            data=octets[9:-2],
        )

    def encode(self) -> bytes:
        """The frame from start to stop.

        Raises:
            EncodeError: The data is longer than one segment can be.
        """
        if len(self.data) > DATA_MAX:
            raise EncodeError(f"{len(self.data)} octets in one segment: it holds {DATA_MAX}")
        ci = self.segment | (FIN if self.final else 0)
        header = bytes((self.control, self.address, ci, self.source, self.destination))
        body = header + self.data
        length = len(body)
        return bytes((START, length, length, START)) + body + bytes((sum(body) & 0xFF, STOP))


def frame_size(length: int) -> int:
    """Octets of a whole frame whose length octet says this."""
    return AROUND + length + (_OVERFLOW if length < _CONTROL_MIN else 0)


FRAME_MAX = max(map(frame_size, range(256)))  # octets: that of a T210-D at its longest


def fault(data: bytes, start: int, size: int) -> str:
    """What is wrong with a frame that is all here; empty when nothing is."""
    end = start + size
    if data[end - 1] != STOP:
        return "bad-stop"
    return "" if sum(data[start + 4 : end - 2]) & 0xFF == data[end - 2] else "bad-checksum"
