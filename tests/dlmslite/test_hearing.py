"""Which silence is which."""

from __future__ import annotations

import pytest

from dlmslite.errors import ConverterError, DeadlineExceeded
from dlmslite.hearing import KEPT, Hearing


def opened(*before: bytes) -> Hearing:
    hearing = Hearing()
    hearing.opened(10.0)
    for octets in before:
        hearing.heard(octets, 11.0)
        hearing.asked()
    return hearing


def test_a_connection_on_which_nothing_ever_came_may_be_a_queue() -> None:
    late = opened().late("the link set-up", 5.0)
    assert late.cause == "never-heard"
    assert "another" not in str(late)
    assert "who else holds the line" in late.hint
    assert late.seconds == 5.0


def test_a_meter_that_answered_before_has_fallen_silent() -> None:
    late = opened(b"\x7e\xa0").late("a GET", 5.0)
    assert late.cause == "fell-silent"
    assert "before" in late.hint


def test_octets_that_are_no_answer_are_evidence() -> None:
    hearing = opened()
    hearing.heard(b"\x00" * 300, 12.0)
    late = hearing.late("a GET", 5.0)
    assert (late.cause, late.received) == ("no-answer", b"\x00" * KEPT)


def test_what_a_converter_says_is_no_sign_of_a_meter() -> None:
    hearing = opened(b"No TCP client connected, cannot send data\r\n")
    assert hearing.late("a GET", 5.0).cause == "never-heard"
    hearing.heard(b"No TCP client connected, cannot send data\r\n", 12.0)
    assert hearing.complaint() is None, "an answer may still follow"
    late = hearing.late("a GET", 5.0)
    assert late.cause == "no-client"


def test_a_converter_that_refuses_is_told_as_soon_as_its_text_is_whole() -> None:
    hearing = opened()
    hearing.heard(b"Port alrea", 11.0)
    assert hearing.complaint() is None
    hearing.heard(b"dy in use\r\n", 11.1)
    complaint = hearing.complaint()
    assert isinstance(complaint, ConverterError)
    assert complaint.cause == "port-busy"


def test_a_silence_that_a_link_noticed_is_explained() -> None:
    error = opened().explain(DeadlineExceeded("no answer to the SNRM", received=b"kept"))
    assert (error.cause, error.received) == ("never-heard", b"kept")


@pytest.mark.parametrize(("now", "idle"), [(10.0, 0.0), (40.0, 30.0)])
def test_idle_counts_from_the_opening_or_the_last_octet(now: float, idle: float) -> None:
    assert opened().idle(now) == idle
    assert opened(b"\x7e").idle(now + 1.0) == idle
