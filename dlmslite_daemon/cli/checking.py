"""A whole look at a configuration: all that is wrong with it, and what its owner should know.

Nothing is started and nothing is changed: a port is tried and given back, a secret is opened and
forgotten. Everything is named by its dotted key, as in the file.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from dlmslite_daemon.api.sockets import served
from dlmslite_daemon.cli.startup import make_secrets
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.load import examine
from dlmslite_daemon.config.schema import BridgeConfig, MeterSettings
from dlmslite_daemon.engine.load import LineLoad, Pace, Warned, hasty
from dlmslite_daemon.engine.tuning import check_tables
from dlmslite_daemon.errors import BridgeError, ConfigError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.sinks.base import sink_of
from dlmslite_daemon.store.sqlite.store import SqliteStore

DAY_MS = 24 * 3600 * 1000
LOOPBACK = frozenset({"", "127.0.0.1", "::1", "localhost"})
OTHERS = 0o077  # the rights of everybody but the owner


@frozen
class Finding:
    """One thing that was found.

    Attributes:
        key: Where: the dotted key, or what it is about; empty for the whole.
        code: A stable code; ``W-`` begins what is only a warning.
        message: What.
        hint: The next step; empty when there is none.
    """

    key: str
    code: str
    message: str
    hint: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the daemon would not start, or not work, like this."""
        return not self.code.startswith("W-")


@frozen
class Checked:
    """A configuration and what was found.

    Attributes:
        config: What of it makes sense.
        findings: Errors first, each kind in the order of the file.
    """

    config: BridgeConfig
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether there is no error."""
        return not any(finding.is_error for finding in self.findings)


def look_over(text: str, environ: Mapping[str, str], *, runs: bool) -> Checked:
    """Look a configuration over.

    Args:
        text: What stands in the file.
        environ: The environment.
        runs: Whether a daemon runs with it: its port and its store are taken, rightly.
    """
    config, faults = examine(text, environ)
    found = [_of(fault) for fault in faults]
    found += _parts(config, environ)
    found += _places(config, environ, runs=runs)
    found += _habits(config)
    errors = [finding for finding in found if finding.is_error]
    return Checked(config, (*errors, *(one for one in found if not one.is_error)))


def _of(error: BridgeError) -> Finding:
    if isinstance(error, ConfigError):
        return Finding(error.key, error.code, error.reason, error.hint)
    return Finding("", error.code, error.message, error.hint)


def _parts(config: BridgeConfig, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Policies, kinds of sinks, and every secret that is referred to."""
    secrets = make_secrets(config, environ)
    references = [(f"meters.{m.name}.password", m.password) for m in config.meters]
    own = [(f"meters.{m.name}.policies", m.policies, config.policies) for m in config.meters]
    for key, tables, of_all in [("policies", config.policies, None), *own]:
        for name, settings in tables.items():
            try:
                check_tables({name: settings}, key, of_all)
            except ConfigError as error:
                yield _of(error)
    for sink in config.sinks:
        try:
            references.append((f"sinks.{sink.name}.secret", sink_of(sink).secret))
        except ConfigError as error:
            yield _of(error)
    for key, reference in references:
        if not reference:
            continue
        try:
            secrets.reveal(reference, key)
        except ConfigError as error:
            yield _of(error)
        scheme, _, place = reference.partition(":")
        if scheme == "file":
            yield from _mode(key, Path(place))


def _mode(key: str, path: Path) -> Iterator[Finding]:
    """Whether others than its owner may read a secret's file."""
    if path.exists() and path.stat().st_mode & OTHERS:
        message = f"others than its owner may read {path}"
        yield Finding(key, "W-SECRET-MODE", message, f"chmod 600 {path}")


def _places(config: BridgeConfig, environ: Mapping[str, str], *, runs: bool) -> Iterator[Finding]:
    """Folders that can be written to, and a port that is free."""
    store = Path(config.store.path)
    for key, path in (("store.path", store), ("api.socket", served(config, environ))):
        folder = next(one for one in path.absolute().parents if one.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            message = f"{folder} cannot be written to"
            yield Finding(key, "E-CONFIG-PLACE", message, "choose another place, or its owner")
    key_file = Path(config.secrets.key_file or store.parent / "bridge.key")
    yield from _mode("secrets.key_file", key_file)
    if not config.api.host or runs or config.api.port == 0:
        return
    try:
        family = socket.AF_INET6 if ":" in config.api.host else socket.AF_INET
        with socket.create_server((config.api.host, config.api.port), family=family):
            pass
    except OSError as error:
        message = f"port {config.api.port} of {config.api.host} cannot be used: {error.strerror}"
        yield Finding("api.port", "E-API-PORT", message, "choose another one, or 0 for any")


def _habits(config: BridgeConfig) -> Iterator[Finding]:
    """What works and is worth a second thought."""
    if config.api.host not in LOOPBACK:
        message = f"tokens travel in the clear to whoever reaches {config.api.host}"
        yield Finding("api.host", "W-API-OPEN", message, "put a proxy with TLS in front of it")
    if config.api.legacy_read:
        message = "everybody on this machine may read the old paths without a token"
        yield Finding("api.legacy_read", "W-LEGACY-READ", message)
    for meter in config.meters:
        yield from _warned(f"meters.{meter.name}.every", hasty(meter))
        if not meter.series:
            message = "nothing is read from it"
            hint = f"dlmslite objects {meter.url} shows what there is"
            yield Finding(f"meters.{meter.name}.series", "W-NO-SERIES", message, hint)
    for load in _loads(config):
        yield from _warned(f"line {load.line}", load.warnings())


def _warned(key: str, warnings: Iterable[Warned]) -> Iterator[Finding]:
    for warning in warnings:
        yield Finding(key, warning.code, warning.message)


def _loads(config: BridgeConfig) -> Iterator[LineLoad]:
    """How much of each line's time its meters take, from what the store knows of their polls."""
    meters, polls = {meter.name: meter for meter in config.meters}, dict[str, float]()
    path = Path(config.store.path)
    if path.exists():
        clock = SystemClock()
        store = SqliteStore.open_read_only(path, clock, Metrics())
        try:
            for record in store.meters():
                meters.setdefault(record.name, record.settings)
                rows = store.meter_metrics(record.name, clock.utc_ms() - DAY_MS)
                took = [row.read_seconds_avg for row in rows if row.read_seconds_avg is not None]
                if took:
                    polls[record.name] = took[-1]
        finally:
            store.close()
    lines: dict[str, list[MeterSettings]] = {}
    for meter in meters.values():
        lines.setdefault(meter.endpoint, []).append(meter)
    for line, sharing in lines.items():
        paces = (
            Pace.of(meter, polls.get(meter.name), None, alone=len(sharing) == 1)
            for meter in sharing
        )
        yield LineLoad(line, tuple(paces))
