"""How the command line reaches the daemon: its Unix socket, a URL with a token, or the store.

If no daemon runs, a verb that only looks is answered by the same application over the store alone,
in this process; a note says so. Errors of the API come out as the exceptions that they were.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from attrs import field, frozen

from dlmslite_daemon.api.exact_json import dumps, loads
from dlmslite_daemon.api.sockets import sought
from dlmslite_daemon.cli.secret import given
from dlmslite_daemon.config.load import load
from dlmslite_daemon.config.schema import BridgeConfig
from dlmslite_daemon.errors import BridgeError, DaemonUnreachable

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
LOOK_SECONDS = 0.1  # how often a slow action is looked after
_JSON = {"Content-Type": "application/json"}


class Refused(BridgeError):
    """The API answered with an error, which this one repeats.

    Attributes:
        answer: All that the answer says.
    """

    def __init__(self, answer: Mapping[str, Any]) -> None:
        error: Mapping[str, str] = answer["error"]
        super().__init__(error["message"], code=error["code"], hint=error["hint"])
        self.answer = answer


@frozen
class Heard:
    """One event of a stream.

    Attributes:
        name: Its kind.
        data: What it says.
        id: What to show to go on after it; empty for none.
    """

    name: str
    data: dict[str, Any]
    id: str = ""


def heard(lines: Iterable[str]) -> Iterator[Heard]:
    """The events in the lines of a stream."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            yield Heard(fields.get("event", ""), loads(fields["data"]), fields.get("id", ""))
        fields = {}


