"""The ticket, and that both backends have every method of the contract."""

from __future__ import annotations

import inspect

import pytest

from dlmslite_daemon.errors import StoreBacklog
from dlmslite_daemon.store.base import Store, Stored, Ticket
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.sqlite.store import SqliteStore

METHODS = [name for name in vars(Store) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [MemoryStore, SqliteStore])
@pytest.mark.parametrize("method", METHODS)
def test_a_store_has_every_method_with_its_parameters(kind: type, method: str) -> None:
    wanted = inspect.signature(getattr(Store, method), eval_str=True)
    assert inspect.signature(getattr(kind, method), eval_str=True) == wanted


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
