"""Fifteen bad frames in a row: resynchronise, then SNRM again, then a new connection."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    Demand,
    Demanded,
    Event,
    FrameDiscarded,
    FrameReceived,
    Subject,
)
from dlmslite_daemon.policies.protocol_errors import (
    Overheard,
    ProtocolErrors,
    ProtocolErrorSettings,
)

BAD = FrameDiscarded("fcs", b"\x7e\xa0\x07")
GOOD = FrameReceived()


def fresh() -> ProtocolErrors:
    return ProtocolErrorSettings().policy(Subject("x"), 0.0)


def bad(watchdog: ProtocolErrors, times: int) -> ProtocolErrors:
    for _ in range(times):
        watchdog = watchdog.learn(BAD, 0.0)
    return watchdog


def obeyed(watchdog: ProtocolErrors) -> ProtocolErrors:
    return watchdog.learn(Demanded(watchdog.demand(0.0)), 0.0)


def test_the_fifteenth_raises_the_alarm_and_resynchronises() -> None:
    watchdog = bad(fresh(), 14)
    assert watchdog.demand(0.0) is Demand.NOTHING
    assert watchdog.conditions(0.0) == ()
    watchdog = bad(watchdog, 1)
    assert watchdog.demand(0.0) is Demand.RESYNCHRONISE
    (condition,) = watchdog.conditions(0.0)
    assert condition.code == "protocol_errors"
    assert condition.details.endswith("7e a0 07")


def test_the_three_steps_come_in_their_order_while_it_goes_on() -> None:
    watchdog, steps = bad(fresh(), 15), []
    for _ in range(6):
        steps.append(watchdog.demand(0.0))
        watchdog = obeyed(watchdog)
        assert watchdog.demand(0.0) is Demand.NOTHING
        watchdog = bad(watchdog, 5)
    assert steps == [
        Demand.RESYNCHRONISE,
        Demand.RELINK,
        Demand.RECONNECT,
        Demand.RELINK,
        Demand.RECONNECT,
        Demand.RELINK,
    ]


def test_a_burst_skips_no_step() -> None:
    watchdog = fresh().learn(FrameDiscarded("length", b"", count=500), 0.0)
    assert watchdog.demand(0.0) is Demand.RESYNCHRONISE
    assert obeyed(watchdog).demand(0.0) is Demand.RELINK


def test_one_good_frame_resets_but_the_totals_stay() -> None:
    watchdog = obeyed(bad(fresh(), 15)).learn(GOOD, 0.0)
    assert (watchdog.demand(0.0), watchdog.conditions(0.0)) == (Demand.NOTHING, ())
    assert (watchdog.errors, watchdog.octets) == (15, 45)
    assert bad(watchdog, 15).demand(0.0) is Demand.RESYNCHRONISE


def test_the_last_discarded_octets_are_kept_and_no_more() -> None:
    watchdog = fresh()
    for n in range(300):
        watchdog = watchdog.learn(FrameDiscarded("hcs", bytes([n % 256]) * 2), 0.0)
    assert watchdog.octets == 600
    assert len(watchdog.kept) == 256
    assert watchdog.kept.endswith(bytes([299 % 256] * 2))


def test_a_demand_of_another_policy_changes_nothing_below_the_limit() -> None:
    watchdog = bad(fresh(), 5)
    assert watchdog.learn(Demanded(Demand.RECONNECT), 0.0) == watchdog
    assert watchdog.learn(Demanded(Demand.RESYNCHRONISE), 0.0) == watchdog


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"step": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError) as caught:
        ProtocolErrorSettings(**wrong)
    assert caught.value.key in wrong


class Wire(RuleBasedStateMachine):
    """A noisy wire, and an engine that obeys now or a little later."""

    def __init__(self) -> None:
        super().__init__()
        self.watchdog = fresh()
        self.row = 0
        self.total = 0
        self.obeyed: list[Demand] = []

    @rule(count=st.integers(1, 8))
    def noise(self, count: int) -> None:
        self.watchdog = self.watchdog.learn(FrameDiscarded("fcs", b"x", count), 0.0)
        self.row += count
        self.total += count

    @rule()
    def a_good_frame(self) -> None:
        self.watchdog = self.watchdog.learn(GOOD, 0.0)
        self.row = 0
        self.obeyed.clear()

    @rule()
    def obey(self) -> None:
        demand = self.watchdog.demand(0.0)
        if demand:
            if not self.obeyed:
                assert demand is Demand.RESYNCHRONISE
            elif self.obeyed[-1] is not Demand.RECONNECT:
                assert demand == self.obeyed[-1] + 1
            self.obeyed.append(demand)
            self.watchdog = self.watchdog.learn(Demanded(demand), 0.0)

    @invariant()
    def alarm_and_first_demand_begin_at_fifteen(self) -> None:
        assert bool(self.watchdog.conditions(0.0)) is (self.row >= 15)
        if self.row < 15:
            assert self.watchdog.demand(0.0) is Demand.NOTHING
        elif not self.obeyed:
            assert self.watchdog.demand(0.0) is Demand.RESYNCHRONISE
        assert self.watchdog.errors == self.total


TestWire = Wire.TestCase
TestWire.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


LINE = ("a", "b", "c")


def test_the_row_is_the_lines_and_the_alarm_is_of_whose_frames_are_bad() -> None:
    watchdog = bad(fresh(), 5).learn(Overheard(FrameDiscarded("hcs", b"xyz", 10)), 0.0)
    assert watchdog.demand(0.0) is Demand.RESYNCHRONISE
    (condition,) = watchdog.conditions(0.0)
    assert "15 bad frames in a row on the line, 5 of them of this meter" in condition.message
    assert (watchdog.errors, watchdog.octets) == (5, 15)  # its own
    spared = fresh().learn(Overheard(FrameDiscarded("hcs", b"xyz", 15)), 0.0)
    assert spared.conditions(0.0) == ()
    assert spared.demand(0.0) is Demand.RESYNCHRONISE
    assert watchdog.learn(Overheard(GOOD), 0.0).conditions(0.0) == ()


class SharedLine(RuleBasedStateMachine):
    """Meters of one line: whatever happens to one of them, all count the same."""

    def __init__(self) -> None:
        super().__init__()
        self.line = {name: fresh() for name in LINE}
        self.own = dict.fromkeys(LINE, 0)
        self.totals = dict.fromkeys(LINE, 0)
        self.row = 0
        self.obeyed: list[Demand] = []

    def tell(self, name: str, event: Event) -> None:
        for other, watchdog in self.line.items():
            heard = event if other == name else Overheard(event)
            self.line[other] = watchdog.learn(heard, 0.0)

    @rule(name=st.sampled_from(LINE), count=st.integers(1, 8))
    def noise(self, name: str, count: int) -> None:
        self.tell(name, FrameDiscarded("fcs", b"x", count))
        self.row += count
        self.own[name] += count
        self.totals[name] += count

    @rule(name=st.sampled_from(LINE))
    def a_good_frame(self, name: str) -> None:
        self.tell(name, GOOD)
        self.row = 0
        self.own = dict.fromkeys(LINE, 0)
        self.obeyed.clear()

    @rule(name=st.sampled_from(LINE))
    def obey(self, name: str) -> None:
        demand = self.line[name].demand(0.0)
        if demand:
            expected = Demand.RESYNCHRONISE
            if self.obeyed:
                last = self.obeyed[-1]
                expected = Demand.RELINK if last is Demand.RECONNECT else Demand(last + 1)
            assert demand is expected
            self.obeyed.append(demand)
            self.tell(name, Demanded(demand))

    @rule(name=st.sampled_from(LINE))
    def another_meter_comes_in_its_place(self, name: str) -> None:
        neighbour = self.line[next(other for other in LINE if other != name)]
        self.line[name] = fresh()
        for event in neighbour.story():
            self.line[name] = self.line[name].learn(Overheard(event), 0.0)
        self.own[name] = self.totals[name] = 0

    @invariant()
    def all_count_the_same_and_each_its_own(self) -> None:
        assert len({(w.run, w.done, w.demand(0.0)) for w in self.line.values()}) == 1
        for name, watchdog in self.line.items():
            assert watchdog.errors == self.totals[name]
            alarmed = self.row >= 15 and self.own[name] > 0
            assert bool(watchdog.conditions(0.0)) is alarmed

    @invariant()
    def nothing_is_demanded_below_the_limit(self) -> None:
        if self.row < 15:
            assert all(w.demand(0.0) is Demand.NOTHING for w in self.line.values())


TestSharedLine = SharedLine.TestCase
TestSharedLine.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
