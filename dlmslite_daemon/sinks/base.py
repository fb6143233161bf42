"""The two halves of a sink: an encoder (readings to messages) and a delivery (messages to answers).

An encoder is pure: it neither sends nor waits. A delivery moves messages and says what became of
each; it never encodes. The forwarder (engine/forwarder.py) joins the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import ClassVar, Protocol

from attrs import field, frozen

from dlmslite_daemon.alarm import AlarmEvent
from dlmslite_daemon.config.load import structure
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.registry import Registry

NO_MATCHING_SUBSCRIBERS = 0x10  # the reason of a PUBACK (MQTT 5.0, 3.4.2.1)


@frozen
class Message:
    """One message for a broker.

    Attributes:
        topic: Where it goes; no wildcards.
        payload: The octets.
        numbers: The reading numbers it carries; empty for announcements.
        retain: Whether the broker keeps it for later subscribers.
        qos: 1 unless told; a reading is never sent with less.
    """

    topic: str
    payload: bytes
    numbers: tuple[int, ...] = ()
    retain: bool = False
    qos: int = 1


@frozen
class Refusal:
    """Readings that this sink cannot carry, for good; they go to its dead letters.

    Attributes:
        numbers: The reading numbers.
        reason: Why, in one sentence.
    """

    numbers: tuple[int, ...]
    reason: str


@frozen
class SeriesCard:
    """What a sink says about one series.

    Attributes:
        key: The series' key in payloads.
        obis: Its logical name as text.
        unit: Its unit's symbol; empty when it has none or none is known yet.
    """

    key: str
    obis: str
    unit: str = ""


@frozen
class MeterCard:
    """What a sink says about one meter.

    Attributes:
        name: Its name, as in ``Reading.meter``.
        online: Whether it answers.
        series: Its series, in the operator's order.
    """

    name: str
    online: bool = False
    series: tuple[SeriesCard, ...] = ()


@frozen
class Listening:
    """How to find out whether anybody listens behind the broker.

    Attributes:
        message: What to publish.
        answers: A topic filter on which a true listener answers; empty when none would, and the
            PUBACK's reason is the only hint.
    """

    message: Message
    answers: str = ""


class Encoder(Protocol):
    """Turns readings into messages for one kind of sink. Pure."""

    @property
    def will(self) -> Message | None:
        """What the broker publishes for us if we vanish; None for none."""
        ...

    def encode(self, readings: Sequence[Reading], lane: Lane) -> list[Message | Refusal]:
        """Encode readings in the order of their numbers; each appears exactly once.

        Args:
            readings: Stored readings of one lane, with their numbers, rising.
            lane: Which lane they travel in.
        """
        ...

    def alarm(self, event: AlarmEvent) -> Message:
        """Encode what happened to an alarm: the same octets each time it is asked."""
        ...

    def hello(self, cards: Sequence[MeterCard]) -> list[Message]:
        """What to say after every connect, before any reading."""
        ...

    def announce(self, card: MeterCard) -> list[Message]:
        """What to say when a meter was added, changed, or changed between online and offline."""
        ...

    def withdraw(self, card: MeterCard) -> list[Message]:
        """What to say when a meter was removed."""
        ...

    def goodbye(self, cards: Sequence[MeterCard]) -> list[Message]:
        """What to say before a clean disconnect."""
        ...

    def listening(self) -> Listening:
        """How ``sink test`` finds out whether anybody listens."""
        ...


@frozen
class BrokerAddress:
    """Where and as whom a delivery connects.

    Attributes:
        host: Name or address of the broker.
        port: Its port.
        username: The user name; a token in ThingsBoard's modes.
        password: The password; never shown.
        tls: Whether the connection is TLS; verified always.
        ca_file: Certificates to trust instead of the system's; empty for the system's.
        cert_file: Client certificate chain, PEM; empty for none.
        key_file: Its private key, PEM; empty when it stands in ``cert_file``.
    """

    host: str
    port: int = 1883
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


class Outcome(Enum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"  # this message, for good: dead letters
    LATER = "later"  # not this time: wait, then again


@frozen
class Connected:
    """The broker accepted us.

    Attributes:
        version: The protocol that was agreed: ``5`` or ``3.1.1``.
    """

    version: str


@frozen
class Lost:
    """There is no connection; what was in flight counts as not sent.

    Attributes:
        code: A stable code: ``E-SINK-UNREACHABLE``, ``E-SINK-TLS``, ``E-SINK-REFUSED``,
            ``E-SINK-LOST``, ``E-SINK-NO-PUBACK``, ``E-SINK-TAKEN-OVER``.
        cause: What happened, in one sentence, with the broker's own reason.
        at_least: Seconds to wait at least before the next try.
    """

    code: str
    cause: str
    at_least: float = 0.0


@frozen
class Acknowledged:
    """The broker answered one message.

    Attributes:
        token: What ``publish`` returned for it.
        outcome: What became of it.
        code: The MQTT 5 reason code; 0 where the protocol has none.
        reason: Its name; empty for plain success.
    """

    token: int
    outcome: Outcome
    code: int = 0
    reason: str = ""


@frozen
class Received:
    """A message on a topic that we subscribed to."""

    topic: str
    payload: bytes


@frozen
class CallbackFault:
    """A handler of ours failed; the connection goes on (faults.md 33).

    Attributes:
        where: Which handler.
        text: The traceback, for the log.
    """

    where: str
    text: str


Event = Connected | Lost | Acknowledged | Received | CallbackFault


class Delivery(Protocol):
    """One connection to a broker, owned by one thread; only ``wake`` is for others."""

    @property
    def connected(self) -> bool:
        """Whether the broker accepted us and the connection stands."""
        ...

    @property
    def room(self) -> int:
        """How many more messages may be published now; 0 unless connected."""
        ...

    def open(self) -> None:
        """Begin to connect; ``Connected`` or ``Lost`` follows from ``pump``."""
        ...

    def publish(self, message: Message) -> int:
        """Send a message and return the token that its acknowledgement will carry.

        Raises:
            SinkError: There is no room (``E-SINK-NO-ROOM``).
        """
        ...

    def pump(self, seconds: float) -> list[Event]:
        """Move octets both ways for at most ``seconds``; return early when something happened."""
        ...

    def wake(self) -> None:
        """Make a waiting ``pump`` return; safe from any thread."""
        ...

    def leave(self) -> None:
        """Disconnect politely, and connect no more until ``open``; nothing in flight is awaited."""
        ...

    def close(self) -> None:
        """Disconnect politely, for good; nothing in flight is waited for."""
        ...


class Sink(Protocol):
    """One kind of sink: its settings, which make its encoder and address.

    A sink module's settings class is registered under its ``kind`` and structured from the
    configuration or from the store's row.
    """

    kind: ClassVar[str]

    @property
    def secret(self) -> str:
        """A reference to the password or token; empty for none."""
        ...

    def address(self, password: str) -> BrokerAddress:
        """Where to connect; ``password`` is what ``secret`` leads to."""
        ...

    def encoder(self) -> Encoder:
        """The encoder that these settings ask for."""
        ...


SINKS: Registry[str, type[Sink]] = Registry("dlmslite_daemon.sinks")
"""Each kind of sink by its name in the configuration."""


def sink_of(settings: SinkSettings) -> Sink:
    """A sink's own settings, by its kind.

    Raises:
        ConfigError: There is no such kind, or its options make no sense; names the key.
    """
    kind = SINKS.get(settings.kind)
    if kind is None:
        known = ", ".join(name for name, _ in SINKS.items())
        message = f"there is no kind of sink {settings.kind!r}; there are {known}"
        raise ConfigError(message, key=f"sinks.{settings.name}.kind")
    return structure(settings.options, kind, f"sinks.{settings.name}")


def grouped(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Readings of one meter, time, source and quality together, in order of first appearance.

    Such a group is one poll (or one profile row) and becomes one payload object.
    """
    groups: dict[tuple[object, ...], list[Reading]] = {}
    for reading in readings:
        key = (reading.meter, reading.ts_ms, reading.source, reading.quality)
        groups.setdefault(key, []).append(reading)
    return list(groups.values())


def numbers_of(readings: Iterable[Reading]) -> tuple[int, ...]:
    """The numbers that the store gave to these readings."""
    return tuple(reading.number for reading in readings if reading.number is not None)


def json_values(readings: Iterable[Reading]) -> str:
    """``{"voltage":229.9,…}`` with exact numbers; of two readings of one series the later wins."""
    values = {reading.series: reading.json_value() for reading in readings}
    return "{" + ",".join(f"{json.dumps(key)}:{text}" for key, text in values.items()) + "}"


def alarm_fields(event: AlarmEvent) -> dict[str, object]:
    """What every sink says of an alarm; ``seq`` is the key by which receivers drop duplicates."""
    alarm, condition = event.alarm, event.alarm.condition
    return {
        "ts": event.ts_ms,
        "seq": event.number,
        "event": event.change.value,
        "id": alarm.number,
        "subject": alarm.subject,
        "code": condition.code,
        "severity": condition.severity.value,
        "category": condition.category,
        "active": alarm.active,
        "raised": alarm.raised_ms,
        "cleared": alarm.cleared_ms,
        "count": alarm.count,
        "flaps": alarm.flaps,
        "acknowledged_by": alarm.acknowledged_by,
        "message": condition.message,
        "details": condition.details,
    }
