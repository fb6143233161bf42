"""Records are frozen, name themselves by their settings, and show no secret."""

from __future__ import annotations

import pytest

from dlmslite_daemon.config.schema import MeterSettings, SinkSettings
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord, TokenRecord


def test_a_record_is_named_by_its_settings() -> None:
    meter = MeterRecord(1, MeterSettings("kitchen", "tcp://x:1"), Desired.RUNNING, 0, 0)
    sink = SinkRecord(1, SinkSettings("tb", "thingsboard"), 0, 0)
    assert (meter.name, sink.name) == ("kitchen", "tb")
    with pytest.raises(AttributeError):
        meter.id = 2  # type: ignore[misc]  # that is the test


def test_a_token_does_not_show_its_digest() -> None:
    assert "abcd" not in repr(TokenRecord("first", "admin", "abcd"))
