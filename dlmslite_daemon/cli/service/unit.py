"""The systemd unit of the daemon, as text.

``Type=notify``: systemd waits until every meter's thread runs, and restarts the service when the
watchdog is no longer fed. Everything that the daemon does not need is taken away from it; what it
does need is said beside the line. ``systemd-analyze verify`` and ``security`` read it in a test.
"""

from __future__ import annotations

from attrs import frozen

NAME = "dlmslite-bridge.service"
OLD_NAME = "dlms-multi-meter.service"  # of the bridge that this one replaces
USER = "dlmslite"
STATE = "/var/lib/dlmslite"
CONFIGURATION = "/etc/dlmslite/bridge.toml"
UNIT_FOLDER = "/etc/systemd/system"
WATCHDOG_SECONDS = 60

_UNIT = """\
[Unit]
Description=DLMS/COSEM meters to MQTT (dlmslite-bridge)
Wants=network-online.target
After=network-online.target time-sync.target mosquitto.service

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} --config {configuration} run
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=10
WatchdogSec={watchdog}
# SIGTERM ends it within 10 s, with every association released.
TimeoutStopSec=20

User={user}
Group={user}
{serial_groups}StateDirectory=dlmslite
StateDirectoryMode=0750
ConfigurationDirectory=dlmslite
RuntimeDirectory=dlmslite
# The socket in it has mode 0660: the group may use the command line without a token.
RuntimeDirectoryMode=0750
UMask=0027
# A descriptor for each meter, and some.
LimitNOFILE=65536

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
# The locks that keep 'dlmslite read' off a line that the service talks on.
ReadWritePaths=-/run/lock
ProtectHome=yes
PrivateTmp=yes
{devices}
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
# Netlink: the resolver asks which addresses this machine has.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Raising the limit of open descriptors is all that it asks of these.
SystemCallFilter=prlimit64 setrlimit
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
{alias}"""

_SERIAL_DEVICES = """\
# Serial lines, and no other device.
DevicePolicy=closed
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw"""


@frozen
class Unit:
    """What differs from machine to machine.

    Attributes:
        program: The command, an absolute path.
        serial: Whether a line is a serial port.
        replaces_old: Whether the unit also answers to the name of the old bridge's.
        configuration: The daemon's configuration, an absolute path.
    """

    program: str
    serial: bool = False
    replaces_old: bool = False
    configuration: str = CONFIGURATION

    def text(self) -> str:
        """The whole unit file."""
        return _UNIT.format(
            program=self.program,
            configuration=self.configuration,
            watchdog=WATCHDOG_SECONDS,
            user=USER,
            serial_groups="SupplementaryGroups=dialout\n" if self.serial else "",
            devices=_SERIAL_DEVICES if self.serial else "PrivateDevices=yes",
            alias=f"Alias={OLD_NAME}\n" if self.replaces_old else "",
        )
