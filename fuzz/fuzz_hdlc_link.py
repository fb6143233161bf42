"""Invariant: whatever a peer sends, a link gives events and sound frames, and never raises.

The first octet chooses the role and what happens between the pieces; each further piece is one
length octet and as many octets from the wire. The same input always gives the same.
"""

from __future__ import annotations

import contextlib

from harness import run

from dlmslite.errors import StateError
from dlmslite.link.base import LinkEvent
from dlmslite.link.hdlc.frames import decode_sound
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.role import Role

ALLOWED = (StateError,)  # sending while the link is not open

STEPS_MAX = 200  # a link that polls for ever would be a finding


def converse(data: bytes) -> list[LinkEvent]:
    """One conversation with a peer that says ``data``."""
    choice = data[0] if data else 0
    link = HdlcLink(Role.CLIENT if choice & 1 else Role.SERVER, HdlcSettings(client_address=1))
    now = 0.0
    link.open(now)
    events: list[LinkEvent] = []
    position = 1
    while position < len(data):
        size = data[position]
        link.receive(data[position + 1 : position + 1 + size], now)
        position += 1 + size
        if choice & 2:
            with contextlib.suppress(*ALLOWED):
                link.send(b"\xc0\x01\xc1", now)
        if choice & 4 and (deadline := link.next_deadline()) is not None:
            now = max(now, deadline)
            link.deadline_passed(now)
        events += link.events()
        sent, noise = Resync().flush(link.data_to_send())
        assert not noise
        for body in sent:
            decode_sound(body)
    for _ in range(STEPS_MAX):
        if (deadline := link.next_deadline()) is None:
            return events + link.events()
        now = max(now, deadline)
        link.deadline_passed(now)
    raise AssertionError("the link polls for ever")


def test_one_input(data: bytes) -> None:
    """Twice; the same events both times."""
    assert [repr(event) for event in converse(data)] == [repr(event) for event in converse(data)]


if __name__ == "__main__":
    run("fuzz_hdlc_link", test_one_input)
