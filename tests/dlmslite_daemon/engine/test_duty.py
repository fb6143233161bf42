"""One meter's duty on a fake clock: slots, retries, breaker, guard, pauses."""

from __future__ import annotations

import itertools

import pytest
from rig.engine import CURRENT, VOLTAGE, Bench
from rig.fake_client import unreachable

import dlmslite
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite_daemon.engine.duty import IN_USE_RETRY
from dlmslite_daemon.engine.health import Observed, SeriesState
from dlmslite_daemon.engine.pause import PAUSED_UNTIL
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.policies.base import Demand
from dlmslite_daemon.store.records import Desired
from dlmslite_daemon.store.ticket import Stored, Ticket


@pytest.fixture
def bench() -> Bench:
    return Bench()


def refusal() -> Exception:
    return dlmslite.AssociationRejected("no", diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE)


def connects(bench: Bench, name: str = "kitchen") -> int:
    return bench.meters[name].calls.count("connect")


def test_every_slot_is_polled_and_stored(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 100.0)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.ONLINE
    assert seen.polls_due == seen.polls_complete == 10
    assert seen.overruns == 0
    stored = bench.store.readings("kitchen")
    assert len(stored) == 20
    times = sorted({reading.ts_ms for reading in stored})
    assert all(
        later - earlier == pytest.approx(10_000, abs=300)
        for earlier, later in itertools.pairwise(times)
    )
    assert (stored[0].value_text(), stored[0].unit) == ("229.90", "V")
    # Below the limit of 25 s the association is kept.
    assert connects(bench) == 1
    assert seen.associated


