"""Stand-ins for diagnosis and scan: they remember what was asked and give what they are told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.diagnosis import Diagnosed
from dlmslite_daemon.engine.scan import Scanned, Wanted
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import Rung, Step, conclude
from dlmslite_daemon.meters.inquiry import LadderValue
from dlmslite_daemon.meters.knock import Seen
from dlmslite_daemon.store.base import Store

HOST = Rung(name="host", step=Step.PASSED, told="it answers an echo request", seconds=0.01)
CONNECT = Rung(name="connect", step=Step.PASSED, told="connected to 192.0.2.7", seconds=0.015)
REGISTER = Rung(name="register", step=Step.PASSED, told="voltage 229.90 V", octets_sent=25)
REFUSED = Rung(name="connect", step=Step.FAILED, told="refused, 3 times", cause=Cause.REFUSED)


def diagnosed(*rungs: Rung, page: str = "") -> Diagnosed:
    """What a climb of these rungs comes to."""
    values = (LadderValue("voltage", "1.1.32.7.0.255", "229.90", "V"),)
    return Diagnosed(conclude("kitchen", "test", 1_000, rungs, 1.2), values, page)


GOOD = diagnosed(HOST, CONNECT, REGISTER, page="# Commissioning of kitchen\n")
BAD = diagnosed(HOST, REFUSED)
METER = Seen(
    host="127.0.0.9", port=3333, state="meter", url="tcp+hdlc://127.0.0.9:3333", server="1",
    serial="MS1234", told="let in", connects=1,
)  # fmt: skip


@define
class Doctor:
    """A diagnosis."""

    store: Store
    calls: list[tuple[Any, ...]] = Factory(list)
    diagnosed: Diagnosed | BridgeError = GOOD

    def test(
        self,
        name: str,
        *,
        change: Callable[[MeterSettings], MeterSettings],
        tell: Callable[[str], None] = lambda _text: None,
    ) -> Diagnosed:
        self.calls.append(("test", change(self.store.meter(name).settings)))
        return self._given(tell)

    def diagnose(self, name: str, *, tell: Callable[[str], None], **more: Any) -> Diagnosed:
        self.calls.append(("diagnose", name, more))
        return self._given(tell)

    def commission(self, name: str, *, tell: Callable[[str], None], **more: Any) -> Diagnosed:
        self.calls.append(("commission", name, more))
        return self._given(tell)

    def _given(self, tell: Callable[[str], None]) -> Diagnosed:
        tell("waiting for the line")
        if isinstance(self.diagnosed, BridgeError):
            raise self.diagnosed
        return self.diagnosed


@define
class Scout:
    """A scan."""

    calls: list[Wanted] = Factory(list)
    scanned: Scanned = Factory(lambda: Scanned(found=(METER,), places=254, seconds=63.5))

    def run(self, wanted: Wanted, tell: Callable[[str], None]) -> Scanned:
        self.calls.append(wanted)
        tell("254 of 254: 127.0.0.254:3333 closed")
        return self.scanned
