"""The deadline of an exchange, and when it is asked again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import define, field

import dlmslite
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.exchange import Steady, exchange


@define
class Wire:
    """Stands in for a client."""

    timeout: float = 0.0


@define
class Notes:
    """A pace that writes down what it is told, and asks again so often."""

    again: int = 0
    told: list[tuple[str, object]] = field(factory=list)

    def seconds(self, register: str) -> float:
        return 2.0 + len(self.told) + len(register)

    def answered(self, register: str, seconds: float) -> None:
        self.told.append((register, seconds))

    def failed(self, register: str, *, late: bool) -> bool:
        self.told.append((register, late))
        self.again -= 1
        return self.again >= 0


def answers(clock: FakeClock, *outcomes: object) -> Callable[[], object]:
    """A request whose answers take 0.5 s each."""
    left = iter(outcomes)

    def ask() -> object:
        clock.advance(0.5)
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return ask


def test_the_deadline_is_the_registers_own_and_its_time_is_learnt() -> None:
    wire, pace, clock = Wire(), Notes(), FakeClock()
    assert exchange(wire, pace, clock, "x", answers(clock, 7)) == 7
    assert wire.timeout == 3.0
    assert pace.told == [("x", 0.5)]


def test_a_refusal_is_an_answer() -> None:
    for error in (dlmslite.ServiceError("denied"), dlmslite.DecodeError("odd")):
        pace, clock = Notes(again=1), FakeClock()
        with pytest.raises(type(error)):
            exchange(Wire(), pace, clock, "x", answers(clock, error))
        assert pace.told == [("x", 0.5)]


def test_it_is_asked_again_as_often_as_the_pace_wants() -> None:
    wire, pace, clock = Wire(), Notes(again=2), FakeClock()
    late, broken = dlmslite.DeadlineExceeded("late"), dlmslite.LinkError("broken")
    assert exchange(wire, pace, clock, "x", answers(clock, late, broken, 7)) == 7
    assert pace.told == [("x", True), ("x", False), ("x", 0.5)]
    assert wire.timeout == 5.0
    with pytest.raises(dlmslite.DeadlineExceeded):
        exchange(wire, pace, clock, "x", answers(clock, late, 7))


def test_a_wire_that_is_gone_is_not_asked_again() -> None:
    pace, clock = Notes(again=9), FakeClock()
    with pytest.raises(dlmslite.TransportError):
        exchange(Wire(), pace, clock, "x", answers(clock, dlmslite.TransportError("gone"), 7))
    assert pace.told == []


def test_a_trial_asks_once_with_the_whole_timeout() -> None:
    wire, clock = Wire(), FakeClock()
    with pytest.raises(dlmslite.DeadlineExceeded):
        exchange(wire, Steady(4.0), clock, "x", answers(clock, dlmslite.DeadlineExceeded(""), 7))
    assert exchange(wire, Steady(4.0), clock, "x", answers(clock, 7)) == 7
    assert wire.timeout == 4.0
