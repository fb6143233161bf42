"""The defaults of the quirks are the standard."""

from __future__ import annotations

import attrs

from dlmslite.quirks import STANDARD, Quirks


def test_every_default_is_off() -> None:
    assert not any(attrs.astuple(Quirks()))
    assert Quirks() == STANDARD
