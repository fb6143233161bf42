"""A URL to a transport and a link; shared by the clients and, through them, the daemon.

=======================  ======================================================================
``tcp://HOST:PORT``      the wrapper of IEC 62056-47 over TCP
``udp://HOST:PORT``      the same over UDP, one APDU in each datagram
``tcp+hdlc://HOST:PORT`` HDLC of IEC 62056-46 through a TCP-to-serial converter, or a meter that
                         speaks HDLC over TCP
``serial:///dev/NAME``   HDLC on a serial port; ``?`` and ``&`` stand before each of the keys that
                         ``SerialPort`` names
=======================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from attrs import evolve

from dlmslite.association.association import Association
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import Link
from dlmslite.quirks import Quirks
from dlmslite.records import frozen
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.transport.base import LineSettings, Transport

DLMS_PORT = 4059  # registered with IANA as dlms/cosem, for TCP and UDP
RETRIES = 3  # polls of a silent meter; two of them lie within the deadline of an exchange, so that
# a late answer finds the link still standing
BITS_PER_OCTET = 10  # on a serial line: start, eight bits or seven and parity, stop
SERIAL_GAP = 0.1  # s of silence inside a frame on a serial port, beside three characters
_FRAMINGS = {"tcp": "wrapper", "udp": "wrapper", "tcp+hdlc": "hdlc", "serial": "hdlc"}
_DIRECT = LineSettings(9600, "8N1")
_OPENING = LineSettings(300, "7E1")  # where a sign-on of mode E begins (IEC 62056-21, 6.4.6)
_SWITCH = {"yes": True, "no": False}


@frozen(kw_only=True)
class SerialPort:
    """A serial port and how it is used: the keys of a ``serial://`` URL.

    Attributes:
        device: The path of the port.
        mode: ``e`` for a sign-on of IEC 62056-21 mode E before HDLC; empty for HDLC at once.
        baud: The speed at which the line begins; 9600, or 300 in mode E. After the sign-on the
            meter decides.
        format: Data bits, parity and stop bits then: ``8N1``, or ``7E1`` in mode E. HDLC after a
            sign-on is always ``8N1``.
        echo: ``yes`` where the line gives back what is sent.
        wake_up: ``yes`` where the meter sleeps until it is woken; mode E only.
        address: The device address of the sign-on, where several meters hear it; mode E only.
    """

    device: str
    mode: str = ""
    line: LineSettings = _DIRECT
    echo: bool = False
    wake_up: bool = False
    address: str = ""

    @classmethod
    def parse(cls, url: str, parts: SplitResult) -> Self:
        """Read what stands behind ``serial://``.

        Raises:
            ConfigurationError: A key is unknown, twice there, or its value makes no sense.
        """
        if parts.netloc or not parts.path.strip("/") or parts.fragment:
            raise ConfigurationError(
                f"{url!r} names no serial port", hint="three slashes: serial:///dev/ttyUSB0"
            )
        try:
            pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise ConfigurationError(f"{url!r}: write KEY=VALUE&KEY=VALUE") from None
        keys = dict(pairs)
        mode = keys.pop("mode", "")
        if mode not in {"", "e"}:
            raise ConfigurationError(f"{url!r}: the only mode is e")
        default = _OPENING if mode else _DIRECT
        baud = keys.pop("baud", str(default.baud))
        if not (baud.isascii() and baud.isdigit()):
            raise ConfigurationError(f"{url!r}: {baud!r} is no speed")
        port = cls(
            device=unquote(parts.path),
            mode=mode,
            line=LineSettings(int(baud), keys.pop("format", default.format).upper()),
            echo=_switch(url, keys, "echo"),
            wake_up=_switch(url, keys, "wake_up"),
            address=keys.pop("address", ""),
        )
        if keys or len(dict(pairs)) != len(pairs):
            wrong = ", ".join(keys) or "a key is there twice"
            known = "mode, baud, format, echo, wake_up, address"
            raise ConfigurationError(f"{url!r}: {wrong}", hint=f"the keys are {known}")
        if not mode and (port.wake_up or port.address):
            raise ConfigurationError(f"{url!r}: wake_up and address belong to mode=e")
        return port

    @property
    def name(self) -> str:
        """The URL without what is as usual."""
        usual = _OPENING if self.mode else _DIRECT
        keys = {
            "mode": self.mode,
            "baud": "" if self.line.baud == usual.baud else str(self.line.baud),
            "format": "" if self.line.format == usual.format else self.line.format,
            "echo": "yes" if self.echo else "",
            "wake_up": "yes" if self.wake_up else "",
            "address": self.address,
        }
        query = urlencode({key: value for key, value in keys.items() if value})
        return f"serial://{quote(self.device)}{'?' if query else ''}{query}"


@frozen
class Endpoint:
    """Where a meter is, and what is spoken there.

    Attributes:
        scheme: ``tcp``, ``udp``, ``tcp+hdlc`` or ``serial``.
        host: Name or address; empty for a serial port.
        port: TCP or UDP port; 0 for a serial port.
        serial: The serial port, where it is one.
    """

    scheme: str
    host: str = ""
    port: int = 0
    serial: SerialPort | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL.

        Raises:
            ConfigurationError: It is not one of the forms above. A URL that holds a password is
                refused, since URLs end up in logs; the message does not repeat it.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigurationError("the URL's host or port makes no sense") from None
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError(
                "a secret is never part of a URL", hint="give it with auth=, or by file or prompt"
            )
        if parts.scheme not in _FRAMINGS:
            raise ConfigurationError(
                f"{url!r}: the forms known are tcp://HOST:PORT, tcp+hdlc://HOST:PORT, "
                "udp://HOST:PORT and serial:///dev/NAME"
            )
        if parts.scheme == "serial":
            return cls(parts.scheme, serial=SerialPort.parse(url, parts))
        if not parts.hostname:
            raise ConfigurationError(f"{url!r} names no host")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ConfigurationError(f"{url!r}: nothing may follow the port")
        return cls(parts.scheme, parts.hostname, DLMS_PORT if port is None else port)

    @property
    def framing(self) -> str:
        """``hdlc`` or ``wrapper``."""
        return _FRAMINGS[self.scheme]

    @property
    def name(self) -> str:
        """The URL in its shortest form, the same for every way of writing it."""
        if self.serial is not None:
            return self.serial.name
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def wire(self) -> str:
        """The name of the wire alone, the same however it is used: what is locked."""
        return f"serial://{quote(self.serial.device)}" if self.serial else self.name


@frozen(kw_only=True)
class Options:
    """How to talk to the meter behind an endpoint.

    Attributes:
        client: Our client address.
        server: The meter's address: one number, or logical and physical.
        quirks: What the meter does differently.
        max_info: The longest HDLC information field to propose.
        window: HDLC frames to propose before an answer.
        timeout: Seconds for one exchange.
        adaptive: Whether the link learns from the answers when to ask again.
    """

    client: int
    server: int | tuple[int, int]
    quirks: Quirks
    max_info: int
    window: int
    timeout: float
    adaptive: bool = True


def make_transport(endpoint: Endpoint, timeout: float) -> Transport:
    """The wire to an endpoint, not yet open.

    Args:
        endpoint: Where.
        timeout: Seconds for the connection to be made.

    Raises:
        ConfigurationError: This machine has no such wires.
    """
    # Each wire is imported when it is used: most scripts talk to one meter.
    if endpoint.serial is not None:
        return _serial_transport(endpoint.serial, timeout)
    if endpoint.scheme == "udp":
        from dlmslite.transport.udp import UdpTransport  # noqa: PLC0415 - see above

        return UdpTransport(endpoint.host, endpoint.port, timeout=timeout)
    from dlmslite.transport.tcp import TcpTransport  # noqa: PLC0415 - see above

    return TcpTransport(endpoint.host, endpoint.port, timeout=timeout)


def make_session(endpoint: Endpoint, options: Options) -> Session:
    """What is said on that wire, in the client role.

    Raises:
        ConfigurationError: An option makes no sense.
    """
    association = Association(Role.CLIENT, repeats=endpoint.scheme == "udp")
    return Session(_LINKS[endpoint.framing](endpoint, options), association)


def response_timeout(timeout: float) -> float:
    """After how many seconds a link asks again, for an exchange that has so many in all."""
    return timeout / RETRIES


def _serial_transport(port: SerialPort, timeout: float) -> Transport:
    try:
        from dlmslite.transport.serial import SerialTransport  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"no serial ports here: {error}", hint="they need a POSIX system, or a converter to TCP"
        ) from error

    return SerialTransport(port.device, port.line, echo=port.echo, timeout=timeout)


def _hdlc(endpoint: Endpoint, options: Options) -> Link:
    # Imported when it is spoken: most scripts talk to one meter, and one link is half the import.
    from dlmslite.link.hdlc.link import HdlcLink  # noqa: PLC0415 - see above
    from dlmslite.link.hdlc.settings import HdlcSettings  # noqa: PLC0415 - see above

    quirks, port = options.quirks, endpoint.serial
    settings = HdlcSettings(
        client_address=options.client,
        server_address=options.server,
        address_octets=quirks.address_octets,
        max_info_transmit=options.max_info,
        max_info_receive=options.max_info,
        window_transmit=options.window,
        window_receive=options.window,
        propose_parameters=not quirks.no_snrm_parameters,
        small_buffer=quirks.small_buffer,
        response_timeout=response_timeout(options.timeout),
        adaptive=options.adaptive,
        retries=RETRIES,
    )
    if port is None:
        return HdlcLink(Role.CLIENT, settings)
    gap = SERIAL_GAP + 3 * BITS_PER_OCTET / port.line.baud
    link = HdlcLink(Role.CLIENT, evolve(settings, inter_octet_timeout=gap))
    return _behind_a_sign_on(port, quirks, link) if port.mode else link


def _behind_a_sign_on(port: SerialPort, quirks: Quirks, link: Link) -> Link:
    from dlmslite.link.mode_e.link import ModeELink  # noqa: PLC0415 - as above
    from dlmslite.link.mode_e.settings import SWITCH_WAIT, ModeESettings  # noqa: PLC0415 - as above

    settings = ModeESettings(
        address=port.address,
        opening_baud=port.line.baud,
        opening_format=port.line.format,
        wake_up=port.wake_up,
        wait=quirks.mode_e_wait or SWITCH_WAIT,
    )
    return ModeELink(Role.CLIENT, settings, link)


def _wrapper(endpoint: Endpoint, options: Options) -> Link:
    from dlmslite.link.wrapper import WrapperLink, WrapperSettings  # noqa: PLC0415 - as above

    if not isinstance(options.server, int):
        raise ConfigurationError("the wrapper's server is one number, a wPort")
    settings = WrapperSettings(
        client_port=options.client,
        server_port=options.server,
        datagrams=endpoint.scheme == "udp",
    )
    return WrapperLink(Role.CLIENT, settings)


def _switch(url: str, keys: dict[str, str], name: str) -> bool:
    value = keys.pop(name, "no")
    if value not in _SWITCH:
        raise ConfigurationError(f"{url!r}: {name} is yes or no")
    return _SWITCH[value]


_LINKS: dict[str, Callable[[Endpoint, Options], Link]] = {"hdlc": _hdlc, "wrapper": _wrapper}
