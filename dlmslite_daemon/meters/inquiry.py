"""The rungs on a session that stands: who the meter is, its clock, a register with its scaler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

import dlmslite
from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.finding import Rung, Step
from dlmslite_daemon.meters import judge
from dlmslite_daemon.meters.client import Client
from dlmslite_daemon.meters.convert import Moment, NoReading, reading_of
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.judge import LOW, Judgement
from dlmslite_daemon.meters.plan import Item
from dlmslite_daemon.meters.reader import Reader

_REFUSED = (dlmslite.ServiceError, dlmslite.DecodeError)
_REGISTER = 3


@frozen
class LadderValue:
    """One value that the ladder read.

    Attributes:
        key: The key of the series.
        obis: Its logical name.
        text: The exact value; None where it did not come.
        unit: Its unit.
        error: Why it did not come; empty where it did.
    """

    key: str
    obis: str
    text: str | None = None
    unit: str = ""
    error: str = ""


@frozen
class Inquiry:
    """Reads on a session that stands.

    Attributes:
        reader: The session.
        settings: The meter.
        clock: The daemon's clock.
        known: Who it should be, and which of its objects says so; empty where nobody knows.
        quick: Whether the first value is enough.
        tell: Told what is going on.
        values: What was read.
    """

    reader: Reader
    settings: MeterSettings
    clock: Clock
    known: Told
    quick: bool
    tell: Callable[[str], None]
    values: list[LadderValue] = field(factory=list)

    def rungs(self) -> list[Rung]:
        """Climb ``identity``, ``clock`` and ``register``, up to the first that fails.

        A meter that nobody knows yet is asked who it is at the end: some fall silent when they are
        asked for what they have not.
        """
        climbed: list[Rung] = []
        looks = [("clock", self._clock), ("register", self._registers)]
        identity = ("identity", self._identity if self.known.serial else self._introduction)
        for name, look in [identity, *looks] if self.known.serial else [*looks, identity]:
            self.tell(name)
            self.reader.traffic.take()
            begun = self.clock.monotonic()
            try:
                judged = look()
            except MeterFailed as error:
                judged = judge.of_read(error.__cause__ or error)
            seconds, traffic = self.clock.monotonic() - begun, self.reader.traffic.take()
            amounts = (traffic.octets_sent, b""), (traffic.octets_received, b"")
            climbed.append(judged.rung(name, seconds, *amounts))
            if climbed[-1].step is Step.FAILED:
                break
        return climbed

    def _identity(self) -> Judgement:
        told = self.reader.identity(self.known.source)
        return judge.of_identity(told.serial, self.known.serial)

    def _introduction(self) -> Judgement:
        try:
            return judge.of_identity(self.reader.identity().serial, "")
        except MeterFailed as error:
            return Judgement(None, LOW, f"asked who it is, it fell silent: {error.message}")

    def _clock(self) -> Judgement:
        try:
            shown = self.reader.use(lambda client: client.clock().time())
        except _REFUSED as error:
            return Judgement(None, LOW, f"no clock that names a moment: {error.args[0]}")
        except dlmslite.ConfigurationError as error:
            return Judgement(None, LOW, f"the clock's zone is not known: {error.args[0]}")
        return judge.of_clock(shown.timestamp() - self.clock.utc_ms() / 1000)

    def _registers(self) -> Judgement:
        slowest, wrong = 0.0, None
        for series in self.settings.series:
            if not series.enabled:
                continue
            begun = self.clock.monotonic()
            judged = self._register(series)
            slowest = max(slowest, self.clock.monotonic() - begun)
            wrong = wrong or judged
            if self.quick and judged is None:
                break
        if wrong is not None:
            return wrong
        pace = judge.of_pace(slowest)
        shown = ", ".join(f"{one.key} {one.text} {one.unit}".rstrip() for one in self.values)
        told = f"{shown}; {pace.told}" if shown else "it has no series"
        return Judgement(pace.cause, pace.confidence, told)

    def _register(self, series: SeriesSettings) -> Judgement | None:
        """Read one series with its scaler; what is wrong with it, or None."""
        moment = Moment(self.settings.name, self.clock.utc_ms())
        try:
            value = self.reader.use(lambda client: value_of(client, series))
            reading = reading_of(value, series.key, series.unit, moment)
        except _REFUSED as error:
            judged = judge.of_read(error)
        except NoReading as error:
            judged = Judgement(Cause.UNKNOWN, LOW, error.message)
        else:
            text, unit = reading.value_text(), reading.unit
            self.values.append(LadderValue(series.key, series.obis, text, unit))
            return None
        self.values.append(LadderValue(series.key, series.obis, error=judged.told))
        told = f"{series.key} ({series.obis}): {judged.told}"
        return Judgement(judged.cause, judged.confidence, told)


def value_of(client: Client, series: SeriesSettings) -> Any:
    """The value of a series, scaled where the meter says how.

    Raises:
        DlmsError: As the library does.
    """
    item = Item(series.key, series.obis, series.attribute, series.class_id)
    if not item.together:
        class_id = _REGISTER if series.class_id is None else series.class_id
        return client.get(series.obis, series.attribute, class_id=class_id)
    (result,) = client.read_many([series.obis]).values()
    if result.error is not None:
        raise result.error
    return result.value
