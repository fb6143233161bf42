"""Installs the service, step by step, and takes it away again.

Everything that can be refused is refused before the first step. Each step says what it does before
it does it, and may be done again: an installation that was broken off is simply run once more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from dlmslite_daemon.cli.service.host import Host
from dlmslite_daemon.cli.service.unit import (
    CONFIGURATION,
    NAME,
    OLD_NAME,
    STATE,
    UNIT_FOLDER,
    USER,
    Unit,
)
from dlmslite_daemon.errors import BridgeError

STORE = f"{STATE}/bridge.db"
KEY = f"{STATE}/bridge.key"
OLD_UNIT = f"{UNIT_FOLDER}/{OLD_NAME}"
OLD_KEPT = f"{OLD_UNIT}.before-dlmslite"
_HOMES = ("/home/", "/root/", "/run/user/")  # what ProtectHome= hides from the service
_FIRST_CONFIGURATION = f"""\
# dlmslite-bridge. Meters and sinks are in the store: 'dlmslite-bridge meter add', 'sink add'.

[store]
path = "{STORE}"
"""

Say = Callable[[str], None]


@frozen
class Wish:
    """What is installed.

    Attributes:
        store: A sound copy of the store to begin with, or None for an empty one.
        key: The key file that belongs to that store, or None.
        serial: Whether a line is a serial port.
        replace_old: Whether the old bridge's unit is stopped and moved aside.
    """

    store: str | None = None
    key: str | None = None
    serial: bool = False
    replace_old: bool = False


def check_host(host: Host) -> None:
    """Refuse a machine or a program that cannot become a service.

    Raises:
        BridgeError: Why not, and the command that helps.
    """
    if not host.is_root():
        raise BridgeError(
            "a service is installed by root",
            code="E-NOT-ROOT",
            hint="run it again with sudo",
        )
    if not host.has_systemd():
        raise BridgeError(
            "systemd does not run this machine",
            code="E-NO-SYSTEMD",
            hint="run 'dlmslite-bridge run' under the supervisor that does",
        )
    program = str(host.program())
    if program.startswith(_HOMES):
        raise BridgeError(
            f"{program} is in a home directory, which the service cannot see",
            code="E-PROGRAM-PLACE",
            hint="python3 -m venv /opt/dlmslite && /opt/dlmslite/bin/pip install 'dlmslite[bridge]'"
            " && /opt/dlmslite/bin/dlmslite-bridge install-service",
        )


def check_store(host: Host, wish: Wish) -> None:
    """Refuse to write over a store that is there.

    Raises:
        BridgeError: There is one already (``E-EXISTS``).
    """
    if wish.store is not None and host.exists(STORE):
        raise BridgeError(
            f"{STORE} is there already, and is not written over",
            code="E-EXISTS",
            hint="leave --from out to keep it, or move it aside first",
        )


def install(host: Host, wish: Wish, say: Say) -> None:
    """Make user, folders, configuration and unit, and start the service.

    Args:
        host: The machine; ``check_host`` has passed it.
        wish: What is installed.
        say: Told before each step.

    Raises:
        BridgeError: A step failed; what was done before it stays, and may be done again.
    """
    _make_user(host, wish, say)
    say(f"folder {STATE}")
    host.make_folder(STATE, 0o750, USER)
    for source, target, what in ((wish.store, STORE, "store"), (wish.key, KEY, "sealing key")):
        if source is not None:
            say(f"{what} {source} → {target}")
            host.copy(source, target, 0o600, USER)
    if not host.exists(CONFIGURATION):
        say(f"configuration {CONFIGURATION}")
        host.make_folder(str(Path(CONFIGURATION).parent), 0o750, USER)
        host.write(CONFIGURATION, _FIRST_CONFIGURATION, 0o644)
    if wish.replace_old and host.exists(OLD_UNIT):
        say(f"the old bridge stops; its unit → {OLD_KEPT}")
        host.run("systemctl", "disable", "--now", OLD_NAME)
        host.move(OLD_UNIT, OLD_KEPT)
    unit = Unit(str(host.program()), serial=wish.serial, replaces_old=not host.exists(OLD_UNIT))
    say(f"unit {UNIT_FOLDER}/{NAME}")
    host.write(f"{UNIT_FOLDER}/{NAME}", unit.text(), 0o644)
    host.run("systemctl", "daemon-reload")
    say("start, and wait until it is ready")
    host.run("systemctl", "enable", NAME)
    host.run("systemctl", "restart", NAME)


def health(host: Host) -> str:
    """What the service that was installed says of itself, through its own door."""
    return host.said(str(host.program()), "--config", CONFIGURATION, "health")


def uninstall(host: Host, say: Say) -> None:
    """Stop the service and take its unit away; store, configuration and user stay.

    Raises:
        BridgeError: It is not installed (``E-NOT-INSTALLED``), or a step failed.
    """
    path = f"{UNIT_FOLDER}/{NAME}"
    if not host.exists(path):
        raise BridgeError(f"there is no {path}", code="E-NOT-INSTALLED")
    say("stop and disable")
    host.run("systemctl", "disable", "--now", NAME)
    say(f"remove {path}")
    host.remove(path)
    host.run("systemctl", "daemon-reload")


def _make_user(host: Host, wish: Wish, say: Say) -> None:
    if not host.succeeds("getent", "group", USER):
        say(f"group {USER}")
        host.run("groupadd", "--system", USER)
    if not host.succeeds("getent", "passwd", USER):
        say(f"user {USER}")
        host.run(
            "useradd", "--system", "--gid", USER, "--home-dir", STATE, "--no-create-home",
            "--shell", "/usr/sbin/nologin", USER,
        )  # fmt: skip
    if wish.serial:
        say(f"user {USER} may use serial ports (group dialout)")
        host.run("usermod", "--append", "--groups", "dialout", USER)
