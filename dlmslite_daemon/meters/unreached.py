"""Why no connection came about: how it failed, read with what the host shows of itself. Pure.

Silence has many causes and the kernel's words few: "no route to host" is said when ARP has no
answer, by a router that does not get there, and by a firewall that refuses the port.
"""

from __future__ import annotations

from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.meters.host import HostSeen
from dlmslite_daemon.meters.judge import Judgement

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
_UNANSWERED = frozenset({"timeout", "host-unreachable"})


def of_connect(cause: str, why: str, seen: HostSeen) -> Judgement:
    """Why no connection came about.

    Args:
        cause: The library's stable name; ``device`` where a serial port cannot be opened.
        why: In words.
        seen: What its host showed, before and after.
    """
    if cause in _UNANSWERED and seen.neighbour is False:
        return Judgement(Cause.HOST_DOWN, HIGH, f"{why}; ARP has no answer from it")
    if cause in _UNANSWERED and seen.lost_gateway:
        told = f"{why}; ARP has no answer from the gateway {seen.lost_gateway}"
        # Which table a route is taken from may depend on more than the address.
        return Judgement(Cause.NO_ROUTE, MEDIUM, told)
    match cause:
        case "refused":
            return Judgement(Cause.REFUSED, HIGH, why)
        case "no-route":
            return Judgement(Cause.NO_ROUTE, HIGH, why)
        case "host-unreachable" if seen.shown or seen.neighbour:
            told = f"{why}; the host is there, so a firewall says it"
            return Judgement(Cause.FILTERED, HIGH if seen.shown else MEDIUM, told)
        case "host-unreachable":
            return Judgement(Cause.HOST_DOWN, MEDIUM, f"{why}; a router says so")
        case "timeout" if seen.shown:
            return Judgement(Cause.FILTERED, HIGH, f"{why}; the host itself is there")
        case "timeout":
            return Judgement(Cause.FILTERED, MEDIUM, why)
        case "device":
            return Judgement(Cause.CONVERTER_DEVICE, HIGH, why)
    return Judgement(Cause.UNKNOWN, LOW, why)
