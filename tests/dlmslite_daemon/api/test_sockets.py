"""The daemon and the command line agree on where the socket is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmslite_daemon.api import sockets
from dlmslite_daemon.config.schema import ApiSettings, BridgeConfig, StoreSettings


def config(tmp_path: Path, socket: str = "") -> BridgeConfig:
    store = StoreSettings(path=str(tmp_path / "bridge.db"))
    return BridgeConfig(store=store, api=ApiSettings(socket=socket))


def test_what_the_configuration_says_comes_first(tmp_path: Path) -> None:
    said = config(tmp_path, "/somewhere/b.sock")
    assert sockets.served(said, {"RUNTIME_DIRECTORY": "/run/x"}) == Path("/somewhere/b.sock")
    assert sockets.sought(said) == Path("/somewhere/b.sock")


def test_the_service_has_it_in_its_first_runtime_directory(tmp_path: Path) -> None:
    environ = {"RUNTIME_DIRECTORY": "/run/dlmslite:/run/other"}
    assert sockets.served(config(tmp_path), environ) == Path("/run/dlmslite/bridge.sock")


def test_otherwise_it_stands_beside_the_store(tmp_path: Path) -> None:
    beside = tmp_path / "bridge.sock"
    assert sockets.served(config(tmp_path), {}) == beside
    assert sockets.sought(config(tmp_path)) == beside


def test_the_service_is_found_unless_a_socket_stands_beside_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "run"
    service.mkdir()
    (service / "bridge.sock").touch()
    monkeypatch.setattr(sockets, "SERVICE_DIRECTORY", service)
    assert sockets.sought(config(tmp_path)) == service / "bridge.sock"
    (tmp_path / "bridge.sock").touch()
    assert sockets.sought(config(tmp_path)) == tmp_path / "bridge.sock"
