"""How far the enabled sinks have come, with one cursor for all meters or one for each."""

from __future__ import annotations

from dlmslite_daemon.engine.backlog import own_meters
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.reach import Reach


def reach_of(store: Store, lane: Lane) -> Reach:
    """Of one lane, by all enabled sinks together."""
    shared: list[int] = []
    own: dict[str, int] = {}
    for record in store.sinks():
        if not record.settings.enabled:
            continue
        meters = own_meters(store, record)
        if meters is None:
            shared.append(store.cursor(record.name, lane))
        for meter in meters or ():
            number = store.cursor(record.name, lane, meter)
            own[meter] = min(own.get(meter, number), number)
    return Reach(min(shared, default=None), own)
