"""What one side of an HDLC link is set to, and what two sides agree on.

The largest frames and windows are asked for: round trips are what a meter's operator waits for. The
peer's answer decides; what neither side says is the standard's default (IEC 62056-46, 6.4.4.4.3).
"""

from __future__ import annotations

from dlmslite.errors import ConfigurationError, EncodeError
from dlmslite.link.hdlc.address import NO_STATION, Address
from dlmslite.link.hdlc.parameters import (
    MAX_INFO_DEFAULT,
    MAX_INFO_LIMIT,
    WINDOW_DEFAULT,
    WINDOW_LIMIT,
    Parameters,
)
from dlmslite.link.hdlc.segments import JOINED_MAX
from dlmslite.records import frozen

_OVERHEAD = 9  # octets of a frame with information, beside it and the addresses: flags included


@frozen(kw_only=True)
class HdlcSettings:
    """How the two sides are called, what they propose, how patient they are.

    Attributes:
        client_address: The client, 1 to 127; 16 is the public client.
        server_address: The logical device, or (logical, physical), or a ready address.
        address_octets: Octets of the server address: 1, 2 or 4; 0 takes the shortest form.
        max_info_transmit: Longest information field that we send, in octets.
        max_info_receive: Longest information field that we take, in octets.
        window_transmit: Frames that we send without waiting, 1 to 7.
        window_receive: Frames that we take without acknowledging, 1 to 7.
        propose_parameters: Whether the SNRM says any of this; some meters stay silent then.
        small_buffer: No frame longer than so many octets, both ways; 0 means no such limit.
        response_timeout: Seconds until a poll without an answer counts as lost.
        adaptive: Whether a client learns from the answers how long it has to wait: from
            ``response_timeout`` down to 1.5 s, and up to ``retries`` times as long.
        inter_octet_timeout: Seconds of silence inside a frame after which it has no end.
        inactivity_timeout: Seconds without a frame after which the link is gone; 0 means never.
        retries: How often a lost frame is asked for before the link fails.
        busy_interval: Seconds between polls of a peer that has no answer yet.
        busy_polls: How many such polls before a peer that says "not ready" has failed.
        max_apdu: Longest APDU that is joined from segments, in octets.
    """

    client_address: int = 16
    server_address: int | tuple[int, int] | Address = 1
    address_octets: int = 0
    max_info_transmit: int = MAX_INFO_LIMIT
    max_info_receive: int = MAX_INFO_LIMIT
    window_transmit: int = WINDOW_LIMIT
    window_receive: int = WINDOW_LIMIT
    propose_parameters: bool = True
    small_buffer: int = 0
    response_timeout: float = 5.0
    adaptive: bool = False
    inter_octet_timeout: float = 2.0
    inactivity_timeout: float = 0.0
    retries: int = 3
    busy_interval: float = 0.25
    busy_polls: int = 120
    max_apdu: int = JOINED_MAX

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.client_address <= 0x7F:
            raise ConfigurationError(f"client {self.client_address}: clients go from 1 to 127")
        windows = (self.window_transmit, self.window_receive)
        if not all(1 <= window <= WINDOW_LIMIT for window in windows):
            raise ConfigurationError(f"windows {windows}: they go from 1 to {WINDOW_LIMIT}")
        sizes = (self.max_info_transmit, self.max_info_receive)
        if not all(1 <= size <= MAX_INFO_LIMIT for size in sizes):
            raise ConfigurationError(f"frame sizes {sizes}: they go from 1 to {MAX_INFO_LIMIT}")
        if self.small_buffer and self.largest_info(self.small_buffer) < 1:
            raise ConfigurationError(f"a buffer of {self.small_buffer} octets holds no frame")
        if self.server.upper == NO_STATION:
            raise ConfigurationError("server 0: nobody has this address")
        if not self.server.is_assignable:
            raise ConfigurationError(
                f"server {self.server_address}: a reserved address, nobody answers to it"
            )

    @property
    def client(self) -> Address:
        """The client's address."""
        return Address(self.client_address)

    @property
    def server(self) -> Address:
        """The server's address in the form that was asked for."""
        if isinstance(self.server_address, Address):
            return self.server_address
        upper, lower = (
            (self.server_address, None)
            if isinstance(self.server_address, int)
            else self.server_address
        )
        if lower is None and self.address_octets in {2, 4}:
            lower = 0  # no physical device is addressed
        try:
            return Address(upper, lower, self.address_octets)
        except EncodeError as error:
            raise ConfigurationError(f"server {self.server_address}: {error}") from error

    @property
    def proposal(self) -> Parameters:
        """What we would like, bounded by a small buffer."""
        largest = self.largest_info(self.small_buffer) if self.small_buffer else MAX_INFO_LIMIT
        return Parameters(
            max_info_transmit=min(self.max_info_transmit, largest),
            max_info_receive=min(self.max_info_receive, largest),
            window_transmit=self.window_transmit,
            window_receive=self.window_receive,
        )

    def attempts(self, proposing: bool) -> int:
        """How many SNRMs are sent: one without parameters, too, before silence is a failure."""
        return max(self.retries + 1, 2 if proposing else 1)

    @property
    def proposals(self) -> int:
        """How many of those propose parameters: the first half."""
        return (self.attempts(proposing=True) + 1) // 2

    def largest_info(self, frame: int) -> int:
        """The information field that a frame of so many octets holds between these addresses."""
        return frame - _OVERHEAD - self.client.size - self.server.size


def agree(own: Parameters, peer: Parameters) -> Parameters:
    """What holds for us when both sides have spoken: in each direction the smaller of the two.

    What the peer receives bounds what we transmit, and the other way round.
    """
    return Parameters(
        max_info_transmit=_least(
            own.max_info_transmit, peer.max_info_receive, MAX_INFO_DEFAULT, MAX_INFO_LIMIT
        ),
        max_info_receive=_least(
            own.max_info_receive, peer.max_info_transmit, MAX_INFO_DEFAULT, MAX_INFO_LIMIT
        ),
        window_transmit=_least(
            own.window_transmit, peer.window_receive, WINDOW_DEFAULT, WINDOW_LIMIT
        ),
        window_receive=_least(
            own.window_receive, peer.window_transmit, WINDOW_DEFAULT, WINDOW_LIMIT
        ),
    )


def _least(ours: int | None, theirs: int | None, default: int, limit: int) -> int:
    # A meter that says zero cannot mean it; no frame would ever pass.
    return min(ours or default, theirs or default, limit)
