"""What every store must pass. One suite for each subject; a backend's test subclasses them."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies.ground import readings

from dlmslite_daemon.alarm import Alarm, Change, Condition, Mute, Severity
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.errors import (
    NameTaken,
    StoreError,
    UnknownAlarm,
    UnknownMeter,
    UnknownSeries,
    UnknownSink,
)
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import (
    AuditEntry,
    DeadLetter,
    Desired,
    Diagnostic,
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
    TokenRecord,
)
from dlmslite_daemon.store.ticket import Stored, Ticket
from dlmslite_daemon.store.totals import MeterTotals, ServiceTotals, SinkTotals

SERIES = (SeriesSettings("voltage", "1.1.32.7.0.255"), SeriesSettings("energy", "1.0.1.8.0.255"))


def a_meter(name: str = "kitchen", series: tuple[SeriesSettings, ...] = SERIES) -> MeterSettings:
    """A meter with two series."""
    return MeterSettings(name, "tcp://10.0.0.5:3333", series=series)


def a_reading(ts_ms: int, meter: str = "kitchen", **fields: object) -> Reading:
    """A voltage."""
    base = Reading(meter, "voltage", ts_ms, ValueKind.INTEGER, 2301, -1, unit="V", host_ts_ms=ts_ms)
    return evolve(base, **fields)  # type: ignore[arg-type]  # the test names fields of a reading


class Suite:
    """What the suites of all subjects use; a subclass gives the fixture ``store``."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @staticmethod
    def commit(store: Store, ticket: Ticket) -> Stored:
        """Have the store commit, and give the outcome of a ticket."""
        store.flush()
        assert ticket.event.wait(10)
        return ticket.result()

    def put(self, store: Store, *batch: Reading) -> Stored:
        return self.commit(store, store.append(batch))


