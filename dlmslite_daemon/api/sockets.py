"""Where the Unix socket stands: one rule for the daemon that makes it and for whoever looks for it.

``api.socket`` if it is set; else ``bridge.sock`` in the runtime directory that systemd gives; else
beside the store, so that daemons with stores of their own never meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dlmslite_daemon.config.schema import BridgeConfig

NAME = "bridge.sock"
SERVICE_DIRECTORY = Path("/run/dlmslite")  # RuntimeDirectory= of the installed service


def served(config: BridgeConfig, environ: Mapping[str, str]) -> Path:
    """Where the daemon makes its socket."""
    if config.api.socket:
        return Path(config.api.socket)
    # systemd separates several directories by colons; ours is the first.
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(runtime) / NAME if runtime else Path(config.store.path).parent / NAME


def sought(config: BridgeConfig) -> Path:
    """Where the command line looks for it: beside the store, else where the service has it."""
    if config.api.socket:
        return Path(config.api.socket)
    beside = Path(config.store.path).parent / NAME
    service = SERVICE_DIRECTORY / NAME
    return beside if beside.exists() or not service.exists() else service
