"""One broker connection, driven from its owner's thread; the only importer of paho.

paho's own loops stay unused: they wait in ``select()``, which fails silently once a descriptor
number passes 1,023 (faults.md T11). Here ``selectors`` waits, and ``loop_read``, ``loop_write`` and
``loop_misc`` do the rest, so callbacks run on the owner's thread too.

What paho would get wrong by itself (faults.md T1, T2):

* it queues what is published while offline and sends it later. We publish only while connected,
  never more than the window, and take a fresh client for every connection, so nothing of an old
  session can surface in a new one;
* an exception in a callback kills its loop. Ours never leave the callback; they become an event;
* a message that gets no PUBACK waits for ever. A watchdog gives up the connection instead.

"Sent" is the PUBACK of that very message id. A connection that ends takes its unacknowledged
messages with it: the owner sends them again from its cursor.

MQTT 5 is tried first, since it alone says why a message was refused; brokers without it get 3.1.1.
"""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
import ssl
import traceback
from collections.abc import Callable
from typing import Any

from attrs import frozen
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import SinkError
from dlmslite_daemon.sinks.base import (
    Acknowledged,
    BrokerAddress,
    CallbackFault,
    Connected,
    Event,
    Lost,
    Message,
    Outcome,
    Received,
)

WINDOW = 50  # messages in flight; bounds the duplicates after a cut (faults.md D)
KEEPALIVE = 30  # seconds (bridge.md 13)
# paho notices a dead peer after two of its own periods; ours allows one and a half (faults.md 23).
_PAHO_PERIOD = 0.75
CONNECT_TIMEOUT = 5.0  # seconds for TCP and again for TLS; SIGTERM must end within 10
CONNACK_TIMEOUT = 10.0  # seconds from CONNECT to CONNACK
PUBACK_TIMEOUT = 20.0  # seconds; below the keepalive's own 1.5 x 30
REFUSED_WAIT = 60.0  # seconds before knocking again where credentials or rights are refused
TAKEOVERS_TOLERATED = 3  # then somebody else owns our client id, and we slow down (faults.md 28)
TAKEOVER_MEMORY = 60.0  # seconds; a connection that lasted longer begins a new count

# Nagle on the broker's side holds PUBACKs back until TCP acknowledges the first, and a full window
# has nothing to send that with: without this, 40 ms pass each time. Linux only.
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

_FIVE, _OLD = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311

# MQTT 5 reason codes (MQTT 5.0, 2.4).
SESSION_TAKEN_OVER = 0x8E
_FIRST_FAILURE = 0x80
_FOR_GOOD = frozenset({0x90, 0x95, 0x99})  # topic name invalid, packet too large, payload format
_UNSUPPORTED_VERSION = 0x84
# CONNACK refusals that time alone does not heal: malformed identifier, bad user name or password,
# not authorized, banned, bad authentication method.
_OUR_FAULT = frozenset({0x85, 0x86, 0x87, 0x8A, 0x8C})


@frozen
class Connection:
    """How to connect and how patiently.

    Attributes:
        address: Where and as whom.
        client_id: The MQTT client identifier; unique for each connection.
        will: What the broker publishes if we vanish; None for none.
        keepalive: Seconds.
        puback_timeout: Seconds after which an unanswered message ends the connection.
        window: Messages in flight at most.
    """

    address: BrokerAddress
    client_id: str
    will: Message | None = None
    keepalive: int = KEEPALIVE
    puback_timeout: float = PUBACK_TIMEOUT
    window: int = WINDOW


