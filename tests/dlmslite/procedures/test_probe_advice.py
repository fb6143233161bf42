"""The verdict follows from the evidence, and nothing is claimed that no attempt showed."""

from __future__ import annotations

import datetime as dt

import pytest

from dlmslite.codes import AcseUserDiagnostic
from dlmslite.procedures.probe_advice import conclude
from dlmslite.procedures.probe_report import (
    AddressForm,
    Attempt,
    End,
    ListFinding,
    Outcome,
    ProbeReport,
    Survey,
    Verdict,
)
from dlmslite.quirks import STANDARD

WHEN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
FORM = AddressForm(1, 1)
LINK = {
    "max_info_transmit": 128, "max_info_receive": 200,
    "window_transmit": 1, "window_receive": 7,
}  # fmt: skip


def outcome(end: End, *, client: int = 16, proves: bool = False, **more: object) -> Outcome:
    attempt = Attempt(form=FORM, client=client, proves=proves)
    return Outcome(attempt=attempt, end=end, **more)


def concluded(*outcomes: Outcome) -> ProbeReport:
    return conclude("tcp+hdlc://meter:4059", "hdlc", outcomes, WHEN)


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ([End.ASSOCIATED], Verdict.READABLE),
        ([End.SILENT, End.ASSOCIATED, End.HELD], Verdict.READABLE),
        ([End.REJECTED], Verdict.NO_ENTRY),
        ([End.UNANSWERED], Verdict.NO_ENTRY),
        ([End.LINKED], Verdict.NO_ENTRY),
        ([End.SILENT, End.HELD], Verdict.HELD),
        ([End.SILENT, End.NOISE], Verdict.NOISE),
        ([End.SILENT], Verdict.SILENT),
        ([End.CLOSED], Verdict.SILENT),
        ([End.SILENT, End.UNREACHABLE], Verdict.SILENT),
        ([End.UNREACHABLE], Verdict.UNREACHABLE),
    ],
)
def test_the_verdict_is_the_best_that_happened(ends: list[End], verdict: Verdict) -> None:
    report = concluded(*map(outcome, ends))

    assert report.verdict is verdict
    assert report.summary
    assert bool(report.next_action) is (verdict is not Verdict.READABLE)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Port already in use", Verdict.BUSY),
        ("Port's device failed open", Verdict.BUSY),
        ("HTTP/1.1 400 Bad Request", Verdict.OTHER_PROTOCOL),
    ],
)
def test_a_banner_says_whether_the_line_is_busy(text: str, verdict: Verdict) -> None:
    assert concluded(outcome(End.BANNER, banner=text)).verdict is verdict


@pytest.mark.parametrize(
    ("diagnostic", "needs"),
    [
        (AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED, "another mechanism"),
        (AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED, "a password or key"),
        (AcseUserDiagnostic.AUTHENTICATION_FAILURE, "the right password or key"),
        (AcseUserDiagnostic.AUTHENTICATION_REQUIRED, "a password or key"),
        (AcseUserDiagnostic.NO_REASON_GIVEN, ""),
        (99, ""),
        (None, ""),
    ],
)
def test_diagnostics_11_to_14_say_what_a_client_needs(diagnostic: int | None, needs: str) -> None:
    (client,) = concluded(outcome(End.REJECTED, diagnostic=diagnostic)).clients

    assert client.needs == needs


def test_a_mechanism_that_the_meter_names_is_what_it_wants() -> None:
    (client,) = concluded(outcome(End.REJECTED, diagnostic=12, mechanism="hls-gmac")).clients

    assert client.needs == "mechanism hls-gmac"


def test_the_last_word_on_a_client_counts() -> None:
    report = concluded(outcome(End.UNANSWERED), outcome(End.REJECTED))

    assert [client.end for client in report.clients] == [End.REJECTED]


def test_a_plain_meter_has_no_quirks() -> None:
    report = concluded(outcome(End.ASSOCIATED, link=LINK, survey=Survey(released=True)))

    assert report.quirks == STANDARD
    assert "HDLC: 128 octets in 1 frames to the meter, 200 in 7 from it" in report.findings


def test_a_list_that_was_not_tried_is_no_quirk() -> None:
    for lists in (None, ListFinding(offered=False), ListFinding(offered=True, longest=20)):
        report = concluded(outcome(End.ASSOCIATED, link=LINK, survey=Survey(lists=lists)))
        assert report.quirks == STANDARD


def test_the_report_is_of_the_association_that_told_most() -> None:
    poor = outcome(End.ASSOCIATED, link=LINK, survey=Survey(identity={"serial_number": "1"}))
    rich = outcome(
        End.ASSOCIATED,
        client=1,
        link=LINK,
        survey=Survey(identity={"serial_number": "1", "firmware_version": "2"}),
    )

    assert concluded(poor, rich).survey == rich.survey
    assert concluded(rich, poor).survey == rich.survey
