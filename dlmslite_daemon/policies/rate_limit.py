"""The connect rate: at most 30 new connections in any second, in the whole process.

It is shared by all lines, so its question is asked and answered in one step: ``reserve`` gives the
caller a moment of its own. Waiting and asking again would let a thousand lines wake together.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import POLICIES, Policy, Subject


@frozen
class ConnectRateSettings:
    """Settings of the connect rate.

    Attributes:
        connects: How many new connections may begin within a span.
        seconds: The span.
    """

    connects: int = 30
    seconds: float = 1.0

    def __attrs_post_init__(self) -> None:
        if self.connects < 1:
            raise ConfigError("at least one connection must be possible", key="connects")
        if self.seconds <= 0:
            raise ConfigError("the span is longer than nothing", key="seconds")

    def policy(self, subject: Subject, now: float) -> ConnectRate:  # noqa: ARG002  as promised
        """A rate that nobody has used yet."""
        return ConnectRate(self)


POLICIES.add("connect_rate", ConnectRateSettings)


@frozen
class ConnectRate(Policy):
    """The moments that were given out last.

    Attributes:
        settings: Its settings.
        starts: At most as many as may begin within a span, rising, s.
    """

    settings: ConnectRateSettings
    starts: tuple[float, ...] = ()

    def reserve(self, now: float) -> tuple[Self, float]:
        """Take the next free moment; the caller connects then, or lets it pass.

        Args:
            now: The time, s.

        Returns:
            The rate after it, and the moment: now or later, s.
        """
        start = max(now, self.starts[-1]) if self.starts else now
        if len(self.starts) >= self.settings.connects:
            start = max(start, self.starts[0] + self.settings.seconds)
        starts = (*self.starts, start)[-self.settings.connects :]
        return evolve(self, starts=starts), start

    def retuned(self, fresh: ConnectRate) -> Self:
        """With the other's numbers; the moments given out stand."""
        return evolve(self, settings=fresh.settings, starts=self.starts[-fresh.settings.connects :])