class Door(Protocol):
    """Somebody who answers the API's requests."""

    note: str
    """What the operator should know about who answers; empty for the daemon."""

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One request and its good answer.

        Raises:
            BridgeError: The answer was an error; it has its code, message and hint.
            DaemonUnreachable: Nobody answered.
        """
        ...

    def listen(self, path: str, query: Mapping[str, Any], last: str = "") -> Iterator[Heard]:
        """A stream's events until it ends.

        Args:
            path: Which stream.
            query: Its parameters.
            last: The id to go on after; empty for none.

        Raises:
            BridgeError: The answer was an error.
            DaemonUnreachable: Nobody answered, or the connection was lost.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Daemon:
    """A running daemon, over HTTP.

    Args:
        client: Connects to it.
        place: How to name it in errors.
    """

    note = ""

    def __init__(self, client: httpx.Client, place: str) -> None:
        self._client = client
        self._place = place

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One request and its good answer."""
        content = None if body is None else dumps(body).encode()
        try:
            answer = self._client.request(
                method, path, content=content, params=_query(query), headers=_JSON
            )
        except httpx.HTTPError as error:
            raise DaemonUnreachable(
                f"no daemon answers at {self._place}: {error or type(error).__name__}",
                hint="start it with 'dlmslite-bridge run', or point --config or --api at it",
            ) from error
        return opened(answer)

    def listen(self, path: str, query: Mapping[str, Any], last: str = "") -> Iterator[Heard]:
        """A stream's events until it ends."""
        shown = {"Last-Event-ID": last} if last else {}
        try:
            with self._client.stream("GET", path, params=_query(query), headers=shown) as answer:
                if answer.status_code != 200:
                    answer.read()
                    opened(answer)
                yield from heard(answer.iter_lines())
        except httpx.HTTPError as error:
            raise DaemonUnreachable(f"the connection to {self._place} was lost") from error

    def fetch(self, path: str, target: Path) -> None:
        """Write a file that the daemon gives out; it is whole or not there.

        Raises:
            BridgeError: The answer was an error, or the file cannot be written.
            DaemonUnreachable: Nobody answered, or the connection was lost.
        """
        partial = target.with_name(target.name + ".partial")
        try:
            with self._client.stream("GET", path) as answer:
                if answer.status_code != 200:
                    answer.read()
                    opened(answer)
                partial.unlink(missing_ok=True)
                partial.touch(mode=0o600)
                with partial.open("wb") as file:
                    for octets in answer.iter_bytes():
                        file.write(octets)
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(target)
        except httpx.HTTPError as error:
            raise DaemonUnreachable(f"the connection to {self._place} was lost") from error
        except OSError as error:
            raise BridgeError(
                f"{target} cannot be written: {error.strerror}", code="E-STORE-BACKUP"
            ) from error
        finally:
            partial.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class StoreAlone:
    """The API over the store alone, in this process; changes nothing.

    Args:
        app: The application over the store.
        done: Closes the store.
        note: What the operator is told.
    """

    def __init__(self, app: Any, done: Callable[[], None], note: str) -> None:
        self._app = app
        self._done = done
        self.note = note

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One request and its good answer."""
        if method != "GET":
            raise DaemonUnreachable("no daemon runs, and this verb needs one")
        del body
        return opened(asyncio.run(self._get(path, query)))

    def listen(self, path: str, query: Mapping[str, Any], last: str = "") -> Iterator[Heard]:
        """Nothing happens where no daemon runs."""
        del path, query, last
        raise DaemonUnreachable("no daemon runs, and there is nothing to follow")

    async def _get(self, path: str, query: Mapping[str, Any] | None) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://store") as client:
            return await client.get(path, params=_query(query))

    def close(self) -> None:
        """Close the store."""
        self._done()


@frozen
class Where:
    """Where to look for the daemon, as the operator said.

    Attributes:
        config: The configuration file, or None for the usual places.
        api: A URL to ask instead of the Unix socket, or None.
        token_file: The file that holds the token for it.
        token_env: The environment variable that holds it.
    """

    config: Path | None = None
    api: str | None = None
    token_file: Path | None = field(default=None, repr=False)
    token_env: str | None = None

    def configuration(self) -> BridgeConfig:
        """The configuration that the daemon would use; the defaults where there is no file.

        Raises:
            ConfigError: It makes no sense.
        """
        return load(self.config, os.environ)

    def open(self, *, offline: bool) -> Door:
        """Somebody who answers.

        Args:
            offline: Whether the store may answer when no daemon runs.

        Raises:
            DaemonUnreachable: Nobody answers.
            ConfigError: The configuration, or the token, cannot be read.
        """
        if self.api is not None:
            return Daemon(self._over_tcp(self.api), self.api)
        config = self.configuration()
        path = sought(config)
        if listens(path):
            return through_socket(path)
        if offline and Path(config.store.path).exists():
            return store_alone(config)
        raise DaemonUnreachable(
            f"no daemon listens at {path}",
            hint="start it with 'dlmslite-bridge run', or point --config or --api at it",
        )

    def _over_tcp(self, url: str) -> httpx.Client:
        token = given("token", prompt=False, file=self.token_file, env=self.token_env)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # No proxy from the environment: it would be shown the token.
        return httpx.Client(base_url=url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False)


def through_socket(path: Path) -> Daemon:
    """The daemon behind a Unix socket."""
    transport = httpx.HTTPTransport(uds=str(path))
    client = httpx.Client(transport=transport, base_url="http://bridge", timeout=ANSWER_SECONDS)
    return Daemon(client, str(path))


def store_alone(config: BridgeConfig) -> StoreAlone:
    """The API over the store of a configuration, opened for looking.

    Raises:
        StoreError: It cannot be opened.
    """
    # Only here: whoever talks to a daemon needs no FastAPI, and starts faster without it.
    from dlmslite_daemon.api.alone import app_alone  # noqa: PLC0415 - see above

    app, done = app_alone(config)
    note = f"no daemon runs; this is what {config.store.path} holds"
    return StoreAlone(app, done, note)


def follow(
    door: Door,
    started: Mapping[str, Any],
    seconds: float,
    progress: Callable[[str], None] = lambda _text: None,
) -> dict[str, Any]:
    """Wait for the end of a slow action.

    Args:
        door: Who was asked.
        started: The answer that has the operation.
        seconds: How long to wait.
        progress: Told what it is doing, whenever that changes.

    Returns:
        Its result.

    Raises:
        BridgeError: It failed, or did not end in time (``E-OPERATION-SLOW``).
    """
    operation: Mapping[str, Any] = started["operation"]
    path = f"/api/operations/{operation['id']}"
    tick = threading.Event()
    for _ in range(int(seconds / LOOK_SECONDS)):
        if operation["state"] != "running":
            break
        tick.wait(LOOK_SECONDS)
        before, operation = operation, door.ask("GET", path)["operation"]
        if operation["progress"] != before["progress"]:
            progress(operation["progress"])
    if operation["state"] == "running":
        raise BridgeError(
            f"{operation['verb']} has not ended in {seconds:g} s",
            code="E-OPERATION-SLOW",
            hint="it goes on in the daemon; dlmslite-bridge logs tells how it ends",
        )
    if operation["error"] is not None:
        raise Refused(operation)
    result: dict[str, Any] = operation["result"]
    return result


def opened(answer: httpx.Response) -> dict[str, Any]:
    """What a good answer says.

    Raises:
        BridgeError: It is a bad one.
    """
    try:
        content = loads(answer.content)
    except ValueError:
        content = None
    if not isinstance(content, dict) or "success" not in content:
        raise DaemonUnreachable(
            f"what answers is no dlmslite-bridge (HTTP {answer.status_code})",
            hint="check --api and the configuration",
        )
    if content["success"] is True:
        return content
    raise Refused(content)


def listens(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_SECONDS)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it."""
    return quote(name, safe="")


def _query(query: Mapping[str, Any] | None) -> dict[str, str | list[str]]:
    """Parameters that were given; None stands for the daemon's default, a list for several."""
    return {
        key: list(map(str, value)) if isinstance(value, list) else str(value)
        for key, value in (query or {}).items()
        if value is not None
    }
