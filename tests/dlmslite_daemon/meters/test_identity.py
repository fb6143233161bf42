"""The serial number is asked for where the meter keeps it, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

import dlmslite
from dlmslite_daemon.meters.identity import SERIAL_MAX, SOURCES, Identifier, text_of


def refused(_obis: str) -> Any:
    raise dlmslite.ServiceError("object undefined")


def test_the_first_source_that_answers_is_asked_from_then_on() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        if obis == SOURCES[1]:
            return b"12345678"
        return refused(obis)

    identifier = Identifier()
    assert identifier.ask(get) == "12345678"
    assert identifier.ask(get) == "12345678"
    assert asked == [SOURCES[0], SOURCES[1], SOURCES[1]]


def test_a_meter_that_has_none_is_asked_once() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        return b"" if obis == SOURCES[0] else refused(obis)

    identifier = Identifier()
    assert (identifier.ask(get), identifier.ask(get)) == ("", "")
    assert asked == list(SOURCES)


def test_a_broken_session_is_no_answer() -> None:
    def get(_obis: str) -> Any:
        raise dlmslite.ConnectionClosed("gone")

    with pytest.raises(dlmslite.ConnectionClosed):
        Identifier().ask(get)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"AB-12 ", "AB-12"),
        (b"12\0\0", "12"),
        (b"\x01\xff", "01ff"),
        ("  7 ", "7"),
        (42, "42"),
        (True, ""),
        (None, ""),
        ("x" * 99, "x" * SERIAL_MAX),
    ],
)
def test_a_serial_number_in_any_type_is_text(value: Any, text: str) -> None:
    assert text_of(value) == text
