"""Finds out how an unknown meter wants to be talked to, without writing anything to it.

One connection at a time, with a pause between two. What to try next is decided in
``procedures/probe.py``, what is done on one connection in ``visit.py``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from attrs import evolve

from dlmslite.clock import Clock, SystemClock
from dlmslite.endpoint import Endpoint
from dlmslite.errors import ConfigurationError
from dlmslite.probing.visit import Manner, OnWire, Progress, visit
from dlmslite.procedures.authentication import Authentication
from dlmslite.procedures.probe import ProbePlan, address_forms, ladder, report
from dlmslite.procedures.probe_report import Outcome, ProbeReport, Server
from dlmslite.secret import resolve_secret
from dlmslite.trace import Tap

LISTENING = 0.3  # s that a converter may take to say that the line is another's
PAUSE_MIN = 1.0  # s between two connections: a converter needs as long to notice the end of one
_CLIENTS = range(1, 0x80)


def probe(
    url: str,
    *,
    servers: Sequence[Server] = (),
    serial: str | None = None,
    clients: Sequence[int] = (),
    auth: Authentication | None = None,
    auth_client: int | None = None,
    everybody: bool = False,
    address_octets: int = 0,
    surveys: bool = True,
    within: float = 0.0,
    timeout: float = 3.0,
    pause: float = PAUSE_MIN,
    queue_wait: float = 0.0,
    zone: dt.tzinfo | None = None,
    progress: Progress | None = None,
    on_wire: OnWire | None = None,
    clock: Clock | None = None,
    trace: Tap | None = None,
) -> ProbeReport:
    """Find out how a meter is addressed, who it lets in, what it can, and what is odd about it.

    Reads only. No password is ever made up: clients are asked without a proof, and the one that is
    given is tried once, for the client that it belongs to; only if it was accepted it is used
    again, where the survey needs another connection.

    Args:
        url: As ``connect`` takes it.
        servers: Addresses to try before the standard's: numbers, or pairs (logical, physical).
        serial: The meter's serial number; some take its last four digits as physical address.
        clients: Client addresses to ask, beside the public client.
        auth: A password, for one try (see above); None for none.
        auth_client: The client that the password belongs to.
        everybody: Whether to call every station of the line, and those without an address; never
            on a line with several meters.
        address_octets: Octets of the addresses in ``servers``; 0 takes the shortest form.
        surveys: Whether to find out all of it; else it ends with the first answer of a meter: at
            which address, and whether the public client is let in.
        within: Seconds after which no other connection is made; 0 means no limit.
        timeout: Seconds for one exchange.
        pause: Seconds between two connections, one at least.
        queue_wait: Where nothing answers: seconds to wait, once, for another client to leave.
        zone: The zone of the meter's clock, for meters that tell no deviation.
        progress: Told what is going on, in words; what it raises ends the probe.
        on_wire: Given, for each connection, what breaks it off from any other thread.
        clock: The time to live by; tests give their own.
        trace: Takes every piece of octets that moves; it sees the password of ``auth``.

    Returns:
        What was found; also where nothing answered.

    Raises:
        ConfigurationError: An option makes no sense.
    """
    endpoint = Endpoint.parse(url)
    if timeout <= 0:
        raise ConfigurationError(f"a timeout of {timeout:g} s leaves no time")
    if pause < PAUSE_MIN:
        raise ConfigurationError(f"a pause of {pause:g} s: {PAUSE_MIN:g} s at least")
    if (auth is None) is not (auth_client is None):
        raise ConfigurationError("a password belongs to a client: give auth and auth_client")
    for client in (*clients, *([] if auth_client is None else [auth_client])):
        if client not in _CLIENTS:
            raise ConfigurationError(f"client {client}: clients go from 1 to 127")
    plan = ProbePlan(
        url=endpoint.name,
        framing=endpoint.framing,
        forms=address_forms(
            endpoint.framing, tuple(servers), serial, everybody=everybody, octets=address_octets
        ),
        clients=tuple(clients),
        proof_client=auth_client,
        queue_wait=queue_wait,
        surveys=surveys,
    )
    manner = Manner(
        endpoint=endpoint,
        timeout=timeout,
        listening=LISTENING,
        password=None if auth is None else resolve_secret(auth.secret),
        zone=zone,
        clock=SystemClock() if clock is None else clock,
        now=_now,
        trace=trace,
    )
    if progress is not None:
        manner = evolve(manner, progress=progress)
    if on_wire is not None:
        manner = evolve(manner, on_wire=on_wire)
    return climb(plan, manner, pause, within)


def climb(plan: ProbePlan, manner: Manner, pause: float, within: float = 0.0) -> ProbeReport:
    """Make the attempts of a plan, one connection at a time; see ``probe``.

    Args:
        plan: What may be tried.
        manner: How.
        pause: Seconds between two connections.
        within: Seconds after which no other connection is made; 0 means no limit.
    """
    rungs = ladder(plan)
    attempt = next(rungs)
    outcomes: list[Outcome] = []
    ends_at = manner.clock.monotonic() + (within or math.inf)
    while True:
        outcome = visit(attempt, manner)
        outcomes.append(outcome)
        try:
            attempt = rungs.send(outcome)
        except StopIteration as end:
            return report(plan, end.value, manner.now())
        if manner.clock.monotonic() + pause >= ends_at:
            return report(plan, tuple(outcomes), manner.now())
        manner.clock.wait(pause)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
