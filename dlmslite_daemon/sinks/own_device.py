"""ThingsBoard's device topics: each meter speaks for itself, on a connection of its own.

::

    v1/devices/me/telemetry    {"ts":ms,"values":{…}}                     one poll or one row
    v1/devices/me/attributes   {"units":{…},"obis":{…}}                   not for the old broker
    v1/devices/me/telemetry    {"ts":ms,"values":{"device_name":"…",…}}   for the old broker

In the mode ``device`` the connection's token says which meter speaks. In the mode ``legacy`` there
is none: the old gateway's connector reads ``device_name`` among the values, and one message holds
one poll, as the old bridge wrote it. Alarms of the bridge itself have a device of their own too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from dlmslite_daemon.alarm import AlarmEvent
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.sinks.base import (
    Listening,
    Message,
    MeterCard,
    Refusal,
    alarm_fields,
    grouped,
    json_values,
    numbers_of,
)

TELEMETRY = "v1/devices/me/telemetry"
ATTRIBUTES = "v1/devices/me/attributes"
ASKED = Listening(
    Message(f"{ATTRIBUTES}/request/1", b'{"clientKeys":"dlmslite"}'),
    answers=f"{ATTRIBUTES}/response/+",
)
"""ThingsBoard answers a request for attributes; a plain broker answers nothing."""
_WORDS_OF_AN_ALARM = ("details", "message", "category", "acknowledged_by")
"""What an alarm can do without when a payload has no room, in the order in which it goes."""

Point = dict[str, Any]


@frozen
class DeviceEncoder:
    """Readings of one meter to the topics of its own device. Pure.

    Attributes:
        payload_max: Octets in one payload at most.
        device_name: What stands among the values in the mode ``legacy``; empty for the mode
            ``device``.
    """

    payload_max: int
    device_name: str = ""

    @property
    def will(self) -> None:
        """None: ThingsBoard sees by itself that a device went away."""
        return

    def encode(self, readings: Sequence[Reading], lane: Lane) -> list[Message | Refusal]:
        """One message for each poll or row; one that is too large is cut by its values."""
        del lane  # a point carries its own time; both lanes share one topic
        return [product for group in grouped(readings) for product in self._cut(group)]

    def alarm(self, event: AlarmEvent) -> Message:
        """Telemetry of the device; words go where there is no room for them."""
        return alarm_message(event, self.payload_max, self._told)

    def hello(self, cards: Sequence[MeterCard]) -> list[Message]:
        """Units and OBIS codes, again after each connect."""
        return [message for card in cards for message in self.announce(card)]

    def announce(self, card: MeterCard) -> list[Message]:
        """A meter's units and OBIS codes; the old gateway reads none."""
        if self.device_name or not card.series:
            return []
        attributes = {
            "units": {series.key: series.unit for series in card.series},
            "obis": {series.key: series.obis for series in card.series},
        }
        return [Message(ATTRIBUTES, json_octets(attributes))]

    def withdraw(self, card: MeterCard) -> list[Message]:
        """Nothing: the device and its history stay in ThingsBoard."""
        del card
        return []

    def goodbye(self, cards: Sequence[MeterCard]) -> list[Message]:
        """Nothing: the end of the connection says it."""
        del cards
        return []

    def listening(self) -> Listening:
        """A request that ThingsBoard answers; on the old broker the PUBACK's reason is a hint."""
        return Listening(Message(TELEMETRY, b'{"values":{}}')) if self.device_name else ASKED

    def _told(self, point: Point) -> Message:
        if self.device_name:
            point["values"]["device_name"] = self.device_name
        return Message(TELEMETRY, json_octets(point))

    def _cut(self, group: Sequence[Reading]) -> Iterator[Message | Refusal]:
        text = json_values(group)
        if self.device_name:
            text = f'{text[:-1]},"device_name":{json.dumps(self.device_name, ensure_ascii=False)}}}'
        payload = f'{{"ts":{group[0].ts_ms},"values":{text}}}'.encode()
        if len(payload) <= self.payload_max:
            yield Message(TELEMETRY, payload, numbers_of(group))
        elif len(group) == 1:
            reason = f"the value of {group[0].series} is larger than {self.payload_max} octets"
            yield Refusal(numbers_of(group), reason)
        else:
            middle = len(group) // 2
            yield from self._cut(group[:middle])
            yield from self._cut(group[middle:])


def alarm_message(event: AlarmEvent, payload_max: int, told: Callable[[Point], Message]) -> Message:
    """An alarm as telemetry, with as many of its words as a payload has room for.

    Args:
        event: What happened to the alarm.
        payload_max: Octets in one payload at most.
        told: Makes the message of the point ``{"ts":…,"values":{…}}``.
    """
    alarm, fields = event.alarm, alarm_fields(event)
    while True:
        values = {f"alarm_{alarm.condition.code}": alarm.active, "alarm": fields}
        message = told({"ts": event.ts_ms, "values": values})
        spare = next((key for key in _WORDS_OF_AN_ALARM if key in fields), None)
        if spare is None or len(message.payload) <= payload_max:
            return message
        del fields[spare]


def json_octets(value: object) -> bytes:
    """JSON without blanks, as ThingsBoard is sent it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
