"""The circuit breaker: leaves a line alone that fails again and again.

::

    CLOSED      the 10th failure within an hour → OPEN for 5 min
    OPEN        the time is over → one probe: HALF_OPEN
                unreachable: every 60 s a TCP connect that sends nothing; reached → the probe
    HALF_OPEN   a poll brought values → CLOSED      any failure → OPEN for 5 min

It counts failed attempts and sessions lost in use. What we release ourselves, what begins at the
start, after a resume or by an operator is not counted: only failures are events here.
"""

from __future__ import annotations

from enum import Enum
from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    YES,
    Action,
    AssociationFailed,
    AttemptStarted,
    ConnectFailed,
    Event,
    Forced,
    Policy,
    PollFinished,
    Probed,
    SessionLost,
    Subject,
    Verdict,
    seconds_until,
)


class BreakerState(Enum):
    """Where the breaker is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@frozen
class BreakerSettings:
    """Settings of the circuit breaker.

    Attributes:
        limit: How many failures within the window open it.
        window: The sliding window, s.
        pause: How long it stays open, s.
        pause_limit: Up to where the pause doubles with each failed probe, s; the default is the
            pause itself, which is no doubling.
        probe_every: How often an unreachable endpoint is tried by a TCP connect, s.
    """

    limit: int = 10
    window: float = 3600.0
    pause: float = 300.0
    pause_limit: float | None = None
    probe_every: float = 60.0

    def __attrs_post_init__(self) -> None:
        if self.limit < 1:
            raise ConfigError("at least one failure opens it", key="limit")
        for key, value in (
            ("window", self.window),
            ("pause", self.pause),
            ("probe_every", self.probe_every),
        ):
            if value <= 0:
                raise ConfigError("it is longer than nothing", key=key)
        if self.pause_limit is not None and self.pause_limit < self.pause:
            raise ConfigError("it is not below the pause", key="pause_limit")

    def policy(self, subject: Subject, now: float) -> Breaker:  # noqa: ARG002  the protocol's shape
        """A closed breaker."""
        return Breaker(self, pause=self.pause)


POLICIES.add("breaker", BreakerSettings)


@frozen
class Breaker(Policy):
    """The circuit breaker of one line.

    Attributes:
        settings: Its settings.
        pause: How long it stays open the next time, s.
        state: Where it is.
        failures: When the failures of the window were, s; at most ``limit``.
        open_until: When the probe is due, s.
        next_connect: When the next TCP connect is due while unreachable, s.
        unreachable: Whether host or port could not be reached when it opened.
        reason: The last failure.
    """

    settings: BreakerSettings
    pause: float
    state: BreakerState = BreakerState.CLOSED
    failures: tuple[float, ...] = ()
    open_until: float = 0.0
    next_connect: float = 0.0
    unreachable: bool = False
    reason: str = ""

    def may_try(self, now: float) -> Verdict:
        """Closed and half-open: yes. Open: the probes, each at its time."""
        if self.state is not BreakerState.OPEN or now >= self.open_until:
            return YES
        if self.unreachable and now >= self.next_connect:
            return Verdict(Action.PROBE, reason="unreachable: connect only", policy="breaker")
        return Verdict(Action.WAIT, self.next_probe or 0.0, f"open: {self.reason}", "breaker")

    @property
    def next_probe(self) -> float | None:
        """When the next probe of any kind is due, s; None unless open."""
        if self.state is not BreakerState.OPEN:
            return None
        return min(self.open_until, self.next_connect) if self.unreachable else self.open_until

    def count(self, now: float) -> int:
        """How many failures lie within the window that ends now."""
        return len(self._recent(now))

    def learn(self, event: Event, now: float) -> Self:
        """Count failures; move along the table above."""
        match event:
            case ConnectFailed():
                return self._failed(event.reason, now, unreachable=event.unreachable)
            case AssociationFailed() | SessionLost():
                return self._failed(event.reason, now, unreachable=False)
            case AttemptStarted() if (
                self.state is BreakerState.OPEN and self.may_try(now).action is Action.TRY
            ):
                return evolve(self, state=BreakerState.HALF_OPEN)
            case PollFinished() if self.state is BreakerState.HALF_OPEN:
                if event.good:
                    return evolve(
                        self,
                        state=BreakerState.CLOSED,
                        failures=(),
                        pause=self.settings.pause,
                        reason="",
                    )
                return self._failed("the probe brought no value", now, unreachable=False)
            case Probed() if self.state is BreakerState.OPEN:
                if event.reached:
                    return evolve(self, open_until=now)
                return evolve(self, next_connect=now + self.settings.probe_every)
            case Forced() if self.state is BreakerState.OPEN:
                return evolve(self, open_until=now)
        return self

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """``breaker_open`` from the opening until a probe succeeded."""
        if self.state is BreakerState.CLOSED:
            return ()
        message = f"the line is left alone after {self.count(now)} failures: {self.reason}"
        return (Condition("breaker_open", message, Severity.ERROR, "circuit_breaker"),)

    def shown(self, now: float) -> dict[str, object]:
        """Where it is, what it counts, and when it lets a probe through."""
        return {
            "state": self.state.value,
            "failures": self.count(now),
            "probe_in": None if self.next_probe is None else seconds_until(self.next_probe, now),
            "unreachable": self.unreachable and self.state is BreakerState.OPEN,
        }

    def retuned(self, fresh: Breaker) -> Self:
        """With the other's numbers; an open one keeps its time, and the doubling begins anew."""
        kept = self.failures[-fresh.settings.limit :]
        return evolve(self, settings=fresh.settings, pause=fresh.pause, failures=kept)

    def _recent(self, now: float) -> tuple[float, ...]:
        start = now - self.settings.window
        return tuple(t for t in self.failures if t > start)

    def _failed(self, reason: str, now: float, *, unreachable: bool) -> Self:
        failures = (*self._recent(now), now)[-self.settings.limit :]
        counted = evolve(self, failures=failures, reason=reason)
        if self.state is BreakerState.CLOSED and len(failures) < self.settings.limit:
            return counted
        if self.state is BreakerState.OPEN and now < self.open_until:
            # An attempt that was under way when it opened; the pause does not begin again.
            return counted
        return evolve(
            counted,
            state=BreakerState.OPEN,
            open_until=now + self.pause,
            next_connect=now + self.settings.probe_every,
            unreachable=unreachable,
            pause=min(self.pause * 2.0, self.settings.pause_limit or self.settings.pause),
        )
