"""What health says of the bridge's upkeep: its brokers, its outbox, its disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlmslite_daemon.api.services import Services
from dlmslite_daemon.reports.gather import sink_facts


def broker_view(services: Services) -> dict[str, Any]:
    """How many brokers there are and accept us; None where no daemon runs that could say."""
    health = services.health()
    enabled = [sink.name for sink in services.store.sinks() if sink.settings.enabled]
    seen = {sink.name: sink for sink in health.sinks} if health else {}
    return {
        "total": len(enabled),
        "connected": sum(seen[name].connected for name in enabled if name in seen)
        if health
        else None,
        "last_puback": max((s.last_puback_ms or 0 for s in seen.values()), default=0) or None,
    }


def outbox_view(services: Services) -> dict[str, Any]:
    """What waits for some enabled sink, since when, and what was refused for good."""
    store = services.store
    facts = [sink_facts(store, one, None) for one in store.sinks() if one.settings.enabled]
    oldest = min((one.oldest_ms for one in facts if one.oldest_ms is not None), default=None)
    now_ms = services.clock.utc_ms()
    return {
        "pending": {
            lane: max((one.pending[lane] for one in facts), default=0)
            for lane in ("live", "history")
        },
        "oldest_pending": oldest,
        "oldest_pending_age": None if oldest is None else max(0, now_ms - oldest) // 1000,
        "dead_letters": sum(one.dead_letters for one in facts),
    }


def disk_view(store: Mapping[str, str | int]) -> dict[str, Any]:
    """The disk that the store is on; its figures are None where it has none.

    Args:
        store: What the store says of itself.
    """
    folder = Path(str(store.get("path") or "")).parent
    usage = shutil.disk_usage(folder) if store.get("path") and folder.is_dir() else None
    return {
        "path": str(folder) if usage else None,
        "free_bytes": usage.free if usage else None,
        "total_bytes": usage.total if usage else None,
        "store_bytes": store.get("bytes"),
    }
