"""Recovery: how long to wait before the next attempt. A worker never ends.

After a failure the next attempt waits 2, 4, 8, 8, 8 … s, each within 20 % either way; the first
failure is treated like any other. Only a complete good poll begins the row anew: a TCP connect that
leads nowhere must not. One endpoint rests at least 2 s between a close and the next connect, since
converters need that long to notice (bridge.md 3).

The jitter comes from a hash of the subject and the number of the failure, so that the policy stays
pure and two meters still never march in step.
"""

from __future__ import annotations

import hashlib
from typing import Self

from attrs import evolve, field, frozen

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    YES,
    Action,
    AssociationFailed,
    ConnectFailed,
    Disconnected,
    Event,
    Forced,
    Policy,
    PollFinished,
    SessionLost,
    Subject,
    Verdict,
    seconds_until,
)


@frozen
class RecoverySettings:
    """Settings of recovery.

    Attributes:
        delays: The waits after the first failures, s; the last one repeats.
        jitter: How far each may be off, as a part of it.
        spacing: The rest between a close and the next connect on one endpoint, s.
    """

    delays: tuple[float, ...] = (2.0, 4.0, 8.0)
    jitter: float = 0.2
    spacing: float = 2.0

    def __attrs_post_init__(self) -> None:
        if not self.delays or min(self.delays) <= 0:
            raise ConfigError("every wait is longer than nothing, and there is one", key="delays")
        if not 0 <= self.jitter < 1:
            raise ConfigError("jitter is 0 or more and below 1", key="jitter")
        if self.spacing < 0:
            raise ConfigError("a rest is not negative", key="spacing")

    def policy(self, subject: Subject, now: float) -> Recovery:
        """Recovery before any failure."""
        return Recovery(self, subject.key, not_before=now, patient=subject.patient)


POLICIES.add("recovery", RecoverySettings)


@frozen
class Recovery(Policy):
    """When the next attempt may begin.

    Attributes:
        settings: Its settings.
        key: Whom it is for.
        failures: Failures since the last complete good poll.
        serial: Failures ever, so that no two rows have the same jitter.
        not_before: The next attempt, s.
        rested: When the endpoint has rested after its last close, s.
        reason: What failed last.
        patient: The shortest wait after a failure, s.
    """

    settings: RecoverySettings
    key: str
    failures: int = 0
    serial: int = 0
    not_before: float = 0.0
    rested: float = field(default=float("-inf"))
    reason: str = ""
    patient: float = 0.0

    def may_try(self, now: float) -> Verdict:
        """Not before the wait is over and the endpoint has rested."""
        if now < self.not_before and self.not_before >= self.rested:
            reason = f"attempt {self.failures + 1} after: {self.reason}"
            return Verdict(Action.WAIT, self.not_before, reason, "recovery")
        if now < self.rested:
            return Verdict(Action.WAIT, self.rested, "the endpoint rests", "recovery")
        return YES

    def learn(self, event: Event, now: float) -> Self:
        """Failures lengthen the wait; a complete good poll ends it."""
        match event:
            case ConnectFailed() | AssociationFailed() | SessionLost():
                delays = self.settings.delays
                delay = delays[min(self.failures, len(delays) - 1)]
                wobble = 1.0 + self.settings.jitter * (2.0 * spread(self.key, self.serial) - 1.0)
                return evolve(
                    self,
                    failures=self.failures + 1,
                    serial=self.serial + 1,
                    not_before=now + max(self.patient, delay * wobble),
                    reason=event.reason,
                )
            case PollFinished() if event.complete:
                return evolve(self, failures=0, not_before=now, reason="")
            case Disconnected():
                return evolve(self, rested=now + self.settings.spacing)
            case Forced():
                return evolve(self, not_before=now)
        return self

    def shown(self, now: float) -> dict[str, object]:
        """Failures in a row, and the wait."""
        return {"failures": self.failures, "waits": seconds_until(self.not_before, now)}

    def retuned(self, fresh: Recovery) -> Self:
        """With the other's waits; the one under way ends as it was begun."""
        return evolve(self, settings=fresh.settings, patient=fresh.patient)


def spread(key: str, serial: int = 0) -> float:
    """A number in [0, 1) that depends on a name and a count, and looks like chance."""
    digest = hashlib.blake2b(f"{key}\0{serial}".encode(), digest_size=8).digest()
    # 53 bits: what a float holds exactly, so that the quotient stays below 1.
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def first_poll(meter: str, interval: float) -> float:
    """How long after the start a meter's first poll begins, s: in [0, interval), by its name."""
    return spread(meter) * interval
