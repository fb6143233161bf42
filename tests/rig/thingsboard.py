"""ThingsBoard's REST API, as far as making a gateway device needs it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

KEY = "a-short-lived-key"


@define(eq=False)
class ThingsBoard:
    """A tenant with one administrator.

    Attributes:
        user: Who may log in.
        password: With what.
        devices: The devices that there are: name to number.
        kind: How the devices show who they are.
        asked: Every request: method and path.
        bodies: What was posted.
        answers: What some paths answer instead: status and text.
    """

    user: str = "tenant@thingsboard.org"
    password: str = "planted-login"
    devices: dict[str, str] = field(factory=dict)
    kind: str = "ACCESS_TOKEN"
    asked: list[str] = field(factory=list)
    bodies: list[Any] = field(factory=list)
    answers: dict[str, tuple[int, str]] = field(factory=dict)
    _server: ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        there = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*there.get(self.path, self.headers.get("X-Authorization", "")))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.headers.get("X-Authorization", "")
                self._answer(*there.post(self.path, body, key))

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Nothing is said."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def post(self, path: str, body: Any, key: str) -> tuple[int, str]:
        self.asked.append(f"POST {path}")
        self.bodies.append(body)
        if path in self.answers:
            return self.answers[path]
        if path == "/api/auth/login":
            good = body == {"username": self.user, "password": self.password}
            return (200, json.dumps({"token": KEY})) if good else (401, "{}")
        if key != f"Bearer {KEY}":
            return 401, "{}"
        self.devices[body["name"]] = f"id-{body['name']}"
        return 200, self._device(body["name"])

    def get(self, path: str, key: str) -> tuple[int, str]:
        parts = urlsplit(path)
        self.asked.append(f"GET {parts.path}")
        if parts.path in self.answers:
            return self.answers[parts.path]
        if key != f"Bearer {KEY}":
            return 401, "{}"
        if parts.path == "/api/tenant/devices":
            name = parse_qs(parts.query)["deviceName"][0]
            return (200, self._device(name)) if name in self.devices else (404, "{}")
        number = parts.path.split("/")[3]
        credentials = {"credentialsType": self.kind, "credentialsId": f"token-of-{number}"}
        return 200, json.dumps(credentials)

    def _device(self, name: str) -> str:
        return json.dumps({"id": {"entityType": "DEVICE", "id": self.devices[name]}, "name": name})
