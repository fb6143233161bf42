"""What every store must answer to reports."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rig.store_suite import Suite, a_meter, a_reading

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.reach import Reach
from dlmslite_daemon.store.records import DeadLetter, MeterMetrics

MINUTE = 60_000


def register(ts_ms: int, raw: int, **fields: object) -> Reading:
    """A value of the energy register."""
    return a_reading(ts_ms, series="energy", raw=raw, scaler=0, unit="Wh", **fields)


def course(found: Course) -> list[tuple[int, int | None]]:
    return [(r.ts_ms, r.raw) for r in found.landmarks]


class FiguresSuite(Suite):
    """The questions of reports."""

    def test_of_a_steady_register_only_the_bounds_matter(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, *(register(n * MINUTE, n) for n in range(100)))
        self.put(store, a_reading(5 * MINUTE))
        found = store.course("kitchen", "energy", [10 * MINUTE + 1, 50 * MINUTE], MINUTE)
        assert course(found) == [(n * MINUTE, n) for n in (10, 11, 50)]
        assert found.gaps == ()
        assert store.course("kitchen", "nothing", [1], MINUTE) == Course()
        assert store.course("kitchen", "energy", [], MINUTE) == Course()

    def test_both_sides_of_gaps_and_falls_are_landmarks(self, store: Store) -> None:
        store.add_meter(a_meter())
        values = {0: 5, 1: 6, 2: 7, 9: 9, 10: 10, 11: 3, 12: 4, 13: 5}
        self.put(store, *(register(m * MINUTE, raw) for m, raw in values.items()))
        found = store.course("1", "energy", [0, 13 * MINUTE], 2 * MINUTE)
        assert course(found) == [(m * MINUTE, values[m]) for m in (0, 1, 2, 9, 10, 11, 13)]
        assert found.gaps == ((2 * MINUTE, 9 * MINUTE),)

    def test_a_register_before_whose_first_reading_nothing_is_begins_there(
        self, store: Store
    ) -> None:
        store.add_meter(a_meter())
        self.put(store, register(5 * MINUTE, 50), register(6 * MINUTE, 60))
        found = store.course("kitchen", "energy", [0, 10 * MINUTE], MINUTE)
        assert course(found) == [(5 * MINUTE, 50), (6 * MINUTE, 60)]
        assert store.course("kitchen", "energy", [0, 1], MINUTE) == Course()

    def test_another_scaler_is_no_fall_that_is_hidden(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(
            store,
            register(0, 1000),
            a_reading(1 * MINUTE, series="energy", raw=1001, scaler=-1, unit="Wh"),
            register(2 * MINUTE, 101),
            register(3 * MINUTE, 1 << 70),
            register(4 * MINUTE, 5),
            a_reading(5 * MINUTE, series="energy", kind=ValueKind.FLOAT, raw=None, scaler=0,
                      text="9.5"),
            a_reading(6 * MINUTE, series="energy", kind=ValueKind.FLOAT, raw=None, scaler=0,
                      text="10.5"),
            a_reading(7 * MINUTE, series="energy", kind=ValueKind.FLOAT, raw=None, scaler=0,
                      text="2.5"),
        )  # fmt: skip
        found = store.course("kitchen", "energy", [0, 9 * MINUTE], 5 * MINUTE)
        falls = [(0, 1), (3, 4), (6, 7)]
        times = {r.ts_ms // MINUTE for r in found.landmarks}
        assert {minute for pair in falls for minute in pair} <= times

    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
        max_examples=20,
    )
    @given(steps=st.lists(st.tuples(st.integers(1, 9), st.integers(-5, 20)), max_size=20))
    def test_between_two_landmarks_it_rose_without_a_gap(
        self, store: Store, steps: list[tuple[int, int]]
    ) -> None:
        name = f"m{len(store.meters())}"
        store.add_meter(a_meter(name))
        ts, raw, every = 0, 100, []
        for minutes, rise in steps:
            ts, raw = ts + minutes * MINUTE, raw + rise
            every.append(register(ts, raw, meter=name))
        self.put(store, *every)
        bounds = [20 * MINUTE, 40 * MINUTE, 60 * MINUTE]
        found = store.course(name, "energy", bounds, 3 * MINUTE)
        for one, other in itertools.pairwise(found.landmarks):
            passed = [r for r in every if one.ts_ms <= r.ts_ms <= other.ts_ms]
            if len(passed) > 2:
                values = [r.raw or 0 for r in passed]
                assert values == sorted(values)
        heard = [r for r in every if found.landmarks and r.ts_ms >= found.landmarks[0].ts_ms]
        pairs = itertools.pairwise(r.ts_ms for r in heard if r.ts_ms <= bounds[-1])
        assert list(found.gaps) == [(a, b) for a, b in pairs if b - a > 3 * MINUTE]
        times = {r.ts_ms for r in found.landmarks}
        for bound in bounds:
            before = [r.ts_ms for r in every if r.ts_ms <= bound]
            assert not before or max(before) in times

    def test_undelivered_is_what_some_enabled_sink_has_not_acknowledged(self, store: Store) -> None:
        for name in ("kitchen", "cellar"):
            store.add_meter(a_meter(name))
        self.put(store, *(a_reading(100 + n, host_ts_ms=100 + n) for n in range(6)))
        self.put(store, a_reading(109, meter="cellar", host_ts_ms=109))
        self.put(store, a_reading(3, host_ts_ms=104, source=Source.PROFILE))

        def waiting(live: Reach, history: Reach, since: int = 0, until: int = 1000) -> object:
            reaches = {Lane.LIVE: live, Lane.HISTORY: history}
            return store.undelivered(since, until, reaches)

        nobody = Reach()
        assert waiting(nobody, nobody) == {}
        assert waiting(Reach(0), Reach(0)) == {"kitchen": 7, "cellar": 1}
        assert waiting(Reach(4), Reach(0)) == {"kitchen": 3, "cellar": 1}
        assert waiting(Reach(4), Reach(0), 105, 106) == {"kitchen": 1}
        assert waiting(Reach(7), Reach(8)) == {}
        # A cursor for each meter: of those without one nothing is to be delivered.
        assert waiting(Reach(None, {"kitchen": 4}), nobody) == {"kitchen": 2}
        assert waiting(Reach(None, {"kitchen": 6}), Reach(None, {"kitchen": 7})) == {"kitchen": 1}
        assert waiting(Reach(7, {"kitchen": 3, "cellar": 7}), nobody) == {"kitchen": 3}
        assert waiting(Reach(5, {"kitchen": 6}), nobody) == {"kitchen": 1, "cellar": 1}
        store.add_meter(a_meter("attic"))  # which was never read
        assert waiting(Reach(None, {"attic": 0}), Reach(None, {"attic": 0})) == {}

    def test_what_a_sink_refused_for_good_was_not_delivered(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_sink(SinkSettings("tb", "mqtt"))
        self.put(store, *(a_reading(100 + n, host_ts_ms=100 + n) for n in range(6)))
        store.add_dead_letter(DeadLetter("tb", Lane.LIVE, 2, 3, "t", b"", "too large", 500))
        store.add_dead_letter(DeadLetter("tb", Lane.LIVE, 3, 3, "t", b"", "too large", 501))
        for reach in (Reach(6), Reach(None, {"kitchen": 6})):
            assert store.undelivered(0, 1000, {Lane.LIVE: reach}) == {"kitchen": 2}
            assert store.undelivered(102, 1000, {Lane.LIVE: reach}) == {"kitchen": 1}

    def test_delivered_until_is_the_newest_that_all_have(self, store: Store) -> None:
        for name in ("kitchen", "cellar", "attic"):
            store.add_meter(a_meter(name))
        self.put(store, a_reading(10), a_reading(20), a_reading(30, meter="cellar"))
        assert store.delivered_until(Reach()) == {}
        assert store.delivered_until(Reach(0)) == {}
        assert store.delivered_until(Reach(1)) == {"kitchen": 10}
        assert store.delivered_until(Reach(3)) == {"kitchen": 20, "cellar": 30}
        assert store.delivered_until(Reach(3, {"kitchen": 1})) == {"kitchen": 10, "cellar": 30}
        assert store.delivered_until(Reach(None, {"cellar": 3})) == {"cellar": 30}

    def test_absences_are_spans_in_which_a_wanted_meter_said_nothing(self, store: Store) -> None:
        for name in ("kitchen", "cellar"):
            store.add_meter(a_meter(name))

        def row(minute: int, meter: str = "kitchen", **fields: int) -> MeterMetrics:
            wanted = {"running_seconds": 60, "polls_due": 6, "readings": 0, **fields}
            return MeterMetrics(meter, minute * MINUTE, 60.0, **wanted)  # type: ignore[arg-type]  # numbers all

        store.add_meter_metrics(
            [row(3), row(1), row(2, readings=5), row(4, polls_due=0), row(5, running_seconds=0),
             row(6, "cellar", readings=1), row(7)]
        )  # fmt: skip
        spans = [(0, MINUTE, 60.0), (2 * MINUTE, 3 * MINUTE, 60.0), (3 * MINUTE, 4 * MINUTE, 60.0)]
        assert store.absences(0, 6 * MINUTE) == {"kitchen": spans}
        assert store.absences(MINUTE, 6 * MINUTE) == {"kitchen": spans[1:]}

    def test_a_span_that_tells_nothing_is_as_the_meter_was_told_last(self, store: Store) -> None:
        """A meter that is polled each quarter of an hour, and one that nobody asked yet."""
        for name in ("kitchen", "cellar", "attic"):
            store.add_meter(a_meter(name))

        def row(minute: int, meter: str, due: int = 0, readings: int = 0) -> MeterMetrics:
            many = {"polls_due": due, "readings": readings, "running_seconds": 60}
            return MeterMetrics(meter, minute * MINUTE, 60.0, **many)  # type: ignore[arg-type]  # numbers all

        store.add_meter_metrics(
            [row(1, "kitchen"), row(2, "kitchen", 1), row(3, "kitchen"), row(4, "kitchen", 1, 5),
             row(5, "kitchen"), row(6, "kitchen", 1), row(7, "kitchen"), row(1, "attic"),
             row(1, "cellar"), row(2, "cellar", 1, 5), row(3, "cellar")]
        )  # fmt: skip
        ends = {
            name: [end // MINUTE for _, end, _ in spans]
            for name, spans in store.absences(0, 7 * MINUTE).items()
        }
        assert ends == {"kitchen": [1, 2, 3, 6, 7]}
        assert store.absences(4 * MINUTE, 5 * MINUTE) == {}
