"""What happens to a connection becomes events, in order."""

from __future__ import annotations

import pytest
from rig.engine import CURRENT, POLICIES, VOLTAGE, Bench
from rig.fake_client import unreachable

import dlmslite
from dlmslite.codes import AcseUserDiagnostic
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.session import ASK_AGAIN, STUCK, Entrance, MeterSession
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
    Demand,
    Demanded,
    Disconnected,
    Event,
    ExchangeAnswered,
    ExchangeTimedOut,
    FrameDiscarded,
    FrameReceived,
    Occupied,
    ProofRefused,
    Released,
    SessionLost,
    Subject,
)
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.identity import IdentityRead


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
        subject = Subject("kitchen", self.settings.every, self.settings.timeout)
        now = self.bench.clock.monotonic()
        self.chain = Chain(tuple(policy.policy(subject, now) for policy in POLICIES))
        line = Line(record.settings.endpoint, self.bench.clock)
        self.session = self.of(self.bench.entrance(record.settings, line))

    def of(self, entrance: Entrance) -> MeterSession:
        return MeterSession(
            self.settings, entrance, self.bench.shared, self.tally, self.learn, lambda: self.chain
        )

    def learn(self, event: Event) -> None:
        self.chain = self.chain.learn(event, self.bench.clock.monotonic())
        if not isinstance(event, ExchangeAnswered):  # one for each exchange: tested apart
            self.events.append(event)

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
    assert stage.told() == [AttemptStarted, AssociationOpened, IdentityRead, FrameReceived]
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
        (dlmslite.LinkError("refused"), [AttemptStarted, Occupied, Disconnected]),
        (
            dlmslite.ConverterError("Port already in use", cause="port-busy"),
            [AttemptStarted, Occupied, Disconnected],
        ),
        (
            # Nothing was there before: a silent meter is a silent meter.
            dlmslite.DeadlineExceeded("late", cause="never-heard"),
            [AttemptStarted, AssociationFailed, Disconnected],
        ),
        (dlmslite.ProtocolError("odd"), [AttemptStarted, AssociationFailed, Disconnected]),
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
    stage.meter.break_reads.append(dlmslite.ConnectionClosed("the meter closed it"))
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


LATE = dlmslite.DeadlineExceeded("no answer")


def paced() -> Stage:
    """A meter whose pace is known: answers after 0.1 s."""
    stage = Stage()
    for _ in range(5):
        stage.session.harvest(stage.plan)
    stage.told()
    return stage


def noise(stage: Stage, frames: int) -> None:
    """From now on so many bad frames come before each answer."""
    client = stage.session._reader._client
    stage.meter.before_read = lambda: [client.discard("bad-fcs") for _ in range(frames)]


def test_each_register_has_its_own_deadline() -> None:
    stage = Stage(timeout=4.0)
    stage.meter.lists = False
    assert stage.session.seconds(VOLTAGE) == 4.0
    seen: list[float] = []
    stage.meter.before_read = lambda: seen.append(stage.session._reader._client.timeout)
    stage.session.harvest(stage.plan)
    assert seen == [4.0, 4.0]
    for _ in range(30):
        stage.session.harvest(stage.plan)
    assert seen[-2:] == [1.5, 1.5]
    stage.meter.takes = 0.9
    for _ in range(5):
        stage.session.harvest(stage.plan)
    assert 1.5 < seen[-1] <= 4.0
    assert [c for c in stage.meter.calls if c.startswith("read_many")][-1] == f"read_many {CURRENT}"


def test_an_answer_later_than_usual_is_asked_for_again_with_the_whole_timeout() -> None:
    stage = paced()
    assert stage.session.seconds("values") == 1.5
    seen: list[float] = []
    stage.meter.before_read = lambda: seen.append(stage.session._reader._client.timeout)
    stage.meter.break_reads.append(LATE)
    assert len(stage.session.harvest(stage.plan).values) == 2
    assert seen == [1.5, 10.0]
    assert stage.told() == [ExchangeTimedOut, FrameReceived, FrameReceived]
    assert stage.tally.reassociations == 0


def test_a_meter_that_is_silent_for_the_whole_timeout_is_lost() -> None:
    stage = paced()
    stage.meter.break_reads += [LATE, LATE]
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    assert stage.told()[-2:] == [SessionLost, Disconnected]
    assert stage.session.seconds("values") > 1.5


def test_07_a_garbled_line_is_drained_then_linked_anew_on_the_same_connection() -> None:
    stage = paced()
    noise(stage, 8)
    stage.meter.break_reads += [LATE] * 3
    stage.session.harvest(stage.plan)
    demands = [event.demand for event in stage.events if isinstance(event, Demanded)]
    assert demands == [Demand.RESYNCHRONISE, Demand.RELINK]
    assert stage.meter.calls.count("relink") == 1
    assert stage.meter.calls.count("connect") == 1
    assert stage.tally.reassociations == 1
    assert stage.told()[-1] is FrameReceived


def test_07_if_that_does_not_help_the_connection_is_given_up() -> None:
    stage = paced()
    noise(stage, 8)
    stage.meter.break_reads += [LATE] * 9
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    assert stage.meter.calls.count("relink") == 1
    assert not stage.session.is_open
    assert stage.chain.demand(stage.bench.clock.monotonic()) is Demand.RECONNECT


def test_07_a_link_that_gave_up_is_linked_anew_only_when_the_watchdog_says_so() -> None:
    stage = paced()
    noise(stage, 16)
    stage.meter.break_reads.append(dlmslite.LinkError("no answer to three polls"))
    stage.session.harvest(stage.plan)
    assert stage.meter.calls.count("relink") == 1
    quiet = paced()
    quiet.meter.break_reads.append(dlmslite.LinkError("no answer to three polls"))
    with pytest.raises(MeterFailed):
        quiet.session.harvest(quiet.plan)
    assert "relink" not in quiet.meter.calls


def test_a_little_noise_is_borne_but_not_for_ever() -> None:
    stage = paced()
    stage.chain = Chain(())  # no watchdog: the poll itself has an end
    noise(stage, 1)
    stage.meter.break_reads += [LATE] * 100
    with pytest.raises(MeterFailed):
        stage.session.harvest(stage.plan)
    assert len(stage.meter.break_reads) == 100 - ASK_AGAIN - 1


def test_11_setting_the_link_up_again_spends_the_guard() -> None:
    stage = Stage(password="env:PW")
    stage.session.harvest(stage.plan)
    stage.meter.break_relinks += [
        dlmslite.AssociationRejected("no", diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE)
    ]
    assert not stage.session.relink()
    assert not stage.session.is_open
    assert stage.session.guard is not None
    assert stage.session.guard.refused == 1
    stage.bench.shared.gates.learn("guard-kitchen", ProofRefused("13"), 0.0)
    assert not stage.session.relink()  # nothing stands
    stage.session.force(0.0)
    stage.session.harvest(stage.plan)
    stage.bench.shared.gates.learn("guard-kitchen", ProofRefused("13"), 0.0)
    stage.bench.shared.gates.learn("guard-kitchen", ProofRefused("13"), 0.0)
    assert not stage.session.relink()
    assert stage.meter.calls.count("relink") == 1  # no proof went out
