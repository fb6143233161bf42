"""What every policy answers, and the events that it may learn from.

A policy is a frozen value. ``may_try`` answers whether to try now, ``learn`` gives its next state,
``demand`` says what must be done to the connection, ``conditions`` what deserves an alarm,
``judge`` how good readings are. The engine asks, obeys, and writes the reason down. Time is an
argument: seconds of the monotonic clock.

Settings are an attrs class of their own, entered in ``POLICIES`` under the name that stands in a
configuration (``[policies.breaker]``); ``settings.policy(subject, now)`` makes the policy, and
``retuned`` gives a policy other settings while it keeps what it has learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, IntEnum
from typing import Any, Protocol, Self

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.reading import Reading
from dlmslite_daemon.registry import Registry


class Action(Enum):
    """The four answers to: try now?"""

    TRY = "try"
    PROBE = "probe"
    """Connect on TCP, send nothing, close, and report a ``Probed``."""
    WAIT = "wait"
    """Not before ``not_before``."""
    STOP = "stop"
    """Not until an operator or a new credential changes it."""


@frozen
class Verdict:
    """The answer to: try now?

    Attributes:
        action: What may be done.
        not_before: For ``WAIT``: when to ask again, s.
        reason: Why, in a few words; empty for an unqualified yes.
        policy: Which policy says so.
    """

    action: Action
    not_before: float = 0.0
    reason: str = ""
    policy: str = ""


YES = Verdict(Action.TRY)


class Demand(IntEnum):
    """What a policy wants done to a connection, from mild to harsh; the harshest wins."""

    NOTHING = 0
    RESYNCHRONISE = 1
    """Drain what is waiting, and look for the next sound frame."""
    RELINK = 2
    """Set the link up again (SNRM) on the same connection."""
    RECONNECT = 3
    """Give the connection up, and make a new one through the other policies."""


# ---------------------------------------------------------------- events


@frozen
class Event:
    """Something that happened on a line; policies learn from the kinds that concern them."""


@frozen
class AttemptStarted(Event):
    """The poller begins to connect and associate."""


@frozen
class ConnectFailed(Event):
    """No connection came about.

    Attributes:
        reason: Why, in a few words.
        unreachable: Host or port could not be reached at all (refused, no route, timed out).
    """

    reason: str = ""
    unreachable: bool = True


@frozen
class Probed(Event):
    """A TCP connect that sent nothing ended.

    Attributes:
        reached: Whether it was accepted.
    """

    reached: bool


@frozen
class AssociationFailed(Event):
    """Connected, but no association came about.

    Attributes:
        reason: Why, in a few words.
    """

    reason: str = ""


@frozen
class Occupied(Event):
    """Connected, and somebody else has the device.

    Attributes:
        reason: What says so: a banner, a DM, or silence after another session.
    """

    reason: str = ""


@frozen
class IdentityKnown(Event):
    """Which meter should stand there: as it was remembered, or as an operator confirmed.

    Attributes:
        serial: Its serial number; empty for whichever answers first.
        source: Which of its objects says so; empty while unknown.
    """

    serial: str
    source: str = ""


@frozen
class AssociationOpened(Event):
    """An association is open."""


@frozen
class SessionLost(Event):
    """A session was lost in use: closed, reset, or given up after an error.

    Attributes:
        reason: Why, in a few words.
    """

    reason: str = ""


@frozen
class Released(Event):
    """We ended the session ourselves, politely."""


@frozen
class Disconnected(Event):
    """The connection to the endpoint is closed, by whomever."""


@frozen
class PollFinished(Event):
    """A poll is over.

    Attributes:
        due: How many values were asked for.
        good: How many came.
    """

    due: int
    good: int

    @property
    def complete(self) -> bool:
        """Whether all that was asked for came."""
        return 0 < self.due <= self.good


@frozen
class FrameDiscarded(Event):
    """A frame or octets were thrown away: bad FCS, HCS, length or sequence.

    Attributes:
        kind: Which: ``fcs``, ``hcs``, ``length``, ``sequence`` …
        octets: What was thrown away, kept for diagnosis; at most the last 256.
        count: How many errors it stands for.
    """

    kind: str
    octets: bytes = b""
    count: int = 1


@frozen
class FrameReceived(Event):
    """One good frame."""


@frozen
class Demanded(Event):
    """The engine did what a policy demanded.

    Attributes:
        demand: What was done.
    """

    demand: Demand


@frozen
class ExchangeAnswered(Event):
    """A request was answered.

    Attributes:
        register: What was asked for: each register has its own deadline.
        seconds: From the request to the whole answer.
    """

    register: str
    seconds: float


@frozen
class ExchangeTimedOut(Event):
    """A request was not answered before its deadline.

    Attributes:
        register: What was asked for.
    """

    register: str


@frozen
class ProofSent(Event):
    """An AARQ with a proof (a password) is about to be sent."""


@frozen
class ProofAccepted(Event):
    """The meter accepted the proof."""


@frozen
class ProofRefused(Event):
    """The meter refused the proof.

    Attributes:
        diagnostic: Its diagnostic (11 to 14), or ``silence`` when it answers the public client but
            not the proof.
    """

    diagnostic: str = ""


@frozen
class ProofLost(Event):
    """The proof's fate is unknown: the wire broke and nothing speaks for a refusal."""


