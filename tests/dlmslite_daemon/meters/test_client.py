"""What the reader needs of the library's client, and that the real one has it."""

from __future__ import annotations

import inspect
import threading

import pytest
from rig.fake_client import Info
from rig.ports import free_port

import dlmslite
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.client import Client, ClientClock, library_connect, takes_lists


def test_the_librarys_client_has_all_that_is_needed() -> None:
    needed = {name for name in vars(Client) if not name.startswith("_")}
    assert {"read_many", "relink", "close"} <= needed
    assert needed - {"info"} <= set(dir(dlmslite.Client))
    for name in needed - {"info"}:
        ours = inspect.signature(getattr(Client, name)).parameters
        theirs = inspect.signature(getattr(dlmslite.Client, name)).parameters
        assert set(list(ours)[2:]) <= set(theirs), name
    assert isinstance(dlmslite.Client.timeout, property)


def test_the_clients_waits_are_on_the_daemons_clock_and_can_be_ended() -> None:
    clock, hush = FakeClock(start=5.0), threading.Event()
    shared = ClientClock(clock, hush)
    assert shared.monotonic() == 5.0
    hush.set()
    shared.wait(1000.0)
    assert shared.monotonic() == 5.0


def test_lists_need_the_meters_word_and_no_quirk() -> None:
    lists, none = Info(), Info(conformance=dlmslite.Conformance.GET)
    assert takes_lists(lists, {})
    assert not takes_lists(lists, {"no_with_list": True})
    assert not takes_lists(none, {})


def test_a_real_client_is_made_by_the_library() -> None:
    with pytest.raises(dlmslite.TransportError):
        library_connect(f"tcp://127.0.0.1:{free_port()}", timeout=1.0)
