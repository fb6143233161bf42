"""Captures of real conversations between our client and our simulator, and what to compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from dlmslite.capture.base import CONNECTION, Capture, Header, connection_of
from dlmslite.client import Client, connect
from dlmslite.procedures.authentication import Lls
from dlmslite.simulator.models.single_phase import ENERGY, PROFILE, SERIAL, VOLTAGE, single_phase
from dlmslite.simulator.serve import serve
from dlmslite.trace import Direction, TraceEvent

STARTED = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
PASSWORD = b"11111111"
SERIAL_NUMBER = "SIM12345678"


def event(
    octets: bytes = b"",
    direction: Direction = Direction.SENT,
    *,
    at: float = 0.0,
    note: str = "",
    connection: int = 1,
    layer: str = "transport",
) -> TraceEvent:
    """One event of the wire."""
    return TraceEvent(
        at=at,
        layer=layer,
        direction=direction,
        octets=octets,
        note=note,
        details=MappingProxyType({CONNECTION: connection}),
    )


def read_something(client: Client) -> None:
    """Registers, the serial number, and a part of the load profile in blocks."""
    client.read_many([ENERGY, VOLTAGE, SERIAL])
    list(client.profile(PROFILE).entries(1, 40))


def recorded(
    framing: str = "hdlc",
    act: Callable[[Client], Any] = read_something,
    *,
    meter: Any = None,
    auth: Lls | None = None,
) -> Capture:
    """What was said while a client did something."""
    events: list[TraceEvent] = []
    meter = meter or single_phase(serial=SERIAL_NUMBER, days=1)
    with (
        serve(meter, framing=framing) as running,
        connect(
            running.url,
            client=32 if auth else 16,
            auth=auth,
            trace=events.append,
            timeout=5.0,
            max_pdu=512,
        ) as client,
    ):
        act(client)
    first = events[0].at
    shifted = [
        TraceEvent(
            at=one.at - first,
            layer=one.layer,
            direction=one.direction,
            octets=one.octets,
            note=one.note,
            details=one.details,
        )
        for one in events
    ]
    return Capture(Header(started=STARTED, framing=framing), tuple(shifted))


def streams(capture: Capture) -> dict[tuple[int, Direction], bytes]:
    """All octets of each direction of each connection."""
    found: dict[tuple[int, Direction], bytes] = {}
    for one in capture.octets_on_the_wire():
        way = (connection_of(one), one.direction)
        found[way] = found.get(way, b"") + one.octets
    return found
