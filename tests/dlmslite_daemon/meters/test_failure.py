"""The library's exceptions in the daemon's words."""

from __future__ import annotations

import errno
import socket

import pytest

import dlmslite
from dlmslite.codes import AcseUserDiagnostic
from dlmslite_daemon.meters.failure import FailureKind, classify

K = FailureKind


@pytest.mark.parametrize(
    ("error", "opening", "kind", "code"),
    [
        (dlmslite.TransportError("refused"), True, K.UNREACHABLE, "E-LINE-REFUSED"),
        (dlmslite.TransportError("reset"), False, K.LINK, "E-LINE-LOST"),
        (dlmslite.ConnectionClosed("closed"), True, K.LINK, "E-LINE-CLOSED"),
        (dlmslite.DeadlineExceeded("late"), True, K.LINK, "E-METER-SILENT"),
        (dlmslite.FramingError("bad-fcs"), False, K.LINK, "E-METER-FRAMING"),
        (dlmslite.LinkError("refused"), True, K.OCCUPIED, "E-METER-HELD"),
        (dlmslite.LinkError("disconnected"), False, K.LINK, "E-METER-PROTOCOL"),
        (dlmslite.ConverterError("taken", cause="port-busy"), True, K.OCCUPIED, "E-LINE-TAKEN"),
        (dlmslite.ConverterError("idle", cause="idle"), False, K.LINK, "E-LINE-CLOSED"),
        (dlmslite.DeadlineExceeded("late", cause="port-busy"), True, K.OCCUPIED, "E-LINE-TAKEN"),
        (dlmslite.ProtocolError("odd"), False, K.LINK, "E-METER-PROTOCOL"),
        (dlmslite.ConfigurationError("what"), True, K.SETTINGS, "E-METER-SETTINGS"),
        (dlmslite.AssociationRejected("no"), True, K.REJECTED, "E-METER-REJECTED"),
    ],
)
def test_every_error_has_its_kind_and_code(
    error: dlmslite.DlmsError, opening: bool, kind: FailureKind, code: str
) -> None:
    failure = classify(error, opening=opening)
    assert (failure.kind, failure.code) == (kind, code)
    assert failure.message


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (OSError(errno.ECONNREFUSED, "refused"), "E-LINE-REFUSED"),
        (OSError(errno.EHOSTUNREACH, "no route to host"), "E-LINE-UNREACHABLE"),
        (OSError(errno.ENETUNREACH, "network is unreachable"), "E-LINE-UNREACHABLE"),
        (socket.gaierror(socket.EAI_NONAME, "name not known"), "E-LINE-UNREACHABLE"),
        (None, "E-LINE-REFUSED"),
    ],
)
def test_a_host_without_a_way_to_it_is_told_from_one_that_refuses(
    cause: OSError | None, code: str
) -> None:
    error = dlmslite.TransportError("no")
    error.__cause__ = cause
    failure = classify(error, opening=True)
    assert failure.code == code
    assert failure.hint.startswith("check the ")


@pytest.mark.parametrize("diagnostic", list(AcseUserDiagnostic))
def test_a_refused_proof_is_known_by_its_diagnostic_11_to_14(
    diagnostic: AcseUserDiagnostic,
) -> None:
    failure = classify(dlmslite.AssociationRejected("no", diagnostic=diagnostic), opening=True)
    assert (failure.kind is K.CREDENTIALS) is (11 <= diagnostic <= 14)
    assert str(int(diagnostic)) in failure.diagnostic


def test_only_a_connection_that_never_brought_an_octet_is_unheard() -> None:
    for cause, opening, unheard in (
        ("never-heard", True, True),
        ("never-heard", False, False),
        ("no-answer", True, False),
    ):
        late = dlmslite.DeadlineExceeded("late", cause=cause)
        assert classify(late, opening=opening).unheard is unheard


def test_evidence_and_remedy_are_kept() -> None:
    late = dlmslite.DeadlineExceeded("late", hint="look at the cable", received=bytes(1000))
    failure = classify(late, opening=False)
    assert failure.timed_out
    assert failure.hint == "look at the cable"
    assert failure.message == "late"
    assert len(failure.octets) == 256
