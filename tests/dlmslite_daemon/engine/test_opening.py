"""A session comes about through the credential guard, or not at all."""

from __future__ import annotations

import pytest
from rig.engine import Bench, settings_of
from rig.fake_client import unreachable

import dlmslite
from dlmslite.codes import AcseUserDiagnostic
from dlmslite_daemon.engine.opening import REST, open_session
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.reader import Reader

GUARD = "g"


def refusal() -> Exception:
    diagnostic = AcseUserDiagnostic.AUTHENTICATION_FAILURE
    return dlmslite.AssociationRejected("no", diagnostic=diagnostic)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.add("kitchen", password="env:PW")
    return bench


def reader(bench: Bench, url: str = "tcp://10.0.0.5:4059") -> Reader:
    settings = settings_of("kitchen", password="env:PW", url=url)
    line = Line(settings.endpoint, bench.clock)
    return Reader(settings, "22222222", line, bench.clock, bench.meters["kitchen"].connect)


def attempt(bench: Bench, one: Reader) -> str:
    try:
        open_session(one, GUARD, bench.shared.gates, bench.clock)
    except MeterFailed as error:
        return error.failure.code
    return "open"


def test_after_two_refusals_no_octet_leaves(bench: Bench) -> None:
    meter = bench.meters["kitchen"]
    meter.refuse = [refusal(), refusal(), refusal()]
    codes = [attempt(bench, reader(bench)) for _ in range(3)]
    assert codes == ["E-METER-CREDENTIALS", "E-METER-CREDENTIALS", "E-METER-GUARD"]
    assert meter.calls == ["connect", "connect"]


def test_an_accepted_proof_begins_the_count_anew(bench: Bench) -> None:
    bench.meters["kitchen"].refuse = [refusal()]
    assert attempt(bench, reader(bench)) == "E-METER-CREDENTIALS"
    assert attempt(bench, reader(bench)) == "open"
    assert bench.shared.gates.guard(GUARD).refused == 0


def test_an_unreachable_endpoint_is_no_refusal(bench: Bench) -> None:
    bench.meters["kitchen"].refuse = [unreachable() for _ in range(5)]
    assert {attempt(bench, reader(bench)) for _ in range(5)} == {"E-LINE-REFUSED"}
    assert bench.shared.gates.guard(GUARD).under_way == 0


@pytest.mark.parametrize(("public_answers", "refused"), [(True, 1), (False, 0)])
def test_silence_after_a_proof_counts_when_the_public_client_is_answered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, public_answers: bool, refused: int
) -> None:
    one = reader(bench)
    silence = dlmslite.DeadlineExceeded("no answer to AARQ")
    bench.meters["kitchen"].refuse = [silence] if public_answers else [silence, silence]
    monkeypatch.setattr(type(one), "proof_went_out", property(lambda _: True))
    rests: list[float] = []
    monkeypatch.setattr(bench.clock, "wait", lambda _event, seconds: rests.append(seconds))
    assert attempt(bench, one) == "E-METER-SILENT"
    assert rests == [REST]
    assert bench.shared.gates.guard(GUARD).refused == refused


def test_without_a_proof_there_is_no_guard(bench: Bench) -> None:
    one = reader(bench)
    open_session(one, None, bench.shared.gates, bench.clock)
    assert one.is_open
