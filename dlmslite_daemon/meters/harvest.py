"""What a poll brought: a value or a reason for each series, and what was learnt on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

import dlmslite
from dlmslite_daemon.meters.plan import Item, Plan, Scaling

_OBJECT_UNDEFINED = 4  # data-access-result


@frozen
class Value:
    """What one series brought.

    Attributes:
        item: What was asked.
        value: What the library gave; meaningless unless ``ok``.
        error: Why there is none; empty when there is one.
        undefined: Whether the meter has no such object.
        seconds: How long the exchange took that brought it, s.
    """

    item: Item
    value: Any = None
    error: str = ""
    undefined: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return not self.error


@frozen
class Harvest:
    """What one poll brought.

    Attributes:
        values: One for each item that was asked.
        ts_ms: The host's UTC when the last value had come, ms.
        seconds: From the first request to the last response.
        plan: The plan with what this poll taught.
        meter_ts_ms: The meter's own time at ``ts_ms``, ms UTC; None when it was not asked.
        drift: The meter's clock minus the host's, s; None when it was not asked.
    """

    values: tuple[Value, ...]
    ts_ms: int
    seconds: float
    plan: Plan
    meter_ts_ms: int | None = None
    drift: float | None = None


def refused(item: Item, error: Exception) -> Value:
    """A value that did not come.

    Raises:
        DlmsError: The failure is not the value's own; it ends the session.
    """
    if not isinstance(error, dlmslite.ServiceError | dlmslite.DecodeError):
        raise error
    undefined = getattr(error, "result", None) == _OBJECT_UNDEFINED
    return Value(item, error=str(error) or type(error).__name__, undefined=undefined)


def learnt_of(plan: Plan, values: Iterable[Value]) -> Plan:
    """The plan with what the values taught: what is not there, and what the others mean."""
    for value in values:
        target = value.item.target
        if value.undefined:
            plan = plan.without(target)
        elif value.ok and (unit := getattr(value.value, "unit", None)) is not None:
            plan = plan.with_scaling(target, Scaling(value.value.scaler, unit.symbol))
    return plan
