"""A ticket is resolved once, or fails."""

from __future__ import annotations

import pytest

from dlmslite_daemon.errors import StoreBacklog
from dlmslite_daemon.store.ticket import Stored, Ticket


def test_a_ticket_is_resolved_once_the_commit_was_made() -> None:
    ticket = Ticket()
    assert not ticket.done
    ticket.resolve(Stored(3, duplicates=1))
    assert ticket.done
    assert ticket.event.is_set()
    assert ticket.result() == Stored(3, 1, 0)


def test_a_failed_ticket_raises_why() -> None:
    ticket = Ticket()
    ticket.fail(StoreBacklog("too much waits"))
    assert ticket.done
    with pytest.raises(StoreBacklog):
        ticket.result()
