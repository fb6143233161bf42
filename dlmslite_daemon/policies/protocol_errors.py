"""The protocol-error watchdog: fifteen bad frames in a row on a line.

::

    15 in a row      alarm; resynchronise and drain
    it goes on       set up the link again (SNRM) on the same connection
    it goes on       a new connection, and then the same two steps again
    one good frame   all is forgotten

Bad FCS, HCS, length and sequence count. All discarded octets are counted, the last ones kept for
diagnosis.
"""

from __future__ import annotations

from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    POLICIES,
    Demand,
    Demanded,
    Event,
    FrameDiscarded,
    FrameReceived,
    Policy,
    Subject,
)

_KEPT = 256  # octets kept for diagnosis; a frame's head and tail fit


@frozen
class ProtocolErrorSettings:
    """Settings of the protocol-error watchdog.

    Attributes:
        limit: How many errors in a row raise the alarm and ask for a resynchronisation.
        step: How many more in a row mean that it goes on.
    """

    limit: int = 15
    step: int = 5

    def __attrs_post_init__(self) -> None:
        for key, value in (("limit", self.limit), ("step", self.step)):
            if value < 1:
                raise ConfigError("at least one error", key=key)

    def policy(self, subject: Subject, now: float) -> ProtocolErrors:  # noqa: ARG002  as promised
        """A watchdog that has seen no error."""
        return ProtocolErrors(self)


POLICIES.add("protocol_errors", ProtocolErrorSettings)


@frozen
class ProtocolErrors(Policy):
    """Errors of the protocol on one line.

    Attributes:
        settings: Its settings.
        run: Errors since the last good frame.
        done: The harshest demand that was obeyed since then.
        kind: The kind of the last error.
        errors: Errors ever.
        octets: Octets discarded ever.
        kept: The last octets discarded.
    """

    settings: ProtocolErrorSettings
    run: int = 0
    done: Demand = Demand.NOTHING
    kind: str = ""
    errors: int = 0
    octets: int = 0
    kept: bytes = b""

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  no time in it
        """Errors add up; one good frame resets; an obeyed demand leads to the next step."""
        match event:
            case FrameDiscarded():
                return evolve(
                    self,
                    run=self.run + event.count,
                    kind=event.kind,
                    errors=self.errors + event.count,
                    octets=self.octets + len(event.octets),
                    kept=(self.kept + event.octets)[-_KEPT:],
                )
            case FrameReceived() if self.run or self.done:
                return evolve(self, run=0, done=Demand.NOTHING)
            case Demanded(Demand.RECONNECT) if self.run >= self.settings.limit:
                # The new connection gets the milder steps again, but the alarm stays.
                return evolve(self, run=self.settings.limit, done=Demand.RESYNCHRONISE)
            case Demanded(demand) if self.run >= self.settings.limit:
                return evolve(self, done=max(self.done, demand))
        return self

    def demand(self, now: float) -> Demand:  # noqa: ARG002  no time in it
        """The mildest step that was not tried yet and is due."""
        beyond = self.run - self.settings.limit
        due = Demand.NOTHING
        if beyond >= 0:
            due = Demand(min(1 + beyond // self.settings.step, Demand.RECONNECT))
        return Demand(self.done + 1) if due > self.done else Demand.NOTHING

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  no time in it
        """``protocol_errors`` from the limit until one good frame."""
        if self.run < self.settings.limit:
            return ()
        message = f"{self.run} bad frames in a row, the last: {self.kind}"
        details = self.kept[-64:].hex(" ")
        return (Condition("protocol_errors", message, Severity.ERROR, "protocol", details),)

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  no time in it
        """Errors in a row and ever, and the last octets thrown away."""
        return {
            "in_a_row": self.run,
            "errors": self.errors,
            "octets_discarded": self.octets,
            "last_octets": self.kept[-64:].hex(),
        }
