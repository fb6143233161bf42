"""How long an exchange may take, learnt for each register: smoothed mean + 4 deviations.

The estimator is that of TCP's retransmission timer (RFC 6298, section 2): gains of 1/8 and 1/4, and
a time-out doubles the deadline until the next answer, so that a register that became slower is not
timed out for ever. Never below 1.5 s, never above the response timeout of the line, which is also
what stands before the first answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import evolve, field, frozen

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    Event,
    ExchangeAnswered,
    ExchangeTimedOut,
    Policy,
    Subject,
)

_MEAN_GAIN = 1 / 8  # alpha of RFC 6298
_DEVIATION_GAIN = 1 / 4  # beta of RFC 6298


@frozen
class DeadlineSettings:
    """Settings of the adaptive deadline.

    Attributes:
        floor: The shortest deadline, s.
        deviations: How many deviations above the mean.
    """

    floor: float = 1.5
    deviations: float = 4.0

    def __attrs_post_init__(self) -> None:
        if self.floor <= 0:
            raise ConfigError("a deadline is longer than nothing", key="floor")
        if self.deviations < 1:
            raise ConfigError("below one deviation good answers are late", key="deviations")

    def policy(self, subject: Subject, now: float) -> Deadlines:  # noqa: ARG002  as promised
        """Deadlines before any answer."""
        return Deadlines(self, ceiling=subject.timeout)


POLICIES.add("deadline", DeadlineSettings)


@frozen
class Estimate:
    """What is known of one register.

    Attributes:
        mean: The smoothed time of an exchange, s.
        deviation: Its smoothed deviation, s.
        stretch: The factor that time-outs have put on; 1 after an answer.
    """

    mean: float
    deviation: float
    stretch: float = 1.0


@frozen
class Deadlines(Policy):
    """The deadlines of one meter's registers.

    Attributes:
        settings: Its settings.
        ceiling: The response timeout of the line, s.
        estimates: What is known of each register.
    """

    settings: DeadlineSettings
    ceiling: float
    estimates: Mapping[str, Estimate] = field(factory=dict)

    def seconds(self, register: str) -> float:
        """How long the next exchange may take as a whole, s."""
        known = self.estimates.get(register)
        if known is None:
            return self.ceiling
        wanted = max(self.settings.floor, known.mean + self.settings.deviations * known.deviation)
        return min(self.ceiling, wanted * known.stretch)

    @property
    def registers(self) -> dict[str, float]:
        """The deadline of each register that has answered, s."""
        return {register: self.seconds(register) for register in self.estimates}

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  no time in it
        """The deadline of each register, and its upper bound."""
        known = {name: round(seconds, 3) for name, seconds in self.registers.items()}
        return {"ceiling": self.ceiling, "registers": known}

    def retuned(self, fresh: Deadlines) -> Self:
        """With the other's bounds; what is known of the registers stays."""
        return evolve(self, settings=fresh.settings, ceiling=fresh.ceiling)

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  the event holds the time
        """An answer refines the estimate; a time-out doubles the deadline."""
        match event:
            case ExchangeAnswered():
                return self._with(event.register, self._refined(event.register, event.seconds))
            case ExchangeTimedOut(register) if known := self.estimates.get(register):
                # Beyond the ceiling a larger factor changes nothing and would only grow.
                if self.seconds(register) >= self.ceiling:
                    return self
                return self._with(register, evolve(known, stretch=known.stretch * 2.0))
        return self

    def _refined(self, register: str, seconds: float) -> Estimate:
        known = self.estimates.get(register)
        if known is None:
            return Estimate(seconds, seconds / 2.0)
        off = abs(seconds - known.mean)
        return Estimate(
            mean=known.mean + _MEAN_GAIN * (seconds - known.mean),
            deviation=known.deviation + _DEVIATION_GAIN * (off - known.deviation),
        )

    def _with(self, register: str, estimate: Estimate) -> Self:
        return evolve(self, estimates={**self.estimates, register: estimate})
