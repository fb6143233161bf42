"""Puts the application on its sockets, in a thread of its own; the only importer of uvicorn.

Two doors lead to one application. Whoever comes through the Unix socket passed the file's mode
(0660) and is the operator of this machine; whoever comes over TCP must show a token. Which door it
was is told by the listener, never by anything in the request.
"""

from __future__ import annotations

import asyncio
import contextlib
import grp
import logging
import os
import socket
import threading
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from dlmslite_daemon.api.auth import through
from dlmslite_daemon.errors import BridgeError

SOCKET_MODE = 0o660
CONNECTIONS_MAX = 100  # at once and per door; more are told 503 by uvicorn
GRACE = 3  # seconds that a running request gets at the end
START = 10.0  # seconds in which the sockets must serve
HEAD_MAX = 16 * 1024  # octets of a request's head


class Server:
    """The API's two doors and the thread behind them.

    Args:
        app: The application.
        path: Where the Unix socket stands; None for none.
        group: Who may use it, beside ourselves; left as it is where there is no such group.
        host: Address of the TCP door; None for none.
        port: Its port; 0 takes a free one.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: Path | None,
        group: str = "dlmslite",
        host: str | None = "127.0.0.1",
        port: int = 5001,
    ) -> None:
        self._app = app
        self._path = path
        self._group = group
        self._host = host
        self._port = port
        self._servers: list[uvicorn.Server] = []
        self._sockets: list[socket.socket] = []
        self._thread: threading.Thread | None = None
        self.address: tuple[str, int] | None = None

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def url(self) -> str | None:
        """The URL of the TCP door; None while there is none."""
        if self.address is None:
            return None
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        """Bind both doors and serve.

        Raises:
            BridgeError: A socket is taken or may not be made (``E-API-SOCKET``, ``E-API-PORT``),
                or the server did not come up (``E-API``).
        """
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        try:
            if self._path is not None:
                self._add(_unix_socket(self._path, self._group), local=True)
            if self._host is not None:
                bound = _tcp_socket(self._host, self._port)
                self.address = bound.getsockname()[:2]
                self._add(bound, local=False)
        except BridgeError:
            self._unbind()
            raise
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._thread.start()
        started = threading.Event()
        for _ in range(int(START / 0.01)):
            if all(server.started for server in self._servers) or not self.alive:
                break
            started.wait(0.01)
        if not all(server.started for server in self._servers):
            self.stop()
            raise BridgeError("the API's sockets do not serve; the log says why", code="E-API")

    def stop(self) -> None:
        """End what runs, close both doors and take the socket's file away."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACE + 2)
        self._unbind()

    def _add(self, bound: socket.socket, *, local: bool) -> None:
        config = uvicorn.Config(
            through(self._app, local=local),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,  # structlog is set up once, by logs.py
            access_log=False,
            proxy_headers=False,  # nobody may say who he is in a header
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=HEAD_MAX,
        )
        self._servers.append(uvicorn.Server(config))
        self._sockets.append(bound)

    def _serve(self) -> None:
        asyncio.run(self._serve_all())

    async def _serve_all(self) -> None:
        doors = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve([bound]) for server, bound in doors))

    def _unbind(self) -> None:
        # uvicorn closes the sockets that it served; those that never served are still open.
        for bound in self._sockets:
            bound.close()
        if self._sockets and self._path is not None:
            self._path.unlink(missing_ok=True)
        self._sockets.clear()
        self._servers.clear()


def _unix_socket(path: Path, group: str) -> socket.socket:
    """Bind the socket's file; mode and group are set before anybody can connect."""
    hint = "set api.socket to a path in a folder that the daemon may write to"
    if _answers(path):
        raise BridgeError(
            f"another daemon serves {path}",
            code="E-API-SOCKET",
            hint="stop it, or give this one its own api.socket",
        )
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        bound.bind(str(path))
        # Until listen(), which uvicorn calls, a connect is refused: no moment with other rights.
        path.chmod(SOCKET_MODE)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
    except OSError as error:
        bound.close()
        raise BridgeError(
            f"the socket {path} cannot be made: {error.strerror or error}",
            code="E-API-SOCKET",
            hint=hint,
        ) from error
    return bound


def _answers(path: Path) -> bool:
    """Whether somebody listens on a Unix socket; a file left behind by a crash does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _tcp_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise BridgeError(
            f"port {port} of {host} cannot be used: {error.strerror or error}",
            code="E-API-PORT",
            hint="set api.port to another one, or to 0 for any",
        ) from error
    return bound
