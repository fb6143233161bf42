"""A capture as JSON lines: what is written is read again, and what is foreign is an error."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.captures import STARTED, event, recorded
from strategies.captures import captures

from dlmslite.capture.base import Capture, Header
from dlmslite.capture.jsonl import JsonLinesWriter, decode
from dlmslite.errors import DecodeError
from dlmslite.trace import Direction, TraceEvent

HEADER = b'{"capture": "dlmslite", "version": 1, "started": "2026-11-24T08:00:00+00:00"}\n'


def written(capture: Capture) -> bytes:
    stream = io.BytesIO()
    writer = JsonLinesWriter(stream, capture.header)
    for one in capture.events:
        writer.write(one)
    writer.close()
    return stream.getvalue()


@given(captures)
def test_a_capture_comes_back_as_it_was(capture: Capture) -> None:
    assert decode(written(capture)) == capture


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_recorded_conversation_comes_back_as_it_was(framing: str) -> None:
    capture = recorded(framing)

    assert len(capture.events) > 20
    assert decode(written(capture)) == capture


def test_a_line_is_readable_and_leaves_out_what_is_empty() -> None:
    capture = Capture(Header(started=STARTED), (event(b"\x7e", at=0.25),))

    first, second = (json.loads(line) for line in written(capture).splitlines())

    assert first == {
        "capture": "dlmslite",
        "version": 1,
        "started": "2026-11-24T08:00:00+00:00",
        "framing": "hdlc",
    }
    assert second == {
        "at": 0.25,
        "layer": "transport",
        "direction": "sent",
        "octets": "7e",
        "details": {"connection": 1},
    }


def test_details_that_json_has_no_form_for_are_written_as_text() -> None:
    odd = TraceEvent(
        at=0.0,
        layer="link",
        direction=Direction.INTERNAL,
        details={"frame": b"\x01", "what": Direction.SENT},
    )

    read = decode(written(Capture(Header(started=STARTED), (odd,))))

    assert read.events[0].details == {"frame": "01", "what": "Direction.SENT"}


def test_a_capture_that_was_cut_after_a_line_is_read_up_to_there() -> None:
    whole = written(recorded())
    lines = whole.splitlines(keepends=True)

    assert len(decode(b"".join(lines[:4])).events) == 3


@given(st.binary(max_size=200))
def test_any_octets_are_a_capture_or_an_error(octets: bytes) -> None:
    for text in (octets, HEADER + octets):
        with contextlib.suppress(DecodeError):
            decode(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no object"),
        (b"{}", "'at' is missing"),
        (b'{"at": true, "direction": "sent"}', "at is bool"),
        (b'{"at": "1", "direction": "sent"}', "at is str"),
        (b'{"at": NaN, "direction": "sent"}', "no time of a clock"),
        (b'{"at": 1e999, "direction": "sent"}', "no time of a clock"),
        (b'{"at": 0}', "'direction' is missing"),
        (b'{"at": 0, "direction": "sideways"}', "sideways"),
        (b'{"at": 0, "direction": "sent", "octets": "7"}', "non-hexadecimal|fromhex"),
        (b'{"at": 0, "direction": "sent", "octets": 7}', "octets is int"),
        (b'{"at": 0, "direction": "sent", "details": []}', "details is list"),
        (b'"' + b"x" * 1024 * 1024 + b'"', "too long"),
    ],
)
def test_a_bad_line_is_named_with_its_place(line: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(HEADER + b"\n" + line)

    assert caught.value.code == "bad-line"
    assert caught.value.offset == len(HEADER) + 1
    assert "line 3" in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b'{"at": 0}',
        b'{"capture": "dlmslite", "version": 2, "started": "2026-11-24T08:00:00+00:00"}',
        b'{"capture": "dlmslite", "version": 1}',
        b'{"capture": "dlmslite", "version": 1, "started": 5}',
        b'{"capture": "dlmslite", "version": 1, "started": "yesterday"}',
        b'{"capture": "dlmslite", "version": 1, "started": "2026-11-24T08:00:00"}',
        b'{"capture": "dlmslite", "version": 1, "started": "9999-12-31T08:00:00+00:00"}',
        HEADER.replace(b"}", b', "framing": "x"}'),
    ],
)
def test_a_bad_first_line_is_no_capture(line: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(line)

    assert caught.value.code == "bad-header"
