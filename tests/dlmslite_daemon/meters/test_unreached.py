"""Why no connection came about, by a table; tests/e2e/test_network.py has real hosts."""

from __future__ import annotations

from typing import Any

import pytest

from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.meters.host import HostSeen
from dlmslite_daemon.meters.unreached import of_connect

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


@pytest.mark.parametrize(
    ("cause", "seen", "expected", "sure"),
    [
        ("refused", {}, Cause.REFUSED, HIGH),
        ("no-route", {}, Cause.NO_ROUTE, HIGH),
        ("host-unreachable", {"neighbour": False}, Cause.HOST_DOWN, HIGH),
        ("host-unreachable", {"neighbour": False, "shown": True}, Cause.HOST_DOWN, HIGH),
        ("host-unreachable", {"neighbour": True}, Cause.FILTERED, MEDIUM),
        ("host-unreachable", {"shown": True}, Cause.FILTERED, HIGH),
        ("host-unreachable", {"lost_gateway": "192.0.2.8"}, Cause.NO_ROUTE, MEDIUM),
        ("host-unreachable", {}, Cause.HOST_DOWN, MEDIUM),
        ("timeout", {"shown": True}, Cause.FILTERED, HIGH),
        ("timeout", {"neighbour": True}, Cause.FILTERED, MEDIUM),
        ("timeout", {"neighbour": False}, Cause.HOST_DOWN, HIGH),
        ("timeout", {"lost_gateway": "192.0.2.8"}, Cause.NO_ROUTE, MEDIUM),
        ("timeout", {}, Cause.FILTERED, MEDIUM),
        ("device", {}, Cause.CONVERTER_DEVICE, HIGH),
        ("refused", {"lost_gateway": "192.0.2.8"}, Cause.REFUSED, HIGH),
        ("", {}, Cause.UNKNOWN, LOW),
    ],
)
def test_why_no_connection_came_about(
    cause: str, seen: dict[str, Any], expected: Cause, sure: Confidence
) -> None:
    judged = of_connect(cause, "told", HostSeen(**seen))

    assert (judged.cause, judged.confidence) == (expected, sure)
    assert judged.told.startswith("told")
    assert seen.get("lost_gateway", "") in judged.told or cause == "refused"
