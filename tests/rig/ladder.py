"""What a ladder may meet, on ports of this machine; and a climb of it without a daemon."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from rig.engine import FakeLocks

from dlmslite.link.hdlc.frames import Frame, decode_sound
from dlmslite.link.hdlc.resync import FLAG, Resync
from dlmslite_daemon.clock import Clock, SystemClock
from dlmslite_daemon.config.schema import Auth, MeterSettings, SeriesSettings
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.expedition import Brought, Expedition, Plan
from dlmslite_daemon.engine.session import Entrance
from dlmslite_daemon.engine.shared import Gates, Shared
from dlmslite_daemon.finding import Finding, conclude
from dlmslite_daemon.meters.client import library_connect
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.reader import Reader
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.credentials import CredentialSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings
from dlmslite_daemon.store.memory import MemoryStore

VOLTAGE = SeriesSettings("voltage", "1.1.32.7.0.255")


class HastyClock(SystemClock):
    """The host's clock, with waits that are a tenth as long."""

    share = 0.1

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event, at most a tenth of so many seconds."""
        return super().wait(event, seconds * self.share)


@contextlib.contextmanager
def place(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A TCP port where each client is met by a function; its URL."""
    ending = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=8)
    listener.settimeout(0.02)

    def serve() -> None:
        while not ending.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            with client, contextlib.suppress(OSError):
                client.settimeout(5)
                answer(client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"tcp+hdlc://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ending.set()
        thread.join()
        listener.close()


def says(text: bytes) -> Callable[[socket.socket], None]:
    """Says something as soon as somebody is there, and hangs up."""

    def answer(client: socket.socket) -> None:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        while client.recv(256):
            pass

    return answer


def gives(reply: Callable[[bytes], bytes]) -> Callable[[socket.socket], None]:
    """Answers octets with others; TCP joins and splits them as it likes."""

    def answer(client: socket.socket) -> None:
        while octets := client.recv(4096):
            client.sendall(reply(octets))

    return answer


def answers(reply: Callable[[Frame], bytes]) -> Callable[[socket.socket], None]:
    """Answers each frame with octets."""

    def answer(client: socket.socket) -> None:
        resync = Resync()
        while octets := client.recv(4096):
            for body in resync.feed(octets)[0]:
                client.sendall(reply(decode_sound(body)))

    return answer


class Climber:
    """Climbs the ladder of one meter as the line's thread would, without a daemon.

    Args:
        url: Where the meter is.
        secret: Its password; empty for none.
        serial: The serial number that it should have.
        clock: The clock; one whose waits are short unless told.
        more: Other settings of the meter.
    """

    def __init__(
        self,
        url: str,
        secret: str = "",
        *,
        serial: str = "",
        clock: Clock | None = None,
        **more: Any,
    ) -> None:
        password = "env:PW" if secret else ""
        auth = Auth.LLS if secret else Auth.NONE
        parts = {"client": 1 if secret else 16, "series": (VOLTAGE,), "timeout": 2.0, **more}
        self.settings = MeterSettings("kitchen", url, auth=auth, password=password, **parts)
        self.secret, self.serial = secret, serial
        self.clock = clock or HastyClock()
        self.told: list[str] = []
        self.locks: FakeLocks | None = None
        self._hooks: list[tuple[str, Callable[[], None]]] = []
        store = MemoryStore(self.clock)
        store.add_meter(self.settings)
        metrics = Metrics()
        gates = Gates(store, CredentialSettings(), ConnectRate(ConnectRateSettings()))
        desk = AlarmDesk(store, self.clock, metrics)
        self.shared = Shared(self.clock, store, Board(), desk, metrics, gates)

    def entrance(self, line: Line) -> Entrance:
        """How the session comes about."""

        def reader() -> Reader:
            return Reader(self.settings, self.secret, line, self.clock, library_connect)

        return Entrance(reader, "guard" if self.secret else None)

    def climb(self, **plan: Any) -> Brought:
        """One climb."""
        wanted = Plan(**{"known": Told(self.serial), "alone": True, **plan})
        line = Line(self.settings.endpoint, self.clock, self.locks and self.locks.of)
        self.expedition = Expedition(self.settings, self.entrance, self.shared, wanted, self._tell)
        return self.expedition.run(line)

    def when(self, words: str, hook: Callable[[], None]) -> None:
        """Do something once the climb says these words."""
        self._hooks.append((words, hook))

    def _tell(self, text: str) -> None:
        self.told.append(text)
        for words, hook in self._hooks:
            if words in text:
                hook()

    def found(self, **plan: Any) -> Finding:
        """What one climb comes to."""
        return self.conclude(self.climb(**plan))

    def conclude(self, brought: Brought) -> Finding:
        """What a climb comes to."""
        return conclude("kitchen", "test", self.clock.utc_ms(), brought.rungs, brought.seconds)


def between(url: str, pass_on: Callable[[Frame], bytes | None]) -> Callable[..., None]:
    """Stands between a client and a meter, and may answer in its place.

    Args:
        url: The meter's.
        pass_on: Given a frame of the client's, answers in the meter's place; None lets it through;
            empty swallows it.
    """
    host, _, port = url.rpartition("/")[2].partition(":")

    def answer(client: socket.socket) -> None:
        resync = Resync()
        with socket.create_connection((host, int(port)), timeout=5) as meter:
            client.settimeout(0.01)
            meter.settimeout(0.01)
            while True:
                with contextlib.suppress(TimeoutError):
                    octets = client.recv(4096)
                    if not octets:
                        return
                    for body in resync.feed(octets)[0]:
                        said = pass_on(decode_sound(body))
                        if said is None:
                            meter.sendall(FLAG + body + FLAG)
                        else:
                            client.sendall(said)
                with contextlib.suppress(TimeoutError):
                    octets = meter.recv(4096)
                    if not octets:
                        return
                    client.sendall(octets)

    return answer
