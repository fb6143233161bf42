"""What the polls said of each series of one meter, and the readings that came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.engine.health import SeriesHealth, SeriesState
from dlmslite_daemon.meters.convert import Moment, NoReading, reading_of
from dlmslite_daemon.meters.harvest import Harvest, Value
from dlmslite_daemon.meters.plan import Plan, dotted
from dlmslite_daemon.reading import Reading

DURATIONS = 32  # recent exchanges of each series whose durations are kept


class SeriesBook:
    """The series of one meter.

    Attributes:
        obis: The logical name of each series.

    Args:
        series: As configured.
        plan: What is known of them.
        latest: The newest stored reading of each, so that a restart forgets none.
    """

    def __init__(
        self, series: Sequence[SeriesSettings], plan: Plan, latest: Mapping[str, Reading]
    ) -> None:
        units = {item.key: plan.unit(item) for item in plan.items}
        undefined = {item.key for item in plan.items if item.target in plan.undefined}
        self.obis = {one.key: dotted(one.obis) for one in series}
        self._series: dict[str, SeriesHealth] = {}
        for one in series:
            state = SeriesState.WAITING if one.enabled else SeriesState.DISABLED
            known = latest.get(one.key)
            self._series[one.key] = SeriesHealth(
                key=one.key,
                obis=dotted(one.obis),
                unit=(known.unit if known else "") or units.get(one.key, one.unit),
                state=SeriesState.UNDEFINED if one.key in undefined else state,
                value=known.value_text() if known else None,
                ts_ms=known.ts_ms if known else None,
            )

    def view(self) -> tuple[SeriesHealth, ...]:
        """Every series, in the operator's order."""
        return tuple(self._series.values())

    def absorb(self, harvest: Harvest, meter: str) -> list[Reading]:
        """Turn what a poll brought into readings; what did not come is written down.

        Args:
            harvest: What the poll brought.
            meter: The meter's name.
        """
        moment = Moment(meter, harvest.ts_ms, harvest.meter_ts_ms)
        readings = []
        for value in harvest.values:
            reading, error = self._reading(value, harvest, moment)
            known = self._series[value.item.key]
            durations = (*known.durations, value.seconds)[-DURATIONS:]
            known = evolve(known, durations=durations)
            if reading is not None:
                readings.append(reading)
                self._series[known.key] = evolve(
                    known,
                    state=SeriesState.GOOD,
                    unit=reading.unit,
                    value=reading.value_text(),
                    ts_ms=reading.ts_ms,
                    error="",
                    asked=known.asked + 1,
                    good=known.good + 1,
                )
            else:
                state = SeriesState.UNDEFINED if value.undefined else SeriesState.FAILED
                asked = known.asked + 1
                self._series[known.key] = evolve(known, state=state, error=error, asked=asked)
        return readings

    def hopeful(self) -> None:
        """Everything is asked again: what was undefined waits for its next answer."""
        for key, known in self._series.items():
            if known.state is SeriesState.UNDEFINED:
                self._series[key] = evolve(known, state=SeriesState.WAITING, error="")

    @staticmethod
    def _reading(value: Value, harvest: Harvest, moment: Moment) -> tuple[Reading | None, str]:
        if not value.ok:
            return None, value.error
        unit = harvest.plan.unit(value.item)
        try:
            return reading_of(value.value, value.item.key, unit, moment), ""
        except NoReading as error:
            return None, error.message
