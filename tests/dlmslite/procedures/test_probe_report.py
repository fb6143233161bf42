"""The values of a probe: what they say of themselves."""

from __future__ import annotations

import datetime as dt

import pytest

from dlmslite.procedures.probe_report import (
    AddressForm,
    Attempt,
    End,
    Goal,
    ProbeReport,
    Verdict,
)


@pytest.mark.parametrize(
    ("form", "option", "text"),
    [
        (AddressForm(1), "1", "server 1"),
        (AddressForm(1, 1), "1", "server 1 in 1 octet"),
        (AddressForm((1, 1234), 4), "1,1234", "server 1,1234 in 4 octets"),
    ],
)
def test_a_form_is_told_as_the_option_takes_it(form: AddressForm, option: str, text: str) -> None:
    assert form.option == option
    assert str(form) == text


def test_an_attempt_says_what_is_special_about_it() -> None:
    attempt = Attempt(
        form=AddressForm(1),
        client=16,
        goal=Goal.BLOCKS,
        proposes=False,
        proves=True,
        bare_tag=True,
        small_buffer=127,
        max_pdu=128,
        longest_list=1,
        patience=40.0,
    )

    assert str(attempt) == (
        "client 16, server 1, without parameters, with the password, with the old conformance tag, "
        "with frames of 127 octets at most, without lists, with APDUs of 128 octets at most, "
        "waiting 40 s"
    )
    assert str(Attempt(form=AddressForm(1), client=1)) == "client 1, server 1"


def test_only_what_a_meter_said_at_an_address_is_an_answer() -> None:
    answers = {end for end in End if end.is_answer}

    assert answers == {End.LINKED, End.UNANSWERED, End.REJECTED, End.ASSOCIATED}


@pytest.mark.parametrize("verdict", Verdict)
def test_readable_is_one_verdict(verdict: Verdict) -> None:
    report = ProbeReport(
        url="", framing="hdlc", when=dt.datetime.now(dt.UTC), verdict=verdict, summary=""
    )

    assert report.is_readable is (verdict is Verdict.READABLE)
