"""Without a daemon the engine is not there; what operators do is written down."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.bridge import NOW_MS, Bridge

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.errors import DaemonUnreachable


def test_without_a_daemon_nobody_has_its_control(parts: Bridge) -> None:
    assert parts.services.engine() is parts.control
    with pytest.raises(DaemonUnreachable):
        evolve(parts.services, control=None).engine()
    assert evolve(parts.services, control=None).health() is None


def test_an_action_stands_in_the_audit(parts: Bridge) -> None:
    parts.services.audit(Caller("anna", Role.ADMIN), "meter.add", "garage", "tcp://h:1")
    (entry,) = parts.store.audit()
    assert (entry.ts_ms, entry.actor, entry.action) == (NOW_MS, "anna", "meter.add")
    assert (entry.target, entry.detail) == ("garage", "tcp://h:1")
