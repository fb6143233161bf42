"""Invariant: any octets are packets with a conversation or a DecodeError, never another exception.

What is one is written as pcap and read again: the same number of each octet in each direction.
"""

from __future__ import annotations

import io
from collections import Counter

from harness import run

from dlmslite.capture.base import Capture
from dlmslite.capture.pcap import PcapWriter, decode
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.trace import Direction

ALLOWED = (DecodeError,)  # no packets, or none of a conversation


def said(capture: Capture) -> Counter[tuple[Direction, int]]:
    """Every octet of each direction; those behind the end of a connection become another's."""
    events = capture.octets_on_the_wire()
    return Counter((event.direction, octet) for event in events for octet in event.octets)


def test_one_input(data: bytes) -> None:
    """Read; write; read."""
    try:
        capture = decode(data)
    except ALLOWED:
        return
    stream = io.BytesIO()
    writer = PcapWriter(stream, capture.header)
    try:
        for event in capture.events:
            writer.write(event)
        writer.close()
    except EncodeError:
        return  # a time before 1970 that a broken clock wrote
    if said(capture):
        assert said(decode(stream.getvalue())) == said(capture)


if __name__ == "__main__":
    run("fuzz_pcap", test_one_input)
