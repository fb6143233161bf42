"""Trace events are values."""

from __future__ import annotations

import attrs
import pytest

from dlmslite.trace import Direction, TraceEvent


def test_a_trace_event_is_frozen_and_has_no_details_unless_given() -> None:
    event = TraceEvent(at=1.0, layer="link", direction=Direction.SENT, octets=b"\x7e")
    assert dict(event.details) == {}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.at = 2.0  # type: ignore[misc] # that it fails is the point
