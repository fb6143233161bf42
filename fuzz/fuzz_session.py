"""Invariant: a session survives any octets, never with any exception; pieces change nothing.

The input is a role and a stream for the wrapper; fed whole and octet by octet it gives the same
events and the same answers.
"""

from __future__ import annotations

from harness import run

from dlmslite.association.association import Association
from dlmslite.link.base import Discarded
from dlmslite.link.wrapper import WrapperLink, WrapperSettings, WrapperStream
from dlmslite.role import Role
from dlmslite.session import Session

ALLOWED = ()  # nothing: whatever comes is told as an event


def opened(role: Role) -> Session:
    """A session whose link is up."""
    session = Session(WrapperLink(role, WrapperSettings()), Association(role))
    session.open(0.0)
    return session


def test_one_input(data: bytes) -> None:
    """Feed whole, then octet by octet."""
    role = Role.SERVER if data[:1] == b"\x01" else Role.CLIENT
    whole, single = opened(role), opened(role)
    whole.receive(data[1:], 0.0)
    for octet in data[1:]:
        single.receive(bytes([octet]), 0.0)
    heard = events(whole), events(single)
    said = whole.data_to_send(), single.data_to_send()
    if len({wpdu.source for wpdu in WrapperStream().feed(data[1:])[0]}) <= 1:
        # Several clients on one wire are told apart by time: pieces do matter then.
        assert heard[0] == heard[1]
        assert said[0] == said[1]


def events(session: Session) -> list[str]:
    """The events, but for what was thrown away: noise comes in pieces as it is fed."""
    return [repr(event) for event in session.events() if not isinstance(event, Discarded)]


if __name__ == "__main__":
    run("fuzz_session", test_one_input)
