"""One thread for each line: fairness, orders from outside, leaving."""

from __future__ import annotations

import itertools
import threading

import pytest
from attrs import evolve
from rig.engine import Bench
from rig.fake_client import unreachable

import dlmslite
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.duty import Kit
from dlmslite_daemon.engine.health import Observed
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.errors import ConfigError, UnknownName
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.store.records import MeterRecord


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_17_a_dead_meter_leaves_its_neighbours_95_percent(bench: Bench) -> None:
    records = [bench.add(f"m{n}", every=60.0) for n in range(8)]
    dead = bench.meters["m0"]
    dead.before_connect = lambda: bench.clock.advance(10.0)  # the response timeout
    dead.refuse = [unreachable() for _ in range(1000)]
    bench.run(bench.poller(*records), 3600.0)
    for n in range(1, 8):
        seen = bench.seen(f"m{n}")
        assert seen.polls_complete >= 0.95 * seen.polls_due
    assert bench.seen("m0").observed in {Observed.BREAKER_OPEN, Observed.OFFLINE, Observed.BACKOFF}


def test_meters_of_one_line_take_turns_and_the_endpoint_rests_between(bench: Bench) -> None:
    records = [bench.add(name, every=20.0) for name in ("a", "b", "c")]
    poller = bench.poller(*records)
    opened: list[float] = []
    for meter in bench.meters.values():
        meter.before_read = lambda: opened.append(bench.clock.monotonic())
    bench.run(poller, 100.0)
    for name in ("a", "b", "c"):
        assert bench.seen(name).polls_complete >= 4
    assert max(meter.open_now for meter in bench.meters.values()) == 0
    gaps = [later - earlier for earlier, later in itertools.pairwise(opened)]
    assert min(gaps) >= 2.0


class TickingClock(FakeClock):
    """A clock on which nothing happens at the same moment as anything else."""

    def monotonic(self) -> float:
        self.advance(1e-6)
        return super().monotonic()


def test_a_line_that_is_asked_for_more_than_it_has_shares_it_out() -> None:
    # With two seconds of rest between, three meters take six seconds and not the one they should.
    bench = Bench(TickingClock())
    names = ["a", "b", "c"]
    bench.run(bench.poller(*(bench.add(name, every=1.0) for name in names)), 120.0)
    polls = [bench.seen(name).polls_complete for name in names]

    assert min(polls) >= 15
    assert max(polls) - min(polls) <= 2


def noisy(bench: Bench, poller: Poller, name: str, frames: int) -> None:
    """So many bad frames come when the meter is read, and then no answer."""
    meter = bench.meters[name]

    def garble() -> None:
        for _ in range(frames):
            poller._duties[name]._session._reader._client.discard("bad-fcs")
        meter.break_reads.append(dlmslite.ConnectionClosed("garbled"))

    meter.before_read = garble


def alarmed(bench: Bench, poller: Poller) -> set[str]:
    """The meters of which the watchdog of the line complains."""
    now = bench.clock.monotonic()
    return {
        name
        for name, duty in poller._duties.items()
        if "protocol_errors" in {condition.code for condition in duty.conditions(now)}
    }


def test_bad_frames_in_a_row_are_counted_on_the_line_and_not_by_meter(bench: Bench) -> None:
    poller = bench.poller(*(bench.add(name, every=60.0) for name in ("a", "b", "c")))
    for name in ("a", "b", "c"):
        noisy(bench, poller, name, 6)
    while not alarmed(bench, poller):
        bench.run(poller, 1.0)
    # Each has seen six of them, none fifteen.
    assert alarmed(bench, poller) == {"a", "b", "c"}
    assert {bench.seen(name).polls_complete for name in ("a", "b", "c")} == {0}
    # Whoever comes to the line finds it as it is, and one good frame of it is enough for all.
    poller.assign([*bench.store.meters(), bench.add("d", every=60.0)])
    while "d" not in poller._duties or not bench.seen("d").polls_complete:
        bench.run(poller, 0.1)
    assert alarmed(bench, poller) == set()


def test_52_changing_one_meter_leaves_the_others_session_alone(bench: Bench) -> None:
    record = bench.add("kitchen")
    poller = bench.poller(record)
    bench.run(poller, 15.0)
    poller.assign((record,))
    bench.run(poller, 15.0)
    assert bench.meters["kitchen"].calls.count("connect") == 1
    changed = bench.store.set_meter(evolve(record.settings, timeout=5.0))
    poller.assign((changed,))
    bench.run(poller, 15.0)
    assert bench.meters["kitchen"].calls.count("connect") == 2
    assert bench.meters["kitchen"].open_now == 1


def test_a_removed_meter_is_left_politely_and_forgotten(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 15.0)
    poller.assign(())
    poller.turn(bench.clock.monotonic())
    assert bench.meters["kitchen"].open_now == 0
    assert bench.shared.board.meter("kitchen") is None


