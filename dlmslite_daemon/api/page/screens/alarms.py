"""The alarms: active ones or all there were, each with its acknowledgement."""

from __future__ import annotations

from dlmslite_daemon.alarm import Alarm
from dlmslite_daemon.api.page.screens.base import SCREENS, Asked, Look, Pages, Screen, Shown, chosen

ALARMS_MAX = 300  # on one page, newest first


def load(pages: Pages, look: Look, asked: Asked) -> Shown:
    """The table of alarms."""
    store = pages.services.store
    which = chosen(asked, "which", ("active", "all"))
    numbers = {record.name: record.id for record in store.meters()}
    alarms = store.alarms(active=which == "active", limit=ALARMS_MAX)
    context = {
        "which": which,
        "alarms": [_row(alarm, numbers.get(alarm.subject)) for alarm in alarms],
    }
    return Shown(look.words("alarms.title"), context, ("alarms/table",))


def _row(alarm: Alarm, meter: int | None) -> dict[str, object]:
    return {
        "number": alarm.number,
        "subject": alarm.subject,
        "meter": meter,
        "code": alarm.condition.code,
        "severity": alarm.condition.severity.value,
        "message": alarm.condition.message,
        "details": alarm.condition.details,
        "raised_ms": alarm.raised_ms,
        "last_ms": alarm.last_ms,
        "count": alarm.count,
        "acknowledged_ms": alarm.acknowledged_ms,
        "acknowledged_by": alarm.acknowledged_by,
        "cleared_ms": alarm.cleared_ms,
        "muted": alarm.muted,
    }


SCREENS.add("alarms", Screen("/alarms", "alarms", load, "alarms.html"))
