"""The old validation checklist, with ticks that are true: each one names what it rests on.

The old list was ticked by hand. Here a tick needs evidence of now, and what cannot be known here is
not ticked.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from attrs import frozen

from dlmslite_daemon.config.schema import Auth
from dlmslite_daemon.engine.health import Health, SinkHealth
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.base import (
    HOUR,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Window,
    Wish,
    moment,
    span,
)
from dlmslite_daemon.reports.host import UNIT, HostFacts, look
from dlmslite_daemon.reports.reach import reach_of
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord

FRESH = 600.0  # s; a reading is fresh for that long, or for five intervals
FRESH_POLLS = 5
REFUSED = "credentials_refused"  # the alarm of a closed credential guard


class Tick(StrEnum):
    """Whether it is so."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "not known"


MARKS = {Tick.YES: "[x]", Tick.NO: "[ ]", Tick.UNKNOWN: "[?]"}


@frozen
class Item:
    """One line of the list.

    Attributes:
        key: Its stable name.
        subject: Whom it is about; empty for the bridge.
        text: What should be so.
        tick: Whether it is.
        evidence: What that rests on.
    """

    key: str
    subject: str
    text: str
    tick: Tick
    evidence: str


@frozen
class MeterState:
    """What the list needs of one meter.

    Attributes:
        record: The meter.
        read_ms: When its newest reading was measured, ms UTC; None without any.
        delivered_ms: When its newest reading was measured that all sinks acknowledged.
        refused: What its meter said when it refused the credential; empty when it did not.
    """

    record: MeterRecord
    read_ms: int | None = None
    delivered_ms: int | None = None
    refused: str = ""

    def fresh(self, ts_ms: int | None, now_ms: int) -> bool:
        """Whether a time is not older than a meter of its interval may be silent."""
        if ts_ms is None:
            return False
        limit = max(FRESH, FRESH_POLLS * self.record.settings.every)
        return now_ms - ts_ms <= limit * 1000


def service_items(health: Health | None, host: HostFacts, now_ms: int) -> list[Item]:
    """The service, its start with the machine, its journal."""
    if health is None:
        runs = Item("service", "", "the service runs", Tick.NO, "no daemon answers")
    else:
        since = moment(now_ms - int(health.uptime_seconds * 1000))
        dead = [thread.name for thread in health.threads if not thread.alive]
        tick = Tick.NO if dead else Tick.YES
        more = f", but {', '.join(dead)} is not alive" if dead else ""
        runs = Item("service", "", "the service runs", tick, f"ready since {since}{more}")
    unknown = "there is no systemd that answers here"
    starts = f"{UNIT} is {'enabled' if host.enabled else 'not enabled'}"
    if host.installed is False:
        starts = f"{UNIT} is not installed: dlmslite-bridge install-service"
    lines = f"it has {'' if host.journal else 'no '}lines of {UNIT}"
    return [
        runs,
        Item("autostart", "", "it starts with the machine", _tick(host.enabled),
             unknown if host.enabled is None else starts),
        Item("journal", "", "the journal has its lines", _tick(host.journal),
             unknown if host.journal is None else lines),
    ]  # fmt: skip


def sink_items(record: SinkRecord, seen: SinkHealth | None) -> list[Item]:
    """A broker; of ThingsBoard also whether it has our readings."""
    name, kind = record.name, record.settings.kind
    options = record.settings.options
    thingsboard = kind == "thingsboard"
    legacy = thingsboard and options.get("mode") == "legacy"
    if seen is None:
        unknown = "no daemon runs that could say"
        broker = Item("broker", name, "the broker accepts us", Tick.UNKNOWN, unknown)
        received = Tick.UNKNOWN
        evidence = unknown
    else:
        fault = f": {seen.last_fault.message}" if seen.last_fault else ""
        told = f"connected, MQTT {seen.protocol}" if seen.connected else f"not connected{fault}"
        tick = _tick(seen.connected)
        broker = Item("broker", name, "the broker accepts us", tick, told)
        last = moment(seen.last_puback_ms)
        evidence = f"last PUBACK {last}" if last else "no PUBACK yet"
        received = _tick(last is not None and seen.connected and not seen.unheard)
        if seen.unheard:
            evidence += "; the broker says that nobody subscribes: it is no ThingsBoard"
    if not thingsboard:
        return [broker]
    if legacy:
        # The old broker's PUBACK says nothing of the gateway that should read from it.
        received = Tick.UNKNOWN
        evidence += f"; a PUBACK of the old broker proves nothing: dlmslite-bridge sink test {name}"
    return [broker, Item("thingsboard", name, "ThingsBoard has our readings", received, evidence)]


