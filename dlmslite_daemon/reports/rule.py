"""What is to be done about one cause, as the plan for the technician tells it: the form of it."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class Priority(StrEnum):
    """What comes first."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Horizon(StrEnum):
    """When; the value is the key of the old action plan (old-bridge.md 7.5)."""

    IMMEDIATE = "immediate_actions"
    SHORT_TERM = "short_term_actions"
    LONG_TERM = "long_term_actions"
    PREVENTIVE = "preventive_measures"


class Who(StrEnum):
    """Where it is done."""

    REMOTE = "remote"
    ON_SITE = "on-site"
    EITHER = "remote, then on-site"


class Scope(StrEnum):
    """Whose fault it is; actions about one subject are one action."""

    METER = "meter"
    LINE = "line"
    SINK = "sink"
    HOST = "host"


class Proof(StrEnum):
    """What shows by itself that it is done; a newer diagnosis always does."""

    READING = "reading"
    """A reading that is newer than the finding."""
    PUBACK = "puback"
    """An acknowledged reading that was taken after the finding."""
    DIAGNOSIS = "diagnosis"
    """Only a newer diagnosis."""


@frozen
class Rule:
    """What to do about one cause.

    Attributes:
        priority: What comes first.
        horizon: When.
        who: Where it is done.
        minutes: How long it takes, from and to.
        scope: Whose fault it is.
        shown_by: What shows by itself that it is done.
        steps: What to do, one after the other.
        verify: The command that shows whether it worked.
        automatic: Whether the bridge does the rest by itself once the cause is gone.
    """

    priority: Priority
    horizon: Horizon
    who: Who
    minutes: tuple[int, int]
    scope: Scope
    shown_by: Proof
    steps: tuple[str, ...]
    verify: str = "dlmslite-bridge test {meter}"
    automatic: bool = True
