"""A real MQTT broker inside the process, in a thread of its own, with one subscriber that listens.

amqtt runs in its own event loop; its log and its stray task errors end here. The sockets that the
world connects to are ours: a stop first closes those, then lets the subscriber have every message
that was acknowledged, and only then ends the broker; a start does it the other way round. So each
message that got its PUBACK reaches the subscriber, and the figures of the demo can be compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, cast

from dlmslite_daemon.errors import BridgeError

try:
    from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
    from amqtt.broker import Broker
    from amqtt.client import MQTTClient
    from amqtt.errors import AMQTTError
except ImportError as error:  # the extra [demo] is not installed; said when a broker is wanted
    _MISSING: ImportError | None = error
else:
    _MISSING = None

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds that a start or a stop may take
DRAIN = 3.0  # seconds that the subscriber gets at most for what is still under way
LOOK = 0.03  # seconds between two looks whether the subscriber has heard more
LOOKS = 10  # looks without news after which nothing is under way; many, since a look may come late
_LISTENER = "door"  # the listener whose sockets are ours

_LEVEL = 4  # MQTT 3.1.1; amqtt knows no MQTT 5
_NOT_THIS_LEVEL = bytes.fromhex("20020001")  # CONNACK, unacceptable protocol level (3.2.2.3)

Heard = Callable[[str, bytes], None]


class _Reader:
    """A connection of which the head was read already, as amqtt wants it."""

    def __init__(self, reader: asyncio.StreamReader, head: bytes) -> None:
        self._reader = StreamReaderAdapter(reader)
        self._head = head

    async def read(self, n: int = -1) -> bytes:
        """So many octets, or what there is."""
        head, self._head = (self._head, b"") if n < 0 else (self._head[:n], self._head[n:])
        if len(head) == n or (head and n < 0):
            return head
        rest: bytes = await self._reader.read(n - len(head) if n >= 0 else n)
        return head + rest

    def feed_eof(self) -> None:
        """There is no more."""
        self._reader.feed_eof()


async def _head_of_connect(reader: asyncio.StreamReader) -> bytes:
    """The first octets of a CONNECT, up to the protocol's level (MQTT 3.1.1, 3.1.1 and 3.1.2)."""
    head = await reader.readexactly(2)
    for _ in range(3):  # the remaining length has at most four octets
        if not head[-1] & 0x80:
            break
        head += await reader.readexactly(1)
    head += await reader.readexactly(2)
    # The protocol's name, such as MQTT; a longer one is none.
    return head + await reader.readexactly(min(head[-1], 8) + 1)


class EmbeddedBroker:
    """An MQTT 3.1.1 broker on loopback, and a subscriber of all its topics.

    Args:
        heard: Called with topic and payload of each message that the subscriber received, on the
            broker's thread.
        port: The port to serve on; 0 takes a free one, which is kept for every later start.

    Raises:
        BridgeError: amqtt is not installed.
    """

    def __init__(self, heard: Heard, port: int = 0) -> None:
        if _MISSING is not None:
            raise BridgeError(
                "the broker of the demo, amqtt, is not installed",
                code="E-EXTRA-MISSING",
                hint="pip install 'dlmslite[bridge,demo]'",
            )
        self._heard = heard
        self.port = port
        self.faults: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._note)
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._broker: Broker | None = None
        self._door: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._client: MQTTClient | None = None
        self._listening: asyncio.Task[None] | None = None
        self._count = 0
        # amqtt logs every dropped connection as a warning; here they are part of the show.
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    @property
    def serving(self) -> bool:
        """Whether clients can connect now."""
        return self._door is not None

    def start(self) -> None:
        """Serve, on the same port as before; nothing if it serves already."""
        if not self._thread.is_alive():
            self._thread.start()
        self._run(self._up())

    def stop(self) -> None:
        """Drop every client and serve no more, until the next start."""
        self._run(self._down())

    def close(self) -> None:
        """Stop for good and end the thread."""
        if not self._thread.is_alive():
            self._loop.close()
            return
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what a task of amqtt died of; a dropped connection is no news to the operator."""
        self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")

    async def _up(self) -> None:
        if self._door is not None:
            return
        self._broker = Broker(
            {
                "listeners": {
                    "default": {"type": "external"},
                    _LISTENER: {"type": "external", "bind": "ours"},
                },
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
                },
            }
        )
        await self._broker.start()
        await self._listen()
        self._door = await asyncio.start_server(self._enter, HOST, self.port)
        self.port = self._door.sockets[0].getsockname()[1]

    async def _listen(self) -> None:
        """Connect the subscriber before anybody else can publish."""
        inner = await asyncio.start_server(self._serve, HOST, 0)
        port = inner.sockets[0].getsockname()[1]
        self._client = client = MQTTClient("subscriber", {"auto_reconnect": False, "plugins": {}})
        await client.connect(f"mqtt://{HOST}:{port}/", cleansession=True)
        await client.subscribe([("#", 1)])
        inner.close()
        self._listening = asyncio.create_task(self._deliver(client))

    async def _deliver(self, client: MQTTClient) -> None:
        while True:
            message = await client.deliver_message()
            if message is not None:
                self._count += 1
                self._heard(message.topic, bytes(message.data or b""))

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand a client's connection to the broker, and remember it for the next stop."""
        self._open.add(writer)
        try:
            await self._serve(reader, writer)
        finally:
            self._open.discard(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let the broker talk on one connection until it ends."""
        broker = self._broker
        try:
            head = await _head_of_connect(reader)
            if head[-1] > _LEVEL:
                # amqtt would wait for the rest of what it takes for 3.1.1.
                writer.write(_NOT_THIS_LEVEL)
            elif broker is not None:
                await broker.external_connected(
                    _Reader(reader, head), StreamWriterAdapter(writer), _LISTENER
                )
        except (AMQTTError, OSError, EOFError) as error:
            self.faults.append(repr(error))
        finally:
            writer.close()

    async def _down(self) -> None:
        door, broker = self._door, self._broker
        if door is None or broker is None:
            return
        self._door = None
        for listener in door.sockets:
            # First no more are accepted, then those that were get their turn to come in: a server
            # that is closed in between drops them without closing their sockets.
            self._loop.remove_reader(listener.fileno())
        await asyncio.sleep(LOOK)
        door.close()
        for writer in self._open:
            # Nothing more comes in; what is in is acknowledged and passed on before the end.
            cast("asyncio.ReadTransport", writer.transport).pause_reading()
        await self._quiet()
        for writer in tuple(self._open):
            writer.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        ends: list[Coroutine[Any, Any, None]] = [broker.shutdown()]
        if self._client is not None:
            ends.insert(0, self._client.disconnect())
        for end in ends:
            with contextlib.suppress(AMQTTError, OSError, TimeoutError):
                await asyncio.wait_for(end, PATIENCE / 3)
        self._broker = self._client = self._listening = None

    async def _quiet(self) -> None:
        """Wait until the subscriber has heard nothing new, look after look."""
        end = self._loop.time() + DRAIN
        count, looks = self._count, 0
        while looks < LOOKS and self._loop.time() < end:
            await asyncio.sleep(LOOK)
            looks = looks + 1 if count == self._count else 0
            count = self._count
