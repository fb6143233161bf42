"""The clients of gurux-dlms, dlms-cosem and pydlms-client read our simulated meter."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from rig.peers import PDU_MAX, PEER_CLIENTS, Entries, Gurux, PeerClient, Pydlms, Range

from dlmslite.simulator.models.single_phase import EPOCH, Load, single_phase
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.interop

DAYS = 3
NOW = EPOCH + dt.timedelta(days=100, minutes=7)
LAST = NOW - dt.timedelta(minutes=7)
QUARTER = dt.timedelta(minutes=15)
ROWS = DAYS * 96
FIRST = LAST - (ROWS - 1) * QUARTER
PROFILE = "1.0.99.1.0.255"
PASSWORD = b"22222222"  # of client 1 (old-bridge.md 1.4)
LOAD = Load()
REGISTERS = {
    "1.1.32.7.0.255": LOAD.voltage(NOW),
    "1.1.31.7.0.255": LOAD.current(NOW),
    "1.1.14.7.0.255": LOAD.frequency(NOW),
    "1.1.1.7.0.255": LOAD.power(NOW),
    "1.1.1.8.0.255": LOAD.energy(NOW),
    "1.1.13.7.0.255": 950,
}
OBJECTS = {
    *((3, name) for name in REGISTERS),
    (1, "0.0.42.0.0.255"),
    (1, "0.0.96.1.0.255"),
    (1, "0.0.96.10.1.255"),
    (8, "0.0.1.0.0.255"),
    (7, PROFILE),
    (15, "0.0.40.0.0.255"),
}


def expected(first: int = 0, count: int | None = None) -> list[list[int]]:
    """Energy, voltage and current of rows: the energy of a row is that of no other."""
    last = ROWS if count is None else first + count
    times = [FIRST + n * QUARTER for n in range(first, last)]
    return [[LOAD.energy(time), LOAD.voltage(time), LOAD.current(time)] for time in times]


def seen(rows: list[Any]) -> list[list[int]]:
    return [list(row)[2:] for row in rows]


@contextlib.contextmanager
def peer_client(
    kind: type[PeerClient],
    framing: str,
    *,
    password: bytes | None = None,
    max_pdu: int = PDU_MAX,
    days: int = DAYS,
) -> Iterator[PeerClient]:
    with serve(single_phase(days=days), framing=framing, wall_clock=lambda: NOW) as meter:
        client = kind(meter.port, hdlc=framing == "hdlc", password=password, max_pdu=max_pdu)
        with contextlib.closing(client):
            yield client


each_peer = pytest.mark.parametrize("kind", PEER_CLIENTS, ids=lambda kind: kind.name)
each_framing = pytest.mark.parametrize("framing", ["hdlc", "wrapper"])


@each_peer
@each_framing
@pytest.mark.parametrize("password", [None, PASSWORD], ids=["public", "password"])
def test_it_reads_objects_and_registers(
    kind: type[PeerClient], framing: str, password: bytes | None
) -> None:
    with peer_client(kind, framing, password=password) as client:
        assert client.objects() == OBJECTS
        assert {name: client.register(name) for name in REGISTERS} == REGISTERS


@each_peer
@each_framing
@pytest.mark.parametrize("max_pdu", [300, PDU_MAX])
def test_it_reads_the_profile(kind: type[PeerClient], framing: str, max_pdu: int) -> None:
    with peer_client(kind, framing, max_pdu=max_pdu) as client:
        assert seen(client.profile(PROFILE)) == expected()
        part = client.profile(PROFILE, Range(FIRST + 10 * QUARTER, FIRST + 40 * QUARTER))
        assert seen(part) == expected(10, 31)
        if kind.selects_entries:
            assert seen(client.profile(PROFILE, Entries(5, 7))) == expected(4, 7)
            assert seen(client.profile(PROFILE, Entries(280, 9))) == expected(279)


@each_peer
@each_framing
def test_a_wrong_password_is_refused(kind: type[PeerClient], framing: str) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)authentication|reject|fail"),
        peer_client(kind, framing, password=b"33333333"),
    ):
        pass


@pytest.mark.parametrize("kind", [Gurux, Pydlms], ids=lambda kind: kind.name)
def test_it_reads_more_than_one_pdu_can_hold(kind: type[PeerClient]) -> None:
    # 30 days are some 95,000 octets: blocks even for a client that takes the largest PDU, each of
    # them in hundreds of HDLC segments.
    with peer_client(kind, "hdlc", days=30) as client:
        assert seen(client.profile(PROFILE))[-ROWS:] == expected()
