"""Our client reads the simulated meter of pydlms-client, which knows nothing of ours."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from rig.bench import peer

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite.values.units import Unit

pytestmark = pytest.mark.interop

PROFILE = "1.0.99.1.0.255"
ENERGY = "1.0.1.8.0.255"
FIRST = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)
PASSWORD = "1a2B3c4D"

# The model of its example_meter().
REGISTERS = {
    ENERGY: (12345678, 0, Unit.WATT_HOUR),
    "1.0.2.8.0.255": (4321, 0, Unit.WATT_HOUR),
    "1.0.1.7.0.255": (1520, 0, Unit.WATT),
    "1.0.32.7.0.255": (2301, -1, Unit.VOLT),
    "1.0.31.7.0.255": (523, -2, Unit.AMPERE),
}
OBJECTS = {
    *((3, name) for name in REGISTERS),
    (1, "0.0.96.1.0.255"),
    (1, "0.0.42.0.0.255"),
    (8, "0.0.1.0.0.255"),
    (7, PROFILE),
    (62, "0.0.66.0.1.255"),
    (70, "0.0.96.3.10.255"),
    (40, "0.0.25.9.0.255"),
}
ROWS = [(FIRST + n * QUARTER, 1000 + 7 * n) for n in range(96)]


@contextlib.contextmanager
def pydlms_meter(framing: str, *, max_pdu: int = 1024, window: int = 1) -> Iterator[str]:
    """Its example meter on a free port: client 16 is public, client 1 has a password."""
    simulator = peer("pydlms.simulator")
    mechanism = peer("pydlms.security.hls").Mechanism.LLS
    model = simulator.example_meter(max_pdu=max_pdu)
    model.clients[1] = simulator.ClientProfile(mechanism, secret=PASSWORD.encode())
    server = simulator.serve(model, hdlc=framing == "hdlc", hdlc_window=window)
    scheme = "tcp+hdlc" if framing == "hdlc" else "tcp"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def seen(rows: Iterator[dlmslite.Row]) -> list[tuple[Any, Any]]:
    return [(row.time, row[ENERGY].raw) for row in rows]


@pytest.mark.parametrize("password", [False, True])
@pytest.mark.parametrize(
    ("framing", "max_pdu", "window"),
    [
        ("wrapper", 300, 1),
        ("wrapper", 1024, 1),
        ("wrapper", 65535, 1),
        ("hdlc", 300, 1),
        ("hdlc", 1024, 3),
        ("hdlc", 65535, 7),
    ],
)
def test_our_client_reads_it(framing: str, max_pdu: int, window: int, *, password: bool) -> None:
    with (
        pydlms_meter(framing, max_pdu=max_pdu, window=window) as url,
        dlmslite.connect(
            url,
            client=1 if password else 16,
            auth=dlmslite.Lls(PASSWORD) if password else None,
        ) as client,
    ):
        found = {(item.class_id, str(item.obis)) for item in client.objects()}
        registers = [item.obis for item in client.objects(class_id=3)]
        quantities = {str(obis): client.read(obis) for obis in registers}
        serial = client.read("0.0.96.1.0.255")
        clock = client.clock()
        profile = client.profile(PROFILE)
        whole = list(profile.rows())
        part = seen(profile.rows(FIRST + 8 * QUARTER, FIRST + 20 * QUARTER))
        nothing = seen(profile.rows(FIRST - 2 * QUARTER, FIRST - QUARTER))
        late = seen(profile.rows(start=FIRST + 90 * QUARTER))
        entries = seen(profile.entries(10, 5))
        tail = seen(profile.entries(90))

    assert found - {(15, "0.0.40.0.0.255")} == OBJECTS
    assert {
        name: (quantity.raw, quantity.scaler, quantity.unit)
        for name, quantity in quantities.items()
    } == REGISTERS
    assert quantities["1.0.32.7.0.255"].value == Decimal("230.1")
    assert serial == "PYD0000000001"
    assert clock.time() == dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC)
    assert seen(iter(whole)) == ROWS
    assert {row[ENERGY].unit for row in whole} == {Unit.WATT_HOUR}
    assert part == ROWS[8:21]
    assert nothing == []
    assert late == ROWS[90:]
    assert entries == ROWS[9:14]
    assert tail == ROWS[89:]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_it_refuses_and_we_say_why(framing: str) -> None:
    with pydlms_meter(framing) as url:
        with pytest.raises(dlmslite.AssociationRejected) as wrong:
            dlmslite.connect(url, client=1, auth=dlmslite.Lls("guessed"))
        with dlmslite.connect(url) as client, pytest.raises(dlmslite.ServiceError) as undefined:
            client.read("1.0.99.99.99.255")

    assert wrong.value.diagnostic is AcseUserDiagnostic.AUTHENTICATION_FAILURE
    assert undefined.value.result is DataAccessResult.OBJECT_UNDEFINED
