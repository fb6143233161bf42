"""Diagnosis of a meter: test, diagnose, commission; what was found so far.

The old path ``/test`` and its fields stay (old-bridge.md 7.2): ``success`` says that it was run,
``tests`` what came of it. It runs on the thread that owns the meter's line, so it never takes the
converter away from a poll.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from attrs import asdict, evolve
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Body,
    Limited,
    MeterName,
    Operator,
    Resource,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.config.schema import Auth, MeterSettings
from dlmslite_daemon.engine.diagnosis import COMMISSION_READS, COMMISSION_ROWS, Diagnosed
from dlmslite_daemon.finding import Finding, FindingRecord, Rung, Step
from dlmslite_daemon.meters.long_run import IDLE_GAPS, READS
from dlmslite_daemon.store.records import MeterRecord

DIAGNOSES_MAX = 100

router = APIRouter(prefix="/api/meters", tags=["diagnosis"])


class TrialBody(Body):
    """How to test; without a body, the meter as it is set up."""

    wait: bool = Field(
        default=True, description="Answer when it is over (15 s); else 202 and an operation."
    )
    client: Annotated[int | None, Field(ge=1, le=127)] = Field(
        default=None, description="Another client address, for this test only."
    )
    password: SecretStr | None = Field(
        default=None, description="Its password, for this test only; never stored, never shown."
    )


class DiagnoseBody(Body):
    """How far to go."""

    long: bool = Field(
        default=False, description="30 reads and idle gaps of 20, 35 and 200 s, too."
    )


class CommissionBody(Body):
    """How thorough to be."""

    quick: bool = Field(default=False, description="30 reads instead of 200, and no idle gaps.")


@router.post("/{meter}/test", response_model=None, responses={202: {"description": "It runs."}})
def try_out(
    meter: MeterName,
    services: ServicesOf,
    caller: Operator,
    _: Limited,
    body: TrialBody | None = None,
) -> Response:
    """The diagnosis ladder to the first value, within 15 s, between two polls."""
    body = body or TrialBody()
    diagnosis = services.diagnoser()
    record = services.store.meter(meter)
    change = _change(body, services.seal)
    detail = "" if body.client is None else f"as client {body.client}"
    services.audit(caller, "meter.test", record.name, detail)
    if not body.wait:

        def work(tell: Callable[[str], None]) -> dict[str, Any]:
            return _tested(record, diagnosis.test(record.name, change=change, tell=tell))

        operation = services.operations.start_telling("meter test", work)
        return success(202, operation=operation.view())
    return success(**_tested(record, diagnosis.test(record.name, change=change)))


@router.post("/{meter}/diagnose", status_code=202)
def diagnose(
    meter: MeterName,
    services: ServicesOf,
    caller: Operator,
    _: Limited,
    body: DiagnoseBody | None = None,
) -> Response:
    """Every rung of the ladder, the sinks' too; what is found is kept, and ``plan`` uses it."""
    diagnosis = services.diagnoser()
    record = services.store.meter(meter)
    long = body is not None and body.long

    def work(tell: Callable[[str], None]) -> dict[str, Any]:
        found = diagnosis.diagnose(record.name, long=long, reads=READS, gaps=IDLE_GAPS, tell=tell)
        return _diagnosed(record.id, found)

    operation = services.operations.start_telling("meter diagnose", work)
    services.audit(caller, "meter.diagnose", record.name, "long" if long else "")
    return success(202, operation=operation.view())


@router.post("/{meter}/commission", status_code=202)
def commission(
    meter: MeterName,
    services: ServicesOf,
    caller: Operator,
    _: Limited,
    body: CommissionBody | None = None,
) -> Response:
    """The ladder, many reads on one session, idle gaps, profile rows: one page in Markdown."""
    diagnosis = services.diagnoser()
    record = services.store.meter(meter)
    quick = body is not None and body.quick

    def work(tell: Callable[[str], None]) -> dict[str, Any]:
        found = diagnosis.commission(
            record.name,
            reads=READS if quick else COMMISSION_READS,
            gaps=() if quick else IDLE_GAPS,
            rows=COMMISSION_ROWS,
            tell=tell,
        )
        return _diagnosed(record.id, found)

    operation = services.operations.start_telling("meter commission", work)
    services.audit(caller, "meter.commission", record.name, "quick" if quick else "")
    return success(202, operation=operation.view())


@router.get("/{meter}/diagnoses")
def diagnoses(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    limit: Annotated[int, Query(ge=1, le=DIAGNOSES_MAX)] = 20,
) -> Response:
    """What was found of a meter, the newest first."""
    record = services.store.meter(meter)
    found = services.store.findings(record.name, limit)
    return success(
        meter_id=record.id, count=len(found), diagnoses=[_record_view(one) for one in found]
    )


def _change(
    body: TrialBody, seal: Callable[[str], str]
) -> Callable[[MeterSettings], MeterSettings]:
    """What a test changes of the settings, for itself only."""
    if body.client is None and body.password is None:
        return lambda settings: settings
    password = "" if body.password is None else seal(body.password.get_secret_value())

    def change(settings: MeterSettings) -> MeterSettings:
        client = settings.client if body.client is None else body.client
        auth = Auth.LLS if password else Auth.NONE
        return evolve(settings, client=client, auth=auth, password=password)

    return change


def _tested(record: MeterRecord, diagnosed: Diagnosed) -> dict[str, Any]:
    tests = tests_view(diagnosed.finding, record.settings.endpoint)
    return {**_diagnosed(record.id, diagnosed), "tests": tests}


def _diagnosed(number: int, diagnosed: Diagnosed) -> dict[str, Any]:
    return {
        "meter_id": number,
        "healthy": diagnosed.finding.healthy,
        "finding": finding_view(diagnosed.finding),
        "values": [asdict(value) for value in diagnosed.values],
        "page": diagnosed.page,
    }


def finding_view(finding: Finding) -> dict[str, Any]:
    """A finding as the API shows it."""
    return {**finding.view(), "healthy": finding.healthy}


def _record_view(record: FindingRecord) -> dict[str, Any]:
    return {**finding_view(record.finding), "page": record.page}


def tests_view(finding: Finding, endpoint: str) -> dict[str, Any]:
    """What the old bridge called tests: ping and TCP, and the DLMS that it never spoke.

    Args:
        finding: What was found.
        endpoint: The line.
    """
    rungs = {rung.name: rung for rung in finding.rungs}
    host, connect = rungs.get("host"), rungs.get("connect")
    host_name, _, port = endpoint.rpartition(":")
    return {
        "ping": {"success": host is not None and host.step is Step.PASSED, "output": _told(host)},
        "tcp": {
            "success": connect is not None and connect.step is Step.PASSED,
            "connection_time": _time(connect),
            "host": host_name.strip("[]") or endpoint,
            "port": int(port) if port.isdecimal() else None,
        },
        "dlms": {
            "success": finding.healthy
            or any(
                rung.name == "register" and rung.step is not Step.FAILED for rung in finding.rungs
            ),
            "cause": finding.cause.value,
            "output": "; ".join(finding.evidence),
        },
    }


def _told(rung: Rung | None) -> str:
    return "" if rung is None else rung.told


def _time(rung: Rung | None) -> float | str:
    """Seconds, or the error text where it failed: as the old bridge had it."""
    if rung is None:
        return "not tried"
    return rung.seconds if rung.step is Step.PASSED else rung.told


ROUTES.add("diagnosis", Resource(router))
