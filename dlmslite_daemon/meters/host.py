"""The first rungs of the ladder: the host's name, a route to it, and whether it shows itself.

None of them opens the meter's port. An echo that is not answered proves nothing (many converters
and firewalls drop it), so that rung never fails; what it saw helps to read a failed connection.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from attrs import evolve, field, frozen

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.finding import Rung, Step

ECHO_SECONDS = 1.0
ARP_TABLE = Path("/proc/net/arp")
ROUTE_TABLE = Path("/proc/net/route")
_ECHO_REQUEST, _ECHO_REPLY = 8, 0  # ICMP types (RFC 792)
_GATEWAY = 0x2  # RTF_GATEWAY of the kernel's routing table
_COMPLETE = 0x2  # ATF_COM of the kernel's ARP table: the hardware address is known


@frozen
class HostSeen:
    """What of a host can be seen without touching the meter's port.

    Attributes:
        rungs: ``name``, ``route`` and ``host``, as far as it came.
        address: Its address; empty where its name has none.
        shown: Whether it has shown itself just now: by an echo, or by answering ARP.
        neighbour: Whether the ARP table knows its hardware address; None where it says nothing.
        lost_gateway: The gateway on the way to it, where ARP has no answer from that.
    """

    rungs: tuple[Rung, ...] = ()
    address: str = ""
    shown: bool = False
    neighbour: bool | None = None
    lost_gateway: str = ""


def resolve(host: str) -> list[str]:
    """The addresses of a name, each once, in the order of the system.

    Raises:
        OSError: It has none.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


def route(address: str, port: int) -> None:
    """Let the kernel look a route up; nothing is sent.

    Raises:
        OSError: There is none.
    """
    with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))


def echo(address: str, seconds: float) -> bool | None:
    """Whether an address answers one echo request; None where this process may not send one."""
    if _family(address) is not socket.AF_INET:
        return None
    try:
        # The unprivileged kind: the kernel fills in the identifier and the answers are ours only.
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    except OSError:
        return None
    with probe:
        probe.settimeout(seconds)
        try:
            probe.sendto(_echo_request(os.urandom(8)), (address, 0))
            return probe.recv(256)[0] == _ECHO_REPLY
        except (OSError, IndexError):
            return False


def neighbour(address: str, table: Path = ARP_TABLE) -> bool | None:
    """Whether the ARP table knows the hardware address; None where it has no line for it."""
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        fields = line.split()
        if len(fields) > 2 and fields[0] == address:
            return bool(int(fields[2], 16) & _COMPLETE)
    return None


def gateway(address: str, table: Path = ROUTE_TABLE) -> str:
    """The gateway of the narrowest route to an address; empty where the table names none."""
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
        wanted = int(ipaddress.IPv4Address(address))
    except (OSError, ValueError):
        return ""
    found = []
    for line in lines:
        _, network, via, flags, _, _, metric, mask = line.split()[:8]
        if wanted & _number(mask) == _number(network):
            through = str(ipaddress.IPv4Address(_number(via))) if int(flags, 16) & _GATEWAY else ""
            found.append((-_number(mask), int(metric), through))
    return min(found)[2] if found else ""


@frozen
class Senses:
    """How a host is looked at; tests give their own.

    Attributes:
        resolve: The addresses of a name; raises ``OSError``.
        route: Finds a route to an address and port; raises ``OSError``.
        echo: Whether an address answers an echo request within a time; None where none may be sent.
        neighbour: Whether the ARP table knows an address; None where it says nothing.
        gateway: The gateway on the way to an address; empty where there is none.
    """

    resolve: Callable[[str], list[str]] = field(default=resolve)
    route: Callable[[str, int], None] = field(default=route)
    echo: Callable[[str, float], bool | None] = field(default=echo)
    neighbour: Callable[[str], bool | None] = field(default=neighbour)
    gateway: Callable[[str], str] = field(default=gateway)


def look(host: str, port: int, clock: Clock, senses: Senses | None = None) -> HostSeen:
    """Climb the rungs of the host.

    Args:
        host: Its name or address.
        port: The meter's port, for the route; nothing is sent to it.
        clock: The daemon's clock.
        senses: How to look.
    """
    senses = senses or Senses()
    begun = clock.monotonic()

    def rung(name: str, step: Step, told: str, cause: Cause | None = None) -> Rung:
        nonlocal begun
        before, begun = begun, clock.monotonic()
        return Rung(name=name, step=step, told=told, seconds=begun - before, cause=cause)

    try:
        addresses = senses.resolve(host)
    except OSError as error:
        told = f"{host}: {error.strerror or error}"
        return HostSeen((rung("name", Step.FAILED, told, Cause.NAME_UNRESOLVED),))
    address = addresses[0]
    rungs = [rung("name", Step.PASSED, f"{host} is {', '.join(addresses)}")]
    try:
        senses.route(address, port)
    except OSError as error:
        told = f"{address}: {error.strerror or error}"
        rungs.append(rung("route", Step.FAILED, told, Cause.NO_ROUTE))
        return HostSeen(tuple(rungs), address)
    rungs.append(rung("route", Step.PASSED, f"there is a route to {address}"))
    was_known = senses.neighbour(address)
    echoed = senses.echo(address, ECHO_SECONDS)
    known = senses.neighbour(address)
    # What ARP knew before may have died since: an entry lives on for up to a minute.
    shown = bool(echoed or (known and not was_known))
    told = _told(echoed, known, is_old=bool(known and not shown))
    rungs.append(rung("host", Step.PASSED if shown else Step.SKIPPED, told))
    return HostSeen(tuple(rungs), address, shown, known)


def look_again(seen: HostSeen, senses: Senses) -> HostSeen:
    """What is to be seen of a host once it was not reached: by now ARP has asked it, too.

    Args:
        seen: What was seen of it before.
        senses: How to look.
    """
    via = senses.gateway(seen.address)
    lost = via if via and senses.neighbour(via) is False else ""
    return evolve(seen, neighbour=senses.neighbour(seen.address), lost_gateway=lost)


def _told(echoed: bool | None, known: bool | None, *, is_old: bool) -> str:
    echo_words = {
        True: "it answers an echo request",
        False: "no answer to an echo request, which proves nothing",
        None: "an echo request is not permitted here",
    }[echoed]
    arp_words = {True: "ARP knows it", False: "ARP has no answer from it", None: ""}[known]
    if is_old:
        arp_words = "ARP knew it before, which proves nothing"
    return "; ".join(filter(None, (echo_words, arp_words)))


def _family(address: str) -> socket.AddressFamily:
    bare = address.partition("%")[0]
    version = ipaddress.ip_address(bare).version
    return socket.AF_INET6 if version == 6 else socket.AF_INET


def _number(text: str) -> int:
    """An address or a mask of the routing table, which stands there as this machine keeps it."""
    return int.from_bytes(bytes.fromhex(text), sys.byteorder)


def _echo_request(payload: bytes) -> bytes:
    head = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, 0, 1)
    words = struct.unpack(f"!{(len(head) + len(payload)) // 2}H", head + payload)
    total = sum(words)
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return struct.pack("!BBHHH", _ECHO_REQUEST, 0, checksum, 0, 1) + payload
