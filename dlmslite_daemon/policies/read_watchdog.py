"""The read watchdog: ten polls in a row without any value, and the line is connected anew.

It catches the session that looks alive and brings nothing, long before the silence watchdog does.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    Demand,
    Demanded,
    Event,
    Policy,
    PollFinished,
    Subject,
)


@frozen
class ReadWatchdogSettings:
    """Settings of the read watchdog.

    Attributes:
        polls: How many polls in a row without any value.
    """

    polls: int = 10

    def __attrs_post_init__(self) -> None:
        if self.polls < 1:
            raise ConfigError("at least one poll must fail", key="polls")

    def policy(self, subject: Subject, now: float) -> ReadWatchdog:  # noqa: ARG002  as promised
        """A watchdog that has seen nothing."""
        return ReadWatchdog(self)


POLICIES.add("read_watchdog", ReadWatchdogSettings)


@frozen
class ReadWatchdog(Policy):
    """Polls without any value.

    Attributes:
        settings: Its settings.
        empty: How many in a row.
    """

    settings: ReadWatchdogSettings
    empty: int = 0

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  no time in it
        """A value or a new connection begins the count anew."""
        match event:
            case PollFinished() if event.good:
                return evolve(self, empty=0)
            case PollFinished() if event.due:
                return evolve(self, empty=self.empty + 1)
            case Demanded(Demand.RECONNECT):
                return evolve(self, empty=0)
        return self

    def demand(self, now: float) -> Demand:  # noqa: ARG002  no time in it
        """Reconnect at the limit."""
        return Demand.RECONNECT if self.empty >= self.settings.polls else Demand.NOTHING

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  no time in it
        """Polls in a row without a value."""
        return {"empty_polls": self.empty}
