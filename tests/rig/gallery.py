"""A bridge that has seen everything, behind the real page: for tests in a browser, and for eyes.

``PYTHONPATH=.:tests python tests/rig/gallery.py FOLDER`` writes pictures of every screen, wide and
narrow, light and dark.
"""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen
from rig.bridge import NOW_MS, Bridge, bridge
from rig.browser import Browser, Tab, browsing
from rig.doctor import BAD

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.api.app import make_app
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.routes.diagnosis import _diagnosed
from dlmslite_daemon.api.serve import Server
from dlmslite_daemon.config.schema import ApiSettings, MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.engine.health import (
    Fault,
    Health,
    Latency,
    MeterHealth,
    Observed,
    SeriesHealth,
    SeriesState,
    SinkHealth,
    ThreadHealth,
)
from dlmslite_daemon.engine.refit import PolicyState
from dlmslite_daemon.engine.verdict import judge
from dlmslite_daemon.finding import FindingRecord
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.store.records import DeadLetter, Desired

SERIES = (
    SeriesSettings("voltage", "1.1.32.7.0.255"),
    SeriesSettings("current", "1.1.31.7.0.255"),
    SeriesSettings("power", "1.1.1.7.0.255"),
    SeriesSettings("energy", "1.1.1.8.0.255"),
    SeriesSettings("frequency", "1.1.14.7.0.255"),
)
REFUSED = Fault(
    "E-LINE-REFUSED",
    "192.0.2.14:3333 refused the connection",
    "dlmslite-bridge scan 192.0.2.0/24 --port 3333 --serial 4711",
    NOW_MS - 40_000,
)
DENIED = Fault(
    "E-CREDENTIAL-REFUSED",
    "the meter refused the password (authentication-failure) twice; no further try is made",
    "dlmslite-bridge meter set annex --password-prompt",
    NOW_MS - 1_800_000,
)
DEADLINES = {one.obis: 1.5 for one in SERIES}
FULL = {"state": "open", "failures": 10, "probe_in": 240}
STATES: tuple[tuple[str, Observed, str, float | None, Fault | None], ...] = (
    ("kitchen", Observed.ONLINE, "the last poll was complete", 0.998, None),
    ("workshop", Observed.ONLINE, "the last poll was complete", 1.0, None),
    ("lift", Observed.DEGRADED, "4 of 5 values came", 0.941, None),
    ("annex", Observed.AUTH_ERROR, "two refusals in a row", 0.0, DENIED),
    ("boiler-room", Observed.BREAKER_OPEN, "10 failures within the hour", 0.2, REFUSED),
    ("greenhouse-north", Observed.OFFLINE, "no value came", 0.31, REFUSED),
    ("garage", Observed.BACKOFF, "connection refused; next try in 8 s", 0.87, REFUSED),
    ("roof-pv", Observed.BUSY, "'Port already in use'", 0.96, None),
    ("spare", Observed.PAUSED, "paused by an operator", None, None),
    ("new-one", Observed.CONNECTING, "no poll yet", None, None),
    ("lab-1", Observed.ONLINE, "the last poll was complete", 0.992, None),
    ("lab-2", Observed.ONLINE, "the last poll was complete", 1.0, None),
)


@frozen
class Gallery:
    """The bridge on a port.

    Attributes:
        parts: Its parts.
        address: Where the page is.
    """

    parts: Bridge
    address: str

    def link(self, role: Role = Role.ADMIN) -> str:
        """A link that signs in."""
        caller = Caller("maria", role)
        return f"{self.address}/signin?code={self.parts.services.sessions.make_link(caller)}"


@contextlib.contextmanager
def gallery(folder: Path, *, empty: bool = False) -> Iterator[Gallery]:
    """The bridge with its page.

    Args:
        folder: For its store.
        empty: Whether nothing has happened yet.
    """
    with bridge(folder) as plain:
        # A browser that hurries from page to page is no attack.
        services = evolve(plain.services, settings=ApiSettings(requests=1000))
        parts = evolve(plain, services=services, app=make_app(services))
        if not empty:
            _furnish(parts)
        server = Server(parts.app, path=None, port=0)
        server.start()
        try:
            yield Gallery(parts, str(server.url))
        finally:
            parts.services.streams.stop()
            server.stop()


