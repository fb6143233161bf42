"""Which sinks give each meter a connection of its own."""

from __future__ import annotations

from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder, PlainMqtt
from dlmslite_daemon.sinks.per_meter import OwnConnection, is_per_meter
from dlmslite_daemon.sinks.thingsboard import ThingsBoard


def test_a_sink_that_says_nothing_of_it_has_one_connection() -> None:
    assert not is_per_meter(PlainMqtt("host"))
    assert is_per_meter(ThingsBoard("host", mode="legacy"))


def test_the_reference_to_a_token_is_not_shown() -> None:
    assert "sealed" not in repr(OwnConnection("c", "sealed:x", PlainEncoder("m")))
