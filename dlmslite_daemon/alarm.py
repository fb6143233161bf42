"""An alarm's life: raised, repeated, acknowledged, muted, cleared. Pure.

A policy says which conditions hold now; it does not remember what it said before. The book compares
that with the alarms that are open and says what changed: a new condition raises an alarm, one that
still holds repeats it, one that is gone clears it. So an alarm can neither be forgotten nor stay
for ever, and one cause never fills a table with lines.

A muted alarm lives the same life, but the sinks are not told of it::

    raised ── not muted ── told ── cleared: told
       └───── muted ────── not told ┬─ the mute ends ── told
                                    └─ cleared: not told

So a sink that was told of an alarm is always told of its end, muted or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen

from dlmslite_daemon.errors import ConfigError

BRIDGE = "bridge"  # the subject of what concerns the daemon; no meter has this name

CODES = frozenset({
    "backup_failed", "breaker_open", "clock_drift", "credentials_refused", "energy_backwards",
    "identity_changed", "line_busy", "power_mismatch", "protocol_errors", "silence", "sink_down",
    "store_rescued", "store_writer_died", "thread_failing", "thread_stuck", "value_out_of_band",
    "value_stuck",
})  # fmt: skip
"""The codes of all alarms that are raised; those that an old bridge left begin with ``old_``."""


class Severity(StrEnum):
    """How bad it is, in the words of the old bridge."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@frozen
class Condition:
    """Something that holds now and that an operator should know.

    Attributes:
        code: A stable name, such as ``breaker_open``; one alarm for each subject and code.
        message: One sentence.
        severity: How bad it is.
        category: Where it belongs: connection, protocol, data, credentials, delivery, store …
        details: Evidence, as text; empty if there is none.
    """

    code: str
    message: str
    severity: Severity = Severity.WARNING
    category: str = "connection"
    details: str = ""


@frozen
class Alarm:
    """One alarm, from its raising to its clearing.

    Attributes:
        subject: Whom it concerns: the name of a meter, ``sink:<name>``, ``bridge``, or a part of
            it: ``bridge:<part>``.
        condition: What was last said about it.
        raised_ms: When it was raised, ms UTC.
        last_ms: When it was last seen to hold.
        count: How often it was seen to hold.
        acknowledged_ms: When an operator acknowledged it, or None.
        acknowledged_by: Who did; empty until then.
        cleared_ms: When it stopped to hold, or None.
        number: Given by the store; None before.
        cleared_by: Who cleared it by hand; empty when it cleared itself.
        muted: Whether a mute covers it.
        told: Whether the sinks were told that it is open.
        flaps: How often it came back while it was held open.
    """

    subject: str
    condition: Condition
    raised_ms: int
    last_ms: int
    count: int = 1
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    cleared_ms: int | None = None
    number: int | None = None
    cleared_by: str = ""
    muted: bool = False
    told: bool = False
    flaps: int = 0

    @property
    def active(self) -> bool:
        """Whether it still holds."""
        return self.cleared_ms is None

    @property
    def whose(self) -> str:
        """Who speaks of it: its meter; the bridge of itself, its parts and its sinks."""
        return BRIDGE if ":" in self.subject else self.subject  # no meter's name has a colon

    def repeated(self, condition: Condition, now_ms: int, flaps: int = 0) -> Alarm:
        """The same alarm, seen once more, with the newest words about it."""
        count, flaps = self.count + 1, self.flaps + flaps
        return evolve(self, condition=condition, last_ms=now_ms, count=count, flaps=flaps)

    def acknowledged(self, by: str, now_ms: int) -> Alarm:
        """The same alarm after an operator has seen it; the first acknowledgement stays."""
        if self.acknowledged_ms is not None:
            return self
        return evolve(self, acknowledged_ms=now_ms, acknowledged_by=by)

    def cleared(self, now_ms: int, by: str = "") -> Alarm:
        """The same alarm, over."""
        return self if not self.active else evolve(self, cleared_ms=now_ms, cleared_by=by)

    def under(self, mutes: Iterable[Mute], now_ms: int) -> Alarm:
        """The same alarm with what the mutes make of it at a moment."""
        covered = any(mute.covers(self, now_ms) for mute in mutes)
        return evolve(self, muted=covered, told=self.told or not covered)