@frozen
class Forced(Event):
    """An operator wants one try now, whatever the policies say."""


@frozen
class Paused(Event):
    """The meter is no longer to be polled."""


@frozen
class Resumed(Event):
    """The meter is to be polled again."""


# ---------------------------------------------------------------- policies


class PollingPolicy(Protocol):
    """A small pure value that answers for one line or one meter."""

    def may_try(self, now: float) -> Verdict:
        """Whether an attempt may begin now."""
        ...

    def learn(self, event: Event, now: float) -> Self:
        """The policy after an event; itself when the event does not concern it."""
        ...

    def demand(self, now: float) -> Demand:
        """What must be done to the connection now; asked again until a ``Demanded`` is learnt."""
        ...

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """What holds now and deserves an alarm."""
        ...

    def judge(self, readings: Sequence[Reading], obis: Mapping[str, str]) -> tuple[Reading, ...]:
        """The same readings with their quality; none is left out.

        Args:
            readings: What one poll brought.
            obis: The logical name of each series.
        """
        ...

    def shown(self, now: float) -> dict[str, object]:
        """Its state for people: counts and flags; times in seconds from now."""
        ...

    def retuned(self, fresh: Any) -> Self:
        """This policy with the settings of one just made of the same kind; what it learnt stays."""
        ...


@frozen
class Policy:
    """The answers of a policy that has nothing to say; the kinds override what concerns them."""

    def may_try(self, now: float) -> Verdict:  # noqa: ARG002  the shape of the protocol
        """Yes."""
        return YES

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  the shape of the protocol
        """Nothing."""
        return self

    def demand(self, now: float) -> Demand:  # noqa: ARG002  the shape of the protocol
        """Nothing."""
        return Demand.NOTHING

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  as above
        """None."""
        return ()

    def judge(
        self,
        readings: Sequence[Reading],
        obis: Mapping[str, str],  # noqa: ARG002  as above
    ) -> tuple[Reading, ...]:
        """As good as they are."""
        return tuple(readings)

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  as above
        """Nothing."""
        return {}

    def retuned(self, fresh: Any) -> Self:
        """With the other's settings, and the rest as it was."""
        # The kinds have settings; this base has none.
        kind: Any = self
        tuned: Self = evolve(kind, settings=fresh.settings)
        return tuned


@frozen
class Subject:
    """Whom a policy is for.

    Attributes:
        key: The endpoint or the meter; it spreads what must not coincide.
        interval: The poll interval, s.
        timeout: The response timeout of the line, s.
        patient: The shortest wait after a failure, s: a meter on battery must not be hurried.
    """

    key: str
    interval: float = 60.0
    timeout: float = 10.0
    patient: float = 0.0


def seconds_until(moment: float, now: float) -> float | None:
    """How long until a moment, s; None when it is past or will never come."""
    left = moment - now
    return round(left, 1) if 0 < left < float("inf") else None


class PolicySettings(Protocol):
    """The settings of a policy, as a configuration states them."""

    def policy(self, subject: Subject, now: float) -> PollingPolicy:
        """The policy in its first state."""
        ...


POLICIES: Registry[str, type[PolicySettings]] = Registry("dlmslite_daemon.policies")
"""The settings class of each policy that a configuration may name."""
