"""What a sink says of itself that gives each meter a connection, and a cursor, of its own."""

from __future__ import annotations

from typing import Protocol, TypeGuard, runtime_checkable

from attrs import field, frozen

from dlmslite_daemon.sinks.base import Encoder, Sink


@frozen
class OwnConnection:
    """What the connection of one meter, or of the bridge, needs where each meter has its own.

    Attributes:
        client_id: The MQTT client identifier; empty for one made of the names.
        secret: A reference to its token; empty for none.
        encoder: What makes its messages.
    """

    client_id: str
    secret: str = field(repr=False)
    encoder: Encoder


@runtime_checkable
class PerMeterSink(Sink, Protocol):
    """A sink that may give each meter a connection of its own, with a cursor of its own."""

    @property
    def per_meter(self) -> bool:
        """Whether it does."""
        ...

    def carries(self, meter: str) -> bool:
        """Whether this meter's readings go there."""
        ...

    def own(self, number: int, meter: str) -> OwnConnection:
        """What one meter's connection needs.

        Args:
            number: The meter's number.
            meter: Its name.

        Raises:
            ConfigError: Something is missing, such as its token.
        """
        ...

    def of_bridge(self) -> OwnConnection | None:
        """What the connection needs that tells alarms of no meter; None where there is none."""
        ...


def is_per_meter(sink: Sink) -> TypeGuard[PerMeterSink]:
    """Whether each meter has a connection of its own there."""
    return isinstance(sink, PerMeterSink) and sink.per_meter
