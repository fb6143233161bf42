"""A trial: does this meter answer, with these credentials, and what does it say?

Nothing is saved. It runs on the thread that owns the line, between two polls, and its proof goes
through the credential guard like any other.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from attrs import evolve, frozen

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.opening import REST, open_session
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.convert import Moment, NoReading, described, reading_of
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.harvest import Harvest, Value
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.plan import Item, Plan
from dlmslite_daemon.meters.reader import Reader


@frozen
class TrialValue:
    """One value of a trial.

    Attributes:
        key: The key of the series.
        obis: Its logical name.
        text: The exact value as text; None when it did not come.
        unit: Its unit; empty when it has none.
        error: Why it did not come; empty when it did.
        content: What the meter said as JSON, where that is no single value; empty otherwise.
        code: The stable code of why it did not come; empty when it did.
    """

    key: str
    obis: str
    text: str | None = None
    unit: str = ""
    error: str = ""
    content: str = ""
    code: str = ""

    @property
    def ok(self) -> bool:
        """Whether it came."""
        return self.text is not None


@frozen
class Trial:
    """How a trial went.

    Attributes:
        ok: Whether the meter was reached, let us in, and gave every value that was asked.
        seconds: How long it took.
        association: What was agreed, as text; empty when none came about.
        values: One for each series that was asked.
        offers: The registers that the meter has, when no series was asked.
        fault: What went wrong; None when nothing did.
        serial: Who the meter says it is; empty when it tells nothing, or was not reached.
        serial_from: Which of its objects says so.
        opening_seconds: What connecting and associating took, s; None when it did not come about.
        poll_seconds: What reading took, s; None when nothing was read.
    """

    ok: bool
    seconds: float
    association: str = ""
    values: tuple[TrialValue, ...] = ()
    offers: tuple[SeriesSettings, ...] = ()
    fault: Fault | None = None
    serial: str = ""
    serial_from: str = ""
    opening_seconds: float | None = None
    poll_seconds: float | None = None


class Visit:
    """One trial of one meter; ``run`` belongs on the line's thread.

    Args:
        settings: The meter as it would be.
        entrance: Makes what opens its session, on a line.
        shared: What all lines share.
    """

    def __init__(
        self,
        settings: MeterSettings,
        entrance: Callable[[Line], Entrance],
        shared: Shared,
    ) -> None:
        self._settings = settings
        self._entrance = entrance
        self._shared = shared
        self._reader: Reader | None = None
        self._broken_off = threading.Event()

    def run(self, line: Line) -> Trial:
        """Open, read or list, see who it is, and leave."""
        clock = self._shared.clock
        begun = clock.monotonic()
        try:
            entrance = self._entrance(line)
            reader = self._reader = entrance.reader()
            rested = max(clock.monotonic(), line.left_at + REST)
            allowed = self._shared.gates.reserve(rested)
            clock.wait(self._broken_off, max(0.0, allowed - clock.monotonic()))
            knocked = clock.monotonic()
            open_session(reader, entrance.guard, self._shared.gates, clock)
        except BridgeError as error:
            fault = Fault(error.code, error.message, error.hint, clock.utc_ms())
            return Trial(ok=False, seconds=clock.monotonic() - begun, fault=fault)
        opening = clock.monotonic() - knocked
        trial = Trial(ok=False, seconds=0.0, association=reader.agreed, opening_seconds=opening)
        try:
            trial = self._look(reader, trial)
            # Last: some meters fall silent when they are asked for what they have not.
            with contextlib.suppress(MeterFailed):
                told = reader.identity()
                trial = evolve(trial, serial=told.serial, serial_from=told.source)
        except MeterFailed as error:
            fault = Fault(error.code, error.message, error.hint, clock.utc_ms())
            trial = evolve(trial, fault=fault)
        finally:
            reader.close()
        return evolve(trial, seconds=clock.monotonic() - begun)

    def _look(self, reader: Reader, trial: Trial) -> Trial:
        """Read its series, or the list of what it has."""
        if not self._settings.series:
            offers = tuple(
                SeriesSettings(item.key, item.obis, item.class_id) for item in reader.offers()
            )
            return evolve(trial, ok=True, offers=offers)
        harvest = reader.poll(Plan.of(self._settings.series, {}))
        values = tuple(self._value(value, harvest) for value in harvest.values)
        every = all(value.ok for value in values)
        return evolve(trial, ok=every, values=values, poll_seconds=harvest.seconds)

    def abort(self) -> None:
        """Break it off; from any thread."""
        self._broken_off.set()
        reader = self._reader
        if reader is not None:
            reader.abort()

    def _value(self, value: Value, harvest: Harvest) -> TrialValue:
        item: Item = value.item
        if not value.ok:
            code = "E-OBJECT-UNDEFINED" if value.undefined else "E-OBJECT-REFUSED"
            return TrialValue(item.key, item.obis, error=value.error, code=code)
        moment = Moment(self._settings.name, harvest.ts_ms)
        try:
            reading = reading_of(value.value, item.key, harvest.plan.unit(item), moment)
        except NoReading as error:
            content = described(value.value)
            return TrialValue(
                item.key, item.obis, error=error.message, content=content, code=error.code
            )
        return TrialValue(item.key, item.obis, reading.value_text(), reading.unit)
