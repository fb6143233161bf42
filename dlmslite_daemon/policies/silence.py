"""The silence watchdog: no good reading for 10 min or 5 intervals, whichever is longer.

It demands a full teardown and a reconnect, through the breaker like any other, and holds one alarm
until the next reading. The supervisor evaluates it, so that a stuck worker is caught too.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, field, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    Demand,
    Demanded,
    Event,
    Paused,
    Policy,
    PollFinished,
    Resumed,
    Subject,
)


@frozen
class SilenceSettings:
    """Settings of the silence watchdog.

    Attributes:
        seconds: The shortest silence that counts, s.
        intervals: Or so many poll intervals, if that is longer.
    """

    seconds: float = 600.0
    intervals: float = 5.0

    def __attrs_post_init__(self) -> None:
        if self.seconds <= 0:
            raise ConfigError("a silence is longer than nothing", key="seconds")
        if self.intervals < 1:
            raise ConfigError("between two polls every meter is silent", key="intervals")

    def policy(self, subject: Subject, now: float) -> Silence:
        """A watchdog that begins to listen now."""
        limit = max(self.seconds, self.intervals * subject.interval)
        return Silence(limit, heard=now, acted=now, settings=self)


POLICIES.add("silence", SilenceSettings)


@frozen
class Silence(Policy):
    """How long a meter has been silent.

    Attributes:
        limit: The silence that counts, s.
        heard: The last good reading, the start, or the resume, s.
        acted: When it was last torn down for silence, or ``heard``, s.
        paused: Whether nobody is listening.
        settings: Where the limit comes from.
    """

    limit: float
    heard: float
    acted: float
    paused: bool = False
    settings: SilenceSettings = field(factory=SilenceSettings)

    def silent(self, now: float) -> bool:
        """Whether the silence counts."""
        return not self.paused and now - self.heard >= self.limit

    def learn(self, event: Event, now: float) -> Self:
        """A good reading or a resume begins anew; a teardown begins the next wait."""
        match event:
            case PollFinished() if event.good:
                return evolve(self, heard=now, acted=now)
            case Demanded(Demand.RECONNECT):
                return evolve(self, acted=now)
            case Paused():
                return evolve(self, paused=True)
            case Resumed():
                return evolve(self, paused=False, heard=now, acted=now)
        return self

    def demand(self, now: float) -> Demand:
        """Reconnect, once for each limit of silence."""
        if self.silent(now) and now - self.acted >= self.limit:
            return Demand.RECONNECT
        return Demand.NOTHING

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """``silence`` until the next good reading."""
        if not self.silent(now):
            return ()
        message = f"no good reading for {now - self.heard:.0f} s"
        return (Condition("silence", message, Severity.ERROR, "watchdog"),)

    def shown(self, now: float) -> dict[str, object]:
        """How long it has been silent, and how long it may be."""
        silence = None if self.paused else round(max(0.0, now - self.heard), 1)
        return {"silent_for": silence, "limit": self.limit}

    def retuned(self, fresh: Silence) -> Self:
        """With the other's limit; the silence so far counts."""
        return evolve(self, settings=fresh.settings, limit=fresh.limit)
