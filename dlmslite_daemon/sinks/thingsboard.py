"""ThingsBoard: its settings, and the gateway mode: one connection with a gateway's token.

In the modes ``device`` and ``legacy`` each meter has a connection of its own (own_device.py). The
topics of the gateway mode::

    v1/gateway/connect       {"device":"Name","type":"default"}      each live meter, each connect
    v1/gateway/disconnect    {"device":"Name"}                       a meter that went offline
    v1/gateway/telemetry     {"Name":[{"ts":ms,"values":{…}},…],…}
    v1/gateway/attributes    {"Name":{"units":{…},"obis":{…}}}
    v1/devices/me/telemetry  {"ts":ms,"values":{…}}                  alarms of bridge and sinks

An alarm is telemetry of its meter: ``{"alarm_breaker_open":true,"alarm":{…}}`` when it is raised,
``false`` when it is cleared, so that one rule of ThingsBoard can raise and clear an alarm there.
ThingsBoard drops a session whose payload is larger than its limit, so telemetry is cut to fit.
Both lanes go to the same topic: every point carries its own time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from attrs import define, field, frozen

from dlmslite_daemon.alarm import BRIDGE, AlarmEvent
from dlmslite_daemon.config.schema import check_secret
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.sinks.base import (
    SINKS,
    BrokerAddress,
    Encoder,
    Listening,
    Message,
    MeterCard,
    Refusal,
    grouped,
    json_values,
    numbers_of,
)
from dlmslite_daemon.sinks.own_device import (
    ASKED,
    TELEMETRY,
    DeviceEncoder,
    Point,
    alarm_message,
    json_octets,
)
from dlmslite_daemon.sinks.per_meter import OwnConnection

MODES = ("gateway", "device", "legacy")
PAYLOAD_LEAST = 256  # octets; one value with its name and time fits
PAYLOAD_MAX = 8192  # octets; the gateway protocol's own default maxPayloadSizeBytes

BRIDGE_DEVICE = "dlmslite-bridge"  # what the bridge is called in the mode ``legacy``

_CONNECT = "v1/gateway/connect"
_DISCONNECT = "v1/gateway/disconnect"
_TELEMETRY = "v1/gateway/telemetry"
_ATTRIBUTES = "v1/gateway/attributes"


@frozen
class ThingsBoard:
    """Settings of a ThingsBoard sink.

    Attributes:
        host: Name or address of ThingsBoard, or of the old broker.
        port: Its MQTT port; the old broker has 1884.
        secret: A reference to the gateway device's access token.
        mode: ``gateway``: one connection, the token of a gateway device. ``device``: one client
            and one token for each meter. ``legacy``: one anonymous client for each meter at the
            old broker, read by the old gateway's connector.
        tokens: In the mode ``device``, a reference to each meter's token, by its name. The one of
            ``bridge`` is that of a device for the bridge itself; without it alarms that concern no
            meter have no place there.
        meters: In the modes ``device`` and ``legacy``, only these meters; empty for all.
        device_names: In the mode ``legacy``, what a meter is called in ThingsBoard where that is
            not its name here; ``bridge`` is the bridge itself, else called ``dlmslite-bridge``.
        device_type: The device profile that new meters get from a gateway.
        payload_max: Octets in one payload at most.
        tls: Whether the connection is TLS.
        ca_file: Certificates to trust instead of the system's.
        cert_file: Client certificate chain, PEM.
        key_file: Its private key, PEM.
    """

    kind: ClassVar[str] = "thingsboard"

    host: str
    port: int = 1883
    secret: str = ""
    mode: str = "gateway"
    tokens: Mapping[str, str] = field(factory=dict, repr=False)
    meters: tuple[str, ...] = ()
    device_names: Mapping[str, str] = field(factory=dict)
    device_type: str = "default"
    payload_max: int = PAYLOAD_MAX
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def __attrs_post_init__(self) -> None:
        check_secret(self.secret, "secret")
        for meter, reference in self.tokens.items():
            check_secret(reference, f"tokens.{meter}")
        if self.mode not in MODES:
            raise ConfigError(f"{self.mode!r} is not one of {', '.join(MODES)}", key="mode")
        self._check_mode()
        if self.payload_max < PAYLOAD_LEAST:
            raise ConfigError(f"less than {PAYLOAD_LEAST} octets hold nothing", key="payload_max")

    def _check_mode(self) -> None:
        if self.mode != "gateway" and self.secret:
            where = "in 'tokens', by meter" if self.mode == "device" else "nowhere"
            raise ConfigError(f"in the mode {self.mode!r} tokens stand {where}", key="secret")
        if self.mode != "device" and self.tokens:
            raise ConfigError("they belong to the mode 'device'", key="tokens")
        if self.mode != "legacy" and self.device_names:
            raise ConfigError("they belong to the mode 'legacy'", key="device_names")
        if self.mode == "gateway" and self.meters:
            raise ConfigError("a gateway carries all meters", key="meters")

    @property
    def per_meter(self) -> bool:
        """Whether each meter has a connection of its own."""
        return self.mode != "gateway"

    def carries(self, meter: str) -> bool:
        """Whether this meter's readings go there."""
        return not self.meters or meter in self.meters

    def own(self, number: int, meter: str) -> OwnConnection:
        """One meter's connection.

        Raises:
            ConfigError: The meter has no token.
        """
        if self.mode == "legacy":
            device = self.device_names.get(meter, meter)
            encoder = DeviceEncoder(self.payload_max, device)
            return OwnConnection(f"dlms_meter_{number}", "", encoder)
        token = self.tokens.get(meter)
        if not token:
            raise ConfigError(
                f"{meter} has no token",
                key="tokens",
                hint=f"give it one, or name the meters that this sink is for: tokens.{meter}",
            )
        return OwnConnection("", token, DeviceEncoder(self.payload_max))

    def of_bridge(self) -> OwnConnection | None:
        """The connection by which the bridge speaks of itself; None where it has no token."""
        if self.mode == "legacy":
            device = self.device_names.get(BRIDGE, BRIDGE_DEVICE)
            return OwnConnection("dlms_bridge", "", DeviceEncoder(self.payload_max, device))
        token = self.tokens.get(BRIDGE)
        return OwnConnection("", token, DeviceEncoder(self.payload_max)) if token else None

    def address(self, password: str) -> BrokerAddress:
        """Where to connect; ThingsBoard takes its token as the user name."""
        return BrokerAddress(
            host=self.host,
            port=self.port,
            username=password,
            tls=self.tls,
            ca_file=self.ca_file,
            cert_file=self.cert_file,
            key_file=self.key_file,
        )

    def encoder(self) -> Encoder:
        """The encoder of the shared connection, or what all meters' own ones have in common."""
        if self.per_meter:
            return DeviceEncoder(self.payload_max, "test" if self.mode == "legacy" else "")
        return GatewayEncoder(self.device_type, self.payload_max)


