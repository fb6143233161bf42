"""What the old bridge's rows mean here: meters that wait, series, alarms that are over, sinks.

The old service read every meter as client 1 at physical address 1 with a password of its own, and
ignored the client, the address and the password that its database had. So nothing of what is stored
was ever proven: meters arrive paused, and their first association proves it.

What it read was decided by a measurement's name, not by the OBIS code beside it; the codes below
are what it really asked for (old-bridge.md 1.4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import define, evolve, field, frozen

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.config.schema import (
    HASTY_INTERVAL,
    MIN_INTERVAL,
    Auth,
    MeterSettings,
    SeriesSettings,
    SinkSettings,
)
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import Fault, Row, Seal
from dlmslite_daemon.importers.old_values import moment, number, rows, seconds, truth, whole, words

HARD_CODED = {"client": 1, "physical": 1}
"""Whom the old service spoke as, and to whom, whatever was stored."""
OBIS = {
    "voltage_l1": ("1.1.32.7.0.255", "V"),
    "voltage_l2": ("1.1.52.7.0.255", "V"),
    "voltage_l3": ("1.1.72.7.0.255", "V"),
    "current_l1": ("1.1.31.7.0.255", "A"),
    "current_l2": ("1.1.51.7.0.255", "A"),
    "current_l3": ("1.1.71.7.0.255", "A"),
    "frequency": ("1.1.14.7.0.255", "Hz"),
    "active_power": ("1.1.1.7.0.255", "W"),
    "active_energy": ("1.1.1.8.0.255", "Wh"),
}
"""The nine measurements of the old service: what it asked for, and in which unit that comes."""
PAUSE = 0.03  # s between an answer and the next request: all its meters were of one kind
OLD_PORT, OLD_INTERVAL = 3333, 2.0  # what the old service took where nothing was stored
LEGACY_PORT = 1884  # without a token: the old broker, read by the old gateway
ALARM_BY = "import-old"  # who cleared the old alarms: none of them was ever over
NUMBER_MAX = 2**31 - 1  # of a meter; a larger one is damage
_BAD_IN_NAMES = re.compile(r"[^\w.-]+")


@frozen
class Heir:
    """One meter that goes over.

    Attributes:
        number: Its number in the old database; its own here where that is free.
        settings: What it is.
        old_name: What it was called.
        password_stored: Whether a password stood beside it.
        device_name: What ThingsBoard calls it, where it was told; empty otherwise.
        notes: What an operator should know of it.
    """

    number: int
    settings: MeterSettings
    old_name: str
    password_stored: bool
    device_name: str = ""
    notes: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        """What is told of it; the stored pair beside the one that was used, without a password."""
        settings = self.settings
        return {
            "old_id": self.number,
            "name": settings.name,
            "old_name": self.old_name,
            "url": settings.url,
            "stored": {
                "client": settings.client,
                "server": settings.server,
                "physical": settings.physical,
                "password_stored": self.password_stored,
            },
            "old_service_used": dict(HARD_CODED),
            "credentials": "unproven",
            "every": settings.every,
            "series": [series.key for series in settings.series],
            "notes": list(self.notes),
        }


@frozen
class Handover:
    """Everything that goes over.

    Attributes:
        meters: The meters.
        sinks: The sinks, new ones and known ones with more meters.
        alarms: The alarms, all of them over.
        faults: What cannot go over, by the meter's old number and the column.
        notes: What an operator should know of the whole.
    """

    meters: tuple[Heir, ...]
    sinks: tuple[SinkSettings, ...]
    alarms: tuple[Alarm, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def handover(
    rows: Sequence[Row],
    alarms: Sequence[Row],
    taken: Collection[str],
    sinks: Sequence[SinkSettings],
    seal: Seal,
) -> Handover:
    """Judge the rows of the old database.

    Args:
        rows: Its meters, as ``old_bridge.read`` gives them.
        alarms: Its alarms.
        taken: Names of meters that are here already.
        sinks: The sinks that are here already.
        seal: Turns a secret into a reference.
    """
    meters: list[Heir] = []
    faults: list[Fault] = []
    names = set(taken)
    places = _Places(seal, {sink.name: sink for sink in sinks})
    for row in rows:
        old = whole(row.get("id")) or 0
        old = old if 0 < old <= NUMBER_MAX else 0
        try:
            heir = _heir(row, old, names, seal)
        except ConfigError as error:
            faults.append(Fault(old, error.key, error.reason))
            continue
        names.add(heir.settings.name)
        meters.append(evolve(heir, notes=(*heir.notes, *places.put(row, heir))))
    return Handover(
        meters=tuple(meters),
        sinks=places.sinks(),
        alarms=tuple(_alarms(alarms, {heir.number: heir.settings.name for heir in meters})),
        faults=tuple(faults),
        notes=tuple(places.notes),
    )


# ---------------------------------------------------------------- one meter


def _heir(row: Row, old: int, taken: Collection[str], seal: Seal) -> Heir:
    old_name = words(row.get("name")).strip()
    name = _name(old_name, old)
    notes = [] if name == old_name else [f"its name was {old_name!r}"]
    if name in taken:
        raise ConfigError(f"there is a meter {name!r} already", key="name")
    host = words(row.get("ip_address")).strip()
    if not host:
        raise ConfigError("it has no address", key="ip_address")
    password = words(row.get("password"))
    client = number(row, "client_id", HARD_CODED["client"], 1, 0x7F)
    server, physical = _server(number(row, "server_id", HARD_CODED["physical"], 0, 0x3FFF))
    place = f"[{host}]" if ":" in host else host
    series, every, more = _series(rows(row.get("configs")))
    settings = MeterSettings(
        name=name,
        url=f"tcp+hdlc://{place}:{number(row, 'port', OLD_PORT, 1, 0xFFFF)}",
        client=client,
        server=server,
        physical=physical,
        auth=Auth.LLS if password else Auth.NONE,
        password=seal(password) if password else "",
        every=every,
        pause=PAUSE,
        series=series,
        paused=True,
    )
    notes += more
    if not password:
        notes.append(f"no password is stored: dlmslite-bridge meter set {name} --password-prompt")
    if not truth(row.get("tb_enabled"), default=True):
        notes.append("the old service skipped it: tb_enabled was off")
    device = words(row.get("tb_device_name")).strip() or old_name
    return Heir(old, settings, old_name, bool(password), device, tuple(notes))


def _name(old: str, number: int) -> str:
    name = _BAD_IN_NAMES.sub("_", old).strip("_")[:64]
    if not name or name.isdigit() or name == "bridge":
        name = f"meter_{name or number}"[:64]
    return name


def _server(combined: int) -> tuple[int, int | None]:
    """The address that the old code formed: logical 0, and a physical one of up to 14 bits."""
    upper, lower = divmod(combined, 128)
    return (upper, lower) if upper else (lower, None)


def _series(configs: Sequence[Row]) -> tuple[tuple[SeriesSettings, ...], float, list[str]]:
    """The series, the interval, and what is to be said of them."""
    notes: list[str] = []
    series: dict[str, SeriesSettings] = {}
    for config in configs:
        name = words(config.get("measurement_name")).strip()
        enabled = truth(config.get("enabled"), default=True)
        known = series.get(name)
        if known is not None:
            if enabled and not known.enabled and name in OBIS:
                series[name] = evolve(known, enabled=True)
            continue
        try:
            series[name] = _one_series(name, words(config.get("obis_code")), enabled=enabled)
        except ConfigError as error:
            notes.append(f"the measurement {name!r} is left out: {error.reason}")
            continue
        if name not in OBIS:
            notes.append(f"{name} is switched off: the old service could not read it")
    every = seconds(configs[0].get("sampling_interval")) if configs else None
    every = OLD_INTERVAL if every is None else every
    if every < MIN_INTERVAL:
        notes.append(f"its interval was {every:g} s; it is {MIN_INTERVAL:g} s here")
    elif every < HASTY_INTERVAL:
        notes.append(f"an interval of {every:g} s wears a meter")
    return tuple(series.values()), max(every, MIN_INTERVAL), notes


def _one_series(name: str, stored: str, *, enabled: bool) -> SeriesSettings:
    if name in OBIS:
        obis, unit = OBIS[name]
        return SeriesSettings(name, obis, class_id=3, unit=unit, enabled=enabled)
    return SeriesSettings(name, stored.replace("*", "."), enabled=False)


# ---------------------------------------------------------------- sinks


@define
class _Places:
    """The sinks as they grow.

    Attributes:
        seal: Turns a token into a reference.
        known: The sinks that were there before, by name.
        grown: Those that are new or changed, by name.
        owners: Who has a token already.
        notes: What is said of them all.
    """

    seal: Seal
    known: dict[str, SinkSettings]
    grown: dict[str, SinkSettings] = field(factory=dict)
    owners: dict[str, str] = field(factory=dict, repr=False)
    notes: list[str] = field(factory=list)

    def put(self, row: Row, heir: Heir) -> list[str]:
        """Give a meter its place; what is to be said of it."""
        host = words(row.get("tb_host")).strip()
        port = whole(row.get("tb_port"))
        token = words(row.get("tb_token")).strip()
        name = heir.settings.name
        if not truth(row.get("tb_enabled"), default=True):
            return []
        if not host or port is None or not 1 <= port <= 0xFFFF:
            return ["it has no sink: its ThingsBoard host or port makes no sense"]
        if not token and port != LEGACY_PORT:
            return [f"it has no sink: there is no token for {host}:{port}"]
        if not token:
            self._legacy(self._sink("legacy", host, port), name, heir.device_name)
            return []
        owner = self.owners.setdefault(token, name)
        if owner != name:
            return [f"it shares its token with {owner}, and has none now: sink set --tokens-file"]
        sink = self._sink("device", host, port)
        tokens = {**_table(sink.options.get("tokens")), name: self.seal(token)}
        self._keep(sink, name, tokens=tokens)
        return []

    def sinks(self) -> tuple[SinkSettings, ...]:
        """What was made or changed."""
        return tuple(self.grown.values())

    def _legacy(self, sink: SinkSettings, name: str, device: str) -> None:
        devices = _table(sink.options.get("device_names"))
        if device and device != name:
            devices[name] = device
        self._keep(sink, name, **({"device_names": devices} if devices else {}))

    def _keep(self, sink: SinkSettings, meter: str, **more: Any) -> None:
        listed = sink.options.get("meters")
        meters = [*listed] if isinstance(listed, list | tuple) else []
        options = {**sink.options, **more, "meters": [*meters, meter]}
        self.grown[sink.name] = evolve(sink, options=options)

    def _sink(self, mode: str, host: str, port: int) -> SinkSettings:
        place = {"host": host, "port": port, "mode": mode}
        for sink in (self.known | self.grown).values():
            if sink.kind == "thingsboard" and place.items() <= dict(sink.options).items():
                return sink
        stem = "legacy" if mode == "legacy" else "thingsboard"
        taken = self.known.keys() | self.grown.keys()
        names = [stem, *(f"{stem}-{count}" for count in range(2, len(taken) + 3))]
        name = next(name for name in names if name not in taken)
        if mode == "legacy":
            self.notes.append(
                f"{name}: each client takes the old bridge's own client id when its meter is"
                " resumed; stop the old bridge first"
            )
        return SinkSettings(name, "thingsboard", options=place)


def _table(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


# ---------------------------------------------------------------- alarms


def _alarms(rows: Sequence[Row], names: Mapping[int, str]) -> list[Alarm]:
    """The old alarms of these meters, oldest first; they had no end, so the import is it."""
    alarms = []
    for row in rows:
        name = names.get(whole(row.get("meter_id")) or 0)
        last = moment(row.get("last"))
        if name is None or last is None:
            continue
        try:
            severity = Severity(words(row.get("severity")))
        except ValueError:
            severity = Severity.WARNING
        category = words(row.get("category"), "other")
        condition = Condition(
            code="old_" + _BAD_IN_NAMES.sub("_", category)[:40],
            message=words(row.get("message")),
            severity=severity,
            category=category,
            details=words(row.get("details")),
        )
        seen = truth(row.get("acknowledged"), default=False)
        alarm = Alarm(
            subject=name,
            condition=condition,
            raised_ms=moment(row.get("first")) or last,
            last_ms=last,
            count=min(max(1, whole(row.get("count")) or 1), NUMBER_MAX),
            acknowledged_ms=(moment(row.get("acknowledged_at")) or last) if seen else None,
            acknowledged_by=words(row.get("acknowledged_by"), ALARM_BY) if seen else "",
        )
        alarms.append(alarm.cleared(last, ALARM_BY))
    return sorted(alarms, key=lambda alarm: alarm.last_ms)
