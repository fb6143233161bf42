"""The protocol-error watchdog: fifteen bad frames in a row on a line.

::

    15 in a row      alarm; resynchronise and drain
    it goes on       set up the link again (SNRM) on the same connection
    it goes on       a new connection, and then the same two steps again
    one good frame   all is forgotten

Bad FCS, HCS, length and sequence count. All discarded octets are counted, the last ones kept for
diagnosis.

Several meters may share a line, and a bad line is bad whichever of them is on it. So the row is the
line's: each meter's watchdog hears of the errors and good frames of its neighbours too, and all of
them count the same. The alarm is of those meters whose own frames are in the row.
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

OF_THE_WIRE = (FrameDiscarded, FrameReceived, Demanded)
"""The events that every meter of a line has to hear of."""
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
class Overheard(Event):
    """Another meter of the same line was told something of the wire that they share.

    Attributes:
        event: What it was told.
    """

    event: Event


@frozen
class ProtocolErrors(Policy):
    """Errors of the protocol on one line, as one of its meters sees them.

    Attributes:
        settings: Its settings.
        run: Errors on the line since the last good frame.
        own: Those of them in this meter's own frames.
        done: The harshest demand that was obeyed since then.
        kind: The kind of the line's last error.
        errors: Errors of this meter ever.
        octets: Octets of this meter that were discarded ever.
        kept: The last octets of this meter that were discarded.
    """

    settings: ProtocolErrorSettings
    run: int = 0
    own: int = 0
    done: Demand = Demand.NOTHING
    kind: str = ""
    errors: int = 0
    octets: int = 0
    kept: bytes = b""

    def learn(self, event: Event, now: float) -> Self:
        """Errors add up; one good frame resets; an obeyed demand leads to the next step."""
        match event:
            case Overheard(FrameDiscarded(kind, _, count)):
                return evolve(self, run=self.run + count, kind=kind)
            case Overheard(heard):
                return self.learn(heard, now)
            case FrameDiscarded(kind, octets, count):
                return evolve(
                    self,
                    run=self.run + count,
                    own=self.own + count,
                    kind=kind,
                    errors=self.errors + count,
                    octets=self.octets + len(octets),
                    kept=(self.kept + octets)[-_KEPT:],
                )
            case FrameReceived() if self.run or self.done:
                return evolve(self, run=0, own=0, done=Demand.NOTHING)
            case Demanded(Demand.RECONNECT) if self.run >= self.settings.limit:
                # The new connection gets the milder steps again, but the alarm stays.
                run = self.settings.limit
                return evolve(self, run=run, own=min(self.own, run), done=Demand.RESYNCHRONISE)
            case Demanded(demand) if self.run >= self.settings.limit:
                return evolve(self, done=max(self.done, demand))
        return self

    def story(self) -> tuple[Event, ...]:
        """What a meter that comes to the line has to hear, so that its watchdog counts the same."""
        if not self.run:
            return ()
        return FrameDiscarded(self.kind, count=self.run), Demanded(self.done)

    def demand(self, now: float) -> Demand:  # noqa: ARG002  no time in it
        """The mildest step that was not tried yet and is due."""
        beyond = self.run - self.settings.limit
        due = Demand.NOTHING
        if beyond >= 0:
            due = Demand(min(1 + beyond // self.settings.step, Demand.RECONNECT))
        return Demand(self.done + 1) if due > self.done else Demand.NOTHING

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  no time in it
        """``protocol_errors`` from the limit until one good frame, if frames of its own are bad."""
        if self.run < self.settings.limit or not self.own:
            return ()
        share = "" if self.own == self.run else f" on the line, {self.own} of them of this meter"
        message = f"{self.run} bad frames in a row{share}, the last: {self.kind}"
        details = self.kept[-64:].hex(" ")
        return (Condition("protocol_errors", message, Severity.ERROR, "protocol", details),)

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  no time in it
        """Errors in a row on the line and ever of the meter, and its last octets thrown away."""
        return {
            "in_a_row": self.run,
            "own_in_a_row": self.own,
            "errors": self.errors,
            "octets_discarded": self.octets,
            "last_octets": self.kept[-64:].hex(),
        }