class ReadingsSuite(Suite):
    """Readings: exact, once, in order."""

    def test_a_reading_comes_back_exactly(self, store: Store) -> None:
        store.add_meter(a_meter())
        value = a_reading(5, meter_ts_ms=4, source=Source.PUSH)
        assert self.put(store, value) == Stored(1)
        (back,) = store.readings("kitchen")
        assert evolve(back, number=None) == value
        assert back.number == store.last_number() == 1

    # One store for all examples, which only adds to what it must tell apart; and one suite for
    # every backend.
    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
        max_examples=20,
    )
    @given(batch=st.lists(readings(st.just("kitchen"), st.just("voltage")), max_size=5))
    def test_any_value_of_any_size_comes_back_exactly(
        self, store: Store, batch: list[Reading]
    ) -> None:
        if not store.meters():
            store.add_meter(a_meter())
        before = store.last_number()
        known = {(r.series, r.ts_ms, r.lane) for r in store.readings("kitchen", limit=1_000_000)}
        expected = []
        for reading in batch:
            if (key := (reading.series, reading.ts_ms, reading.lane)) not in known:
                known.add(key)
                expected.append(reading)
        stored = self.put(store, *batch)
        assert stored == Stored(len(expected), duplicates=len(batch) - len(expected))
        found = [r for lane in Lane for r in store.readings_after(lane, before, 100)]
        found.sort(key=lambda r: r.number or 0)
        assert [evolve(r, number=None) for r in found] == expected

    def test_the_same_key_is_stored_once_in_each_lane(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(5))
        again = self.put(store, a_reading(5, raw=1), a_reading(5, source=Source.PROFILE))
        assert again == Stored(1, duplicates=1)
        assert [r.raw for r in store.readings_after(Lane.LIVE, 0, 10)] == [2301]

    def test_readings_of_nobody_are_refused_and_counted(self, store: Store) -> None:
        store.add_meter(a_meter())
        stored = self.put(store, a_reading(1, "attic"), a_reading(1), a_reading(1, series="x"))
        assert stored == Stored(1, refused=2)

    def test_numbers_rise_and_lanes_are_apart(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(9), a_reading(3, source=Source.PROFILE), a_reading(1))
        self.put(store, a_reading(2))
        live = store.readings_after(Lane.LIVE, 0, 10)
        history = store.readings_after(Lane.HISTORY, 0, 10)
        assert [r.ts_ms for r in live] == [9, 1, 2]
        numbers = [r.number or 0 for r in live]
        assert numbers == sorted(set(numbers))
        assert [r.ts_ms for r in history] == [3]
        assert store.readings_after(Lane.LIVE, numbers[0], 1) == live[1:2]

    def test_readings_after_may_be_of_some_meters(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_meter(a_meter("attic"))
        self.put(store, a_reading(1), a_reading(1, "attic"), a_reading(2))
        assert [r.ts_ms for r in store.readings_after(Lane.LIVE, 0, 9, ["kitchen"])] == [1, 2]
        assert [r.meter for r in store.readings_after(Lane.LIVE, 0, 9, ["attic"])] == ["attic"]
        assert store.readings_after(Lane.LIVE, 0, 9, []) == []
        assert store.pending(Lane.LIVE, 1) == 2
        assert store.pending(Lane.LIVE, 1, ["kitchen"]) == 1
        assert store.pending(Lane.LIVE, 0, limit=2) == 2

    def test_readings_of_a_span_newest_last(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, *(a_reading(t) for t in (5, 1, 3)), a_reading(4, series="energy"))
        assert [r.ts_ms for r in store.readings("kitchen")] == [1, 3, 4, 5]
        assert [r.ts_ms for r in store.readings("kitchen", since_ms=3, until_ms=5)] == [3, 4]
        assert [r.ts_ms for r in store.readings("kitchen", limit=2)] == [4, 5]
        assert [r.ts_ms for r in store.readings("kitchen", series="energy")] == [4]
        latest = {key: reading.ts_ms for key, reading in store.latest("kitchen").items()}
        assert latest == {"voltage": 5, "energy": 4}
        store.add_meter(a_meter("attic"))
        self.put(store, a_reading(9, "attic"), a_reading(5, source=Source.PROFILE))
        assert [store.readings_since(at, "kitchen") for at in (0, 4, 6)] == [5, 3, 0]
        assert store.readings_since(5) == 3

    def test_nothing_is_visible_of_an_unknown_meter(self, store: Store) -> None:
        for ask in (store.readings, store.latest, store.meter, store.notebook, store.diagnostics):
            with pytest.raises(UnknownMeter):
                ask("attic")
        with pytest.raises(UnknownMeter):
            store.readings_since(0, "attic")

    def test_a_ticket_that_is_pending_says_so(self) -> None:
        with pytest.raises(StoreError) as caught:
            Ticket().result()
        assert caught.value.code == "E-STORE-PENDING"


class DeliverySuite(Suite):
    """Cursors and dead letters."""

    def test_a_new_sink_begins_now_or_at_the_beginning(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(1), a_reading(2))
        store.add_sink(SinkSettings("late", "mqtt"))
        store.add_sink(SinkSettings("all", "mqtt"), from_beginning=True)
        assert store.cursor("late", Lane.LIVE) == 2
        assert store.cursor("all", Lane.HISTORY, "kitchen") == 0
        assert [s.since for s in store.sinks()] == [2, 0]

    def test_a_cursor_moves_forwards_only_and_by_itself(self, store: Store) -> None:
        store.add_sink(SinkSettings("tb", "thingsboard"))
        self.commit(store, store.advance("tb", Lane.LIVE, "", 7))
        self.commit(store, store.advance("tb", Lane.LIVE, "", 3))
        self.commit(store, store.advance("tb", Lane.LIVE, "kitchen", 4))
        assert store.cursor("tb", Lane.LIVE) == 7
        assert store.cursor("tb", Lane.LIVE, "kitchen") == 4
        assert store.cursor("tb", Lane.HISTORY) == 0

    def test_a_sink_stands_where_the_last_of_its_connections_does(self, store: Store) -> None:
        store.add_sink(SinkSettings("tb", "thingsboard"))
        self.commit(store, store.advance("tb", Lane.LIVE, "a", 7))
        self.commit(store, store.advance("tb", Lane.LIVE, "b", 4))
        assert store.cursor("tb", Lane.LIVE) == 4
        assert store.cursor("tb", Lane.LIVE, "c") == 0
        self.commit(store, store.advance("tb", Lane.LIVE, "", 2))
        assert store.cursor("tb", Lane.LIVE) == 2
        assert store.cursor("tb", Lane.LIVE, "c") == 2

    def test_own_cursors_become_one_at_which_nothing_is_left_out(self, store: Store) -> None:
        for name in ("a", "b", "c", "gone", "elsewhere"):
            store.add_meter(a_meter(name))
        store.add_sink(SinkSettings("tb", "thingsboard"))
        for ts_ms in (1, 2):
            for name in ("a", "b", "c", "gone", "elsewhere"):  # numbers 1 to 10
                self.put(store, a_reading(ts_ms, name))
        # All of ``a`` is delivered, though its cursor has not moved over the others' since.
        for name, number in (("a", 6), ("b", 7), ("c", 9), ("gone", 5), ("elsewhere", 1)):
            self.commit(store, store.advance("tb", Lane.LIVE, name, number))
        store.remove_meter("gone")
        store.join_cursors("tb", ["a", "b", "c"])
        # The removed meter's reading 9 waits yet; what the sink no longer carries does not count.
        assert {store.cursor("tb", Lane.LIVE, name) for name in ("", "a", "b", "gone")} == {5}
        assert store.cursor("tb", Lane.HISTORY) == 10
        self.commit(store, store.advance("tb", Lane.LIVE, "", 9))
        self.commit(store, store.advance("tb", Lane.LIVE, "a", 7))
        store.join_cursors("tb", None)
        assert {store.cursor("tb", Lane.LIVE, name) for name in ("", "a", "b")} == {9}
        self.commit(store, store.advance("tb", Lane.LIVE, "elsewhere", 10))
        store.join_cursors("tb", ["elsewhere", "unread"])
        assert store.cursor("tb", Lane.LIVE) == 10
        with pytest.raises(UnknownSink):
            store.join_cursors("nowhere", None)

    def test_a_cursor_of_no_sink(self, store: Store) -> None:
        with pytest.raises(UnknownSink):
            store.cursor("tb", Lane.LIVE)
        with pytest.raises(UnknownSink):
            self.commit(store, store.advance("tb", Lane.LIVE, "", 1))

    def test_dead_letters_are_kept_and_go_with_their_sink(self, store: Store) -> None:
        store.add_sink(SinkSettings("tb", "thingsboard"))
        letters = [
            DeadLetter("tb", Lane.LIVE, n, n + 1, "t", b"\x00{", "too long", ts_ms=n)
            for n in (1, 3, 5)
        ]
        for letter in letters:
            store.add_dead_letter(letter)
        kept = store.dead_letters("tb", limit=2)
        assert [evolve(letter, id=None) for letter in kept] == [letters[2], letters[1]]
        store.remove_sink("tb")
        with pytest.raises(UnknownSink):
            store.dead_letters("tb")
        with pytest.raises(UnknownSink):
            store.add_dead_letter(letters[0])

    def test_readings_between_two_numbers_by_meter(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_meter(a_meter("attic"))
        self.put(store, a_reading(1), a_reading(1, "attic"), a_reading(2), a_reading(2, "attic"))
        self.put(store, a_reading(3, source=Source.PROFILE))
        assert store.readings_between(Lane.LIVE, 0, 5) == {"attic": 2, "kitchen": 2}
        assert store.readings_between(Lane.LIVE, 1, 3) == {"attic": 1, "kitchen": 1}
        assert store.readings_between(Lane.HISTORY, 0, 5) == {"kitchen": 1}
        assert store.readings_between(Lane.LIVE, 4, 4) == {}


class FleetSuite(Suite):
    """Meters, series, sinks."""

    def test_a_meter_is_found_by_name_number_and_text(self, store: Store) -> None:
        record = store.add_meter(a_meter())
        assert record.settings == a_meter()
        assert record.desired is Desired.RUNNING
        assert store.meter("kitchen") == store.meter(record.id) == store.meter(str(record.id))
        assert store.meters() == [record]
        with pytest.raises(NameTaken):
            store.add_meter(a_meter())

    def test_settings_survive_whole(self, store: Store) -> None:
        whole = MeterSettings(
            "attic",
            "tcp://[::1]:4059",
            client=1,
            server=17,
            auth=Auth.LLS,
            password="env:PW",
            every=7.5,
            zone="America/Bogota",
            max_pdu=300,
            quirks={"some": True},
            series=(SeriesSettings("e", "1.0.1.8.0.255", 3, 2, "kWh", enabled=False),),
            policies={"breaker": {"limit": 3}},
            paused=True,
        )
        assert store.add_meter(whole).desired is Desired.PAUSED
        assert store.meter("attic").settings == whole

    def test_pausing_is_remembered(self, store: Store, clock: FakeClock) -> None:
        before = store.add_meter(a_meter())
        clock.advance(5)
        after = store.set_desired("kitchen", Desired.PAUSED)
        assert after.desired is store.meter("kitchen").desired is Desired.PAUSED
        assert after.updated_ms == before.updated_ms + 5000
        with pytest.raises(UnknownMeter):
            store.set_desired("attic", Desired.PAUSED)

    def test_a_removed_meter_is_still_delivered_and_its_name_free(self, store: Store) -> None:
        first = store.add_meter(a_meter())
        self.put(store, a_reading(1))
        store.remove_meter("kitchen")
        assert store.meters() == []
        assert [r.meter for r in store.readings_after(Lane.LIVE, 0, 9)] == ["kitchen"]
        assert store.append([a_reading(2)]) is not None
        second = store.add_meter(a_meter())
        assert second.id > first.id
        assert store.readings("kitchen") == []
        assert self.put(store, a_reading(1)) == Stored(1)
        with pytest.raises(UnknownMeter):
            store.remove_meter("attic")

    def test_series_come_and_go_and_come_back(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(1))
        store.remove_series("kitchen", "voltage")
        assert self.put(store, a_reading(2)) == Stored(0, refused=1)
        assert store.latest("kitchen") == {}
        assert len(store.readings_after(Lane.LIVE, 0, 9)) == 1
        back = store.add_series("kitchen", SERIES[0])
        assert [s.key for s in back.settings.series] == ["energy", "voltage"]
        assert store.meter("kitchen") == back
        assert self.put(store, a_reading(1), a_reading(2)) == Stored(1, duplicates=1)
        with pytest.raises(NameTaken):
            store.add_series("kitchen", SERIES[0])
        with pytest.raises(UnknownSeries):
            store.remove_series("kitchen", "current")
        with pytest.raises(UnknownMeter):
            store.add_series("attic", SERIES[0])

    def test_set_meter_replaces_settings_and_series(self, store: Store) -> None:
        before = store.add_meter(a_meter())
        wanted = MeterSettings(
            "kitchen", "tcp://10.0.0.9:1", series=(SeriesSettings("energy", "1.1.1.8.0.255"),)
        )
        after = store.set_meter(wanted)
        assert (after.id, after.settings) == (before.id, wanted)
        assert store.meter("kitchen") == after
        with pytest.raises(UnknownMeter):
            store.set_meter(a_meter("attic"))

    def test_sinks_come_change_and_go(self, store: Store) -> None:
        settings_ = SinkSettings("tb", "thingsboard", options={"url": "mqtt://x", "n": [1, 2]})
        record = store.add_sink(settings_)
        assert store.sinks() == [record]
        assert record.settings == settings_
        with pytest.raises(NameTaken):
            store.add_sink(settings_)
        self.commit(store, store.advance("tb", Lane.LIVE, "", 7))
        changed = store.set_sink(SinkSettings("tb", "mqtt", enabled=False))
        assert (changed.id, changed.settings.kind) == (record.id, "mqtt")
        assert store.sinks() == [changed]
        assert store.cursor("tb", Lane.LIVE) == 7
        store.remove_sink("tb")
        assert store.sinks() == []
        store.add_sink(settings_)
        assert store.cursor("tb", Lane.LIVE) == 0
        for change in (
            lambda: store.remove_sink("x"),
            lambda: store.set_sink(SinkSettings("x", "mqtt")),
        ):
            with pytest.raises(UnknownSink):
                change()


class NotesSuite(Suite):
    """Notebooks, guards, counters."""

    def test_what_a_list_shows_of_all_meters_at_once(self, store: Store) -> None:
        for name in ("kitchen", "cellar", "attic"):
            store.add_meter(a_meter(name))
        store.note("kitchen", {"serial": "K1", "object/1": "{}"})
        store.note("cellar", {"object/1": "{}"})
        assert store.notebooks(["serial", "model"]) == {"kitchen": {"serial": "K1"}}
        rows = [
            MeterMetrics(name, ts, 60.0)
            for name, ts in (("kitchen", 9), ("kitchen", 7), ("cellar", 3))
        ]
        store.add_meter_metrics(rows)
        assert {name: row.ts_ms for name, row in store.latest_metrics(0).items()} == {
            "kitchen": 9,
            "cellar": 3,
        }
        assert store.latest_metrics(4) == {"kitchen": rows[0]}
        assert store.last_measured() == {}
        ticket = store.append([a_reading(5), a_reading(8), a_reading(6, meter="attic")])
        store.flush()
        assert ticket.event.wait(10)
        assert store.last_measured() == {"kitchen": 8, "attic": 6}
        store.remove_meter("kitchen")
        assert store.last_measured() == {"attic": 6}
        assert store.notebooks(["serial"]) == {}
        assert set(store.latest_metrics(0)) == {"cellar"}

    def test_the_notebook_of_a_meter(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.note("kitchen", {"b": "2", "a": "1", "c": "3"})
        store.note("kitchen", {"b": "22", "c": None, "d": None})
        assert store.notebook("kitchen") == {"a": "1", "b": "22"}
        with pytest.raises(UnknownMeter):
            store.note("attic", {"a": "1"})

    def test_guards_are_kept(self, store: Store) -> None:
        assert store.guard("k") is None
        store.save_guard("k", "one")
        store.save_guard("k", "two")
        assert store.guard("k") == "two"

    def test_counters_add_up(self, store: Store) -> None:
        store.count("sink/tb", {"acknowledged": 2})
        store.count("sink/tb", {"acknowledged": 3, "refused": 1})
        assert store.counts("sink/tb") == {"acknowledged": 5, "refused": 1}
        assert store.counts("sink/x") == {}

    def test_marks_move(self, store: Store) -> None:
        assert store.mark("rolled") == 0
        store.set_mark("rolled", 9)
        store.set_mark("rolled", 12)
        assert store.mark("rolled") == 12

    def test_settings_of_the_fleet(self, store: Store) -> None:
        store.save_setting("policies.breaker", "{}")
        store.save_setting("policies.silence", "1")
        store.save_setting("other", "x")
        store.save_setting("policies.silence", None)
        assert store.setting("policies.breaker") == "{}"
        assert store.setting("policies.silence") is store.setting("policies") is None
        assert store.settings("policies.") == {"policies.breaker": "{}"}


class AlarmsSuite(Suite):
    """Alarms."""

    ALARM = Alarm("kitchen", Condition("silence", "quiet", details="since 1"), 1, 2, count=3)

    def test_every_field_of_an_alarm_comes_back(self, store: Store) -> None:
        whole = evolve(
            self.ALARM.acknowledged("ann", 4).cleared(5, "bob"), muted=True, told=True, flaps=6
        )
        kept = store.save_alarm(whole)
        assert evolve(kept, number=None) == whole
        assert store.alarm(1) == store.alarms(active=False)[0] == kept
        with pytest.raises(UnknownAlarm):
            store.alarm(2)

    def test_alarms_are_saved_together_with_what_sinks_are_told(self, store: Store) -> None:
        kept = store.save_alarms([(self.ALARM, Change.RAISED), (self.ALARM, None)])
        assert [alarm.number for alarm in kept] == [1, 2]
        over = kept[0].cleared(9)
        assert store.save_alarms([(over, Change.CLEARED)]) == [over]
        assert store.save_alarms([]) == []
        first, second = store.alarm_events(0, 10)
        assert (first.number, first.change, first.alarm) == (1, Change.RAISED, kept[0])
        assert (second.number, second.change, second.alarm) == (2, Change.CLEARED, over)
        assert store.alarm_events(1, 10) == [second]
        assert store.alarm_events(0, 1) == [first]

    def test_alarms_come_page_by_page(self, store: Store) -> None:
        store.save_alarms([(self.ALARM, None)] * 5)
        assert [alarm.number for alarm in store.alarms(limit=2)] == [5, 4]
        assert [alarm.number for alarm in store.alarms(limit=2, before=4)] == [3, 2]

    def test_a_mute_of_one_code_and_subject_stands_once(self, store: Store) -> None:
        first = store.save_mute(Mute("silence", by="ann", created_ms=1))
        other = store.save_mute(Mute("silence", "kitchen", until_ms=9, by="ann", created_ms=2))
        again = store.save_mute(Mute("silence", until_ms=7, by="bob", created_ms=3))
        assert again == evolve(first, until_ms=7, by="bob", created_ms=3)
        assert store.mutes() == [again, other]
        for _ in range(2):
            store.remove_mute(again.number or 0)
        assert store.mutes() == [other]

    def test_each_sink_has_its_own_cursor_over_alarms(self, store: Store) -> None:
        store.save_alarms([(self.ALARM, Change.RAISED)] * 3)
        store.add_sink(SinkSettings("new", "mqtt"))
        store.add_sink(SinkSettings("all", "mqtt"), from_beginning=True)
        assert (store.alarm_cursor("new"), store.alarm_cursor("all")) == (3, 0)
        for number in (2, 1):
            ticket = store.advance_alarms("all", number)
            store.flush()
            assert ticket.event.wait(10)
        assert (store.alarm_cursor("new"), store.alarm_cursor("all")) == (3, 2)
        store.remove_sink("all")
        with pytest.raises(UnknownSink):
            store.alarm_cursor("all")
        late = store.advance_alarms("all", 3)
        store.flush()
        assert late.event.wait(10)
        with pytest.raises(UnknownSink):
            late.result()
        store.add_sink(SinkSettings("all", "mqtt"), from_beginning=True)
        assert store.alarm_cursor("all") == 0

    def test_alarms_are_entered_replaced_and_asked_for(self, store: Store) -> None:
        store.add_meter(a_meter())
        condition = Condition("silence", "quiet", Severity.ERROR, "watchdog", "since 1")
        first = store.save_alarm(Alarm("kitchen", condition, raised_ms=1, last_ms=1))
        second = store.save_alarm(Alarm("sink:tb", condition, raised_ms=2, last_ms=2))
        assert (first.number, second.number) == (1, 2)
        assert store.alarms() == [second, first]
        assert store.alarms(subject="kitchen") == [first]
        assert store.alarms(limit=1) == [second]
        over = store.save_alarm(first.acknowledged("ann", 3).cleared(4))
        assert over.number == first.number
        assert store.alarms() == [second]
        assert store.alarms(active=False) == [second, over]


class MetricsSuite(Suite):
    """Rows of five minutes."""

    def test_metrics_are_asked_for_by_time(self, store: Store) -> None:
        store.add_meter(a_meter())
        rows = [MeterMetrics("kitchen", t, 300.0, 5, 4, read_seconds_avg=0.5) for t in (1, 2)]
        lines = [NetworkMetrics("kitchen", t, 60.0, octets_sent=9) for t in (1, 2)]
        store.add_meter_metrics([*rows, MeterMetrics("attic", 1, 300.0)])
        store.add_network_metrics([*lines, NetworkMetrics("attic", 1, 60.0)])
        assert store.meter_metrics("kitchen") == rows
        assert store.meter_metrics("kitchen", since_ms=2) == rows[1:]
        assert store.network_metrics("kitchen") == lines
        assert store.network_metrics("kitchen", since_ms=2) == lines[1:]
        with pytest.raises(UnknownMeter):
            store.meter_metrics("attic")
        with pytest.raises(UnknownMeter):
            store.network_metrics("attic")

    def test_a_span_is_recorded_with_its_marks(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_sink(SinkSettings("tb", "mqtt"))
        meter = MeterMetrics(
            "kitchen", 300_000, 300.0, 5, 4, 20, 1, 0.5, 0.2, 1.5, 19, 1, 3, 1, 280.0, 1, 0, 0, 1,
            {"fcs": 2, "hcs": 1}, {"E-LINE-REFUSED": 2}, (0, 1, 3), (0, 0, 19),
        )  # fmt: skip
        network = NetworkMetrics("kitchen", 300_000, 300.0, 1, 2, 3, 4, 0.5, 5, 6, 7)
        service = ServiceMetrics(300_000, 300.0, 299.0, 1, 2, 3, 4, 5, 6)
        sink = SinkMetrics("tb", 300_000, 300.0, 290.0, 9, 8, 19, 1, 2, 3, 4_000)
        unknown = SinkMetrics("none", 300_000, 300.0)
        interval = Interval((meter,), (network,), service, (sink, unknown), {"count/live": 7})
        store.record(interval)
        assert store.meter_metrics("kitchen") == [meter]
        assert store.network_metrics("kitchen") == [network]
        assert store.service_metrics() == [service]
        assert store.service_metrics(since_ms=300_001) == []
        assert store.sink_metrics("tb") == [sink]
        assert store.mark("count/live") == 7
        with pytest.raises(UnknownSink):
            store.sink_metrics("none")

    def test_rows_add_up_over_a_window(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_meter(a_meter("attic"))
        store.add_meter(a_meter("cellar"))
        store.add_sink(SinkSettings("tb", "mqtt"))
        for minute in (5, 10, 15, 20):
            end = minute * 60_000
            meters = [
                MeterMetrics(
                    name, end, 300.0, 30, 29, 140, 5, 0.25, 0.1, float(minute), 139, 1, 3, 2,
                    250.0, 1, 0, 1, 1, {"fcs": 2, f"m{minute}": 1}, {"E-LINE-LOST": 1},
                    (1, 2), (0, 0, minute),
                )
                for name in ("kitchen", "attic")
            ]  # fmt: skip
            lines = [NetworkMetrics("kitchen", end, 300.0, 1, 2, 3, 4, 0.5, 5, 6, 7)]
            sinks = [SinkMetrics("tb", end, 300.0, 299.0, 5, 4, 3, 2, 1, minute, None)]
            service = ServiceMetrics(end, 300.0, 299.5, 1, 280, 3, 4, 5, 6)
            store.record(Interval(tuple(meters), tuple(lines), service, tuple(sinks)))
        # The end of a span decides: of the first row's nothing, of the last one's nothing.
        window = 5 * 60_000, 15 * 60_000
        totals = store.meter_totals(*window)
        assert list(totals) == ["kitchen", "attic"]
        assert totals["kitchen"] == MeterTotals(
            first_ms=300_000, last_ms=900_000, seconds=600.0, running_seconds=500.0,
            polls_due=60, polls_complete=58, polls_partial=2, polls_empty=0, polls_failed=2,
            readings=280, acknowledged=278, refused=2, reads_failed=10, overruns=4,
            reassociations=2, connects=10, protocol_errors={"fcs": 4, "m10": 1, "m15": 1},
            failures={"E-LINE-LOST": 2}, latency=(2, 4), latency_sum=1.5, latency_min=0.1,
            latency_max=15.0, end_to_end=(0, 0, 25), octets_sent=2, octets_received=4,
            octets_discarded=14, frames_sent=6, frames_received=8, round_trips=12,
            round_trip_seconds=6.0,
        )  # fmt: skip
        assert totals["attic"].octets_sent == 0
        assert store.service_totals(*window) == ServiceTotals(
            300_000, 900_000, 600.0, 599.0, 2, 560, 6, 8, 10, 12
        )
        assert store.sink_totals(*window) == {
            "tb": SinkTotals(300_000, 900_000, 600.0, 598.0, 10, 8, 6, 4, 2, 15, None)
        }
        assert store.meter_totals(0, 0) == {}
        assert store.service_totals(0, 0) == ServiceTotals()


class JournalSuite(Suite):
    """Protocol events and the audit."""

    def test_diagnostics_keep_the_raw_frame(self, store: Store) -> None:
        store.add_meter(a_meter())
        found = [Diagnostic("kitchen", t, "error", "hdlc", "bad FCS", b"\x7e\x00") for t in (1, 2)]
        for diagnostic in found:
            store.add_diagnostic(diagnostic)
        store.add_diagnostic(evolve(found[0], meter="attic"))
        assert store.diagnostics("kitchen") == found[::-1]
        assert store.diagnostics("kitchen", limit=1) == found[1:]

    def test_the_audit_is_newest_first(self, store: Store) -> None:
        entries = [AuditEntry(t, "ann", "meter.pause", "kitchen", "why") for t in (1, 2, 3)]
        for entry in entries:
            store.add_audit(entry)
        assert store.audit(limit=2) == [entries[2], entries[1]]


class TokensSuite(Suite):
    """Tokens."""

    def test_tokens_are_found_by_their_digest(self, store: Store) -> None:
        token = TokenRecord("first", "admin", "ab" * 32, created_ms=1, expires_ms=None)
        store.add_token(token)
        assert store.token("ab" * 32) == token
        assert store.token("cd" * 32) is None
        assert store.tokens() == [token]
        assert token.digest not in repr(token)
        with pytest.raises(NameTaken):
            store.add_token(evolve(token, digest="ef" * 32))
        store.remove_token("first")
        store.remove_token("first")
        assert store.tokens() == []


class LifeSuite(Suite):
    """The end, and what a store says of itself."""

    def test_a_closed_store_refuses(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.close()
        with pytest.raises(StoreError):
            store.append([a_reading(1)]).result()
        with pytest.raises(StoreError):
            store.meters()

    def test_info_says_where_it_stands(self, store: Store) -> None:
        store.add_meter(a_meter())
        self.put(store, a_reading(1))
        assert store.info()["last_number"] == 1
        assert store.waiting() == (0, 0)


class StoreSuite(
    ReadingsSuite,
    DeliverySuite,
    FleetSuite,
    NotesSuite,
    AlarmsSuite,
    MetricsSuite,
    JournalSuite,
    TokensSuite,
    LifeSuite,
):
    """The whole contract."""
