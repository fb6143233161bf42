"""Knocks at one address: is a meter there, and what is its serial number?

One connection at a time, as the public client, without a password: what a scan does at each host.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import evolve, frozen

import dlmslite
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.meters.client import ClientClock, Connect
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.identity import Identifier
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.reader import PUBLIC_CLIENT

KNOCK_SECONDS = 2.0  # for one exchange, and for the connection
REST = 2.0  # seconds between a close and the next connect on one endpoint (bridge.md 3)
MANAGEMENT = 1  # the management logical device of every meter
_SERIAL_DIGITS = 4  # whose number is the physical address of some meters
_SERIAL_OCTETS = 4  # of the address form that they want


@frozen(kw_only=True)
class Seen:
    """What is at an address.

    Attributes:
        host: The host.
        port: The port.
        state: ``meter``, ``entrance`` (a meter that does not let the public client in), ``busy``,
            ``silent``, ``other``, ``closed``, ``absent``, or ``skipped``.
        url: How to speak to it.
        server: The address that answers, as ``--server`` takes it.
        serial: Its serial number; empty where it tells none.
        told: In words.
        meter: The meter of ours that is there; empty where none is.
        connects: How many connections were made.
    """

    host: str
    port: int
    state: str
    url: str = ""
    server: str = ""
    serial: str = ""
    told: str = ""
    meter: str = ""
    connects: int = 0


@frozen
class Knocker:
    """Knocks at one address after the other.

    Attributes:
        clock: The daemon's clock.
        connect: What opens a client.
        slot: Waits until another connection may be made.
        hush: Set to end the waits.
        line: Makes the line of an endpoint, so that nobody else's is opened.
    """

    clock: Clock
    connect: Connect
    slot: Callable[[], None]
    hush: threading.Event
    line: Callable[[str], Line]

    def knock(self, url: str, host: str, port: int, serial: str) -> Seen:
        """Look who is there.

        Args:
            url: How to speak to it.
            host: The host.
            port: The port.
            serial: The serial number that is looked for; some meters are addressed by it.
        """
        seen = Seen(host=host, port=port, state="absent", url=url)
        line = self.line(dlmslite.Endpoint.parse(url).name.rpartition("/")[2])
        try:
            line.claim(url)
        except MeterFailed as error:
            return evolve(seen, state="skipped", told=error.failure.message)
        try:
            return self._ask(seen, serial)
        finally:
            line.unclaim()

    def _ask(self, seen: Seen, serial: str) -> Seen:
        forms: list[tuple[int | tuple[int, int], int]] = [(MANAGEMENT, 0)]
        digits = "".join(letter for letter in serial if letter.isdecimal() and letter.isascii())
        if len(digits) >= _SERIAL_DIGITS and "hdlc" in seen.url:
            forms.append(((MANAGEMENT, int(digits[-_SERIAL_DIGITS:])), _SERIAL_OCTETS))
        for number, (server, octets) in enumerate(forms, 1):
            if number > 1:
                self.clock.wait(self.hush, REST)
            seen = evolve(self._meet(seen, server, octets), connects=number)
            if seen.state not in {"silent", "other"}:
                break
        return seen

    def _meet(self, seen: Seen, server: int | tuple[int, int], octets: int) -> Seen:
        """One connection; what it showed."""
        named = ",".join(map(str, server)) if isinstance(server, tuple) else str(server)
        self.slot()
        try:
            client = self.connect(
                seen.url,
                client=PUBLIC_CLIENT,
                server=server,
                timeout=KNOCK_SECONDS,
                quirks=dlmslite.Quirks(address_octets=octets),
                clock=ClientClock(self.clock, self.hush),
            )
        except dlmslite.DlmsError as error:
            return evolve(_without_entry(seen, error), server=named)
        try:
            serial = Identifier().ask(partial(_value, client)).serial
        except dlmslite.DlmsError as error:
            return evolve(seen, state="meter", server=named, told=str(error.args[0]))
        finally:
            _leave(client)
        return evolve(seen, state="meter", server=named, serial=serial, told="let in")


def _value(client: Any, obis: str) -> Any:
    return client.get(obis, 2, class_id=1)


def _leave(client: Any) -> None:
    try:
        client.close()
    except dlmslite.DlmsError:
        return  # whatever was wrong with it, it is closed now


def _without_entry(seen: Seen, error: dlmslite.DlmsError) -> Seen:
    """What a connection means that brought no association."""
    told = str(error.args[0]) if error.args else type(error).__name__
    match error:
        case dlmslite.AssociationRejected() | dlmslite.LinkError():
            return evolve(seen, state="entrance", told=told)
        case dlmslite.ConverterError():
            return evolve(seen, state="busy", told=told)
        case dlmslite.ConnectionClosed():
            return evolve(seen, state="other", told=told)
        case dlmslite.TransportError():
            return evolve(seen, state="closed", told=told)
        case dlmslite.DeadlineExceeded(cause=""):
            # The wire itself was not there in time; a silent peer has a cause.
            return evolve(seen, state="absent", told=told)
        case dlmslite.DeadlineExceeded(cause="never-heard"):
            return evolve(seen, state="silent", told=told)
    return evolve(seen, state="other", told=told)
