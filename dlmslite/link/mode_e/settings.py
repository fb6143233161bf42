"""How a sign-on is made: the speed at which it begins, who is asked, and how patiently."""

from __future__ import annotations

from dlmslite.errors import ConfigurationError, EncodeError
from dlmslite.link.mode_e.messages import Identification, Request
from dlmslite.records import frozen

OPENING_BAUD = 300  # baud; where every sign-on begins unless the meter is set otherwise
OPENING_FORMAT = "7E1"
BITS_PER_OCTET = 10  # start, eight or seven and parity, stop
SWITCH_WAIT = 0.3  # s between acknowledgement and new speed; some meters are not ready before (S02)

_SIMULATED = Identification(manufacturer="SIM", baud_char="5", identification="dlmslite")


@frozen(kw_only=True)
class ModeESettings:
    """How a sign-on is made.

    Attributes:
        address: The device address, up to 32 characters; empty asks whoever is there.
        opening_baud: The speed at which it begins.
        opening_format: Data bits, parity and stop bits then.
        wake_up: Whether the meter sleeps and has to be woken with NULs.
        wait: Seconds between the acknowledgement and the change of speed.
        attempts: How often the meter is asked before its silence is a failure.
        identification: Who a server is, and the speed it offers.
    """

    address: str = ""
    opening_baud: int = OPENING_BAUD
    opening_format: str = OPENING_FORMAT
    wake_up: bool = False
    wait: float = SWITCH_WAIT
    attempts: int = 2
    identification: Identification = _SIMULATED

    def __attrs_post_init__(self) -> None:
        try:
            Request(self.address)
        except EncodeError as error:
            raise ConfigurationError(str(error)) from error
        if self.opening_baud <= 0 or self.wait < 0 or self.attempts < 1:
            raise ConfigurationError("speed and attempts are 1 at least, and no wait is negative")

    def seconds(self, octets: int) -> float:
        """How long so many octets are on the line at the opening speed."""
        return octets * BITS_PER_OCTET / self.opening_baud
