"""A URL to a transport and a link; shared by the clients and, through them, the daemon.

``tcp://host:port`` is the wrapper of IEC 62056-4-7 over TCP, ``tcp+hdlc://host:port`` is HDLC of
IEC 62056-46 through a TCP-to-serial converter or a meter that speaks HDLC over TCP.
"""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from attrs import frozen

from dlmslite.association.association import Association
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import Link
from dlmslite.quirks import Quirks
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.transport.base import Transport
from dlmslite.transport.tcp import TcpTransport

DLMS_PORT = 4059  # registered with IANA as dlms/cosem
RETRIES = 3  # polls of a silent meter; two of them lie within the deadline of an exchange, so that
# a late answer finds the link still standing
_FRAMINGS = {"tcp": "wrapper", "tcp+hdlc": "hdlc"}


@frozen
class Endpoint:
    """Where a meter is, and what is spoken there.

    Attributes:
        scheme: ``tcp`` or ``tcp+hdlc``.
        host: Name or address.
        port: TCP port.
    """

    scheme: str
    host: str
    port: int

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
            known = " and ".join(f"{scheme}://" for scheme in _FRAMINGS)
            raise ConfigurationError(f"{url!r}: the forms known are {known}HOST:PORT")
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
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


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
    """
    return TcpTransport(endpoint.host, endpoint.port, timeout=timeout)


def make_session(endpoint: Endpoint, options: Options) -> Session:
    """What is said on that wire, in the client role.

    Raises:
        ConfigurationError: An option makes no sense.
    """
    return Session(_LINKS[endpoint.framing](options), Association(Role.CLIENT))


def response_timeout(timeout: float) -> float:
    """After how many seconds a link asks again, for an exchange that has so many in all."""
    return timeout / RETRIES


def _hdlc(options: Options) -> Link:
    # Imported when it is spoken: most scripts talk to one meter, and one link is half the import.
    from dlmslite.link.hdlc.link import HdlcLink  # noqa: PLC0415 - see above
    from dlmslite.link.hdlc.settings import HdlcSettings  # noqa: PLC0415 - see above

    quirks = options.quirks
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
    return HdlcLink(Role.CLIENT, settings)


def _wrapper(options: Options) -> Link:
    from dlmslite.link.wrapper import WrapperLink, WrapperSettings  # noqa: PLC0415 - as above

    if not isinstance(options.server, int):
        raise ConfigurationError("the wrapper's server is one number, a wPort")
    settings = WrapperSettings(client_port=options.client, server_port=options.server)
    return WrapperLink(Role.CLIENT, settings)


_LINKS = {"hdlc": _hdlc, "wrapper": _wrapper}