def test_above_the_limit_the_association_is_released_after_each_poll(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", every=30.0))
    bench.run(poller, 100.0)
    assert bench.meters["kitchen"].calls.count("close") == connects(bench) == 4
    assert bench.meters["kitchen"].open_now == 0
    assert bench.seen("kitchen").reassociations == 0


def test_20_a_slow_poll_never_overlaps_and_the_grid_stays(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.meters["kitchen"].takes = 25.0
    begin = bench.clock.monotonic()
    bench.run(poller, 120.0)
    seen = bench.seen("kitchen")
    assert seen.overruns >= 6
    assert seen.polls_due >= seen.polls_complete + seen.overruns - 1
    assert (bench.seen("kitchen").next_attempt_ms or 0) % 1 == 0
    due = poller._duties["kitchen"]._schedule.due
    assert (due - begin) % 10.0 == pytest.approx(0.0, abs=1e-6)


def test_01_retries_after_2_4_8_s_then_the_breaker_opens(bench: Bench) -> None:
    record = bench.add("kitchen")
    meter = bench.meters["kitchen"]
    meter.refuse = [unreachable() for _ in range(100)]
    poller = bench.poller(record)
    moments: list[float] = []
    meter.before_connect = lambda: moments.append(bench.clock.monotonic())
    bench.run(poller, 120.0)
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    for wait, nominal in zip(waits, (2.0, 4.0, *[8.0] * 7), strict=True):
        assert nominal * 0.79 <= wait <= nominal * 1.21 + 0.01
    assert len(moments) == 10
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.BREAKER_OPEN
    assert seen.breaker_until_ms is not None
    assert seen.last_fault is not None
    assert seen.last_fault.code == "E-LINE-REFUSED"


def test_a_good_poll_after_a_failure_serves_its_slot(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.meters["kitchen"].refuse = [unreachable()]
    bench.run(poller, 9.0)
    seen = bench.seen("kitchen")
    assert (seen.polls_due, seen.polls_complete) == (1, 1)
    assert seen.observed is Observed.ONLINE


def test_11_after_two_refusals_nothing_is_sent_until_an_operator_forces_it(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", password="env:PW"))
    bench.meters["kitchen"].refuse = [refusal() for _ in range(3)]
    bench.run(poller, 3600.0)
    assert connects(bench) == 2
    assert bench.seen("kitchen").observed is Observed.AUTH_ERROR
    assert bench.seen("kitchen").polls_due == 360
    poller.force("kitchen")
    bench.run(poller, 20.0)
    assert connects(bench) == 3
    poller.force("kitchen")
    bench.run(poller, 20.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_a_value_that_is_refused_degrades_and_the_rest_is_stored(bench: Bench) -> None:
    record = bench.add("kitchen")
    bench.meters["kitchen"].values[CURRENT] = dlmslite.ServiceError(
        "denied", result=DataAccessResult.READ_WRITE_DENIED
    )
    bench.run(bench.poller(record), 25.0)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.DEGRADED
    assert seen.polls_complete == 0
    assert seen.reads_failed == 3
    assert {reading.series for reading in bench.store.readings("kitchen")} == {"voltage"}


def test_an_undefined_object_is_asked_once_and_remembered(bench: Bench) -> None:
    record = bench.add("kitchen")
    bench.meters["kitchen"].values[CURRENT] = dlmslite.ServiceError(
        "undefined", result=DataAccessResult.OBJECT_UNDEFINED
    )
    bench.run(bench.poller(record), 35.0)
    asked = [call for call in bench.meters["kitchen"].calls if CURRENT in call]
    assert len(asked) == 1
    seen = bench.seen("kitchen")
    assert seen.series[1].state is SeriesState.UNDEFINED
    assert seen.observed is Observed.ONLINE
    again = bench.poller(record)
    bench.run(again, 15.0)
    assert len([call for call in bench.meters["kitchen"].calls if CURRENT in call]) == 1
    # A resume asks for everything again.
    for desired in (Desired.PAUSED, Desired.RUNNING):
        again.assign((bench.store.set_desired("kitchen", desired),))
        bench.run(again, 1.0)
    bench.run(again, 15.0)
    assert len([call for call in bench.meters["kitchen"].calls if CURRENT in call]) == 2


def test_pause_releases_the_line_and_resume_polls_at_once(bench: Bench) -> None:
    record = bench.add("kitchen")
    poller = bench.poller(record)
    bench.run(poller, 15.0)
    poller.assign((bench.store.set_desired("kitchen", Desired.PAUSED),))
    bench.run(poller, 100.0)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.PAUSED
    assert seen.next_attempt_ms is None
    assert bench.meters["kitchen"].open_now == 0
    assert seen.polls_due == 2
    poller.assign((bench.store.set_desired("kitchen", Desired.RUNNING),))
    bench.run(poller, 3.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_what_was_read_last_before_a_pause_or_the_end_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, tickets = bench.add("kitchen"), [Ticket(), Ticket()]
    poller, waiting = bench.poller(record), iter(tickets)
    monkeypatch.setattr(bench.store, "append", lambda _: next(waiting))
    bench.run(poller, 5.0)
    poller.assign((bench.store.set_desired("kitchen", Desired.PAUSED),))
    bench.run(poller, 5.0)
    assert bench.seen("kitchen").readings == 0
    tickets[0].resolve(Stored(2))
    bench.run(poller, 5.0)
    assert bench.seen("kitchen").readings == 2
    assert bench.seen("kitchen").next_attempt_ms is None
    poller.assign((bench.store.set_desired("kitchen", Desired.RUNNING),))
    bench.run(poller, 5.0)
    tickets[1].resolve(Stored(2))
    poller.close()
    assert (
        bench.shared.ledger.take({"kitchen"}, lambda _: ())["kitchen"].counts["readings", ""] == 4
    )


def test_a_pause_until_a_time_ends_by_itself(bench: Bench) -> None:
    record = bench.add("kitchen", paused=True)
    until = bench.clock.utc_ms() + 60_000
    bench.store.note("kitchen", {PAUSED_UNTIL: str(until)})
    poller = bench.poller(record)
    bench.run(poller, 50.0)
    assert bench.seen("kitchen").observed is Observed.PAUSED
    assert bench.seen("kitchen").next_attempt_ms == pytest.approx(until, abs=2)
    bench.run(poller, 20.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE
    assert bench.store.meter("kitchen").desired is Desired.RUNNING
    assert PAUSED_UNTIL not in bench.store.notebook("kitchen")


def test_silence_demands_a_new_connection_once(bench: Bench) -> None:
    record = bench.add("kitchen")
    meter = bench.meters["kitchen"]
    for name in (VOLTAGE, CURRENT):
        meter.values[name] = dlmslite.ServiceError(
            "busy", result=DataAccessResult.TEMPORARY_FAILURE
        )
    poller = bench.poller(record)
    bench.run(poller, 85.0)
    before = connects(bench)
    bench.run(poller, 60.0)  # ten polls without any value: the read watchdog
    assert connects(bench) == before + 1
    bench.run(poller, 600.0)
    assert "silence" in {
        c.code for c in poller._duties["kitchen"].conditions(bench.clock.monotonic())
    }


def test_the_last_reading_is_that_of_the_last_poll(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", every=10.0))
    bench.run(poller, 15.0)
    seen = bench.seen("kitchen")
    newest = max(one.ts_ms for one in seen.series if one.ts_ms is not None)
    assert seen.last_reading_ms == newest


def test_39_a_store_that_takes_nothing_does_not_end_the_polling(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    poller = bench.poller(bench.add("kitchen"))

    def full(*_arguments: object) -> Ticket:
        ticket = Ticket()
        ticket.fail(StoreError("the disk is full", code="E-STORE-FULL"))
        return ticket

    def no_notes(*_arguments: object) -> None:
        raise StoreError("the disk is full", code="E-STORE-FULL")

    monkeypatch.setattr(bench.store, "append", full)
    monkeypatch.setattr(bench.store, "note", no_notes)
    bench.run(poller, 55.0)
    seen = bench.seen("kitchen")
    assert (seen.observed, seen.polls_complete, seen.readings) == (Observed.ONLINE, 6, 0)
    assert seen.last_reading_ms is None
    assert seen.last_fault is not None
    assert seen.last_fault.code == "E-STORE-FULL"


def test_settings_that_make_no_sense_are_shown_and_tried_again_at_slots_only(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", quirks={"no_such": True}))
    bench.run(poller, 55.0)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.OFFLINE
    assert seen.last_fault is not None
    assert seen.last_fault.code == "E-METER-SETTINGS"
    assert connects(bench) == 0
    assert seen.polls_due == 6


def test_an_unreachable_line_is_probed_by_a_bare_connect_while_the_breaker_is_open(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = bench.add("kitchen")
    bench.meters["kitchen"].refuse = [unreachable() for _ in range(10)]
    poller = bench.poller(record)
    probes: list[float] = []

    def reachable() -> bool:
        probes.append(bench.clock.monotonic())
        return len(probes) == 3

    monkeypatch.setattr(poller._line, "reachable", reachable)
    bench.run(poller, 400.0)
    assert len(probes) == 3
    assert [later - earlier for earlier, later in itertools.pairwise(probes)] == [
        pytest.approx(60.0, abs=1.0)
    ] * 2
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_a_line_that_a_shell_has_is_waited_for_and_nothing_counts_as_a_failure(
    bench: Bench,
) -> None:
    poller = bench.poller(bench.add("kitchen", password="env:PW"))
    bench.locks.shell = "dlmslite read (process 7)"
    bench.run(poller, 120.0)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.BUSY
    assert seen.reason.endswith("is in use by dlmslite read (process 7)")
    assert (seen.breaker_failures, seen.reassociations, seen.last_fault) == (0, 0, None)
    assert connects(bench) == 0
    bench.locks.shell = ""
    bench.run(poller, IN_USE_RETRY + 1.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_the_line_is_held_until_every_meter_of_it_is_paused(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", every=60.0))
    bench.run(poller, 30.0)
    assert not bench.seen("kitchen").associated
    assert bench.locks.held == ["tcp+hdlc://10.0.0.5:3333"]
    poller.assign((bench.store.set_desired("kitchen", Desired.PAUSED),))
    bench.run(poller, 1.0)
    assert bench.locks.held == []
    poller.assign((bench.store.set_desired("kitchen", Desired.RUNNING),))
    bench.run(poller, 5.0)
    assert len(bench.locks.held) == 1
    poller.close()
    assert bench.locks.held == []


def test_the_deadlines_of_its_registers_are_shown(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", timeout=4.0))
    assert bench.shared.board.meter("kitchen") is None
    bench.run(poller, 60.0)
    assert bench.seen("kitchen").deadlines["values"] == 1.5
    bench.meters["kitchen"].takes = 3.0
    bench.run(poller, 60.0)
    assert 3.0 < bench.seen("kitchen").deadlines["values"] <= 4.0


def test_07_an_open_link_is_set_up_again_when_the_watchdog_wants_it(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    meter = bench.meters["kitchen"]
    bench.run(poller, 5.0)
    duty = poller._duties["kitchen"]
    duty._obey(Demand.RELINK)
    assert meter.calls.count("relink") == 1
    assert (connects(bench), bench.seen("kitchen").associated) == (1, True)
    meter.break_relinks.append(dlmslite.LinkError("refused"))
    duty._obey(Demand.RELINK)
    bench.run(poller, 10.0)
    assert connects(bench) == 2
    assert bench.seen("kitchen").observed is Observed.ONLINE


def lab_silence() -> Exception:
    return dlmslite.DeadlineExceeded("no answer", cause="never-heard")


def test_a_banner_waits_35_s_then_180_s_and_no_breaker_counts_it(bench: Bench) -> None:
    record = bench.add("kitchen")
    meter = bench.meters["kitchen"]
    taken = [dlmslite.ConverterError("Port already in use", cause="port-busy") for _ in range(12)]
    meter.refuse = list(taken)
    moments: list[float] = []
    meter.before_connect = lambda: moments.append(bench.clock.monotonic())
    poller = bench.poller(record)
    bench.run(poller, 500.0)
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert waits == pytest.approx([35.0, 180.0, 180.0], abs=2.1)
    seen = bench.seen("kitchen")
    assert seen.observed is Observed.BUSY
    assert seen.breaker_failures == 0
    assert seen.last_fault is not None
    assert seen.last_fault.code == "E-LINE-TAKEN"
    duty = poller._duties["kitchen"]
    assert "line_busy" not in {c.code for c in duty.conditions(bench.clock.monotonic())}
    bench.run(poller, 300.0)
    assert "line_busy" in {c.code for c in duty.conditions(bench.clock.monotonic())}
    meter.refuse = []
    bench.run(poller, 200.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE
    assert "line_busy" not in {c.code for c in duty.conditions(bench.clock.monotonic())}


def test_silence_after_a_session_that_was_lost_is_busy_for_180_s_and_a_failure_then(
    bench: Bench,
) -> None:
    record = bench.add("kitchen")
    meter = bench.meters["kitchen"]
    poller = bench.poller(record)
    bench.run(poller, 5.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE
    meter.break_reads = [dlmslite.ConnectionClosed("cut")]
    meter.refuse = [lab_silence() for _ in range(100)]
    bench.run(poller, 20.0)
    seen = bench.seen("kitchen")
    assert (seen.observed, seen.breaker_failures) == (Observed.BUSY, 1)  # the loss itself
    bench.run(poller, 600.0)
    seen = bench.seen("kitchen")
    assert seen.breaker_failures > 5
    assert seen.observed is not Observed.BUSY
