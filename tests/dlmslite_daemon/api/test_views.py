"""Views: times, values by kind, and no secret in any of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.api.views import (
    alarm_view,
    iso,
    reading_view,
    settings_view,
    sink_view,
    span_end,
)
from dlmslite_daemon.config.schema import Auth, SinkSettings
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.store.records import SinkRecord


def test_a_time_is_iso_in_utc_to_the_millisecond() -> None:
    assert iso(NOW_MS + 7) == "2023-11-14T22:13:20.007+00:00"
    assert iso(None) is None


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"kind": ValueKind.INTEGER, "raw": -7, "scaler": -2}, Decimal("-0.07")),
        ({"kind": ValueKind.INTEGER, "raw": 7, "scaler": 3}, Decimal(7000)),
        ({"kind": ValueKind.BOOLEAN, "raw": 1}, True),
        ({"kind": ValueKind.FLOAT, "text": "1.5"}, Decimal("1.5")),
        ({"kind": ValueKind.FLOAT, "text": "nan"}, "nan"),
        ({"kind": ValueKind.TEXT, "text": "12"}, "12"),
        ({"kind": ValueKind.OCTETS, "text": "00ff"}, "00ff"),
    ],
)
def test_a_value_is_shown_by_its_kind(given: dict[str, Any], value: object) -> None:
    view = reading_view(Reading("kitchen", "x", NOW_MS, **given))
    assert view["value"] == value
    assert type(view["value"]) is type(value)
    assert (view["scaler"] is None) is (given["kind"] is not ValueKind.INTEGER)


def test_settings_are_shown_without_the_password() -> None:
    view = settings_view(evolve(KITCHEN, auth=Auth.LLS, password="sealed:abc"))
    assert "password" not in view
    assert (view["auth"], view["password_set"]) == ("lls", True)
    assert "abc" not in str(view)


def test_a_sink_is_shown_without_its_secret() -> None:
    options = {"host": "h", "secret": "sealed:abc", "password": "sealed:def"}
    record = SinkRecord(1, SinkSettings("tb", "mqtt", options=options), 0, NOW_MS)
    view = sink_view(record, None, {"live": 1})
    assert (view["options"], view["secret_set"]) == ({"host": "h"}, True)
    assert "sealed" not in str(view)


def test_an_alarm_is_shown_with_its_code() -> None:
    alarm = Alarm("kitchen", Condition("breaker_open", "open"), NOW_MS, NOW_MS, 2, number=7)
    view = alarm_view(alarm)
    assert (view["id"], view["code"], view["count"]) == (7, "breaker_open", 2)
    assert view["acknowledged"] is False


def test_the_end_of_a_span_is_for_people() -> None:
    assert span_end(None) == ""
    assert span_end(1_700_000_000_999) == "until 2023-11-14 22:13:20Z"
