"""What every policy answers, and the events that it may learn from.

A policy is a frozen value. ``may_try`` answers whether to try now, ``learn`` gives its next state,
``demand`` says what must be done to the connection, ``conditions`` what deserves an alarm. The
engine asks, obeys, and writes the reason down. Time is an argument: seconds of the monotonic clock.

Settings are an attrs class of their own, entered in ``POLICIES`` under the name that stands in a
configuration (``[policies.breaker]``); ``settings.policy(subject, now)`` makes the policy.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Protocol, Self

from attrs import frozen

from dlmslite_daemon.alarm import Condition
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


@frozen
class Subject:
    """Whom a policy is for.

    Attributes:
        key: The endpoint or the meter; it spreads what must not coincide.
        interval: The poll interval, s.
        timeout: The response timeout of the line, s.
    """

    key: str
    interval: float = 60.0
    timeout: float = 10.0


class PolicySettings(Protocol):
    """The settings of a policy, as a configuration states them."""

    def policy(self, subject: Subject, now: float) -> PollingPolicy:
        """The policy in its first state."""
        ...


POLICIES: Registry[str, type[PolicySettings]] = Registry("dlmslite_daemon.policies")
"""The settings class of each policy that a configuration may name."""