class Change(StrEnum):
    """What sinks are told of an alarm."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


@frozen
class AlarmEvent:
    """One thing that sinks are told; kept until every sink has acknowledged it.

    Attributes:
        number: Its number in the store; rises.
        ts_ms: When it happened, ms UTC.
        change: What happened.
        alarm: The alarm as it was then.
    """

    number: int
    ts_ms: int
    change: Change
    alarm: Alarm


@frozen
class Mute:
    """An operator's wish not to be told: of a code, of a subject, or of a code of a subject.

    Attributes:
        code: The code; empty for every code.
        subject: The subject; empty for every subject.
        until_ms: When it ends by itself, ms UTC; None for never.
        by: Who wished it.
        created_ms: When, ms UTC.
        number: Given by the store; None before.
    """

    code: str = ""
    subject: str = ""
    until_ms: int | None = None
    by: str = ""
    created_ms: int = 0
    number: int | None = None

    def __attrs_post_init__(self) -> None:
        if not self.code and not self.subject:
            raise ConfigError("a mute names a code, a subject, or both", key="code")

    def covers(self, alarm: Alarm, now_ms: int) -> bool:
        """Whether it covers an alarm at a moment."""
        return (
            self.lasts(now_ms)
            and self.code in {"", alarm.condition.code}
            and self.subject in {"", alarm.subject}
        )

    def lasts(self, now_ms: int) -> bool:
        """Whether it has not ended."""
        return self.until_ms is None or now_ms < self.until_ms


@frozen
class Changes:
    """What an update of the book changed.

    Attributes:
        raised: Alarms that are new.
        repeated: Alarms that still hold.
        cleared: Alarms that are over.
    """

    raised: tuple[Alarm, ...] = ()
    repeated: tuple[Alarm, ...] = ()
    cleared: tuple[Alarm, ...] = ()


@frozen
class AlarmBook:
    """The open alarms.

    Attributes:
        open: Each open alarm by its subject and code.
    """

    open: Mapping[tuple[str, str], Alarm] = field(factory=dict)

    @classmethod
    def of(cls, alarms: Iterable[Alarm]) -> AlarmBook:
        """A book of those alarms that are not over, as a store gave them."""
        return cls({(a.subject, a.condition.code): a for a in alarms if a.active})

    def update(
        self,
        subject: str,
        conditions: Iterable[Condition],
        now_ms: int,
        *,
        held: Collection[str] = (),
        returned: Collection[str] = (),
    ) -> tuple[AlarmBook, Changes]:
        """Compare what holds now for one subject with its open alarms.

        Args:
            subject: Whom it concerns; alarms of other subjects are left alone.
            conditions: All that holds now; of two with one code the last counts.
            now_ms: ms UTC.
            held: Codes of open alarms that are neither seen nor over: they come and go.
            returned: Codes that came back while their alarm was held open.
        """
        holds = {condition.code: condition for condition in conditions}
        book = dict(self.open)
        raised, repeated, cleared = [], [], []
        for (whom, code), alarm in self.open.items():
            if whom == subject and code not in holds and code not in held:
                cleared.append(alarm.cleared(now_ms))
                del book[whom, code]
        for code, condition in holds.items():
            known = book.get((subject, code))
            if known is None:
                alarm = Alarm(subject, condition, raised_ms=now_ms, last_ms=now_ms)
                raised.append(alarm)
            else:
                alarm = known.repeated(condition, now_ms, int(code in returned))
                repeated.append(alarm)
            book[subject, code] = alarm
        return AlarmBook(book), Changes(tuple(raised), tuple(repeated), tuple(cleared))

    def replaced(self, *alarms: Alarm) -> AlarmBook:
        """The book with open alarms in a newer form: numbered, acknowledged; or without them."""
        book = dict(self.open)
        for alarm in alarms:
            key = (alarm.subject, alarm.condition.code)
            known = book.get(key)
            if known is None or known.number not in {None, alarm.number}:
                continue
            if alarm.active:
                book[key] = alarm
            else:
                del book[key]
        return AlarmBook(book)
