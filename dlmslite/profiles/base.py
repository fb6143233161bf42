"""What a device profile says, as frozen values.

A profile is one of a meter or one of a converter; a converter's limits hold for every meter behind
it, so the two are applied together.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from dlmslite.quirks import STANDARD, Quirks
from dlmslite.records import frozen
from dlmslite.values.obis import Obis

SERIAL_DIGITS = 4  # last digits of a serial number that some meters take as physical address


class Kind(enum.Enum):
    """What a profile describes."""

    METER = "meter"
    CONVERTER = "converter"


class Physical(enum.Enum):
    """Physical addresses that are not the same for every meter of a kind."""

    SERIAL = "serial-last-4"


@frozen
class ServerAddress:
    """One form in which a meter can be addressed.

    Attributes:
        logical: The logical device; the wPort of a wrapper.
        physical: The physical device, None where the form has none, or where it comes from.
        octets: Octets of the HDLC address; 0 takes the shortest form.
        note: When it works.
    """

    logical: int
    physical: int | Physical | None = None
    octets: int = 0
    note: str = ""

    def of(self, serial: str | None = None) -> int | tuple[int, int] | None:
        """The server address for ``connect``; None where it needs a serial number.

        Args:
            serial: The meter's serial number; its last four digits count.
        """
        if self.physical is None:
            return self.logical
        if isinstance(self.physical, int):
            return self.logical, self.physical
        digits = "".join(letter for letter in serial or "" if letter.isdecimal())
        if len(digits) < SERIAL_DIGITS:
            return None
        return self.logical, int(digits[-SERIAL_DIGITS:])


@frozen
class ClientAddress:
    """One client that a meter knows; its password is nobody's business here.

    Attributes:
        address: The client address.
        auth: ``none`` or ``lls``.
        access: What it may do, in words.
    """

    address: int
    auth: str
    access: str = ""


@frozen
class Series:
    """One thing worth reading.

    Attributes:
        key: Its name.
        obis: Its logical name.
        class_id: Its class.
        attribute: Which attribute.
        unit: Its unit as it is usually written; the meter's own scaler and unit decide.
    """

    key: str
    obis: Obis
    class_id: int = 3
    attribute: int = 2
    unit: str = ""


@frozen(kw_only=True)
class Limits:
    """What is too much for the device; 0 means that nothing is known.

    Attributes:
        sessions: Connections at a time.
        idle: Seconds of silence after which the device ends the connection.
        buffer: Octets that it takes in one piece.
        max_info: Longest HDLC information field.
        window: HDLC frames before an answer.
        max_pdu: Longest APDU that it takes.
        pause_between_connections: Seconds to wait before connecting again.
        octet_gap: Seconds that it may pause inside one answer.
    """

    sessions: int = 0
    idle: float = 0.0
    buffer: int = 0
    max_info: int = 0
    window: int = 0
    max_pdu: int = 0
    pause_between_connections: float = 0.0
    octet_gap: float = 0.0


@frozen(kw_only=True)
class DeviceProfile:
    """What is known of one kind of device.

    Attributes:
        name: As it is asked for.
        kind: Meter or converter.
        title: In words.
        sources: Where each statement comes from.
        framing: ``hdlc`` or ``wrapper``; empty where the device does not decide it.
        port: The usual TCP port; 0 where there is none.
        servers: How a meter is addressed, in the order in which to try.
        clients: Whom a meter knows.
        limits: What is too much.
        quirks: What a meter does differently.
        series: What is worth reading.
        messages: Texts that a converter sends by itself, and what they mean.
        battery: Whether a meter lives on a battery, so that each session shortens its life.
    """

    name: str
    kind: Kind
    title: str
    sources: tuple[str, ...]
    framing: str = ""
    port: int = 0
    servers: tuple[ServerAddress, ...] = ()
    clients: tuple[ClientAddress, ...] = ()
    limits: Limits = Limits()
    quirks: Quirks = STANDARD
    series: tuple[Series, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    battery: bool = False


@frozen(kw_only=True)
class Advice:
    """What profiles say together about one connection.

    Attributes:
        servers: How to address the meter, in the order in which to try.
        clients: Whom the meter knows.
        quirks: What is different.
        limits: The strictest of each.
        series: What is worth reading.
        battery: Whether the meter lives on a battery.
    """

    servers: tuple[ServerAddress, ...] = ()
    clients: tuple[ClientAddress, ...] = ()
    quirks: Quirks = STANDARD
    limits: Limits = Limits()
    series: tuple[Series, ...] = ()
    battery: bool = False

    def client_for(self, auth: str) -> int | None:
        """The first client that proves itself so, or None."""
        found = (client.address for client in self.clients if client.auth == auth)
        return next(found, None)


def combine(profiles: Iterable[DeviceProfile]) -> Advice:
    """What several profiles say together: a meter's and its converter's."""
    profiles = tuple(profiles)
    limits = Limits(
        sessions=_strictest(profile.limits.sessions for profile in profiles),
        idle=_strictest(profile.limits.idle for profile in profiles),
        buffer=_strictest(profile.limits.buffer for profile in profiles),
        max_info=_strictest(profile.limits.max_info for profile in profiles),
        window=_strictest(profile.limits.window for profile in profiles),
        max_pdu=_strictest(profile.limits.max_pdu for profile in profiles),
        pause_between_connections=max(
            (profile.limits.pause_between_connections for profile in profiles), default=0.0
        ),
        octet_gap=max((profile.limits.octet_gap for profile in profiles), default=0.0),
    )
    meters = [profile for profile in profiles if profile.kind is Kind.METER]
    return Advice(
        servers=tuple(server for meter in meters for server in meter.servers),
        clients=tuple(client for meter in meters for client in meter.clients),
        quirks=_quirks([profile.quirks for profile in profiles], limits),
        limits=limits,
        series=tuple(series for meter in meters for series in meter.series),
        battery=any(meter.battery for meter in meters),
    )


def _strictest(values: Iterable[float]) -> int:
    known = [value for value in values if value]
    return min(known, default=0)  # type: ignore[return-value] # a number of the kind that was given


def _quirks(all_quirks: list[Quirks], limits: Limits) -> Quirks:
    """Every departure that one of them has; the stricter where both have one."""
    return Quirks(
        no_release=any(quirks.no_release for quirks in all_quirks),
        no_snrm_parameters=any(quirks.no_snrm_parameters for quirks in all_quirks),
        inverted_deviation=any(quirks.inverted_deviation for quirks in all_quirks),
        with_list_limit=_strictest(quirks.with_list_limit for quirks in all_quirks),
        no_with_list=any(quirks.no_with_list for quirks in all_quirks),
        bare_conformance_tag=any(quirks.bare_conformance_tag for quirks in all_quirks),
        request_pause=max((quirks.request_pause for quirks in all_quirks), default=0.0),
        address_octets=max((quirks.address_octets for quirks in all_quirks), default=0),
        small_buffer=_strictest([limits.buffer, *(quirks.small_buffer for quirks in all_quirks)]),
    )
