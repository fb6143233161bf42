"""Faults come from a seed, and each does what its name says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import ConfigurationError
from dlmslite.simulator.faults import Busy, FaultPlan, FaultyWire

ANSWER = bytes(range(32))


def passed(
    wire: FaultyWire, count: int = 200, *, now: float = 0.0, later: float = 0.0
) -> list[bytes]:
    arrived = []
    for _ in range(count):
        wire.send(ANSWER, now)
        arrived.append(wire.receive(now + later))
    return arrived


def test_a_wire_without_faults_passes_everything_at_once() -> None:
    assert passed(FaultyWire()) == [ANSWER] * 200


def test_the_same_seed_gives_the_same_faults() -> None:
    plan = FaultPlan(seed=7, loss=0.2, corruption=0.2, noise=0.2)
    assert passed(FaultyWire(plan, 3)) == passed(FaultyWire(plan, 3))
    assert passed(FaultyWire(plan, 3)) != passed(FaultyWire(plan, 4))


def test_loss_drops_whole_answers() -> None:
    arrived = passed(FaultyWire(FaultPlan(seed=1, loss=0.5)))
    assert set(arrived) == {b"", ANSWER}


def test_corruption_changes_exactly_one_octet() -> None:
    for answer in passed(FaultyWire(FaultPlan(seed=1, corruption=1.0))):
        assert sum(a != b for a, b in zip(answer, ANSWER, strict=True)) == 1


def test_noise_stands_before_the_answer() -> None:
    for answer in passed(FaultyWire(FaultPlan(seed=1, noise=1.0))):
        assert answer.endswith(ANSWER)
        assert 1 <= len(answer) - len(ANSWER) <= 16


def test_a_delay_holds_the_answer_back_until_it_is_due() -> None:
    wire = FaultyWire(FaultPlan(delay_seconds=0.5))
    wire.send(ANSWER, 10.0)
    assert wire.receive(10.4) == b""
    assert wire.next_due() == 10.5
    assert wire.receive(10.5) == ANSWER
    assert wire.next_due() is None


def test_a_late_answer_holds_back_what_follows_it() -> None:
    wire = FaultyWire(FaultPlan(seed=5, late=0.5, late_seconds=5.0))
    answers = [bytes([number]) for number in range(20)]
    for number, answer in enumerate(answers):
        wire.send(answer, number / 10)

    assert wire.receive(4.9) in {b"".join(answers[:count]) for count in range(15)}
    wire.receive(7.0)
    assert wire.next_due() is None


@given(st.integers(0, 99))
def test_octets_keep_their_order(seed: int) -> None:
    wire = FaultyWire(FaultPlan(seed=seed, late=0.3, late_seconds=2.0, jitter_seconds=1.0))
    arrived = b""
    for number in range(100):
        wire.send(bytes([number]), number / 10)
        arrived += wire.receive(number / 10)

    assert arrived + wire.receive(20.0) == bytes(range(100))


def test_a_cut_ends_the_connection_in_the_middle_of_an_answer() -> None:
    wire = FaultyWire(FaultPlan(seed=2, cut=1.0))
    wire.send(ANSWER, 0.0)
    arrived = wire.receive(0.0)
    assert len(arrived) < len(ANSWER)
    assert ANSWER.startswith(arrived)
    assert wire.closed
    wire.send(ANSWER, 1.0)
    assert wire.receive(1.0) == b""


@given(st.floats(min_value=0, max_value=10), st.floats(min_value=0, max_value=10))
def test_nothing_arrives_before_its_delay_nor_after_its_jitter(delay: float, jitter: float) -> None:
    wire = FaultyWire(FaultPlan(delay_seconds=delay, jitter_seconds=jitter))
    wire.send(ANSWER, 0.0)
    due = wire.next_due()
    assert due is not None
    assert delay <= due <= delay + jitter


def test_a_probability_outside_its_range_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="loss is a probability"):
        FaultPlan(loss=1.5)


def test_duplication_gives_an_answer_twice() -> None:
    assert set(passed(FaultyWire(FaultPlan(duplication=1.0)), 20)) == {ANSWER + ANSWER}
    assert set(passed(FaultyWire(FaultPlan(seed=1, duplication=0.5)))) == {ANSWER, ANSWER + ANSWER}


def test_reordering_gives_an_answer_behind_the_next_one() -> None:
    wire = FaultyWire(FaultPlan(reordering=1.0))
    arrived = []
    for answer in (b"1", b"2", b"3", b"4"):
        wire.send(answer, 0.0)
        arrived.append(wire.receive(0.0))

    assert arrived == [b"", b"21", b"", b"43"]


@given(st.integers(0, 99))
def test_reordering_loses_nothing(seed: int) -> None:
    wire = FaultyWire(FaultPlan(seed=seed, reordering=0.4))
    arrived = b""
    for number in range(100):
        wire.send(bytes([number]), 0.0)
        arrived += wire.receive(0.0)

    assert set(range(100)) - set(arrived) <= {99}
    assert len(arrived) == len(set(arrived))


def test_truncation_ends_an_answer_in_its_middle_and_the_connection_stays() -> None:
    wire = FaultyWire(FaultPlan(seed=4, truncation=1.0))
    arrived = passed(wire, 50)

    assert all(ANSWER.startswith(answer) and len(answer) < len(ANSWER) for answer in arrived)
    assert len({len(answer) for answer in arrived}) > 10
    assert not wire.closed


def test_a_stale_answer_is_the_one_before_and_stands_before_the_one_that_is_due() -> None:
    wire = FaultyWire(FaultPlan(stale=1.0))
    arrived = []
    for answer in (b"1", b"2", b"3"):
        wire.send(answer, 0.0)
        arrived.append(wire.receive(0.0))

    assert arrived == [b"1", b"12", b"23"]


def test_a_reset_takes_the_answer_and_the_connection() -> None:
    wire = FaultyWire(FaultPlan(reset=1.0))
    wire.send(ANSWER, 0.0)

    assert wire.receive(0.0) == b""
    assert (wire.closed, wire.reset, wire.dead) == (True, True, False)


def test_a_half_open_connection_stands_and_carries_nothing() -> None:
    wire = FaultyWire(FaultPlan(half_open=1.0, delay_seconds=1.0))
    wire.send(ANSWER, 0.0)
    wire.send(ANSWER, 1.0)

    assert wire.receive(9.0) == b""
    assert wire.next_due() is None
    assert (wire.closed, wire.reset, wire.dead) == (False, False, True)


@pytest.mark.parametrize(
    "name",
    ["loss", "duplication", "reordering", "truncation", "stale", "busy", "reset", "half_open"],
)
def test_every_chance_is_a_probability(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        FaultPlan(**{name: -0.1})


def test_an_unknown_way_of_being_busy_is_refused() -> None:
    assert FaultPlan(busy_kind="rnr").busy_kind is Busy.NOT_READY
    with pytest.raises(ValueError, match="tired"):
        FaultPlan(busy_kind="tired")
