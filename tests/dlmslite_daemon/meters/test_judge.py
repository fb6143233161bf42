"""Evidence to cause: a table of cases, and properties over all octets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.finding import OCTETS_SHOWN, Step
from dlmslite_daemon.meters import judge
from dlmslite_daemon.meters.judge import Judgement, Tried, fine

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
IDLE_TEXT = b"Closing socket due to inactivity (30 sec)\n"


def tried(end: str, **more: Any) -> Tried:
    return Tried(end=end, form="server 1", **more)


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("Port already in use", "port-busy", Cause.PORT_BUSY),
        ("Sorry, line is BUSY", "", Cause.PORT_BUSY),
        ("Port's device failed open", "device-failed", Cause.CONVERTER_DEVICE),
        ("Closing socket due to inactivity (30 sec)", "idle", Cause.CONVERTER_IDLE_TEXT),
        ("CLOSE", "closed", Cause.CONVERTER_IDLE_TEXT),
        ("No TCP client connected, cannot send data", "no-client", Cause.CONVERTER_IDLE_TEXT),
        ("SSH-2.0-OpenSSH_9.2", "", Cause.OTHER_PROTOCOL),
    ],
)
def test_what_a_text_means(text: str, known: str, expected: Cause) -> None:
    judged = judge.of_text(text, known)

    assert judged.cause is expected
    assert text in judged.told


@pytest.mark.parametrize(
    ("octets", "framing", "expected"),
    [
        ("7ea0210021", "hdlc", Cause.LINE_NOISE),
        ("0001001000010000", "hdlc", Cause.OTHER_PROTOCOL),
        ("7ea02100217e", "wrapper", Cause.OTHER_PROTOCOL),
        ("fe80fe80c0", "hdlc", Cause.FRAMING),
        ("7e7e7e7e", "hdlc", Cause.FRAMING),
    ],
)
def test_what_octets_mean(octets: str, framing: str, expected: Cause) -> None:
    assert judge.of_octets(bytes.fromhex(octets), b"\x7e", framing).cause is expected


def test_our_own_octets_are_an_echo() -> None:
    judged = judge.of_octets(b"\x7e\xa0\x07", b"\x7e\xa0\x07", "hdlc")

    assert judged.cause is Cause.LINE_NOISE
    assert "our own" in judged.told


@given(st.binary(min_size=1), st.binary(), st.sampled_from(["hdlc", "wrapper"]))
def test_whatever_comes_has_a_cause(octets: bytes, sent: bytes, framing: str) -> None:
    cause = judge.of_octets(octets, sent, framing).cause

    assert cause in {Cause.LINE_NOISE, Cause.FRAMING, Cause.OTHER_PROTOCOL}


SILENT, HELD = tried("silent"), tried("held")
ANSWER = tried("linked", is_answer=True)


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([ANSWER], None),
        ([SILENT, tried("linked", is_answer=True, proposes=False)], Cause.LINK_PARAMETERS),
        ([SILENT, tried("linked", is_answer=True, is_configured=False)], Cause.WRONG_ADDRESS),
        ([SILENT, tried("linked", is_answer=True, late=True)], Cause.PORT_HELD_SILENTLY),
        ([SILENT, HELD], Cause.ASSOCIATION_HELD),
        ([HELD, ANSWER], None),
        ([tried("banner", banner="busy")], Cause.PORT_BUSY),
        ([SILENT, tried("noise", received=b"\x7e\xa0\x01")], Cause.LINE_NOISE),
        ([tried("closed"), tried("closed")], Cause.HUNG_UP),
        ([tried("closed"), SILENT], Cause.METER_SILENT),
        ([SILENT, SILENT], Cause.METER_SILENT),
    ],
)
def test_what_the_attempts_mean_together(attempts: list[Tried], expected: Cause | None) -> None:
    assert judge.of_link(attempts, "hdlc", every_form=True).cause is expected


def test_silence_is_surer_when_everything_was_tried() -> None:
    assert judge.of_link([SILENT], "hdlc", every_form=False).confidence is LOW
    assert judge.of_link([SILENT], "hdlc", every_form=True).confidence is MEDIUM


def test_one_accepted_connection_and_no_further_one_is_a_queue() -> None:
    judged = judge.of_link([SILENT], "hdlc", every_form=False, dropped=True)

    assert judged.cause is Cause.PORT_HELD_SILENTLY


def refused(diagnostic: int | None) -> dlmslite.AssociationRejected:
    code = None if diagnostic is None else AcseUserDiagnostic(diagnostic)
    return dlmslite.AssociationRejected("refused", diagnostic=code)


SILENCE = dlmslite.DeadlineExceeded("no answer")


@pytest.mark.parametrize(
    ("error", "proves", "public", "linked", "expected"),
    [
        (refused(13), True, True, True, Cause.WRONG_PASSWORD),
        (refused(11), True, True, True, Cause.UNSUPPORTED_MECHANISM),
        (refused(12), False, True, True, Cause.UNSUPPORTED_MECHANISM),
        (refused(14), False, True, True, Cause.UNSUPPORTED_MECHANISM),
        (refused(1), True, True, True, Cause.WRONG_PASSWORD),
        (refused(None), True, True, True, Cause.WRONG_PASSWORD),
        (refused(1), False, True, True, Cause.WRONG_SAP),
        (refused(3), True, True, True, Cause.WRONG_SAP),
        (dlmslite.LinkError("refused"), True, True, False, Cause.WRONG_SAP),
        (dlmslite.LinkError("refused"), True, False, False, Cause.ASSOCIATION_HELD),
        (SILENCE, True, True, False, Cause.WRONG_SAP),
        (SILENCE, True, True, True, Cause.WRONG_PASSWORD),
        (SILENCE, False, True, True, Cause.WRONG_SAP),
        (SILENCE, True, False, True, Cause.WRONG_SAP),
        (dlmslite.ConnectionClosed("closed"), True, True, True, Cause.WRONG_PASSWORD),
        (
            dlmslite.ConverterError("busy", banner=b"Port already in use", cause="port-busy"),
            True, True, False, Cause.PORT_BUSY,
        ),
        (dlmslite.FramingError("bad-fcs"), True, True, True, Cause.LINE_NOISE),
        (dlmslite.ProtocolError("odd"), True, True, True, Cause.UNKNOWN),
    ],
)  # fmt: skip
def test_why_the_association_did_not_come_about(
    error: dlmslite.DlmsError, proves: bool, public: bool, linked: bool, expected: Cause
) -> None:
    judged = judge.of_association(error, proves=proves, public=public, linked=linked)

    assert judged.cause is expected


def no(result: str) -> dlmslite.ServiceError:
    return dlmslite.ServiceError("no", result=DataAccessResult[result])


IDLE = dlmslite.ConverterError("idle", banner=IDLE_TEXT, cause="idle")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (no("OBJECT_UNDEFINED"), Cause.OBJECT_UNDEFINED),
        (no("OBJECT_UNAVAILABLE"), Cause.OBJECT_UNDEFINED),
        (no("READ_WRITE_DENIED"), Cause.ACCESS_DENIED),
        (no("SCOPE_OF_ACCESS_VIOLATED"), Cause.ACCESS_DENIED),
        (no("HARDWARE_FAULT"), Cause.UNKNOWN),
        (dlmslite.ServiceError("no"), Cause.UNKNOWN),
        (IDLE, Cause.CONVERTER_IDLE_TEXT),
        (dlmslite.DeadlineExceeded("late", cause="no-answer"), Cause.LINE_NOISE),
        (dlmslite.FramingError("bad-fcs"), Cause.LINE_NOISE),
        (SILENCE, Cause.UNKNOWN),
        (ValueError("odd"), Cause.UNKNOWN),
    ],
)  # fmt: skip
def test_why_a_value_did_not_come(error: Exception, expected: Cause) -> None:
    assert judge.of_read(error).cause is expected


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (judge.of_clock(3.0), None),
        (judge.of_clock(-60.0), None),
        (judge.of_clock(61.0), Cause.CLOCK_DRIFT),
        (judge.of_clock(-86_400.0), Cause.CLOCK_DRIFT),
        (judge.of_identity("", "A"), None),
        (judge.of_identity("A", ""), None),
        (judge.of_identity("A", "A"), None),
        (judge.of_identity("B", "A"), Cause.IDENTITY_CHANGED),
        (judge.of_pace(0.4), None),
        (judge.of_pace(2.5), Cause.SLOW),
        (judge.of_reads(30, 0), None),
        (judge.of_reads(30, 1), Cause.RANDOM_LOSS),
    ],
)
def test_what_the_meter_says_is_judged(judged: Judgement, expected: Cause | None) -> None:
    assert judged.cause is expected


def test_losses_are_surer_the_more_there_are_and_name_their_kinds() -> None:
    assert judge.of_reads(30, 1).confidence is MEDIUM
    judged = judge.of_reads(30, 3, ["bad-fcs", "bad-hcs", "bad-fcs"])

    assert judged.confidence is HIGH
    assert "10.0%" in judged.told
    assert "bad-fcs 2, bad-hcs 1" in judged.told


@pytest.mark.parametrize(
    ("error", "expected", "sure"),
    [
        (dlmslite.ConverterError("idle", banner=IDLE_TEXT), Cause.CONVERTER_IDLE_LIMIT, HIGH),
        (dlmslite.ConnectionClosed("closed"), Cause.CONVERTER_IDLE_LIMIT, MEDIUM),
        (dlmslite.LinkError("disconnected"), Cause.METER_IDLE_LIMIT, HIGH),
        (SILENCE, Cause.METER_IDLE_LIMIT, MEDIUM),
        (ValueError("odd"), Cause.UNKNOWN, LOW),
    ],
)
def test_who_ended_an_idle_session(error: Exception, expected: Cause, sure: Confidence) -> None:
    judged = judge.of_idle(35.0, 20.0, error)

    assert (judged.cause, judged.confidence) == (expected, sure)
    assert "outlived 20 s of silence and not 35 s" in judged.told


def test_a_judgement_makes_its_rung() -> None:
    rung = judge.of_octets(bytes(300), b"", "hdlc").rung(
        "link", 0.0123, (0, b""), (300, bytes(300))
    )

    assert (rung.step, rung.cause, rung.octets_received) == (Step.FAILED, Cause.FRAMING, 300)
    assert len(rung.received) == 2 * OCTETS_SHOWN
    assert fine("well").rung("link", 0.1).step is Step.PASSED
    assert judge.of_clock(3600.0).rung("clock", 0.1).step is Step.NOTED
