"""What happens to a connection becomes events, in order."""

from __future__ import annotations

import pytest
from rig.engine import Bench
from rig.fake_client import unreachable

import dlmslite
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.session import STUCK, Entrance, MeterSession
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.errors import SecretError
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.policies.base import (
    Action,
    AssociationFailed,
    AssociationOpened,
    AttemptStarted,
    ConnectFailed,
    Disconnected,
    Event,
    FrameDiscarded,
    FrameReceived,
    Released,
    SessionLost,
)


class Stage:
    """A session and what it told."""

    def __init__(self, **more: object) -> None:
        self.bench = Bench()
        record = self.bench.add("kitchen", **more)
        self.settings = record.settings
        self.meter = self.bench.meters["kitchen"]
        self.plan = Plan.of(record.settings.series, {})
        self.tally = Tally()
        self.events: list[Event] = []
        line = Line(record.settings.endpoint, self.bench.clock)
        self.session = self.of(self.bench.entrance(record.settings, line))

    def of(self, entrance: Entrance) -> MeterSession:
        return MeterSession(
            self.settings, entrance, self.bench.shared, self.tally, self.events.append
        )

    def told(self) -> list[type[Event]]:
        kinds = [type(event) for event in self.events]
        self.events.clear()
        return kinds


def test_open_read_leave() -> None:
    stage = Stage()
    harvest = stage.session.harvest(stage.plan)
    assert len(harvest.values) == 2
    assert stage.session.is_open
    assert stage.session.agreed
    assert stage.told() == [AttemptStarted, AssociationOpened, FrameReceived]
    stage.session.harvest(stage.plan)
    assert stage.told() == [FrameReceived]
    stage.session.leave()
    stage.session.leave()
    assert stage.told() == [Released, Disconnected]
    assert stage.tally.connects == 1
    assert stage.meter.calls.count("close") == 1


@pytest.mark.parametrize(
    ("error", "events"),
    [
        (unreachable(), [AttemptStarted, ConnectFailed]),
        (dlmslite.LinkError("refused"), [AttemptStarted, AssociationFailed, Disconnected]),
        (dlmslite.AssociationRejected("no"), [AttemptStarted, AssociationFailed, Disconnected]),
        (dlmslite.ConfigurationError("what"), [AttemptStarted]),
    ],
)
def test_every_way_to_fail_at_opening_is_told(error: Exception, events: list[type[Event]]) -> None:
    stage = Stage()
    stage.meter.refuse.append(error)
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    assert stage.told() == events
    assert not stage.session.is_open


def test_a_session_lost_in_use_is_an_unplanned_reassociation() -> None:
    stage = Stage()
    stage.session.harvest(stage.plan)
    stage.told()
    stage.meter.break_reads.append(dlmslite.DeadlineExceeded("no answer"))
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    assert stage.told() == [SessionLost, Disconnected]
    assert stage.tally.reassociations == 1


def test_07_discarded_frames_are_told_before_the_good_one() -> None:
    stage = Stage()
    stage.session.harvest(stage.plan)
    stage.told()
    client = stage.session._reader._client
    stage.meter.before_read = lambda: client.discard("bad-fcs")
    stage.session.harvest(stage.plan)
    assert stage.told() == [FrameDiscarded, FrameReceived]
    assert stage.tally.protocol_errors == {"bad-fcs": 1}


def test_a_secret_that_is_not_there_touches_no_wire() -> None:
    stage = Stage()

    def no_secret() -> None:
        raise SecretError("the environment has no PW", code="E-SECRET-ENV")

    session = stage.of(Entrance(no_secret, None))
    with pytest.raises(MeterFailed) as raised:
        session.harvest(stage.plan)
    assert raised.value.code == "E-SECRET-ENV"
    assert stage.told() == []
    assert stage.meter.calls == []


def test_03_a_try_in_which_nothing_moves_is_stuck() -> None:
    stage = Stage(timeout=4.0)
    clock: FakeClock = stage.bench.clock
    seen: list[bool] = []

    def look() -> None:
        seen.append(stage.session.stuck(clock.monotonic()))
        clock.advance(STUCK * 4.0 + 0.1)
        seen.append(stage.session.stuck(clock.monotonic()))
        stage.session.abort()

    stage.meter.before_read = look
    stage.session.harvest(stage.plan)
    assert seen[:2] == [False, True]
    assert not stage.session.stuck(clock.monotonic() + 1e6)
    assert stage.session._reader._client.aborted


def test_the_guard_speaks_only_before_a_proof() -> None:
    stage = Stage(password="env:PW")
    guard = stage.session.guard
    assert guard is not None
    stage.bench.shared.gates._guards["guard-kitchen"] = type(guard)(guard.settings, refused=2)
    assert stage.session.verdict(0.0).action is Action.STOP
    assert [c.code for c in stage.session.conditions(0.0)] == ["credentials_refused"]
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    stage.session.force(0.0)
    stage.session.harvest(stage.plan)
    assert stage.session.verdict(0.0).action is Action.TRY
    assert stage.session.conditions(0.0) == ()
