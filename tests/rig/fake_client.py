"""A stand-in for the library's client: scripted answers, no wire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from attrs import define, field, frozen

import dlmslite
from dlmslite.codes import DataAccessResult
from dlmslite.trace import Direction, TraceEvent
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.identity import SOURCES

Answer = Any  # a value, an exception to be the value's error, or a callable that gives either


@frozen
class Result:
    """What ``read_many`` gives for each name."""

    value: Any = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@frozen
class Info:
    """What was agreed."""

    max_pdu: int = 1024
    conformance: dlmslite.Conformance = (
        dlmslite.Conformance.GET | dlmslite.Conformance.MULTIPLE_REFERENCES
    )
    link: Mapping[str, int] = field(factory=lambda: {"window": 1})


@frozen
class Listed:
    """One entry of the object list."""

    obis: str


@define(eq=False)
class FakeMeter:
    """What a meter would say; ``connect`` stands in for ``dlmslite.connect``.

    Attributes:
        values: What each logical name answers.
        attributes: What ``get`` answers for a (logical name, attribute, class).
        refuse: Raised by the next connects, in order, before any succeeds.
        break_reads: Raised by the next reads, in order.
        break_relinks: Raised by the next relinks, in order.
        lists: Whether it takes several references in one request.
        takes: Seconds that each read takes on the fake clock.
        drift: Seconds that its clock is ahead.
        serial: What it says who it is; empty when it has no such object. Asking costs nothing.
        before_connect: Called as a connect begins.
        before_read: Called as a read begins.
    """

    clock: FakeClock
    values: dict[str, Answer] = field(factory=dict)
    attributes: dict[tuple[str, int, int], Answer] = field(factory=dict)
    listed: dict[int, list[str]] = field(factory=dict)
    refuse: list[Exception] = field(factory=list)
    break_reads: list[Exception] = field(factory=list)
    break_relinks: list[Exception] = field(factory=list)
    lists: bool = True
    takes: float = 0.1
    drift: float = 0.0
    serial: str = ""
    before_connect: Callable[[], None] | None = None
    before_read: Callable[[], None] | None = None
    calls: list[str] = field(factory=list)
    options: list[dict[str, Any]] = field(factory=list)
    open_now: int = 0

    def connect(self, url: str, **options: Any) -> FakeClient:
        self.calls.append("connect")
        if self.before_connect is not None:
            self.before_connect()
        self.options.append({"url": url, **options})
        if self.refuse:
            raise self.refuse.pop(0)
        self.open_now += 1
        info = Info() if self.lists else Info(conformance=dlmslite.Conformance.GET)
        return FakeClient(self, options, info, options["timeout"])


@define(eq=False)
class FakeClient:
    """One session of a ``FakeMeter``."""

    meter: FakeMeter
    options: dict[str, Any]
    info: Info
    timeout: float
    closed: bool = False
    aborted: bool = False

    def _move(self, note: str = "", octets: bytes = b"7e") -> None:
        trace = self.options["trace"]
        at = self.meter.clock.monotonic()
        if note:
            trace(TraceEvent(at=at, layer="link", direction=Direction.INTERNAL, note=note))
        else:
            for direction in (Direction.SENT, Direction.RECEIVED):
                trace(
                    TraceEvent(
                        at=at,
                        layer="transport",
                        direction=direction,
                        octets=octets,
                        details={"frames": 1},
                    )
                )

    def discard(self, reason: str) -> None:
        """Let the tap hear of a discarded frame."""
        self._move(f"discarded: {reason}")

    def _read(self, what: str) -> None:
        self.meter.calls.append(what)
        if self.meter.before_read is not None:
            self.meter.before_read()
        self.meter.clock.advance(self.meter.takes)
        if self.meter.break_reads:
            raise self.meter.break_reads.pop(0)
        self._move()

    def read_many(self, obis: Sequence[str]) -> Mapping[str, Result]:
        self._read("read_many " + " ".join(obis))
        return {name: _result(self.meter.values[name]) for name in obis}

    def get(self, obis: str, attribute: int, *, class_id: int) -> Any:
        if obis in SOURCES and (obis, attribute, class_id) not in self.meter.attributes:
            if self.meter.serial and obis == SOURCES[0]:
                return self.meter.serial.encode()
            raise dlmslite.ServiceError("undefined", result=DataAccessResult.OBJECT_UNDEFINED)
        self._read(f"get {obis} {attribute} {class_id}")
        result = _result(self.meter.attributes[obis, attribute, class_id])
        if result.error is not None:
            raise result.error
        return result.value

    def relink(self) -> None:
        self.meter.calls.append("relink")
        if self.meter.break_relinks:
            raise self.meter.break_relinks.pop(0)
        self._move()

    def clock(self) -> Self:
        return self

    def time(self) -> dt.datetime:
        seconds = self.meter.clock.utc_ms() / 1000 + self.meter.drift
        return dt.datetime.fromtimestamp(seconds, dt.UTC)

    def objects(self, *, class_id: int) -> Iterable[Listed]:
        self._read(f"objects {class_id}")
        return [Listed(obis) for obis in self.meter.listed.get(class_id, [])]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.meter.open_now -= 1
            self.meter.calls.append("close")

    def abort(self) -> None:
        self.aborted = True


def _result(answer: Answer) -> Result:
    if callable(answer):
        answer = answer()
    return Result(error=answer) if isinstance(answer, Exception) else Result(answer)


def unreachable() -> Exception:
    """What ``connect`` raises when nobody listens."""
    return dlmslite.TransportError("connection refused")