class MqttClient:
    """A ``Delivery`` over MQTT 5 or 3.1.1."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._version = _FIVE
        self._client: paho.Client | None = None
        self._watched: socket.socket | None = None
        self._events: list[Event] = []
        self._in_flight: dict[int, float] = {}  # message id -> when it was published
        self._opened = False
        self._connected = False
        self._begun = 0.0
        self._own_tokens = itertools.count(-1, -1)  # for answers that no broker gave
        self._window = connection.window
        self._largest = 0  # the broker's maximum packet size; 0 for no limit
        self._takeovers = 0
        self._selector = selectors.DefaultSelector()
        self._bell, self._clapper = socket.socketpair()
        for end in (self._bell, self._clapper):
            end.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    @property
    def connected(self) -> bool:
        """Whether the broker accepted us and the connection stands."""
        return self._connected

    @property
    def room(self) -> int:
        """How many more messages may be published now; 0 unless connected."""
        return self._window - len(self._in_flight) if self._connected else 0

    def open(self) -> None:
        """Connect and send CONNECT; ``Connected`` or ``Lost`` follows from ``pump``.

        Blocks for at most the connect timeout, twice with TLS.
        """
        self._drop()
        self._opened = True
        self._begun = self._clock.monotonic()
        self._window = self._connection.window
        self._largest = 0
        address = self._connection.address
        period = int(self._connection.keepalive * _PAHO_PERIOD)
        try:
            self._client = self._new_client()
            self._client.connect(address.host, address.port, period)
        except ssl.SSLError as error:
            self._lose("E-SINK-TLS", f"TLS to {address.host}:{address.port} failed: {error}")
        except OSError as error:
            cause = f"{address.host}:{address.port} cannot be reached: {error.strerror or error}"
            self._lose("E-SINK-UNREACHABLE", cause)

    def publish(self, message: Message) -> int:
        """Hand one message to the connection.

        Raises:
            SinkError: Not connected, or the window is full.
        """
        client = self._client
        if client is None or self.room <= 0:
            raise SinkError("not connected, or the window is full", code="E-SINK-NO-ROOM")
        if self._largest and len(message.payload) + len(message.topic) > self._largest:
            return self._refuse_locally()
        info = client.publish(message.topic, message.payload, message.qos, message.retain)
        if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._in_flight[info.mid] = self._clock.monotonic()
        else:
            # paho kept the message although it says it failed (T1): drop client and message.
            self._lose("E-SINK-LOST", paho.error_string(info.rc))
        return info.mid

    def subscribe(self, topics: str) -> None:
        """Ask for messages of a topic filter; they arrive as ``Received``."""
        if self._client is not None and self._connected:
            self._client.subscribe(topics, qos=1)

    def pump(self, seconds: float) -> list[Event]:
        """Move octets both ways for at most ``seconds``; return early when something happened."""
        self._guarded_io(_write)
        if not self._events:
            self._wait(max(0.0, seconds))
        self._guarded_io(paho.Client.loop_misc)
        self._watch_deadlines()
        events, self._events = self._events, []
        return events

    def wake(self) -> None:
        """Make a waiting ``pump`` return; safe from any thread."""
        with contextlib.suppress(BlockingIOError, OSError):  # full: it is awake already
            self._clapper.send(b"\0")

    def leave(self) -> None:
        """Send DISCONNECT, so that the broker keeps the will to itself, and let the wire go."""
        if self._client is not None and self._connected:
            self._client.disconnect()
            self._guarded_io(_write)
        self._opened = False
        self._drop()

    def close(self) -> None:
        """Leave for good, and close everything."""
        self.leave()
        self._selector.close()
        self._bell.close()
        self._clapper.close()

    def _new_client(self) -> paho.Client:
        wanted = self._connection
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            wanted.client_id,
            protocol=self._version,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT
        client.max_inflight_messages_set(0)  # the window is ours; paho must not hold back
        if wanted.address.username or wanted.address.password:
            client.username_pw_set(wanted.address.username, wanted.address.password or None)
        if wanted.address.tls:
            client.tls_set_context(_tls_context(wanted.address))
        if wanted.will is not None:
            client.will_set(wanted.will.topic, wanted.will.payload, 1, wanted.will.retain)
        client.on_connect = self._callback(self._on_connect)
        client.on_disconnect = self._callback(self._on_disconnect)
        client.on_publish = self._callback(self._on_publish)
        client.on_message = self._callback(self._on_message)
        client.on_socket_open = self._callback(self._on_socket_open)
        client.on_socket_close = self._callback(self._on_socket_close)
        # Its presence stops paho from writing inside publish(): one write serves a whole batch.
        client.on_socket_register_write = lambda *_: None
        return client

    def _callback(self, handler: Callable[..., None]) -> Callable[..., None]:
        """Wrap a handler so that no exception reaches paho (T2)."""

        def guarded(*arguments: Any) -> None:
            try:
                handler(*arguments)
            except Exception:  # noqa: BLE001 - one bad handler must not end the connection (T2)
                fault = CallbackFault(handler.__name__, traceback.format_exc())
                self._events.append(fault)

        return guarded

    def _on_connect(
        self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, extra: Properties
    ) -> None:
        if reason.is_failure:
            self._refused(reason)
            return
        self._connected = True
        # What MQTT 5 brokers may limit (3.2.2.3.3 and 3.2.2.3.6); absent means no limit.
        self._window = min(self._window, getattr(extra, "ReceiveMaximum", self._window))
        self._largest = getattr(extra, "MaximumPacketSize", 0)
        self._events.append(Connected("5" if self._version == _FIVE else "3.1.1"))

    def _refused(self, reason: ReasonCode) -> None:
        if self._version == _FIVE and reason.value == _UNSUPPORTED_VERSION:
            self._version = _OLD
            self._lose("E-SINK-REFUSED", "the broker knows no MQTT 5; 3.1.1 is next")
            return
        wait = REFUSED_WAIT if reason.value in _OUR_FAULT else 0.0
        self._lose("E-SINK-REFUSED", f"the broker refused the connection: {reason}", wait)

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, flags: Any, reason: ReasonCode, _extra: Properties
    ) -> None:
        if flags.is_disconnect_packet_from_server and reason.value == SESSION_TAKEN_OVER:
            lasted = self._clock.monotonic() - self._begun
            self._takeovers = 1 if lasted > TAKEOVER_MEMORY else self._takeovers + 1
            wait = REFUSED_WAIT if self._takeovers >= TAKEOVERS_TOLERATED else 0.0
            cause = f"another client uses the client id '{self._connection.client_id}'"
            self._lose("E-SINK-TAKEN-OVER", cause, wait)
            return
        # Without a DISCONNECT of the broker paho has no reason and calls that "unspecified".
        unsaid = reason.value == _FIRST_FAILURE and not flags.is_disconnect_packet_from_server
        why = "the broker or the network closed it" if unsaid else str(reason)
        if self._connected:
            self._lose("E-SINK-LOST", f"the connection ended: {why}")
        else:
            self._closed_before_connack(why)

    def _closed_before_connack(self, reason: str) -> None:
        # Old brokers close on a protocol they do not know instead of answering; so the versions
        # take turns until one of them is answered.
        self._version = _OLD if self._version == _FIVE else _FIVE
        self._lose("E-SINK-LOST", f"closed before the broker accepted us: {reason}")

    def _on_publish(
        self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _extra: Properties
    ) -> None:
        if self._in_flight.pop(mid, None) is None:
            return
        code = reason.value
        if code < _FIRST_FAILURE:
            outcome = Outcome.SENT
        else:
            outcome = Outcome.REFUSED if code in _FOR_GOOD else Outcome.LATER
        self._events.append(Acknowledged(mid, outcome, code, str(reason) if code else ""))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._events.append(Received(message.topic, bytes(message.payload)))

    def _on_socket_open(self, _client: paho.Client, _data: Any, opened: socket.socket) -> None:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(opened, selectors.EVENT_READ)
        self._watched = opened

    def _on_socket_close(self, _client: paho.Client, _data: Any, closed: socket.socket) -> None:
        if self._watched is closed:
            self._selector.unregister(closed)
            self._watched = None

    def _wait(self, seconds: float) -> None:
        client, watched = self._client, self._watched
        if client is not None and watched is not None:
            writing = selectors.EVENT_WRITE if client.want_write() else 0
            self._selector.modify(watched, selectors.EVENT_READ | writing)
        for key, _mask in self._selector.select(seconds):
            if key.fileobj is self._bell:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
            else:
                self._guarded_io(self._read)
                self._guarded_io(_write)

    def _guarded_io(self, step: Callable[[paho.Client], object]) -> None:
        client = self._client
        if client is None:
            return
        try:
            step(client)
        except Exception as error:  # noqa: BLE001 - paho raises all sorts on malformed packets
            self._lose("E-SINK-LOST", f"the broker sent what is no MQTT: {error!r}")

    def _read(self, client: paho.Client) -> None:
        client.loop_read()
        # TLS may hold decrypted octets that no selector sees.
        while isinstance(wire := client.socket(), ssl.SSLSocket) and wire.pending():
            client.loop_read()
        if _QUICK_ACK is not None and self._watched is not None:
            self._watched.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)

    def _watch_deadlines(self) -> None:
        if not self._opened:
            return
        now = self._clock.monotonic()
        if not self._connected:
            if now - self._begun > CONNACK_TIMEOUT:
                self._lose("E-SINK-LOST", f"no CONNACK within {CONNACK_TIMEOUT:.0f} s")
            return
        # Message ids enter the table in the order of time, so the first is the oldest.
        oldest = next(iter(self._in_flight.values()), now)
        if now - oldest > self._connection.puback_timeout:
            waited = self._connection.puback_timeout
            self._lose("E-SINK-NO-PUBACK", f"no PUBACK within {waited:.0f} s")

    def _refuse_locally(self) -> int:
        """Refuse a message that the broker said it would not take."""
        token = next(self._own_tokens)
        reason = f"larger than the broker's maximum of {self._largest} octets"
        self._events.append(Acknowledged(token, Outcome.REFUSED, 0x95, reason))
        return token

    def _lose(self, code: str, cause: str, at_least: float = 0.0) -> None:
        if not self._opened:
            return  # the loss was reported already; paho repeats itself
        self._opened = False
        self._drop()
        self._events.append(Lost(code, cause, at_least))

    def _drop(self) -> None:
        """Forget the client and all it had in flight."""
        client, self._client = self._client, None
        self._connected = False
        self._in_flight.clear()
        if self._watched is not None:
            watched, self._watched = self._watched, None
            self._selector.unregister(watched)
            with contextlib.suppress(OSError):
                watched.close()
        if client is not None:
            client.on_disconnect = None
            client.on_socket_close = None


def _tls_context(address: BrokerAddress) -> ssl.SSLContext:
    """A context that verifies chain and host name; there is no way to ask for less."""
    context = ssl.create_default_context(cafile=address.ca_file or None)
    if address.cert_file:
        context.load_cert_chain(address.cert_file, address.key_file or None)
    return context


def _write(client: paho.Client) -> None:
    if client.want_write():
        client.loop_write()