def _furnish(parts: Bridge) -> None:
    store = parts.store
    for number, (name, observed, *_) in enumerate(STATES):
        url = f"tcp+hdlc://192.0.2.{10 + number}:3333"
        store.add_meter(MeterSettings(name, url, client=1, server=0, every=10.0, series=SERIES))
        if observed is Observed.PAUSED:
            store.set_desired(name, Desired.PAUSED)
        store.note(name, {"serial": f"4711{number:04}", "model": "Microstar P2000-T"})
    mqtt = {"host": "broker.example", "port": 8883, "base": "meters"}
    store.add_sink(SinkSettings("home", "mqtt", options=mqtt), from_beginning=True)
    board = {"host": "tb.example", "port": 1883, "mode": "gateway"}
    store.add_sink(SinkSettings("thingsboard", "thingsboard", options=board), from_beginning=True)
    parts.keep(*_readings("kitchen"), *_readings("lift"))
    store.advance("thingsboard", Lane.LIVE, "", store.last_number())
    for number in range(3):
        reason = "the payload has 9120 octets, the broker takes 8192"
        topic = "v1/gateway/telemetry"
        ts_ms = NOW_MS - number * 77_000
        store.add_dead_letter(
            DeadLetter("home", Lane.LIVE, 1, 2, topic, b"x" * 9120, reason, ts_ms)
        )
    found = evolve(BAD.finding, meter="boiler-room", kind="diagnose", ts_ms=NOW_MS - 600_000)
    store.add_finding(FindingRecord(found))
    for alarm in _alarms():
        store.save_alarm(alarm)
    ring, frames = parts.services.log.ring, parts.services.log.frames
    assert ring is not None
    assert frames is not None
    tap = frames.tap("kitchen", "")
    tap(True, bytes.fromhex("7ea0070321930f017e"))
    tap(False, bytes.fromhex("7ea00721037356737e"))
    for number in range(40):
        level = {7: "warning", 19: "error"}.get(number % 23, "info")
        event = {"warning": "frame discarded", "error": "attempt failed"}.get(level, "polled")
        fields = {"result": "complete", "values": 5, "seconds": 0.214}
        ring.add(NOW_MS - (40 - number) * 10_000, level, event, "kitchen", fields)
    refit = parts.services.refit
    assert refit is not None
    # Without threads there is no chain of policies to look at.
    vars(refit)["policies"] = _policies
    parts.services.operations.start("meter diagnose", lambda: _diagnosed(5, BAD))
    parts.control.health = lambda: _health(parts)


def _readings(meter: str) -> list[Reading]:
    """An hour of them, with a gap and a spike."""
    found: list[Reading] = []
    for step in range(360):
        if 200 < step < 228:
            continue
        ts_ms = NOW_MS - (360 - step) * 10_000
        power = 900 + 500 * math.sin(step / 40) + (2200 if step == 120 else 0)
        rows = (
            ("voltage", round(23_000 + 180 * math.sin(step / 25)), -2, "V"),
            ("current", round(power / 2.3), -2, "A"),
            ("power", round(power), 0, "W"),
            ("energy", 1_234_567 + 3 * step, -2, "kWh"),
            ("frequency", 5000 + step % 3 - 1, -2, "Hz"),
        )
        found += [
            Reading(meter, key, ts_ms, ValueKind.INTEGER, raw=raw, scaler=scaler, unit=unit)
            for key, raw, scaler, unit in rows
        ]
    return found


def _alarms() -> Iterator[Alarm]:
    rows = (
        ("annex", "credentials_refused", Severity.CRITICAL, "the meter refuses the credentials"),
        ("boiler-room", "breaker_open", Severity.ERROR, "too many failures: the breaker is open"),
        ("sink:home", "sink_unreachable", Severity.ERROR, "broker.example:8883 does not answer"),
        ("lift", "silence", Severity.WARNING, "no good reading for ten minutes"),
        ("kitchen", "clock_drift", Severity.INFO, "the meter's clock is 64 s ahead"),
    )
    for number, (subject, code, severity, message) in enumerate(rows):
        raised = NOW_MS - (number + 1) * 431_000
        alarm = Alarm(
            subject,
            Condition(code, message, severity),
            raised,
            NOW_MS - 9_000,
            count=1 + 7 * number,
        )
        yield alarm.acknowledged("jonas", raised + 60_000) if number == 1 else alarm
    over = Alarm("kitchen", Condition("silence", "no good reading"), NOW_MS - 9_000_000, NOW_MS)
    yield over.cleared(NOW_MS - 8_000_000)


def _policies(name: str | int) -> tuple[PolicyState, ...]:
    ten = ("breaker_open",)
    return (
        PolicyState("recovery", "try", "", None, (), {"failures": 0}),
        PolicyState("breaker", "wait", f"open: {REFUSED.message}", NOW_MS + 240_000, ten, FULL)
        if name == "boiler-room"
        else PolicyState("breaker", "try", "", None, (), {"state": "closed", "failures": 0}),
        PolicyState("silence", "try", "", None, (), {"silent_for": 4.2, "limit": 600}),
        PolicyState("deadline", "try", "", None, (), {"ceiling": 10.0, "registers": DEADLINES}),
    )


