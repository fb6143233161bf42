"""A sink gets other settings, while what it has delivered stays known.

A sink has one cursor for all meters, or one for each (ThingsBoard's modes ``device`` and
``legacy``). Where that changes, the cursors of before say nothing of the connections to come, so
they are brought to one first, from which either kind goes on: what nobody has acknowledged yet is
delivered, and at worst something comes twice, with the same key.
"""

from __future__ import annotations

from attrs import evolve

from dlmslite_daemon.alarm import BRIDGE
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.alarm_mail import front
from dlmslite_daemon.engine.backlog import own_meters, per_meter_sink
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import SinkRecord


def change_sink(store: Store, settings: SinkSettings) -> SinkRecord:
    """Replace the settings of the sink of that name.

    Raises:
        UnknownSink: There is none.
    """
    for record in store.sinks():
        if record.name == settings.name:
            before = own_meters(store, record)
            after = own_meters(store, evolve(record, settings=settings))
            if (before is None) is not (after is None):
                settle_alarms(store, record)
                store.join_cursors(record.name, before)
    return store.set_sink(settings)


def settle_alarms(store: Store, record: SinkRecord) -> None:
    """Move a sink's cursor over alarms to where all connections of its meters have come."""
    own, sink = own_meters(store, record), per_meter_sink(record.settings)
    if own is None or sink is None:
        return
    connections = own if sink.of_bridge() is None else [*own, BRIDGE]
    reached = front(store, record.name, connections)
    if reached > store.alarm_cursor(record.name):
        store.advance_alarms(record.name, reached)
