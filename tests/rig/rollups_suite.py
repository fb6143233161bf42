"""What every store must pass: roll-ups, and letting go of what is old."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import astuple, evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rig.store_suite import Suite, a_meter, a_reading

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.reading import Lane, Quality, Reading, Source, ValueKind
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import (
    Ages,
    AuditEntry,
    DeadLetter,
    Diagnostic,
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.rollup import QUARTER_MS, Gathering, Rollup, Step, of_reading, quarter_of

ALL = 1 << 60
YOUNG = Ages(0, 0, 0, 0, 0, 0, 0)


def exact(row: Rollup) -> tuple[object, ...]:
    """A row for comparing: 0 and 0.0 are the same lowest value."""
    numbers = (Decimal(text) for text in (row.lowest, row.highest, row.total) if text is not None)
    return (*astuple(row, recurse=False)[:-3], *numbers)


class RollupsSuite(Suite):
    """Quarters, days, and age."""

    @settings(
        max_examples=20,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(
        batch=st.lists(
            st.tuples(
                st.integers(0, 4 * QUARTER_MS),
                st.integers(-(1 << 66), 1 << 66),
                st.integers(-5, 3),
                st.sampled_from(Source),
                st.booleans(),
            ),
            min_size=1,
            max_size=20,
        ),
        limit=st.integers(5, 30),
    )
    def test_rows_are_what_was_read_whenever_they_are_rolled_up(
        self,
        store: Store,
        batch: list[tuple[int, int, int, Source, bool]],
        limit: int,
    ) -> None:
        name = f"m{store.last_number()}-{len(store.meters())}"
        store.add_meter(evolve(a_meter(name), zone="UTC"))
        readings = [
            Reading(
                name, "energy", ts_ms, ValueKind.INTEGER, raw, scaler, unit="kWh", source=source,
                quality=Quality.GOOD if good else Quality.SUSPECT,
            )
            for ts_ms, raw, scaler, source, good in batch
        ]  # fmt: skip
        for part in (readings[: limit // 2], readings[limit // 2 :]):
            self.put(store, *part)
            store.roll_up(limit)
        while store.roll_up(limit) == limit:
            pass
        wanted, whole_day = Gathering(), Gathering()
        for reading in store.readings(name):
            wanted.add(0, of_reading(reading, quarter_of(reading.ts_ms)))
            whole_day.add(0, of_reading(reading, 0))
        for step, gathered in ((Step.QUARTER, wanted), (Step.DAY, whole_day)):
            found = store.rollups(name, "energy", step, 0, ALL)
            rows = sorted(gathered.rows.values(), key=lambda r: (r.start_ms, r.lane.value))
            assert [exact(row) for row in found] == [exact(row) for row in rows]

    def test_rows_of_a_span_and_of_nobody(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, *(a_reading(n * QUARTER_MS) for n in range(4)))
        assert store.roll_up(3) == 3
        assert store.roll_up(3) == 1
        assert store.roll_up(3) == 0
        found = store.rollups("kitchen", "voltage", Step.QUARTER, QUARTER_MS, 3 * QUARTER_MS)
        assert [row.start_ms for row in found] == [QUARTER_MS, 2 * QUARTER_MS]
        assert (found[0].last, found[0].unit) == ("230.1", "V")
        assert store.rollups("kitchen", "none", Step.DAY, 0, ALL) == []
        with pytest.raises(UnknownMeter):
            store.rollups("attic", "voltage", Step.DAY, 0, ALL)

    def test_readings_since_are_the_same_rolled_up_or_not(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_meter(a_meter("attic"))
        times = [1, QUARTER_MS - 1, QUARTER_MS, QUARTER_MS + 5, 3 * QUARTER_MS]
        self.put(store, *(a_reading(ts_ms) for ts_ms in times))
        self.put(store, a_reading(QUARTER_MS + 6, "attic"))
        for limit in (2, 2, 9):
            for since_ms in (0, 2, QUARTER_MS, QUARTER_MS + 1, QUARTER_MS + 6, ALL):
                wanted = sum(ts_ms >= since_ms for ts_ms in times)
                assert store.readings_since(since_ms, "kitchen") == wanted
                assert store.readings_since(since_ms) == wanted + (since_ms <= QUARTER_MS + 6)
            store.roll_up(limit)

    def prune_all(self, store: Store, before_ms: int, limit: int = 5_000) -> int:
        removed, after = store.prune_readings(before_ms, 0, limit)
        while after:
            more, after = store.prune_readings(before_ms, after, limit)
            removed += more
        return removed

    def left(self, store: Store) -> list[int]:
        return [reading.ts_ms for reading in store.readings("kitchen", series="voltage")]

    def test_old_readings_go_once_they_are_rolled_up(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, *(a_reading(n) for n in range(10)))
        assert self.prune_all(store, 5) == 0  # a roll-up is made before raw rows go
        store.roll_up()
        for limit in (3, 5_000):
            assert self.prune_all(store, 5, limit) == (5 if limit == 3 else 0)
            assert self.left(store) == [5, 6, 7, 8, 9]
        assert [r.ts_ms for r in store.readings_after(Lane.LIVE, 0, 9)] == [5, 6, 7, 8, 9]
        (row,) = store.rollups("kitchen", "voltage", Step.QUARTER, 0, ALL)
        assert row.count == 10
        self.put(store, a_reading(99))
        assert store.last_number() == 11

    def test_the_newest_of_a_series_stays(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(1), a_reading(2))
        store.roll_up()
        assert self.prune_all(store, ALL) == 1
        assert self.left(store) == [2]
        assert store.latest("kitchen")["voltage"].ts_ms == 2

    def test_what_an_enabled_sink_has_not_acknowledged_stays(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_sink(SinkSettings("slow", "mqtt"))
        store.add_sink(SinkSettings("quick", "mqtt"))
        store.add_sink(SinkSettings("off", "mqtt", enabled=False))
        self.put(store, *(a_reading(n) for n in range(6)))
        self.put(store, a_reading(0, source=Source.PROFILE), a_reading(1, source=Source.PROFILE))
        store.roll_up()
        self.commit(store, store.advance("quick", Lane.LIVE, "", 6))
        assert self.prune_all(store, ALL) == 0
        self.commit(store, store.advance("slow", Lane.LIVE, "", 4))
        assert self.prune_all(store, ALL) == 4
        # The history lane has cursors of its own; nothing of it is acknowledged.
        assert len(store.readings_after(Lane.HISTORY, 0, 9)) == 2
        store.set_sink(SinkSettings("slow", "mqtt", enabled=False))
        assert self.prune_all(store, ALL) == 1
        assert self.left(store) == [0, 1, 5]

    def test_each_meter_may_have_a_cursor_of_its_own(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_meter(a_meter("attic"))
        store.add_sink(SinkSettings("tb", "mqtt"))
        self.put(store, *(a_reading(n) for n in range(3)), *(a_reading(n, "attic") for n in (1, 2)))
        store.roll_up()
        self.commit(store, store.advance("tb", Lane.LIVE, "kitchen", 3))
        assert self.prune_all(store, ALL) == 2
        assert len(store.readings("attic")) == 2
        # All share one connection by now; what it acknowledged counts too.
        self.commit(store, store.advance("tb", Lane.LIVE, "", 5))
        assert self.prune_all(store, ALL) == 1

    def test_a_sink_that_is_not_to_have_a_meters_readings_holds_none(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_sink(SinkSettings("tb", "mqtt"))
        self.put(store, *(a_reading(n) for n in range(3)))
        store.roll_up()
        assert store.prune_readings(ALL, excused={("tb", "attic")}) == (0, 3)
        assert store.prune_readings(ALL, excused={("tb", "kitchen")}) == (2, 3)

    def test_nothing_young_goes(self, store: Store) -> None:
        self.fill(store)
        assert store.prune(YOUNG) == {}

    def test_each_table_has_its_age(self, store: Store) -> None:
        self.fill(store)
        gone = store.prune(Ages(ALL, 0, 0, 0, 0, 0, 0))
        assert gone == {"readings_15min": 1}
        assert store.rollups("kitchen", "voltage", Step.QUARTER, 0, ALL) == []
        assert len(store.rollups("kitchen", "voltage", Step.DAY, -ALL, ALL)) == 1
        assert store.prune(Ages(0, ALL, 0, 0, 0, 0, 0)) == {"readings_daily": 1}
        assert store.prune(Ages(0, 0, ALL, 0, 0, 0, 0)) == dict.fromkeys(
            ("meter_metrics", "network_metrics", "service_metrics", "sink_metrics"), 1
        )
        assert store.prune(Ages(0, 0, 0, 0, 0, 0, 0, 2)) == {"dlms_diagnostics": 1}
        assert [d.ts_ms for d in store.diagnostics("kitchen")] == [102, 101]
        assert store.prune(Ages(0, 0, 0, 102, 0, 0, 0)) == {"dlms_diagnostics": 1}
        assert store.prune(Ages(0, 0, 0, 0, ALL, 0, 0)) == {"alarms": 1}
        assert [alarm.active for alarm in store.alarms(active=False)] == [True]
        assert store.prune(Ages(0, 0, 0, 0, 0, ALL, 0)) == {"audit": 1}
        assert store.prune(Ages(0, 0, 0, 0, 0, 0, ALL)) == {"dead_letters": 1}
        assert store.prune(Ages(*[ALL] * 7)) == {"dlms_diagnostics": 1}

    def fill(self, store: Store) -> None:
        """A row in every table."""
        store.add_meter(a_meter())
        store.add_sink(SinkSettings("tb", "mqtt"))
        self.put(store, a_reading(100_000_000))
        store.roll_up()
        store.record(
            Interval(
                (MeterMetrics("kitchen", 100, 300.0),),
                (NetworkMetrics("kitchen", 100, 300.0),),
                ServiceMetrics(100, 300.0),
                (SinkMetrics("tb", 100, 300.0),),
            )
        )
        events = [Diagnostic("kitchen", ts, "error", "hdlc", "x") for ts in (100, 101, 102)]
        store.add_diagnostic(*events)
        condition = Condition("silence", "quiet")
        store.save_alarm(Alarm("kitchen", condition, 100, 100))
        store.save_alarm(evolve(Alarm("attic", condition, 100, 100), cleared_ms=200))
        store.add_audit(AuditEntry(100, "ann", "meter.add"))
        store.add_dead_letter(DeadLetter("tb", Lane.LIVE, 1, 1, "t", b"", "no", 100))
