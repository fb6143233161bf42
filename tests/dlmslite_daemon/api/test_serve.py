"""Two doors to one application: the Unix socket with its mode, TCP on loopback; both end clean."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from rig.threads import no_thread_left

from dlmslite_daemon.api.caller import LOCAL
from dlmslite_daemon.api.serve import Server
from dlmslite_daemon.errors import BridgeError


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    @app.get("/door")
    def door(request: Request) -> dict[str, bool]:
        return {"local": request.scope[LOCAL]}

    return app


@pytest.fixture
def server(app: FastAPI, tmp_path: Path) -> Iterator[Server]:
    server = Server(app, path=tmp_path / "run" / "b.sock", port=0)
    server.start()
    yield server
    server.stop()


def over_socket(path: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://bridge")


def test_the_listener_tells_the_door_and_no_header_does(server: Server, tmp_path: Path) -> None:
    with over_socket(tmp_path / "run" / "b.sock") as client:
        assert client.get("/door").json() == {"local": True}
    assert server.address is not None
    host, port = server.address
    assert host == "127.0.0.1"
    forged = {"X-Forwarded-For": "", "Host": "bridge"}
    assert httpx.get(f"http://{host}:{port}/door", headers=forged).json() == {"local": False}


def test_the_socket_is_for_owner_and_group_alone(server: Server, tmp_path: Path) -> None:
    assert server.alive
    assert stat.S_IMODE((tmp_path / "run" / "b.sock").stat().st_mode) == 0o660


def test_a_stop_ends_the_thread_and_takes_the_socket_away(app: FastAPI, tmp_path: Path) -> None:
    with no_thread_left():
        server = Server(app, path=tmp_path / "b.sock", port=0)
        server.start()
        server.stop()
        server.stop()
        assert not server.alive
    assert not (tmp_path / "b.sock").exists()


def test_a_socket_left_behind_by_a_crash_is_replaced(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "b.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = Server(app, path=path, host=None)
    server.start()
    with over_socket(path) as client:
        assert client.get("/door").json() == {"local": True}
    server.stop()


def test_a_second_daemon_does_not_take_the_socket(
    server: Server, app: FastAPI, tmp_path: Path
) -> None:
    path = tmp_path / "run" / "b.sock"
    with pytest.raises(BridgeError) as caught:
        Server(app, path=path, host=None).start()
    assert caught.value.code == "E-API-SOCKET"
    assert server.alive
    assert path.exists()


def test_a_path_that_cannot_be_is_said_with_its_key(app: FastAPI, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"api\.socket"):
        Server(app, path=tmp_path / ("x" * 120) / "b.sock", host=None).start()


def test_a_taken_port_is_said_with_its_key_and_the_socket_goes_again(
    server: Server, app: FastAPI, tmp_path: Path
) -> None:
    assert server.address is not None
    second = Server(app, path=tmp_path / "c.sock", port=server.address[1])
    with pytest.raises(BridgeError, match=r"api\.port") as caught:
        second.start()
    assert caught.value.code == "E-API-PORT"
    assert not (tmp_path / "c.sock").exists()
