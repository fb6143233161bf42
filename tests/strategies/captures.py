"""Trace events and captures of any contents."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

from hypothesis import strategies as st

from dlmslite.capture.base import CONNECTION, Capture, Header
from dlmslite.trace import Direction, TraceEvent

_TIMES = st.integers(0, 10**9).map(lambda microseconds: microseconds / 1_000_000)
_DETAILS = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=3
).map(MappingProxyType)

headers = st.builds(
    Header,
    started=st.datetimes(
        min_value=dt.datetime(1971, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        max_value=dt.datetime(2099, 1, 1),  # noqa: DTZ001 - the same
        timezones=st.just(dt.UTC),
    ),
    framing=st.sampled_from(["hdlc", "wrapper"]),
    datagrams=st.booleans(),
    endpoint=st.text(max_size=10),
)

events = st.builds(
    TraceEvent,
    at=_TIMES,
    layer=st.sampled_from(["transport", "link", "apdu"]),
    direction=st.sampled_from(Direction),
    octets=st.binary(max_size=40),
    note=st.text(max_size=8),
    details=_DETAILS,
)

captures = st.builds(Capture, headers, st.lists(events, max_size=8).map(tuple))

wire_events = st.builds(
    lambda at, sent, octets, connection: TraceEvent(
        at=at,
        layer="transport",
        direction=Direction.SENT if sent else Direction.RECEIVED,
        octets=octets,
        details=MappingProxyType({CONNECTION: connection}),
    ),
    _TIMES,
    st.booleans(),
    st.binary(min_size=1, max_size=4000),
    st.integers(1, 3),
)
