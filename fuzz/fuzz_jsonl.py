"""Invariant: any octets are a capture in JSON lines or a DecodeError, never any other exception.

What is a capture is written and read again as it was, and redacting it keeps every length.
"""

from __future__ import annotations

import io

from harness import run

from dlmslite.capture.jsonl import JsonLinesWriter, decode
from dlmslite.capture.redact import redact
from dlmslite.errors import DecodeError

ALLOWED = (DecodeError,)  # no capture, or a line that is none


def test_one_input(data: bytes) -> None:
    """Read, write, read; then redact."""
    try:
        capture = decode(data)
    except ALLOWED:
        return
    stream = io.BytesIO()
    writer = JsonLinesWriter(stream, capture.header)
    for event in capture.events:
        writer.write(event)
    again = decode(stream.getvalue())
    assert [event.octets for event in again.events] == [event.octets for event in capture.events]
    clean = redact(capture)
    assert [len(one.octets) for one in clean.events] == [len(one.octets) for one in capture.events]


if __name__ == "__main__":
    run("fuzz_jsonl", test_one_input)
