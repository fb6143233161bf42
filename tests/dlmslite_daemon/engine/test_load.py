"""What polls take of a line: measured, added up, warned of above 70 %, refused above 100 %."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.engine import settings_of

from dlmslite_daemon.engine.load import LineLoad, Pace, busiest, hasty
from dlmslite_daemon.engine.opening import REST


def test_alone_an_association_is_kept_and_shared_each_poll_pays_for_its_own() -> None:
    settings = settings_of("kitchen", every=10.0)
    alone = Pace.of(settings, 1.0, 0.5, alone=True)
    assert (alone.seconds, alone.share) == (1.0, 0.1)
    shared = Pace.of(settings, 1.0, 0.5, alone=False)
    assert shared.seconds == 1.5 + REST
    # Above 25 s it is released anyway, since a converter drops an idle line.
    slow = Pace.of(settings_of("kitchen", every=60.0), 1.0, 0.5, alone=True)
    assert slow.seconds == 1.5 + REST


@pytest.mark.parametrize(
    ("share", "codes", "too_much"),
    [(0.7, [], False), (0.71, ["W-LINE-LOAD"], False), (1.01, ["E-LINE-OVERLOAD"], True)],
)
def test_it_is_warned_of_and_refused(share: float, codes: list[str], too_much: bool) -> None:
    load = LineLoad("10.0.0.5:3333", (Pace("a", 100.0, share * 100),))
    assert [warning.code for warning in load.warnings()] == codes
    assert load.too_much is too_much


def test_what_nobody_measured_is_named_and_not_guessed() -> None:
    load = LineLoad("x", (Pace("a", 10.0), Pace("b", 10.0, 1.0)))
    assert load.unmeasured == ("a",)
    assert load.share == 0.1


def test_an_interval_below_five_seconds_is_warned_of() -> None:
    assert [w.code for w in hasty(settings_of("kitchen", every=4.9))] == ["W-INTERVAL"]
    assert hasty(settings_of("kitchen", every=5.0)) == ()


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=8))
def test_the_share_of_a_line_is_that_of_all_its_meters(polls: list[float]) -> None:
    paces = tuple(Pace(str(n), 10.0, poll) for n, poll in enumerate(polls))
    load = LineLoad("x", paces)
    assert load.share == pytest.approx(sum(polls) / 10.0)
    idle = LineLoad("idle", ())
    assert busiest([idle, load])[-1] in (idle, load)
    assert busiest([idle, load])[0].share == max(load.share, 0.0)
