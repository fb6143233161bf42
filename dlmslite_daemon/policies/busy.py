"""Busy: somebody else has the device, so wait for him to leave instead of knocking.

::

    a banner ("Port already in use"), DM to SNRM         somebody else has it
    silence on an accepted socket after another session  the device still keeps that session
    │
    ├─ first time   wait 35 s    a converter gives an idle client up after 30 s
    ├─ again        wait 180 s   a meter gives an association up after 180 s
    └─ for 10 min   alarm

It is no failure: neither the breaker nor the recovery counts it. An association, or any other
failure, ends it. Silence counts only while the device may still keep a session that was not
released; after that a silent meter is a silent meter.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    YES,
    Action,
    AssociationFailed,
    AssociationOpened,
    ConnectFailed,
    Event,
    Forced,
    Occupied,
    Policy,
    Released,
    SessionLost,
    Subject,
    Verdict,
    seconds_until,
)

_NEVER = float("-inf")


@frozen
class BusySettings:
    """Settings of the busy policy.

    Attributes:
        waits: The waits after each time that somebody else had it, s; the last one repeats.
        alarm_after: How long somebody else may have it before an alarm, s.
        kept: How long a device may keep a session that was not released, s: so long a silence is
            taken for it.
    """

    waits: tuple[float, ...] = (35.0, 180.0)
    alarm_after: float = 600.0
    kept: float = 180.0

    def __attrs_post_init__(self) -> None:
        if not self.waits or min(self.waits) <= 0:
            raise ConfigError("every wait is longer than nothing, and there is one", key="waits")
        if self.alarm_after <= 0:
            raise ConfigError("it is longer than nothing", key="alarm_after")
        if self.kept < 0:
            raise ConfigError("it is not negative", key="kept")

    def policy(self, subject: Subject, now: float) -> Busy:  # noqa: ARG002  the protocol's shape
        """Nobody else has it, as far as is known."""
        return Busy(self)


POLICIES.add("busy", BusySettings)


@frozen
class Busy(Policy):
    """Whether somebody else has the device.

    Attributes:
        settings: Its settings.
        times: How often in a row somebody else had it.
        since: Since when, s; meaningless while ``times`` is 0.
        not_before: The next try, s.
        left_open: When a session ended that was not released, s.
        reason: What said so last.
    """

    settings: BusySettings
    times: int = 0
    since: float = 0.0
    not_before: float = _NEVER
    left_open: float = _NEVER
    reason: str = ""

    @property
    def occupied(self) -> bool:
        """Whether somebody else had it at the last try."""
        return self.times > 0

    def explains_silence(self, now: float) -> bool:
        """Whether a silence on an accepted socket may be another session that still stands."""
        return now - self.left_open < self.settings.kept

    def may_try(self, now: float) -> Verdict:
        """Not before the wait is over."""
        if now < self.not_before:
            return Verdict(Action.WAIT, self.not_before, self.reason, "busy")
        return YES

    def learn(self, event: Event, now: float) -> Self:
        """Each time lengthens the wait; an association or another failure ends it."""
        match event:
            case Occupied():
                waits = self.settings.waits
                return evolve(
                    self,
                    times=self.times + 1,
                    since=self.since if self.times else now,
                    not_before=now + waits[min(self.times, len(waits) - 1)],
                    reason=event.reason,
                )
            case SessionLost():
                return evolve(self, times=0, not_before=_NEVER, left_open=now)
            case AssociationOpened() | Released():
                return evolve(self, times=0, not_before=_NEVER, left_open=_NEVER)
            case ConnectFailed() | AssociationFailed():
                return evolve(self, times=0, not_before=_NEVER)
            case Forced():
                return evolve(self, not_before=_NEVER)
        return self

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """``line_busy`` once somebody else has had it for long."""
        if not self.occupied or now - self.since < self.settings.alarm_after:
            return ()
        message = f"somebody else has had it for {now - self.since:.0f} s: {self.reason}"
        return (Condition("line_busy", message, Severity.WARNING, "connection"),)

    def shown(self, now: float) -> dict[str, object]:
        """How often and since when somebody else has it, and the wait."""
        return {
            "occupied": self.occupied,
            "times": self.times,
            "for": round(now - self.since, 1) if self.occupied else None,
            "waits": seconds_until(self.not_before, now),
        }