@frozen
class GatewayEncoder:
    """Readings to ThingsBoard's gateway topics. Pure.

    Attributes:
        device_type: The device profile that new meters get.
        payload_max: Octets in one payload at most.
    """

    device_type: str = "default"
    payload_max: int = PAYLOAD_MAX

    @property
    def will(self) -> None:
        """None: ThingsBoard sees by itself that a gateway went away."""
        return

    def encode(self, readings: Sequence[Reading], lane: Lane) -> list[Message | Refusal]:
        """As many points in a message as fit; a point that is too large is cut by its values."""
        del lane  # a point carries its own time; both lanes share one topic
        packed: list[Message | Refusal] = []
        packet = _Packet()
        for group in grouped(readings):
            for point in self._points(group):
                if isinstance(point, Refusal):
                    packed.append(point)
                    continue
                if packet.size_with(point) > self.payload_max:
                    packed.append(packet.message())
                    packet = _Packet()
                packet.add(point)
        if packet.numbers:
            packed.append(packet.message())
        return packed

    def alarm(self, event: AlarmEvent) -> Message:
        """Telemetry of its meter, or of the gateway; words go where there is no room for them."""
        whose = event.alarm.whose

        def told(point: Point) -> Message:
            if whose == BRIDGE:
                return Message(TELEMETRY, json_octets(point))
            return Message(_TELEMETRY, json_octets({whose: [point]}))

        return alarm_message(event, self.payload_max, told)

    def hello(self, cards: Sequence[MeterCard]) -> list[Message]:
        """``connect`` again for every live meter: ThingsBoard forgets them with the session."""
        return [message for card in cards if card.online for message in self.announce(card)]

    def announce(self, card: MeterCard) -> list[Message]:
        """A live meter connects, with its units and OBIS codes; another one disconnects."""
        if not card.online:
            return [Message(_DISCONNECT, json_octets({"device": card.name}))]
        attributes = {
            "units": {series.key: series.unit for series in card.series},
            "obis": {series.key: series.obis for series in card.series},
        }
        return [
            Message(_CONNECT, json_octets({"device": card.name, "type": self.device_type})),
            Message(_ATTRIBUTES, json_octets({card.name: attributes})),
        ]

    def withdraw(self, card: MeterCard) -> list[Message]:
        """A removed meter disconnects; its history stays in ThingsBoard."""
        return [Message(_DISCONNECT, json_octets({"device": card.name}))]

    def goodbye(self, cards: Sequence[MeterCard]) -> list[Message]:
        """Every live meter disconnects."""
        return [message for card in cards if card.online for message in self.withdraw(card)]

    def listening(self) -> Listening:
        """ThingsBoard answers a request for attributes; a plain broker answers nothing."""
        return ASKED

    def _points(self, group: Sequence[Reading]) -> Iterator[_Point | Refusal]:
        """A poll as one point, or as several where one would be too large for a payload."""
        point = _point(group)
        if _Packet().size_with(point) <= self.payload_max:
            yield point
        elif len(group) == 1:
            reason = f"the value of {group[0].series} is larger than {self.payload_max} octets"
            yield Refusal(numbers_of(group), reason)
        else:
            middle = len(group) // 2
            yield from self._points(group[:middle])
            yield from self._points(group[middle:])


