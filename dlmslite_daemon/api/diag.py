"""What goes into the archive for whoever is asked for help.

It is made of what the API shows anyway, so no password, key or token is in it. Serial numbers are
struck out everywhere when that is asked.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from attrs import asdict, evolve

from dlmslite_daemon.api.archive import Entry
from dlmslite_daemon.api.exact_json import dumps
from dlmslite_daemon.api.fleet import meter_whole, sink_views
from dlmslite_daemon.api.logbook import message_of
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.version import version
from dlmslite_daemon.api.views import alarm_view, health_view, settings_view
from dlmslite_daemon.logs import iso_time
from dlmslite_daemon.meters.frames import STRUCK

METERS_MAX = 200  # meters whose frames go in; their states do in any case
LINES_MAX = 5000  # of the log
EVENTS_MAX = 200  # of each meter, of alarms, of the audit
SERIAL_LEAST = 4  # characters; a shorter serial number would strike out half the text
_PACKAGES = ("paho-mqtt", "fastapi", "uvicorn", "structlog", "attrs", "cryptography", "pyserial")


def gathered(services: Services, meter: str | None, *, serials: bool) -> list[Entry]:
    """Every file.

    Args:
        services: What is asked.
        meter: Of one meter; None for all.
        serials: Whether serial numbers stay.

    Raises:
        UnknownMeter: There is no such meter.
    """
    found = list(_entries(services, meter, serials=serials))
    known = [] if serials else _serials(services)
    return [_without(one, known) for one in found]


def _entries(services: Services, meter: str | None, *, serials: bool) -> Iterator[Entry]:
    store = services.store
    records = [store.meter(meter)] if meter is not None else store.meters()
    yield _json("versions.json", "what runs, and on what", _versions())
    configuration = {
        "api": asdict(services.settings),
        "meters": [{"id": one.id, **settings_view(one.settings)} for one in records],
        "sinks": sink_views(services),
        "settings": store.settings(),
    }
    yield _json("configuration.json", "meters, sinks, settings; no secret", configuration)
    health = services.health()
    state = {
        "health": health_view(health) if health else None,
        "meters": [meter_whole(services, one.name)[1] for one in records],
    }
    yield _json("state.json", "how everything stands", state)
    alarms = store.alarms(active=False, subject=records[0].name if meter else None)[:EVENTS_MAX]
    yield _json("alarms.json", "the newest alarms", [alarm_view(one) for one in alarms])
    names = [one.name for one in records]
    found = store.findings(names[0] if meter else None, EVENTS_MAX)
    yield _json(
        "findings.json", "what tests and diagnoses found", [one.finding.view() for one in found]
    )
    events = {name: _events(services, name) for name in names[:METERS_MAX]}
    yield _json("protocol-events.json", "the newest protocol events of each meter", events)
    audit = [asdict(one) for one in store.audit(EVENTS_MAX)]
    yield _json("audit.json", "the newest actions of operators", audit)
    lines = services.log.recent(names[0] if meter else None, LINES_MAX, "debug", 0).lines
    text = "".join(
        f"{iso_time(one.ts_ms)} {one.level} {one.meter or '-'} {message_of(one)}\n" for one in lines
    )
    yield Entry("log.txt", "the newest lines of the log", text.encode())
    if services.log.frames is not None:
        for one in records[:METERS_MAX]:
            url = one.settings.url
            octets = services.log.frames.capture(one.name, url, redacted=not serials)
            if octets is not None:
                told = "the last frames; dlmslite replay serves them"
                yield Entry(f"frames/{one.name}.jsonl", told, octets)


def _events(services: Services, meter: str) -> list[dict[str, Any]]:
    return [
        {
            "ts": one.ts_ms,
            "severity": one.severity,
            "category": one.category,
            "message": one.message,
            "octets": len(one.raw_frame),
        }
        for one in services.store.diagnostics(meter, EVENTS_MAX)
    ]


def _versions() -> dict[str, Any]:
    found: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return {
        "dlmslite": version(),
        "python": sys.version,
        "platform": platform.platform(),
        "packages": found,
    }


def _serials(services: Services) -> list[str]:
    """Every serial number that is known, the longest first."""
    store = services.store
    found = {store.notebook(one.name).get("serial", "") for one in store.meters()}
    return sorted((one for one in found if len(one) >= SERIAL_LEAST), key=len, reverse=True)


def _without(entry: Entry, serials: list[str]) -> Entry:
    octets = entry.octets
    for serial in serials:
        octets = octets.replace(serial.encode(), STRUCK.encode())
        octets = octets.replace(serial.encode().hex().encode(), STRUCK.encode())
    return evolve(entry, octets=octets)


def _json(name: str, told: str, content: Any) -> Entry:
    return Entry(name, told, dumps(content).encode() + b"\n")
