"""What a client proves itself with never shows."""

from __future__ import annotations

from dlmslite.codes import Mechanism
from dlmslite.procedures.authentication import Lls


def test_a_password_does_not_show() -> None:
    assert "12345678" not in repr(Lls("12345678"))
    assert Lls("12345678").mechanism is Mechanism.LLS