@frozen
class _Point:
    """One ``{"ts":…,"values":{…}}`` of one device.

    Attributes:
        device: The device's name as JSON text.
        text: The point as JSON text.
        size: Octets of ``text``.
        numbers: The readings inside.
    """

    device: str
    text: str
    size: int
    numbers: tuple[int, ...]


def _point(group: Sequence[Reading]) -> _Point:
    text = f'{{"ts":{group[0].ts_ms},"values":{json_values(group)}}}'
    device = json.dumps(group[0].meter)
    return _Point(device, text, len(text.encode()), numbers_of(group))


@define
class _Packet:
    """A telemetry payload while it is filled; its size is known at every step."""

    devices: dict[str, list[str]] = field(factory=dict)
    numbers: list[int] = field(factory=list)
    size: int = 2  # {}

    def size_with(self, point: _Point) -> int:
        """How large the payload would be with one more point."""
        # "Name":[point], and a comma before whatever is not first.
        frame = 1 if point.device in self.devices else len(point.device) + 4
        return self.size + frame + point.size

    def add(self, point: _Point) -> None:
        """Put the point in."""
        self.size = self.size_with(point)
        self.devices.setdefault(point.device, []).append(point.text)
        self.numbers += point.numbers

    def message(self) -> Message:
        """The payload as a message."""
        parts = (f"{device}:[{','.join(points)}]" for device, points in self.devices.items())
        payload = "{" + ",".join(parts) + "}"
        return Message(_TELEMETRY, payload.encode(), tuple(self.numbers))


SINKS.add(ThingsBoard.kind, ThingsBoard)
