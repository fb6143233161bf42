"""Invariant: any octets at any time leave a sign-on in a phase with a way on, in bounded memory.

The first octet says which side it is and how time passes; the others come from the wire. Lines are
the same whole and octet by octet.
"""

from __future__ import annotations

from harness import run

from dlmslite.errors import FramingError
from dlmslite.link.base import LinkFailed
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.link.mode_e.lines import LINE_MAX, Lines
from dlmslite.link.mode_e.link import ModeELink, Phase
from dlmslite.link.mode_e.messages import decode
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.role import Role

ALLOWED = (FramingError,)  # the input as one message: cut, another start, a reserved speed

PIECE = 7  # octets taken at once by the link


def lines(pieces: list[bytes]) -> list[bytes]:
    """The lines of one feeding."""
    reader = Lines()
    found = []
    total = 0
    for piece in pieces:
        whole, noise = reader.feed(piece)
        found += whole
        total += sum(map(len, whole + noise))
        assert sum(map(len, pieces)) - total >= 0
    assert all(len(line) <= LINE_MAX for line in found)
    return found


def talk(octets: bytes, role: Role, patience: float) -> None:
    """Give the octets to a link piece by piece, and let its deadlines pass between them."""
    link = ModeELink(role, ModeESettings(), HdlcLink(role, HdlcSettings()))
    link.open(0.0)
    now = 0.0
    for start in range(0, len(octets), PIECE):
        link.receive(octets[start : start + PIECE], now)
        now += patience
        due = link.next_deadline()
        if due is not None and due <= now:
            link.deadline_passed(now)
        link.data_to_send()
        failed = any(isinstance(event, LinkFailed) for event in link.events())
        # Who waits for nothing and is not listening has failed, or has handed the line over.
        waits = link.next_deadline() is not None
        assert waits or failed or link.phase in {Phase.IDLE, Phase.LISTENING, Phase.ASIDE}
    link.close(now)


def test_one_input(data: bytes) -> None:
    """As a message, as lines in two feedings, and as a conversation."""
    assert lines([data]) == lines([data[index : index + 1] for index in range(len(data))])
    control, octets = data[:1], data[1:]
    role = Role.CLIENT if not control or control[0] % 2 else Role.SERVER
    talk(octets, role, (control[0] >> 1) / 64 if control else 0.0)
    try:
        message = decode(data)
    except ALLOWED:
        return
    assert message.encode() == data


if __name__ == "__main__":
    run("fuzz_mode_e", test_one_input)