def _health(parts: Bridge) -> Health:
    by_name = {name: rest for name, *rest in STATES}
    meters = tuple(
        _seen(
            record.id, record.name, record.settings.endpoint, record.desired, *by_name[record.name]
        )
        for record in parts.store.meters()
        if record.name in by_name
    )
    sinks = (
        SinkHealth(
            "home",
            "mqtt",
            sent=120,
            refused=3,
            disconnections=4,
            last_fault=REFUSED,
            next_attempt_ms=NOW_MS + 12_000,
            last_puback_ms=NOW_MS - 700_000,
        ),
        SinkHealth(
            "thingsboard",
            "thingsboard",
            connected=True,
            protocol="3.1.1",
            sent=12_345,
            acknowledged=12_344,
            in_flight=1,
            last_puback_ms=NOW_MS - 1000,
        ),
    )
    alarms = len(parts.store.alarms())
    overall, reasons = judge(meters, sinks, (ThreadHealth("store writer"),), alarms)
    return Health(
        utc_ms=parts.clock.utc_ms(),
        uptime_seconds=86_400.0,
        meters=meters,
        sinks=sinks,
        threads=(ThreadHealth("store writer"),),
        store={**parts.store.info(), "waiting": 12, "waiting_octets": 4800},
        alarms=alarms,
        reasons=reasons,
        overall=overall,
    )


def _seen(
    number: int,
    name: str,
    line: str,
    desired: Desired,
    observed: Observed,
    reason: str,
    success: float | None,
    fault: Fault | None,
) -> MeterHealth:
    if desired is Desired.PAUSED:
        observed, reason = Observed.PAUSED, "paused by an operator"
    elif observed is Observed.PAUSED:
        observed, reason = Observed.CONNECTING, "no poll yet"
    good = observed in {Observed.ONLINE, Observed.DEGRADED}
    series = tuple(SeriesHealth(one.key, one.obis, state=SeriesState.GOOD) for one in SERIES)
    if observed is Observed.DEGRADED:
        why = "read-write-denied"
        series = (*series[:-1], evolve(series[-1], state=SeriesState.FAILED, error=why))
    return MeterHealth(
        id=number,
        name=name,
        line=line,
        desired=desired,
        observed=observed,
        reason=reason,
        since_ms=NOW_MS - number * 3_700_000,
        associated=good,
        association="LN without ciphering, PDU 1024, GET, GET with list" if good else "",
        last_reading_ms=NOW_MS - (4_000 if good else number * 90_000) if success else None,
        next_attempt_ms=None if observed is Observed.AUTH_ERROR else NOW_MS + 6_000,
        polls_due=8640,
        polls_complete=int(8640 * (success or 0)),
        success_1h=success,
        overruns=2,
        connects=3,
        reassociations=1,
        breaker_failures=10 if observed is Observed.BREAKER_OPEN else 0,
        breaker_until_ms=NOW_MS + 240_000 if observed is Observed.BREAKER_OPEN else None,
        protocol_errors={"fcs": 3, "length": 1} if fault else {},
        deadlines=DEADLINES,
        latency=Latency(0.214, 0.388, 0.902) if good else None,
        drift_seconds=1.25 if good else None,
        last_fault=fault,
        series=series,
    )


SCREENS = {
    "fleet": "/",
    "fleet-bad": "/?state=bad&sort=observed",
    "fleet-none": "/?find=nothing",
    "meter": "/meters/1",
    "meter-frames": "/meters/1?frames=1",
    "meter-broken": "/meters/5",
    "meter-operation": "/meters/5?operation=1",
    "meter-degraded": "/meters/3",
    "alarms": "/alarms?which=all",
    "delivery": "/delivery",
    "reports": "/reports",
    "report-qos": "/reports/qos",
    "sure": "/meters/1",
    "missing": "/meters/99",
}


def photograph(tab: Tab, place: Gallery, folder: Path, suffix: str) -> None:
    """Every screen as a picture."""
    for name, path in SCREENS.items():
        tab.open(place.address + path)
        if name == "sure":
            tab.click("button[data-ask]")
        elif "live" in tab.run("document.body.innerHTML"):
            tab.until("!document.getElementById('live') || document.querySelector('.live.on')")
        tab.screenshot(folder / f"{name}-{suffix}.png", whole=name != "sure")
    tab.open(place.address + "/login?reason=session")
    tab.screenshot(folder / f"login-{suffix}.png")


def _pictures(browser: Browser, place: Gallery, bare: Gallery, folder: Path) -> None:
    for dark in (False, True):
        for width, height in ((1280, 800), (360, 740)):
            suffix = f"{width}-{'dark' if dark else 'light'}"
            tab = browser.tab(width, height, dark=dark)
            tab.open(place.link())
            photograph(tab, place, folder, suffix)
            tab.open(bare.link())
            tab.screenshot(folder / f"empty-{suffix}.png")
            print(suffix, tab.complaints())  # noqa: T201 - a report prints


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        scratch = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3)]
        _pictures(
            stack.enter_context(browsing(scratch[0])),
            stack.enter_context(gallery(scratch[1])),
            stack.enter_context(gallery(scratch[2], empty=True)),
            target,
        )
