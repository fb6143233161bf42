"""An alarm's life: raised, repeated, acknowledged, cleared. Pure.

A policy says which conditions hold now; it does not remember what it said before. The book compares
that with the alarms that are open and says what changed: a new condition raises an alarm, one that
still holds repeats it, one that is gone clears it. So an alarm can neither be forgotten nor stay
for ever, and one cause never fills a table with lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen


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
        subject: Whom it concerns: the name of a meter, ``sink:<name>``, or ``bridge``.
        condition: What was last said about it.
        raised_ms: When it was raised, ms UTC.
        last_ms: When it was last seen to hold.
        count: How often it was seen to hold.
        acknowledged_ms: When an operator acknowledged it, or None.
        acknowledged_by: Who did; empty until then.
        cleared_ms: When it stopped to hold, or None.
        number: Given by the store; None before.
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

    @property
    def active(self) -> bool:
        """Whether it still holds."""
        return self.cleared_ms is None

    def repeated(self, condition: Condition, now_ms: int) -> Alarm:
        """The same alarm, seen once more, with the newest words about it."""
        return evolve(self, condition=condition, last_ms=now_ms, count=self.count + 1)

    def acknowledged(self, by: str, now_ms: int) -> Alarm:
        """The same alarm after an operator has seen it; the first acknowledgement stays."""
        if self.acknowledged_ms is not None:
            return self
        return evolve(self, acknowledged_ms=now_ms, acknowledged_by=by)

    def cleared(self, now_ms: int) -> Alarm:
        """The same alarm, over."""
        return self if self.cleared_ms is not None else evolve(self, cleared_ms=now_ms)


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
        self, subject: str, conditions: Iterable[Condition], now_ms: int
    ) -> tuple[AlarmBook, Changes]:
        """Compare what holds now for one subject with its open alarms.

        Args:
            subject: Whom it concerns; alarms of other subjects are left alone.
            conditions: All that holds now; of two with one code the last counts.
            now_ms: ms UTC.
        """
        holds = {condition.code: condition for condition in conditions}
        book = dict(self.open)
        raised, repeated, cleared = [], [], []
        for (whom, code), alarm in self.open.items():
            if whom == subject and code not in holds:
                cleared.append(alarm.cleared(now_ms))
                del book[whom, code]
        for code, condition in holds.items():
            known = book.get((subject, code))
            if known is None:
                alarm = Alarm(subject, condition, raised_ms=now_ms, last_ms=now_ms)
                raised.append(alarm)
            else:
                alarm = known.repeated(condition, now_ms)
                repeated.append(alarm)
            book[subject, code] = alarm
        return AlarmBook(book), Changes(tuple(raised), tuple(repeated), tuple(cleared))

    def replaced(self, alarm: Alarm) -> AlarmBook:
        """The book with one open alarm in a newer form: numbered by the store, or acknowledged."""
        key = (alarm.subject, alarm.condition.code)
        if key not in self.open or not alarm.active:
            return self
        return AlarmBook({**self.open, key: alarm})
