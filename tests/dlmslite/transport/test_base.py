from __future__ import annotations

import inspect

import pytest

from dlmslite.transport.base import Transport
from dlmslite.transport.memory import MemoryTransport
from dlmslite.transport.tcp import TcpTransport

VERBS = ["close", "interrupt", "open", "receive", "send"]


def test_the_verbs_of_a_wire() -> None:
    assert sorted(name for name in vars(Transport) if not name.startswith("_")) == VERBS


@pytest.mark.parametrize("kind", [TcpTransport, MemoryTransport])
@pytest.mark.parametrize("verb", VERBS)
def test_every_transport_has_them_with_the_same_signature(kind: type, verb: str) -> None:
    assert inspect.signature(getattr(kind, verb)) == inspect.signature(getattr(Transport, verb))
