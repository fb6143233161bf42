"""The serial number is asked for where the meter keeps it, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

import dlmslite
from dlmslite_daemon.meters.identity import SERIAL_MAX, SOURCES, Identifier, Told, text_of


def refused(_obis: str) -> Any:
    raise dlmslite.ServiceError("object undefined")


def test_the_first_source_that_answers_is_the_meters() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        if obis == SOURCES[1]:
            return b"12345678"
        return refused(obis)

    identifier = Identifier()
    assert identifier.ask(get) == Told("12345678", SOURCES[1])
    assert identifier.ask(get).serial == "12345678"
    assert asked == [SOURCES[0], SOURCES[1], SOURCES[1]]


def test_what_is_known_to_say_it_is_asked_first_and_another_meter_all_the_same() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        return b"X1" if obis == SOURCES[0] else refused(obis)

    assert Identifier().ask(get, SOURCES[2]) == Told("X1", SOURCES[0])
    assert asked == [SOURCES[2], SOURCES[0]]


def test_a_meter_that_has_none_is_asked_once() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        return b"" if obis == SOURCES[0] else refused(obis)

    identifier = Identifier()
    assert (identifier.ask(get), identifier.ask(get)) == (Told(), Told())
    assert asked == list(SOURCES)


def test_a_source_at_which_a_meter_falls_silent_is_asked_once_unless_it_is_known() -> None:
    asked: list[str] = []

    def get(obis: str) -> Any:
        asked.append(obis)
        if obis == SOURCES[0]:
            raise dlmslite.DeadlineExceeded("silent")
        return b"N1"

    identifier = Identifier()
    with pytest.raises(dlmslite.DeadlineExceeded):
        identifier.ask(get)
    assert identifier.ask(get) == Told("N1", SOURCES[1])
    assert asked == [SOURCES[0], SOURCES[1]]
    # What has said it before is only hard to reach: no other object speaks for it.
    for _ in range(2):
        with pytest.raises(dlmslite.DeadlineExceeded):
            Identifier().ask(get, SOURCES[0])


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
