"""Finds meters in ranges that an operator names, gently.

At most four connections a second in all, one at a time at each host, never at an endpoint that a
line owns, and never with a password.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from attrs import frozen

from dlmslite_daemon.engine.acquaintance import SERIAL
from dlmslite_daemon.engine.expedition import Tell
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError, ConfigError
from dlmslite_daemon.meters.client import Connect
from dlmslite_daemon.meters.host import resolve
from dlmslite_daemon.meters.knock import Knocker, Seen
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.store.records import MeterRecord

CONNECTS_PER_SECOND = 4.0
HANDS = 8  # hosts that are waited for at once: most of them never answer
PLACES_MAX = 4096  # addresses times ports: seventeen minutes of connecting
WRAPPER_PORTS = frozenset({4059, 4061})  # where the wrapper is usual (old-bridge.md 1.5)
_SHOWN = frozenset({"meter", "entrance", "busy", "silent", "other", "skipped"})


@frozen(kw_only=True)
class Wanted:
    """What is looked for, and where.

    Attributes:
        networks: Addresses and ranges, as text: ``192.168.1.0/24``.
        ports: The ports to try at each.
        serial: The serial number of the meter that is looked for; empty for whichever is there.
        wrapper: Whether the wrapper is spoken; None lets the port decide.
    """

    networks: tuple[str, ...]
    ports: tuple[int, ...] = (3333,)
    serial: str = ""
    wrapper: bool | None = None

    def places(self) -> tuple[tuple[str, int], ...]:
        """Every address and port, in order.

        Raises:
            ConfigError: A range makes no sense, or there are too many addresses.
        """
        total = 0
        networks = []
        for text in self.networks:
            try:
                network = ipaddress.ip_network(text, strict=False)
            except ValueError as error:
                raise ConfigError(
                    f"{text!r} is no range of addresses: {error}",
                    key="networks",
                    hint="for example 192.168.1.0/24",
                ) from None
            networks.append(network)
            total += network.num_addresses * len(self.ports)
        if not networks or not self.ports or total > PLACES_MAX:
            raise ConfigError(
                f"{total} addresses; a scan looks at 1 to {PLACES_MAX}",
                key="networks",
                hint="name a smaller range, such as a /24",
            )
        hosts = (str(host) for network in networks for host in network.hosts())
        return tuple((host, port) for host in hosts for port in self.ports)

    def url(self, host: str, port: int) -> str:
        """How a place is spoken to."""
        wrapper = port in WRAPPER_PORTS if self.wrapper is None else self.wrapper
        shown = f"[{host}]" if ":" in host else host
        return f"{'tcp' if wrapper else 'tcp+hdlc'}://{shown}:{port}"


@frozen(kw_only=True)
class Scanned:
    """What a scan found.

    Attributes:
        found: Every place where somebody is, in the order of the addresses.
        places: How many places were looked at.
        seconds: How long it took.
        match: Where the serial number was found; None where it was not, or was not looked for.
    """

    found: tuple[Seen, ...]
    places: int
    seconds: float
    match: Seen | None = None


@frozen
class Owner:
    """A meter that is at a place.

    Attributes:
        record: The meter.
        serial: Its serial number; empty while nobody knows it.
    """

    record: MeterRecord
    serial: str


class Scan:
    """Scans, one at a time; ``run`` may be called from any thread.

    Args:
        shared: What all workers share.
        connect: What opens a client.
        make_line: Makes the line of an endpoint.
        names: The addresses of a host's name; raises ``OSError``.
    """

    def __init__(
        self,
        shared: Shared,
        connect: Connect,
        make_line: Callable[[str], Line],
        names: Callable[[str], list[str]] = resolve,
    ) -> None:
        self._shared = shared
        self._connect = connect
        self._make_line = make_line
        self._names = names
        self._running = threading.Lock()
        self._rate = threading.Lock()
        self._next = float("-inf")

    def run(self, wanted: Wanted, tell: Tell = lambda _text: None) -> Scanned:
        """Look at every place; waits for the end.

        Args:
            wanted: What is looked for, and where.
            tell: Told how far it is.

        Raises:
            ConfigError: A range makes no sense.
            BridgeError: Another scan is running (``E-SCAN-RUNNING``).
        """
        places = wanted.places()
        if not self._running.acquire(blocking=False):
            hint = "wait for its end: all scans share four connections a second"
            raise BridgeError("another scan is running", code="E-SCAN-RUNNING", hint=hint)
        try:
            return self._look(wanted, places, tell)
        finally:
            self._running.release()

    def _look(self, wanted: Wanted, places: Sequence[tuple[str, int]], tell: Tell) -> Scanned:
        clock = self._shared.clock
        begun = clock.monotonic()
        owned = self._owned()
        over = threading.Event()
        knocker = Knocker(clock, self._connect, self._slot, over, self._make_line)

        def look(place: tuple[str, int]) -> Seen | None:
            host, port = place
            if over.is_set():
                return None
            owners = owned.get(place)
            if owners is not None:
                return _ours(host, port, owners, wanted.serial)
            return knocker.knock(wanted.url(host, port), host, port, wanted.serial)

        found: list[Seen] = []
        match: Seen | None = None
        looked = 0
        with ThreadPoolExecutor(min(HANDS, len(places)), "scan") as hands:
            for seen in hands.map(look, places):
                if seen is None:
                    continue
                looked += 1
                tell(f"{looked} of {len(places)}: {seen.host}:{seen.port} {seen.state}")
                if seen.state in _SHOWN:
                    found.append(seen)
                if wanted.serial and seen.serial == wanted.serial:
                    match = seen
                    over.set()
        return Scanned(
            found=tuple(found), places=looked, seconds=clock.monotonic() - begun, match=match
        )

    def _slot(self) -> None:
        """Wait until another connection may be made, of four in each second."""
        clock = self._shared.clock
        with self._rate:
            now = clock.monotonic()
            at = max(now, self._next, self._shared.gates.reserve(now))
            self._next = at + 1.0 / CONNECTS_PER_SECOND
        clock.wait(threading.Event(), at - now)

    def _owned(self) -> dict[tuple[str, int], list[Owner]]:
        """Whose every place is that a line owns; names of hosts are resolved."""
        owned: dict[tuple[str, int], list[Owner]] = {}
        for record in self._shared.store.meters():
            host, _, port = record.settings.endpoint.rpartition(":")
            if not port.isdecimal():
                continue
            host = host.strip("[]")
            try:
                addresses = self._names(host)
            except OSError:
                addresses = []
            serial = self._shared.store.notebook(record.name).get(SERIAL, "")
            for address in {host, *addresses}:
                owned.setdefault((address, int(port)), []).append(Owner(record, serial))
        return owned


def _ours(host: str, port: int, owners: Sequence[Owner], wanted: str) -> Seen:
    """A place that a line owns: it is not opened, and what is known of it is told."""
    named = [
        f"{one.record.name} (serial {one.serial})" if one.serial else one.record.name
        for one in owners
    ]
    chosen = next((one for one in owners if wanted and one.serial == wanted), None)
    if chosen is None:
        url, told = owners[0].record.settings.url, f"the line of {', '.join(named)}"
        return Seen(host=host, port=port, state="skipped", url=url, told=told)
    settings = chosen.record.settings
    server = settings.address
    return Seen(
        host=host,
        port=port,
        state="skipped",
        url=settings.url,
        server=",".join(map(str, server)) if isinstance(server, tuple) else str(server),
        serial=chosen.serial,
        told=f"the line of {', '.join(named)}",
        meter=chosen.record.name,
    )
