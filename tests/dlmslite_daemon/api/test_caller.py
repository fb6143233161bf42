"""Each role includes the one before."""

from __future__ import annotations

from dlmslite_daemon.api.caller import Caller, Role


def test_roles_rise() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.ADMIN


def test_a_caller_is_a_value() -> None:
    assert Caller("anna", Role.VIEWER) == Caller("anna", Role.VIEWER)
