"""Plain MQTT: one topic tree under a base, readable by anything.

::

    <base>/bridge/state            online | offline        will, retained
    <base>/<meter>/availability    online | offline        retained
    <base>/<meter>/info            units and OBIS codes    retained
    <base>/<meter>/state           live readings
    <base>/<meter>/history         readings of the meter's load profile
    <base>/<meter>/alarm           an alarm of the meter was raised, acknowledged or cleared
    <base>/bridge/alarm            the same of a sink, or of the bridge

A state or history payload is one poll or one row::

    {"ts": ms, "host_ts": ms, "src": "live", "seq": n, "q": "good", "values": {"voltage": 229.9}}

``ts`` with the meter and a series is the key by which receivers drop duplicates; ``seq`` is the
number of the last reading inside and rises for each meter and lane. Names of meters hold nothing
that a topic level could not (config/schema.py). An alarm has a ``seq`` of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from attrs import field, frozen

from dlmslite_daemon.alarm import AlarmEvent
from dlmslite_daemon.config.schema import check_secret
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.sinks.base import (
    SINKS,
    BrokerAddress,
    Listening,
    Message,
    MeterCard,
    Refusal,
    alarm_fields,
    grouped,
    json_values,
    numbers_of,
)

_TOPICS = {Lane.LIVE: "state", Lane.HISTORY: "history"}


@frozen
class PlainMqtt:
    """Settings of a plain MQTT sink.

    Attributes:
        host: Name or address of the broker.
        port: Its port.
        base: The first levels of every topic.
        username: The user name; empty for none.
        secret: A reference to the password, or empty.
        tls: Whether the connection is TLS.
        ca_file: Certificates to trust instead of the system's.
        cert_file: Client certificate chain, PEM.
        key_file: Its private key, PEM.
    """

    kind: ClassVar[str] = "mqtt"

    host: str
    port: int = 1883
    base: str = "meters"
    username: str = ""
    secret: str = ""
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def __attrs_post_init__(self) -> None:
        check_secret(self.secret, "secret")

    def address(self, password: str) -> BrokerAddress:
        """Where to connect; ``password`` is what ``secret`` leads to."""
        return BrokerAddress(
            host=self.host,
            port=self.port,
            username=self.username,
            password=password,
            tls=self.tls,
            ca_file=self.ca_file,
            cert_file=self.cert_file,
            key_file=self.key_file,
        )

    def encoder(self) -> PlainEncoder:
        """The encoder for this base."""
        return PlainEncoder(self.base.strip("/"))


@frozen
class PlainEncoder:
    """Readings to the topic tree above. Pure.

    Attributes:
        base: The first levels of every topic.
    """

    base: str = field()

    @property
    def will(self) -> Message:
        """The bridge is offline; the broker says so when we vanish."""
        return self._bridge("offline")

    def encode(self, readings: Sequence[Reading], lane: Lane) -> list[Message | Refusal]:
        """One message for each poll or row."""
        return [self._state(group, lane) for group in grouped(readings)]

    def alarm(self, event: AlarmEvent) -> Message:
        """One message under its meter; what is no meter's stands under ``bridge``."""
        payload = json.dumps(alarm_fields(event), ensure_ascii=False).encode()
        return Message(self._topic(event.alarm.whose, "alarm"), payload)

    def hello(self, cards: Sequence[MeterCard]) -> list[Message]:
        """The bridge is online, and what is known of every meter: brokers forget (faults.md 31)."""
        messages = [self._bridge("online")]
        for card in cards:
            messages += self.announce(card)
        return messages

    def announce(self, card: MeterCard) -> list[Message]:
        """A meter's availability and its series."""
        online = b"online" if card.online else b"offline"
        info = {
            "name": card.name,
            "series": {s.key: {"obis": s.obis, "unit": s.unit} for s in card.series},
        }
        payload = json.dumps(info, ensure_ascii=False).encode()
        return [
            Message(self._topic(card.name, "availability"), online, retain=True),
            Message(self._topic(card.name, "info"), payload, retain=True),
        ]

    def withdraw(self, card: MeterCard) -> list[Message]:
        """Take a removed meter's retained messages off the broker: an empty payload does that."""
        return [
            Message(self._topic(card.name, "availability"), b"", retain=True),
            Message(self._topic(card.name, "info"), b"", retain=True),
        ]

    def goodbye(self, cards: Sequence[MeterCard]) -> list[Message]:
        """Every meter, then the bridge, is offline."""
        offline = [
            Message(self._topic(card.name, "availability"), b"offline", retain=True)
            for card in cards
        ]
        return [*offline, self._bridge("offline")]

    def listening(self) -> Listening:
        """The PUBACK's reason of an ordinary message is the only hint that a broker gives."""
        return Listening(Message(f"{self.base}/bridge/test", b"{}"))

    def _bridge(self, state: str) -> Message:
        return Message(f"{self.base}/bridge/state", state.encode(), retain=True)

    def _state(self, group: Sequence[Reading], lane: Lane) -> Message:
        first = group[0]
        numbers = numbers_of(group)
        payload = (
            f'{{"ts":{first.ts_ms},"host_ts":{first.host_ts_ms},"src":"{first.source}",'
            f'"seq":{numbers[-1]},"q":"{first.quality}","values":{json_values(group)}}}'
        )
        return Message(self._topic(first.meter, _TOPICS[lane]), payload.encode(), numbers)

    def _topic(self, meter: str, leaf: str) -> str:
        return f"{self.base}/{meter}/{leaf}"


SINKS.add(PlainMqtt.kind, PlainMqtt)
