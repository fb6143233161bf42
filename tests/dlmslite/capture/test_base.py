"""A capture knows when its events were, and which of them are octets on the wire."""

from __future__ import annotations

import datetime as dt

import pytest
from rig.captures import STARTED, event

from dlmslite.capture.base import Capture, Header, connection_of
from dlmslite.errors import ConfigurationError
from dlmslite.trace import Direction, TraceEvent


def test_the_time_of_an_event_is_counted_from_the_start() -> None:
    header = Header(started=STARTED)

    assert header.time_of(event(at=1.5)) == STARTED + dt.timedelta(seconds=1.5)


def test_only_octets_between_client_and_meter_are_on_the_wire() -> None:
    sent, received = event(b"1"), event(b"2", Direction.RECEIVED)
    others = (event(b"3", Direction.INTERNAL), event(b"4", layer="apdu"), event(note="connected"))

    found = Capture(Header(started=STARTED), (sent, *others, received)).octets_on_the_wire()

    assert list(found) == [sent, received]


def test_an_event_that_names_no_connection_belongs_to_the_first() -> None:
    bare = TraceEvent(at=0.0, layer="transport", direction=Direction.SENT)

    assert connection_of(bare) == 1
    assert connection_of(event(connection=7)) == 7
    assert (
        connection_of(
            TraceEvent(at=0, layer="", direction=Direction.SENT, details={"connection": "x"})
        )
        == 1
    )


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no zone"):
        Header(started=STARTED.replace(tzinfo=None))


def test_an_unknown_framing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="modbus"):
        Header(started=STARTED, framing="modbus")
