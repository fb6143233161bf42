"""Identity: another meter under a known address is left alone until an operator confirms it.

Each association begins with the meter's serial number. One that differs from what is known raises
an alarm, and nothing is read or published under the old name; it is looked at again now and then,
since the right meter may come back. ``meter swap`` makes the new one the known one.
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
    Event,
    Forced,
    IdentityKnown,
    Policy,
    Subject,
    Verdict,
    seconds_until,
)


@frozen
class IdentityRead(Event):
    """An association is open, and the meter says who it is.

    Attributes:
        serial: Its serial number or name; empty when it tells none.
        source: Which of its objects says so; empty likewise.
    """

    serial: str
    source: str = ""


@frozen
class IdentitySettings:
    """Settings of the identity check.

    Attributes:
        check: Whether it is made.
        again: How long a strange meter is left alone before it is looked at again, s.
    """

    check: bool = True
    again: float = 600.0

    def __attrs_post_init__(self) -> None:
        if self.again <= 0:
            raise ConfigError("it is longer than nothing", key="again")

    def policy(self, subject: Subject, now: float) -> Identity:  # noqa: ARG002  as promised
        """A check that knows no meter yet."""
        return Identity(self)


POLICIES.add("identity", IdentitySettings)


@frozen
class Identity(Policy):
    """Which meter stands there.

    Attributes:
        settings: Its settings.
        known: The serial number of the meter that should stand there; empty before the first.
        source: Which of its objects says so; empty while unknown.
        seen: The one that answered last; empty when it tells none.
        not_before: When a strange one is looked at again, s.
    """

    settings: IdentitySettings
    known: str = ""
    source: str = ""
    seen: str = ""
    not_before: float = float("-inf")

    @property
    def strange(self) -> bool:
        """Whether another meter answers than the one that is known."""
        return self.settings.check and bool(self.known and self.seen) and self.known != self.seen

    def may_try(self, now: float) -> Verdict:
        """A strange meter waits."""
        if self.strange and now < self.not_before:
            return Verdict(Action.WAIT, self.not_before, self.words, "identity")
        return YES

    @property
    def words(self) -> str:
        """What is strange, in a sentence."""
        return f"another meter answers: {self.seen} instead of {self.known}"

    def learn(self, event: Event, now: float) -> Self:
        """The first serial number becomes known; each later one is compared with it."""
        match event:
            case IdentityRead(serial, source):
                read = evolve(self, seen=serial, not_before=now + self.settings.again)
                # What was known before its source was is compared, and the source is learnt.
                if self.known and (self.source or serial != self.known):
                    return read
                return evolve(read, known=serial, source=source)
            case IdentityKnown(serial, source):
                return evolve(self, known=serial, source=source, seen="", not_before=now)
            case Forced():
                return evolve(self, not_before=now)
        return self

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  no time in it
        """``identity_changed`` while another meter answers."""
        if not self.strange:
            return ()
        message = f"{self.words}; nothing is read until 'meter swap' confirms it"
        return (Condition("identity_changed", message, Severity.CRITICAL, "identity"),)

    def shown(self, now: float) -> dict[str, object]:
        """Who is known and who answers."""
        return {
            "known": self.known,
            "seen": self.seen,
            "strange": self.strange,
            "looks_again": seconds_until(self.not_before, now) if self.strange else None,
        }
