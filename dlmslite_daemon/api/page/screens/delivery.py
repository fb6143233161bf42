"""The delivery: each sink with what it got and what waits, the outbox, and dead letters."""

from __future__ import annotations

from typing import Any

from dlmslite_daemon.api.fleet import sink_views
from dlmslite_daemon.api.page.screens.base import (
    SCREENS,
    Asked,
    Look,
    Pages,
    Screen,
    Shown,
    operation,
)
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.base import Store

LETTERS_MAX = 50  # of each sink, newest first


def load(pages: Pages, look: Look, asked: Asked) -> Shown:
    """Sinks, outbox and dead letters."""
    services = pages.services
    store = services.store
    sinks = sink_views(services)
    health = services.health()
    context = {
        "sinks": [{**sink, "lag_ms": _oldest(store, sink)} for sink in sinks],
        "letters": [
            letter for sink in sinks for letter in store.dead_letters(sink["name"], LETTERS_MAX)
        ],
        "last_number": store.last_number(),
        "store": dict(health.store) if health else store.info(),
        "operation": operation(pages, asked),
    }
    return Shown(
        look.words("delivery.title"),
        context,
        ("delivery/operation", "delivery/sinks", "delivery/outbox", "delivery/letters"),
    )


def _oldest(store: Store, sink: dict[str, Any]) -> int | None:
    """When the oldest live reading that a sink has not acknowledged was made; None without any."""
    if not sink["pending"]["live"]:
        return None
    following = store.readings_after(Lane.LIVE, store.cursor(sink["name"], Lane.LIVE), 1)
    return (following[0].host_ts_ms or following[0].ts_ms) if following else None


SCREENS.add("delivery", Screen("/delivery", "delivery", load, "delivery.html"))
