"""Frames that somebody kept, as a file that can be shown and replayed."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

import pytest
from attrs import evolve
from rig.captures import PASSWORD, SERIAL_NUMBER, STARTED, recorded

from dlmslite.capture import jsonl
from dlmslite.capture.base import Capture
from dlmslite.capture.excerpt import STARRED, capture_file
from dlmslite.capture.replay import Tape
from dlmslite.errors import ConfigurationError
from dlmslite.procedures.authentication import Lls
from dlmslite.trace import TraceEvent


def kept(capture: Capture) -> list[TraceEvent]:
    """The frames as somebody keeps them who strikes the password out."""
    events = []
    for event in capture.octets_on_the_wire():
        starred = PASSWORD in event.octets
        octets = event.octets.replace(PASSWORD, b"*" * len(PASSWORD))
        details = MappingProxyType({STARRED: starred})
        events.append(evolve(event, octets=octets, details=details))
    return events


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("redacted", [False, True])
def test_it_replays_and_holds_no_password(framing: str, redacted: bool) -> None:
    events = kept(recorded(framing, auth=Lls(PASSWORD)))
    octets = capture_file(events, started=STARTED, endpoint="tcp://h:1", redacted=redacted)
    capture = jsonl.decode(octets)
    assert (capture.header.framing, capture.header.endpoint) == (framing, "tcp://h:1")
    tape = Tape.of(capture)
    asked = [exchange.request[:1].hex() for exchange in tape.exchanges]
    assert asked[0] == "60"
    assert "c0" in asked
    assert PASSWORD.hex() not in octets.decode()
    assert (SERIAL_NUMBER.encode().hex() in octets.decode()) is not redacted


def test_nothing_kept_is_an_empty_capture() -> None:
    assert jsonl.decode(capture_file([], started=STARTED)).events == ()


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        capture_file([], started=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