def meter_items(state: MeterState, now_ms: int) -> list[Item]:
    """A meter's credentials and series; unless it is paused, last reading and last PUBACK."""
    record = state.record
    name, settings = record.name, record.settings
    on = sum(series.enabled for series in settings.series)
    configured = f"{on} of {len(settings.series)} are read"
    age = None if state.read_ms is None else max(0, now_ms - state.read_ms) / 1000
    read = f"{moment(state.read_ms)}, {span(age)} ago" if age is not None else "none is stored"
    sent = f"of {moment(state.delivered_ms)}" if state.delivered_ms else "none was acknowledged"
    items = [
        _credentials(state),
        Item("series", name, "series are configured", _tick(on > 0), configured),
    ]
    if record.desired is Desired.PAUSED:
        return items
    return [
        *items,
        Item("reading", name, "it is read", _tick(state.fresh(state.read_ms, now_ms)), read),
        Item("puback", name, "its readings are acknowledged",
             _tick(state.fresh(state.delivered_ms, now_ms)), sent),
    ]  # fmt: skip


def _credentials(state: MeterState) -> Item:
    """Proven by a reading that came after the credentials were last changed."""
    record, text = state.record, "its credentials are proven"
    if record.settings.auth is Auth.NONE:
        evidence = "it asks for none"
        return Item("credentials", record.name, text, _tick(state.read_ms is not None), evidence)
    if state.refused:
        return Item("credentials", record.name, text, Tick.NO, state.refused)
    proven = state.read_ms is not None and state.read_ms >= record.updated_ms
    if proven:
        when = f"proven at {moment(state.read_ms)}"
        return Item("credentials", record.name, text, Tick.YES, when)
    since = moment(record.updated_ms)
    return Item(
        "credentials", record.name, text, Tick.NO, f"unproven since they were set at {since}"
    )


def _tick(known: bool | None) -> Tick:
    return Tick.UNKNOWN if known is None else Tick.YES if known else Tick.NO


def checklist(items: Sequence[Item], window: Window, made_ms: int) -> Report:
    """The list as a report."""
    missing = [item for item in items if item.tick is not Tick.YES]
    return Report(
        kind="checklist",
        title="Validation checklist",
        window=window,
        made_ms=made_ms,
        verdict=f"{len(items) - len(missing)} of {len(items)} ticked",
        exit_code=1 if missing else 0,
        data={"items": [_view(item) for item in items]},
        sections=(
            Table(
                "checklist",
                ("tick", "whom", "what", "because"),
                tuple(
                    (MARKS[item.tick], item.subject or "bridge", item.text, item.evidence)
                    for item in items
                ),
            ),
        ),
    )


def _view(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "subject": item.subject or None,
        "text": item.text,
        "tick": item.tick.value,
        "evidence": item.evidence,
    }


def _make(sources: Sources, wish: Wish) -> Report:
    store, now_ms = sources.store, sources.clock.utc_ms()
    health, delivered = sources.health(), store.delivered_until(reach_of(store, Lane.LIVE))
    seen = {sink.name: sink for sink in health.sinks} if health else {}
    refused = {
        alarm.subject: alarm.condition.message
        for alarm in store.alarms()
        if alarm.condition.code == REFUSED
    }
    items = service_items(health, look(), now_ms)
    for sink in store.sinks():
        if sink.settings.enabled:
            items += sink_items(sink, seen.get(sink.name))
    for record in [store.meter(wish.meter)] if wish.meter else store.meters():
        read = [reading.ts_ms for reading in store.latest(record.name).values()]
        state = MeterState(
            record,
            max(read, default=None),
            delivered.get(record.name),
            refused.get(record.name, ""),
        )
        items += meter_items(state, now_ms)
    return checklist(items, wish.window, now_ms)


REPORTS.add("checklist", Kind(_make, "the old validation checklist, truly ticked", HOUR))