def test_work_from_outside_finds_the_line_free(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 15.0)

    def work(line: Line) -> int:
        assert line.endpoint == "10.0.0.5:3333"
        return bench.meters["kitchen"].open_now

    future = poller.ask(work, lambda: None)
    failing = poller.ask(lambda _: raise_unknown(), lambda: None)
    poller.turn(bench.clock.monotonic())
    assert future.result(0) == 0
    with pytest.raises(UnknownName):
        failing.result(0)
    bench.run(poller, 30.0)
    assert bench.seen("kitchen").observed is Observed.ONLINE


def test_a_poll_that_a_visitor_made_late_still_happens_in_its_slot(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen", every=10.0))
    bench.run(poller, 15.0)
    due = bench.seen("kitchen").next_attempt_ms
    assert due is not None
    bench.clock.advance((due - bench.clock.utc_ms()) / 1000 - 1.0)
    poller.ask(lambda _: bench.clock.advance(6.0), lambda: None)
    wait = poller.turn(bench.clock.monotonic())
    assert wait == pytest.approx(2.0)  # the endpoint's rest, and nothing more
    bench.run(poller, 30.0)
    seen = bench.seen("kitchen")
    assert seen.polls_complete == seen.polls_due


def raise_unknown() -> int:
    raise UnknownName("nothing")


def test_work_that_was_not_begun_is_refused_at_the_end(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 15.0)
    future = poller.ask(lambda _: 1, lambda: None)
    poller.close()
    assert future.cancelled()
    assert bench.meters["kitchen"].open_now == 0


def test_abort_reaches_the_meter_and_the_visitor(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 15.0)
    client = poller._duties["kitchen"]._session._reader._client
    poller.abort()
    assert client.aborted
    aborted = threading.Event()
    future = poller.ask(lambda _: poller.abort(), aborted.set)
    poller.turn(bench.clock.monotonic())
    assert future.done()
    assert aborted.is_set()


def test_the_watch_reports_what_holds_and_frees_what_is_stuck(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    bench.run(poller, 15.0)
    meter = bench.meters["kitchen"]

    def stuck() -> None:
        bench.clock.advance(100.0)
        poller.watch(bench.clock.monotonic())

    meter.before_read = stuck
    client = poller._duties["kitchen"]._session._reader._client
    bench.run(poller, 10.0)
    assert client.aborted
    meter.before_read = None
    meter.refuse = [unreachable() for _ in range(100)]
    poller._duties["kitchen"].leave()
    bench.run(poller, 300.0)
    poller.watch(bench.clock.monotonic())
    bench.shared.alarms.turn(bench.clock.monotonic())
    assert bench.shared.alarms.active_of("kitchen") == 1


def test_a_ring_ends_the_wait(bench: Bench) -> None:
    poller = bench.poller(bench.add("kitchen"))
    poller.turn(bench.clock.monotonic())
    poller.wake()
    poller.wait(1e9)
    assert poller.name == "line 10.0.0.5:3333"


def test_a_meter_whose_settings_make_no_sense_stops_no_other(bench: Bench) -> None:
    good, bad = bench.add("good"), bench.add("bad")
    line = Line(good.settings.endpoint, bench.clock, None)

    def make_kit(record: MeterRecord) -> Kit:
        if record.name == "bad":
            raise ConfigError("there is no such policy", key="policies.brake")
        return bench.kit(record, line)

    poller = Poller(line, bench.shared, make_kit)
    poller.assign((bad, good))
    bench.run(poller, 15.0)
    assert bench.seen("good").observed is Observed.ONLINE
    assert bench.seen("bad").observed is Observed.OFFLINE
    assert "policies.brake" in bench.seen("bad").reason


def test_a_change_of_pace_or_policies_keeps_session_and_counts(bench: Bench) -> None:
    record = bench.add("kitchen")
    poller = bench.poller(record)
    bench.meters["kitchen"].refuse = [unreachable() for _ in range(3)]
    bench.run(poller, 30.0)
    assert bench.seen("kitchen").breaker_failures == 3
    connects = bench.meters["kitchen"].calls.count("connect")
    settings = evolve(record.settings, every=5.0, policies={"breaker": {"limit": 4}})
    poller.assign((bench.store.set_meter(settings),))
    due = bench.seen("kitchen").polls_due
    bench.run(poller, 30.0)
    seen = bench.seen("kitchen")
    assert seen.breaker_failures == 3
    assert seen.polls_due - due == pytest.approx(6, abs=1)
    assert bench.meters["kitchen"].calls.count("connect") == connects
    poller.retune()
    bench.run(poller, 5.0)
    assert bench.seen("kitchen").breaker_failures == 3
