"""URLs of sinks and times to look back to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.cli.places import sink_of_url, when
from dlmslite_daemon.errors import ConfigError, SecretError

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("url", "kind", "options"),
    [
        ("mqtt://localhost/meters", "mqtt", {"host": "localhost", "port": 1883, "base": "meters"}),
        ("mqtt://localhost:1884", "mqtt", {"host": "localhost", "port": 1884}),
        (
            "mqtts://bob@h/a/b/",
            "mqtt",
            {"host": "h", "port": 8883, "tls": True, "base": "a/b", "username": "bob"},
        ),
        ("thingsboard://tb.example", "thingsboard", {"host": "tb.example", "port": 1883}),
        ("thingsboards://h", "thingsboard", {"host": "h", "port": 8883, "tls": True}),
    ],
)
def test_a_url_names_kind_and_options(url: str, kind: str, options: dict[str, Any]) -> None:
    assert sink_of_url(url) == (kind, options)


@pytest.mark.parametrize("url", ["mqtt://bob:hunter2@h/a", "thingsboard://hunter2@h"])
def test_a_secret_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SecretError) as caught:
        sink_of_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "h", "http://h", "mqtt://", "mqtt://h:x", "thingsboard://h/a"])
def test_what_is_no_sink_says_so(url: str) -> None:
    with pytest.raises(ConfigError, match="E-CONFIG"):
        sink_of_url(url)


@given(st.text())
def test_any_text_is_a_sink_or_a_configuration_error(url: str) -> None:
    try:
        kind, options = sink_of_url(url)
    except ConfigError:
        return
    assert kind
    assert options["host"]


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", NOW - 90_000),
        ("15min", NOW - 900_000),
        ("6h", NOW - 21_600_000),
        ("2d", NOW - 172_800_000),
        ("99999999w", 0),
        (str(NOW), NOW),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T22:13:20", NOW),
        ("2023-11-14T17:13:20-05:00", NOW),
        ("2023-11-14", 1_699_920_000_000),
    ],
)
def test_a_time_is_a_span_a_date_or_milliseconds(text: str, ms: int) -> None:
    assert when(text, NOW) == ms


@pytest.mark.parametrize("text", ["", "yesterday", "6 h", "12", "-6h"])
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        when(text, NOW)
    assert caught.value.code == "E-USAGE"


@given(st.integers(0, 4_000_000_000))
def test_any_moment_is_understood_as_it_is_written(seconds: int) -> None:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert when(moment.isoformat(), NOW) == seconds * 1000
