"""A probe of meters that know nothing of ours: the one of ../shared, and that of pydlms-client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from rig.bench import peer
from rig.meters import reference_meter

import dlmslite
from dlmslite.procedures.probe_report import End, Verdict

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_the_reference_meter_is_described(framing: str) -> None:
    scheme = "tcp+hdlc" if framing == "hdlc" else "tcp"
    options = ["--framing", framing, "--auth", "low", "--rows", "96"]
    if framing == "hdlc":
        options += ["--max-info", "128", "--window", "3"]
    with reference_meter(*options) as port:
        url = f"{scheme}://127.0.0.1:{port}"
        report = dlmslite.probe(url, auth=dlmslite.Lls("12345678"), auth_client=1)
        with dlmslite.connect(url, client=1, auth=dlmslite.Lls("12345678")) as client:
            objects = client.objects()

    assert report.verdict is Verdict.READABLE
    assert report.survey.identity == {
        "logical_device_name": "GRX0000000000001",
        "serial_number": "REF-METER-0001",
        "firmware_version": "fw-1.2.3",
    }
    assert list(report.survey.objects or ()) == objects
    assert report.survey.lists is not None
    assert report.survey.lists.longest == 20
    assert report.survey.blocks == 2
    assert [(p.period, len(p.columns)) for p in report.survey.profiles] == [(900, 5)]
    assert report.survey.clock_finding is not None
    assert not report.survey.clock_finding.inverted_deviation
    assert any(c.proved and c.end is End.ASSOCIATED for c in report.clients)
    if framing == "hdlc":
        assert report.link["max_info_receive"] == 128
        assert report.link["window_receive"] == 3
        assert report.longest_received > 128


@contextlib.contextmanager
def pydlms_meter(framing: str) -> Iterator[str]:
    """Its example meter: client 16 is public, client 1 has a password."""
    simulator = peer("pydlms.simulator")
    mechanism = peer("pydlms.security.hls").Mechanism.LLS
    model: Any = simulator.example_meter(max_pdu=1024)
    model.clients[1] = simulator.ClientProfile(mechanism, secret=b"1a2B3c4D")
    server = simulator.serve(model, hdlc=framing == "hdlc", hdlc_window=1)
    scheme = "tcp+hdlc" if framing == "hdlc" else "tcp"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_the_meter_of_pydlms_is_described(framing: str) -> None:
    with pydlms_meter(framing) as url:
        report = dlmslite.probe(url, clients=(1,))

    assert report.verdict is Verdict.READABLE
    assert report.survey.identity["serial_number"] == "PYD0000000001"
    assert {str(reading.obis) for reading in report.survey.readings} == {
        "1.0.1.8.0.255", "1.0.1.7.0.255", "1.0.32.7.0.255", "1.0.31.7.0.255", "1.0.2.8.0.255",
    }  # fmt: skip
    refused = next(client for client in report.clients if client.address == 1)
    assert refused.end is End.REJECTED
    assert refused.needs
