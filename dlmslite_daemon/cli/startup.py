"""A configuration to a daemon with its API: what ``run`` and ``demo`` have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from attrs import field, frozen

from dlmslite_daemon import logs
from dlmslite_daemon.api.app import make_app
from dlmslite_daemon.api.auth import first_token
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.logbook import Logbook
from dlmslite_daemon.api.operations import Operations
from dlmslite_daemon.api.serve import Server
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.sessions import BY_LINK, Sessions
from dlmslite_daemon.api.sockets import served
from dlmslite_daemon.assemble import Bridge, assemble
from dlmslite_daemon.clock import Clock, SystemClock
from dlmslite_daemon.config.schema import BridgeConfig, LogFormat
from dlmslite_daemon.config.secrets import Secret, Secrets
from dlmslite_daemon.engine.reload import Reload
from dlmslite_daemon.engine.systemd import Systemd
from dlmslite_daemon.engine.tuning import check_tables
from dlmslite_daemon.reports.base import Sources
from dlmslite_daemon.reports.desk import ReportDesk
from dlmslite_daemon.sinks.base import sink_of

TOKEN_FILE = "api-token"  # noqa: S105 - the name of the file that holds the first token


@frozen
class Places:
    """Where a daemon that has started can be found.

    Attributes:
        store: The store's file.
        socket: The Unix socket.
        address: The URL of the TCP door; None if there is none.
        token_file: The file with the first admin's token; None if it was not made now.
        link: Opens the page once, within ten minutes; None if there is no address.
    """

    store: str
    socket: str
    address: str | None
    token_file: str | None
    link: str | None = field(default=None, repr=False)


class _Announcement:
    """The last service to start: everything before it serves by then."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say

    def start(self) -> None:
        """Say it."""
        self._say()

    def stop(self) -> None:
        """Nothing runs."""


def make_daemon(
    config: BridgeConfig,
    environ: Mapping[str, str],
    announce: Callable[[Places], None],
    *,
    make_folder: bool,
    log_to: TextIO | None = None,
    again: Callable[[], BridgeConfig] | None = None,
) -> Bridge:
    """A daemon with its API, ready to run.

    Args:
        config: What it is told.
        environ: The environment.
        announce: Called once, when it serves.
        make_folder: Whether the store's folder is made when it is missing.
        log_to: Where its log goes; None for standard error.
        again: Reads the configuration anew when SIGHUP asks; None where there is no file.

    Raises:
        ConfigError: A table makes no sense.
        StoreError: The store cannot be opened.
        BridgeError: The first token cannot be written.
    """
    clock = SystemClock()
    ring = logs.LogRing(config.log.lines, clock.utc_ms())
    _log(config, clock, ring, log_to)
    secrets = make_secrets(config, environ)
    bridge = assemble(config, secrets, clock=clock, make_folder=make_folder)
    token = _first_token(bridge)
    sessions = Sessions(clock)
    services = _services(bridge, ring, sessions, lambda: server.url)
    path = served(config, environ)
    server = Server(
        make_app(services), path=path, host=config.api.host or None, port=config.api.port
    )

    def say() -> None:
        link = _link(server.url, sessions)
        file = str(token) if token else None
        announce(Places(config.store.path, str(path), server.url, file, link))

    bridge.serve_with(server)
    bridge.serve_with(services.streams)  # stopped before the server: nobody's stream holds it up
    bridge.serve_with(_Announcement(say))
    systemd = Systemd(environ, clock, lambda: bridge.threads)
    if again is not None:
        read = again

        def take() -> None:
            fresh = read()
            check(fresh, environ)
            bridge.reload(fresh)
            _log(fresh, clock, ring, log_to)

        _hear_hangups(bridge, systemd, take)
    if systemd.is_asked:
        bridge.employ(systemd)
        bridge.serve_with(systemd)  # the last to start: what it calls ready is
    return bridge


def _log(config: BridgeConfig, clock: Clock, ring: logs.LogRing, stream: TextIO | None) -> None:
    as_json = config.log.format is LogFormat.JSON
    logs.set_up(clock, level=config.log.level, json=as_json, ring=ring, stream=stream)


def _reports(bridge: Bridge) -> ReportDesk:
    sources = Sources(bridge.store, bridge.clock, bridge.control.health)
    return ReportDesk(sources, bridge.recorder.flush)


def _services(
    bridge: Bridge, ring: logs.LogRing, sessions: Sessions, address: Callable[[], str | None]
) -> Services:
    """What the API asks of a daemon."""
    return Services(
        store=bridge.store,
        clock=bridge.clock,
        operations=Operations(bridge.clock),
        seal=lambda text: bridge.secrets.seal(Secret(text)),
        control=bridge.control,
        refit=bridge.refit,
        sessions=sessions,
        settings=bridge.config.api,
        metrics=bridge.metrics,
        log=Logbook(bridge.store, ring, bridge.frames),
        address=address,
        alarms=bridge.alarms,
        reports=_reports(bridge),
        care=bridge.care,
        diagnosis=bridge.diagnosis,
        scan=bridge.scan,
        passages=bridge.passages,
    )


def _hear_hangups(bridge: Bridge, systemd: Systemd, take: Callable[[], None]) -> None:
    """Let SIGHUP take the configuration anew, and systemd know meanwhile."""

    def anew() -> None:
        systemd.reloading()
        try:
            take()
        finally:
            systemd.start()

    reload = Reload(bridge.clock, anew)
    bridge.employ(reload)
    bridge.on_hangup = reload.ask


def _link(address: str | None, sessions: Sessions) -> str | None:
    """A sign-in link for the page; None where there is no TCP door."""
    if address is None:
        return None
    return f"{address}/signin?code={sessions.make_link(Caller(BY_LINK, Role.ADMIN))}"


def _first_token(bridge: Bridge) -> Path | None:
    path = Path(bridge.config.store.path).parent / TOKEN_FILE
    try:
        return first_token(bridge.store, bridge.clock, path)
    except BaseException:
        bridge.close()
        raise


def make_secrets(config: BridgeConfig, environ: Mapping[str, str]) -> Secrets:
    """What opens the secrets of a configuration: its key file, or the one beside the store."""
    key_file = config.secrets.key_file or str(Path(config.store.path).parent / "bridge.key")
    return Secrets(Path(key_file), environ)


def check(config: BridgeConfig, environ: Mapping[str, str]) -> None:
    """Find what would be found at the start or later, without starting anything.

    Raises:
        ConfigError: A sink, a policy or a reference to a secret makes no sense; names its key.
    """
    secrets = make_secrets(config, environ)
    for meter in config.meters:
        if meter.password:
            secrets.reveal(meter.password, f"meters.{meter.name}.password")
        check_tables(meter.policies, f"meters.{meter.name}.policies", config.policies)
    check_tables(config.policies, "policies")
    for sink in config.sinks:
        made = sink_of(sink)
        if made.secret:
            secrets.reveal(made.secret, f"sinks.{sink.name}.secret")
