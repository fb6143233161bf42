"""Slow actions end where they can be seen, are bounded, and never vanish."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from dlmslite_daemon.api.operations import KEPT_MAX, RUNNING_MAX, Operation, Operations
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import BridgeError, UnknownName


def ended(operations: Operations, number: str) -> Operation:
    until = time.monotonic() + 30
    while operations.get(number).state == "running" and time.monotonic() < until:
        time.sleep(0.001)
    return operations.get(number)


@pytest.fixture
def operations() -> Operations:
    return Operations(FakeClock(utc_ms=1000))


def test_a_good_end_has_its_result(operations: Operations) -> None:
    started = operations.start("sink test", lambda: {"ok": True})
    assert ended(operations, started.id).view() == {
        "id": "1",
        "verb": "sink test",
        "state": "done",
        "started": 1000,
        "ended": 1000,
        "result": {"ok": True},
        "error": None,
        "progress": "",
    }


def test_a_bad_end_has_its_error(operations: Operations) -> None:
    def work() -> dict[str, object]:
        raise BridgeError("nobody there", code="E-LINE-REFUSED", hint="look")

    end = ended(operations, operations.start("meter add", work).id)
    assert end.state == "failed"
    assert end.error == {"code": "E-LINE-REFUSED", "message": "nobody there", "hint": "look"}


def test_an_error_of_our_own_is_an_end_too_and_goes_on_to_the_hook(
    operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: hooked.set())

    def work() -> dict[str, object]:
        raise ZeroDivisionError

    end = ended(operations, operations.start("meter add", work).id)
    assert end.error is not None
    assert end.error["code"] == "E-INTERNAL"
    assert hooked.wait(30)


def test_too_many_at_once_are_refused(operations: Operations) -> None:
    gate = threading.Event()

    def work() -> dict[str, object]:
        gate.wait(30)
        return {}

    started = [operations.start("sink test", work) for _ in range(RUNNING_MAX)]
    with pytest.raises(BridgeError) as caught:
        operations.start("sink test", work)
    assert caught.value.code == "E-TOO-BUSY"
    gate.set()
    assert all(ended(operations, operation.id).state == "done" for operation in started)


def test_old_ends_are_forgotten(operations: Operations) -> None:
    for _ in range(KEPT_MAX + 1):
        ended(operations, operations.start("sink test", dict).id)
    with pytest.raises(UnknownName):
        operations.get("1")
    assert operations.get(str(KEPT_MAX + 1)).state == "done"


def test_what_it_tells_is_seen_while_it_runs_and_afterwards(operations: Operations) -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(tell: Callable[[str], None]) -> dict[str, bool]:
        tell("read 1 of 2")
        told.set()
        go_on.wait(30)
        tell("read 2 of 2")
        return {"ok": True}

    started = operations.start_telling("meter diagnose", work)
    assert told.wait(30)
    assert operations.get(started.id).view()["progress"] == "read 1 of 2"
    go_on.set()
    assert ended(operations, started.id).progress == "read 2 of 2"
