"""Makes the connections of sinks: those that deliver, and those that only try.

A trial has a client id of its own, so it never takes the session of a connection that delivers.
"""

from __future__ import annotations

from functools import partial

from attrs import evolve

from dlmslite_daemon.alarm import BRIDGE
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.config.secrets import Secrets
from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.sinks.base import Encoder, Sink, sink_of
from dlmslite_daemon.sinks.mqtt_client import Connection, MqttClient
from dlmslite_daemon.sinks.per_meter import is_per_meter
from dlmslite_daemon.sinks.probe import SinkTrial, probe, probe_each
from dlmslite_daemon.store.records import SinkRecord

NO_PLACE = "alarms of the bridge itself have no place there: give 'bridge' a token, as a meter has"


class Couriers:
    """Where connections to sinks come from.

    Args:
        shared: What all workers share.
        secrets: What opens tokens and passwords.
    """

    def __init__(self, shared: Shared, secrets: Secrets) -> None:
        self._shared = shared
        self._secrets = secrets

    def forwarder(self, record: SinkRecord, meter: str = "", number: int = 0) -> Forwarder:
        """The worker of a sink, or of one connection where each meter has its own.

        Args:
            record: The sink.
            meter: Whose connection it is: a meter's, or the bridge's own; empty for all meters'.
            number: That meter's number.

        Raises:
            BridgeError: Its options or its secret make no sense.
        """
        settings = record.settings
        if not meter:
            sink = sink_of(settings)
            client = self._client(settings, sink, f"dlmslite-{record.name}")
            return Forwarder(record.name, settings.kind, client, sink.encoder(), self._shared)
        client, encoder = self._own_client(settings, meter, number)
        return Forwarder(record.name, settings.kind, client, encoder, self._shared, meter)

    def probe(self, settings: SinkSettings, seconds: float) -> SinkTrial:
        """Try every connection of a sink, until one fails.

        Raises:
            BridgeError: Its options or its secret make no sense.
        """
        sink, clock = sink_of(settings), self._shared.clock
        if not is_per_meter(sink):
            client = self._client(settings, sink, f"dlmslite-{settings.name}-test", will=False)
            return probe(client, sink.encoder().listening(), clock, seconds)
        meters = self._shared.store.meters()
        whose = [(meter.name, meter.id) for meter in meters if sink.carries(meter.name)]
        speaks = sink.of_bridge() is not None
        if speaks:
            whose.append((BRIDGE, 0))

        def one(meter: str, number: int, left: float) -> SinkTrial:
            client, encoder = self._own_client(settings, meter, number, "-test")
            return probe(client, encoder.listening(), clock, left)

        trials = {meter: partial(one, meter, number) for meter, number in whose}
        return evolve(probe_each(trials, clock, seconds), note="" if speaks else NO_PLACE)

    def _own_client(
        self, settings: SinkSettings, meter: str, number: int, suffix: str = ""
    ) -> tuple[MqttClient, Encoder]:
        """One meter's connection to a sink that has one for each, or the bridge's own there."""
        sink = sink_of(settings)
        if not is_per_meter(sink):
            raise ConfigError("all meters share one connection", key=f"sinks.{settings.name}.mode")
        own = (sink.of_bridge() if meter == BRIDGE else None) or sink.own(number, meter)
        secret = self._secrets.reveal(own.secret, f"sinks.{settings.name}.tokens.{meter}").reveal()
        client_id = (own.client_id or f"dlmslite-{settings.name}-{meter}") + suffix
        client = MqttClient(Connection(sink.address(secret), client_id), self._shared.clock)
        return client, own.encoder

    def _client(
        self, settings: SinkSettings, sink: Sink, client_id: str, *, will: bool = True
    ) -> MqttClient:
        secret = self._secrets.reveal(sink.secret, f"sinks.{settings.name}.secret").reveal()
        last_words = sink.encoder().will if will else None
        return MqttClient(
            Connection(sink.address(secret), client_id, last_words), self._shared.clock
        )
