"""A tick needs evidence; what cannot be known is not ticked."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.counted import HOUR, T1
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import Auth, SeriesSettings, SinkSettings
from dlmslite_daemon.engine.health import Fault, Health, Overall, SinkHealth, ThreadHealth
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.base import REPORTS, Report, Sources, Wish
from dlmslite_daemon.reports.checklist import (
    Item,
    MeterState,
    meter_items,
    service_items,
    sink_items,
)
from dlmslite_daemon.reports.host import HostFacts
from dlmslite_daemon.reports.render import as_text
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord

LLS = evolve(a_meter(), auth=Auth.LLS, password="env:PW", every=10.0)


def health(*threads: ThreadHealth, sinks: tuple[SinkHealth, ...] = ()) -> Health:
    return Health(T1, 60.0, (), sinks, threads, {}, 0, (), Overall.OK)


def record(settings: object = LLS, updated_ms: int = T1 - 50_000) -> MeterRecord:
    kept = MemoryStore(FakeClock()).add_meter(settings)  # type: ignore[arg-type]  # meter settings
    return evolve(kept, updated_ms=updated_ms)


def sink(kind: str = "thingsboard", **options: object) -> SinkRecord:
    return SinkRecord(1, SinkSettings("tb", kind, options=options), 0, 0)


def ticks(items: list[Item]) -> dict[str, str]:
    return {item.key: item.tick.value for item in items}


def test_the_service() -> None:
    well = service_items(health(ThreadHealth("a")), HostFacts(True, True, True, True), T1)
    assert ticks(well) == {"service": "yes", "autostart": "yes", "journal": "yes"}
    assert well[0].evidence == "ready since 2023-11-14 22:12:20Z"
    dead = service_items(health(ThreadHealth("a", alive=False)), HostFacts(), T1)
    assert ticks(dead) == {"service": "no", "autostart": "not known", "journal": "not known"}
    assert "a is not alive" in dead[0].evidence
    gone = service_items(None, HostFacts(False, False, False, False), T1)
    assert ticks(gone) == {"service": "no", "autostart": "no", "journal": "no"}
    assert "install-service" in gone[1].evidence


def test_broker_and_thingsboard() -> None:
    there = SinkHealth("tb", "thingsboard", connected=True, protocol="5", last_puback_ms=T1)
    assert ticks(sink_items(sink(), there)) == {"broker": "yes", "thingsboard": "yes"}
    assert ticks(sink_items(sink("mqtt"), there)) == {"broker": "yes"}
    plain = evolve(there, unheard=True)
    assert ticks(sink_items(sink(), plain)) == {"broker": "yes", "thingsboard": "no"}
    assert "nobody subscribes" in sink_items(sink(), plain)[1].evidence
    fresh = evolve(there, last_puback_ms=None)
    assert ticks(sink_items(sink(), fresh)) == {"broker": "yes", "thingsboard": "no"}
    lost = evolve(there, connected=False, last_fault=Fault("E-SINK", "refused"))
    assert ticks(sink_items(sink(), lost)) == {"broker": "no", "thingsboard": "no"}
    assert sink_items(sink(), lost)[0].evidence == "not connected: refused"
    assert ticks(sink_items(sink(), None)) == {"broker": "not known", "thingsboard": "not known"}


def test_a_puback_of_the_old_broker_proves_nothing() -> None:
    there = SinkHealth("tb", "thingsboard", connected=True, protocol="5", last_puback_ms=T1)
    broker, board = sink_items(sink(mode="legacy"), there)
    assert (broker.tick.value, board.tick.value) == ("yes", "not known")
    assert "sink test tb" in board.evidence


def test_credentials_are_proven_by_a_reading_after_they_were_set() -> None:
    def credentials(read_ms: int | None, refused: str = "") -> tuple[str, str]:
        item = meter_items(MeterState(record(), read_ms, None, refused), T1)[0]
        return item.tick.value, item.evidence

    assert credentials(T1 - 1000) == ("yes", "proven at 2023-11-14 22:13:19Z")
    assert credentials(T1 - 60_000)[0] == "no"
    assert credentials(None) == ("no", "unproven since they were set at 2023-11-14 22:12:30Z")
    assert credentials(T1, "the meter refused it twice") == ("no", "the meter refused it twice")
    paused = MeterState(evolve(record(), desired=Desired.PAUSED))
    assert ticks(meter_items(paused, T1)) == {"credentials": "no", "series": "yes"}
    public = MeterState(record(a_meter()), T1)
    assert meter_items(public, T1)[0].evidence == "it asks for none"


@pytest.mark.parametrize(("ago", "tick"), [(0, "yes"), (600, "yes"), (601, "no")])
def test_a_reading_is_fresh_for_ten_minutes(ago: int, tick: str) -> None:
    state = MeterState(record(), T1 - ago * 1000, T1 - ago * 1000)
    found = ticks(meter_items(state, T1))
    assert (found["reading"], found["puback"]) == (tick, tick)


def test_a_slow_meter_may_be_silent_for_five_intervals() -> None:
    slow = MeterState(record(evolve(LLS, every=900.0)), T1 - 4_500_000)
    assert ticks(meter_items(slow, T1))["reading"] == "yes"


def test_a_meter_without_series_or_readings() -> None:
    off = evolve(LLS, series=(SeriesSettings("v", "1.0.32.7.0.255", enabled=False),))
    found = meter_items(MeterState(record(off)), T1)
    assert ticks(found) == {"credentials": "no", "series": "no", "reading": "no", "puback": "no"}
    assert [item.evidence for item in found[1:]] == [
        "0 of 1 are read",
        "none is stored",
        "none was acknowledged",
    ]


def test_the_whole_list_from_a_store() -> None:
    clock = FakeClock(utc_ms=T1)
    store = MemoryStore(clock)
    store.add_meter(LLS)
    store.add_meter(evolve(LLS, name="cellar"))
    store.add_sink(SinkSettings("tb", "mqtt"))
    clock.advance(5)
    now = clock.utc_ms()
    store.append([a_reading(now), a_reading(now, meter="cellar")])
    store.advance("tb", Lane.LIVE, "", 1)
    store.save_alarm(Alarm("cellar", Condition("credentials_refused", "no (11)"), now, now))
    kind = REPORTS.get("checklist")
    assert kind is not None
    up = SinkHealth("tb", "mqtt", connected=True, last_puback_ms=now)
    sources = Sources(store, clock, lambda: health(sinks=(up,)))

    def made(meter: str | None = None) -> Report:
        return kind.make(sources, Wish(HOUR, meter))

    said = {(i["key"], i["subject"]): i["tick"] for i in made().data["items"]}
    assert said["broker", "tb"] == "yes"
    assert said["credentials", "kitchen"] == said["puback", "kitchen"] == "yes"
    assert said["credentials", "cellar"] == said["puback", "cellar"] == "no"
    assert made().exit_code == 1
    assert "[x]   kitchen  its credentials are proven" in as_text(made("kitchen"))
