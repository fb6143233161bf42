"""What a configuration may say, as attrs.

``config/load.py`` structures TOML into these classes with cattrs; importers, the API and the
command line build meters and sinks with the same classes, so one set of checks serves all. A check
that fails raises ``ConfigError`` with the name of the field; the loader puts the rest of the dotted
path in front.

Tables of policies and the options of sinks stay plain mappings here: their classes stand in the
registries above, and ``assemble.py`` structures them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

from attrs import field, frozen

from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.errors import ConfigError, SecretError

MIN_INTERVAL = 1.0  # s; a shorter poll interval is refused (bridge.md 4)
HASTY_INTERVAL = 5.0  # s; below it the operator is warned
BATTERY_INTERVAL = 900.0  # s; at least so long between two sessions of a meter on battery

SECRET_SCHEMES = ("env", "file", "credential", "sealed")
"""How a secret may be referred to: ``env:NAME``, ``file:/path``, ``credential:NAME`` (systemd),
``sealed:TEXT`` (what ``config/secrets.py`` sealed)."""

# Names appear in topics, paths and commands: no separators and wildcards of MQTT, no space, not
# digits alone (a meter is named by its number too), not dots alone (the path of a folder).
_NAME = re.compile(r"(?!\d+\Z)(?!\.+\Z)[\w.-]{1,64}\Z")
_OBIS = re.compile(r"\d{1,3}(?:[.:*\-]\d{1,3}){5}\Z")

Table = Mapping[str, object]
"""A table that somebody above structures."""


class Auth(StrEnum):
    """How a meter is convinced of who we are."""

    NONE = "none"
    """No authentication, as the public client."""
    LLS = "lls"
    """Low-level security: a password."""


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


def check_name(name: str, key: str = "name") -> None:
    """Refuse a name of a meter, series or sink that would not survive a topic or a command.

    Raises:
        ConfigError: It would not.
    """
    if not _NAME.match(name):
        raise ConfigError(
            f"{name!r} is no name",
            key=key,
            hint="1 to 64 letters, digits, '_', '-' or '.', and not digits alone",
        )


def check_secret(reference: str, key: str) -> None:
    """Refuse a secret that stands in the open where only a reference to it may stand.

    Raises:
        SecretError: It is not empty and refers to no place; its text is not in the message.
    """
    scheme, colon, rest = reference.partition(":")
    if reference and (not colon or not rest or scheme not in SECRET_SCHEMES):
        raise SecretError(
            "a secret does not stand here itself",
            key=key,
            code="E-SECRET-PLAIN",
            hint="use env:NAME, file:/path, credential:NAME or sealed:TEXT",
        )


@frozen
class SeriesSettings:
    """One named measurement of a meter.

    Attributes:
        key: The key used in payloads, such as ``voltage``.
        obis: The logical name, six numbers.
        class_id: The interface class; None lets the object list or the default (3) decide.
        attribute: The attribute; 2 is the value.
        unit: The unit to show when the meter gives none.
        enabled: Whether it is read.
    """

    key: str
    obis: str
    class_id: int | None = None
    attribute: int = 2
    unit: str = ""
    enabled: bool = True

    def __attrs_post_init__(self) -> None:
        check_name(self.key, "key")
        groups = [int(group) for group in re.findall(r"\d+", self.obis)]
        if not _OBIS.match(self.obis) or max(groups) > 255:
            raise ConfigError(
                f"{self.obis!r} is no OBIS code", key="obis", hint="for example 1.0.1.8.0.255"
            )
        if self.class_id is not None and not 0 <= self.class_id <= 0xFFFF:
            raise ConfigError("an interface class is 0 to 65535", key="class_id")
        # Attribute numbers are signed octets; negative ones belong to the manufacturer.
        if not -128 <= self.attribute <= 127:
            raise ConfigError("an attribute is -128 to 127", key="attribute")


@frozen
class MeterSettings:
    """One logical device: where it is, who we are to it, what is read and how often.

    Attributes:
        name: Its name: in topics, payloads and commands.
        url: Where it is, such as ``tcp+hdlc://10.0.0.5:3333`` or ``tcp://10.0.0.6:4059``; never
            with a password inside.
        client: The client address (16 is the public client).
        server: The server address: the logical device.
        physical: The physical device beside it, where the meter's HDLC address has one; or None.
        auth: How it is convinced of who we are.
        password: A reference to the secret, or empty.
        every: The poll interval, s.
        timeout: The response timeout of the line, s: the upper bound of the adaptive deadline.
        pause: What this meter needs between an answer and the next request, s.
        release_after: The association is released after each poll when the interval is longer, s;
            a converter drops an idle line at 30 s.
        zone: The IANA zone of the meter's clock when it gives no deviation, or empty.
        max_info: The HDLC information field to propose, or None for the default.
        window: The HDLC window to propose, or None.
        max_pdu: The largest APDU to accept, or None.
        quirks: Known departures from the standard, by the names of the library's ``Quirks``.
        series: What is read.
        policies: Policy settings that differ for this meter: policy name to table.
        paused: Whether it begins paused.
        battery: Whether it lives on a battery: sessions are rare, and no failure is hurried after.
        profile: The device profiles that it was set up with, by name; for people.
    """

    name: str
    url: str
    client: int = 16
    server: int = 1
    physical: int | None = None
    auth: Auth = Auth.NONE
    password: str = ""
    every: float = 60.0
    timeout: float = 10.0
    pause: float = 0.0
    release_after: float = 25.0
    zone: str = ""
    max_info: int | None = None
    window: int | None = None
    max_pdu: int | None = None
    quirks: Table = field(factory=dict)
    series: tuple[SeriesSettings, ...] = ()
    policies: Mapping[str, Table] = field(factory=dict)
    paused: bool = False
    battery: bool = False
    profile: str = ""

    def __attrs_post_init__(self) -> None:
        check_name(self.name)
        if self.name == "bridge":
            raise ConfigError("the daemon itself has this name in topics and alarms", key="name")
        check_secret(self.password, "password")
        check_url(self.url)
        if self.every < MIN_INTERVAL:
            raise ConfigError(f"an interval below {MIN_INTERVAL:g} s wears a meter", key="every")
        if self.battery and self.every < BATTERY_INTERVAL:
            least = f"{BATTERY_INTERVAL / 60:g} min"
            raise ConfigError(f"a meter on battery rests {least} between sessions", key="every")
        if self.timeout <= 0:
            raise ConfigError("a timeout is longer than nothing", key="timeout")
        for key, seconds in (("pause", self.pause), ("release_after", self.release_after)):
            if seconds < 0:
                raise ConfigError("it is not negative", key=key)
        if self.auth is Auth.LLS and not self.password:
            raise ConfigError("auth = 'lls' needs a password", key="password")
        if self.auth is Auth.NONE and self.password:
            raise ConfigError("auth = 'none' takes no password; say auth = 'lls'", key="auth")
        for key, value, low, high in (
            ("client", self.client, 1, 0x7F),
            ("server", self.server, 0, 0x3FFF),
            ("physical", self.physical, 0, 0x3FFF),
            ("max_info", self.max_info, 32, 2030),
            ("window", self.window, 1, 7),
            ("max_pdu", self.max_pdu, 64, 0xFFFF),
        ):
            if value is not None and not low <= value <= high:
                raise ConfigError(f"{value} is not {low} to {high}", key=key)
        keys = [series.key for series in self.series]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigError(f"{key!r} stands twice", key="series")

    @property
    def address(self) -> int | tuple[int, int]:
        """The server address: the logical device, with the physical one where it has one."""
        return self.server if self.physical is None else (self.server, self.physical)

    @property
    def endpoint(self) -> str:
        """The wire: meters with the same endpoint share one line and one thread."""
        return urlsplit(self.url).netloc.rpartition("@")[2] or urlsplit(self.url).path


SCHEMES = ("tcp+hdlc", "tcp", "udp", "serial")


def check_url(url: str, key: str = "url") -> None:
    """Refuse a URL without scheme or place, and one that carries a password.

    Raises:
        ConfigError: It is refused; the message does not repeat what may be a secret.
    """
    try:
        parts = urlsplit(url)
        secret = parts.password is not None
        place = parts.hostname or parts.path
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        raise ConfigError("it is no URL", key=key, hint="for example tcp://10.0.0.5:3333") from None
    if secret:
        raise SecretError("a password never stands in a URL", key=key, code="E-SECRET-PLAIN")
    if not parts.scheme or not place:
        raise ConfigError(
            f"{url!r} has no scheme or no host", key=key, hint="for example tcp://10.0.0.5:3333"
        )
    if parts.scheme not in SCHEMES:
        raise ConfigError(
            f"{parts.scheme!r} is nothing that a meter speaks",
            key=key,
            hint="the forms known are " + ", ".join(f"{scheme}://" for scheme in SCHEMES),
        )


@frozen
class SinkSettings:
    """One destination.

    Attributes:
        name: Its name: in commands, alarms and metrics.
        kind: Which sink: ``mqtt``, ``thingsboard`` …; a name of the sinks' registry.
        enabled: Whether it is delivered to.
        options: The rest of its table; the sink's own class structures it.
    """

    name: str
    kind: str
    enabled: bool = True
    options: Table = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        check_name(self.name)


@frozen
class StoreSettings:
    """Where and how readings are kept.

    Attributes:
        path: The SQLite file.
        group_commit: How long a commit waits for company, s; a second spares flash cards.
        waiting_limit: How much may wait for a commit, octets; above it batches are refused.
        backups: How many backups are kept.
    """

    path: str = "data/bridge.db"
    group_commit: float = 0.2
    waiting_limit: int = 5_000_000
    backups: int = 7

    def __attrs_post_init__(self) -> None:
        if not self.path:
            raise ConfigError("it is empty", key="path")
        if not 0 <= self.group_commit <= 10:
            raise ConfigError("a commit waits 0 to 10 s", key="group_commit")
        if self.waiting_limit < 100_000:
            raise ConfigError("less than 100000 octets cannot hold a batch", key="waiting_limit")
        if self.backups < 1:
            raise ConfigError("at least one backup is kept", key="backups")


@frozen
class ApiSettings:
    """Where the REST API listens.

    Attributes:
        host: The address of the TCP side; empty for the socket alone.
        port: Its port; 0 takes a free one.
        socket: The Unix socket; empty puts ``bridge.sock`` into the runtime directory.
        legacy_read: Whether the old bridge's GET paths are answered without a token; on loopback
            only.
        requests: How many requests a second one address may make over TCP, in the long run.
        streams: How many may follow the log, the frames and the fleet at once.
    """

    host: str = "127.0.0.1"
    port: int = 5001
    socket: str = ""
    legacy_read: bool = False
    requests: float = 50.0
    streams: int = 32

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.port <= 0xFFFF:
            raise ConfigError("a port is 0 to 65535", key="port")
        if self.legacy_read and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ConfigError(
                "it answers without a token, and so on loopback only",
                key="legacy_read",
                hint="set api.host to 127.0.0.1, or give the old clients tokens",
            )
        if self.requests < 1:
            raise ConfigError("at least one a second", key="requests")
        if not 1 <= self.streams <= 64:
            raise ConfigError("it is 1 to 64", key="streams")


@frozen
class LogSettings:
    """How and what is logged.

    Attributes:
        format: Text for people or JSON for collectors.
        level: The lowest level written: debug, info, warning, error.
        lines: How many recent lines are kept in memory, for the whole process.
    """

    format: LogFormat = LogFormat.TEXT
    level: str = "info"
    lines: int = 20_000

    def __attrs_post_init__(self) -> None:
        if self.level not in {"debug", "info", "warning", "error"}:
            raise ConfigError("it is debug, info, warning or error", key="level")
        if self.lines < 100:
            raise ConfigError("at least 100 lines are kept", key="lines")


@frozen
class SecretSettings:
    """Where the key is that seals secrets in the store.

    Attributes:
        key_file: The key file; empty puts ``bridge.key`` beside the store. Made at first need.
    """

    key_file: str = ""


@frozen
class BridgeConfig:
    """A whole configuration. Every part has defaults; none is needed.

    Attributes:
        store: Where readings are kept.
        api: Where the API listens.
        log: How is logged.
        secrets: Where the sealing key is.
        retention: How long what is kept.
        policies: Policy settings for all meters: policy name to table.
        meters: Meters that the file names; they are entered into the store at the start.
        sinks: Sinks that the file names; likewise.
    """

    store: StoreSettings = field(factory=StoreSettings)
    api: ApiSettings = field(factory=ApiSettings)
    log: LogSettings = field(factory=LogSettings)
    secrets: SecretSettings = field(factory=SecretSettings)
    retention: RetentionSettings = field(factory=RetentionSettings)
    policies: Mapping[str, Table] = field(factory=dict)
    meters: tuple[MeterSettings, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()

    def __attrs_post_init__(self) -> None:
        for what, names in (
            ("meters", [meter.name for meter in self.meters]),
            ("sinks", [sink.name for sink in self.sinks]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ConfigError(f"{name!r} stands twice", key=what)
