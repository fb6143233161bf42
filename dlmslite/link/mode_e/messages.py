r"""The three messages of a sign-on, as values (IEC 62056-21, 6.3 and annex E).

::

    request          / ? device-address ! CR LF
    identification   / M M M Z [\ W] identification CR LF
    acknowledgement  ACK V Z Y CR LF

MMM is the manufacturer, a lower-case third letter a fast meter; Z is the speed that it offers; W is
2 where it speaks HDLC. V and Y are 2 where HDLC is wanted. Text is ASCII in seven bits; a parity
bit is not part of it. There is nothing here for a construct to declare: the fields have no lengths.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Self

from attrs import field

from dlmslite.errors import EncodeError, FramingError
from dlmslite.records import frozen

ADDRESS_MAX = 32  # characters (6.3.1)
START = b"/"
ACK = b"\x06"
END = b"\r\n"
HDLC = "2"  # both the protocol V and the mode Y of an acknowledgement, and the escape W

BAUDS = MappingProxyType(
    # Modes C and E have digits, mode B has letters (6.3.14, note 13).
    dict(zip("0123456", (300, 600, 1200, 2400, 4800, 9600, 19200), strict=True))
    | dict(zip("ABCDEF", (600, 1200, 2400, 4800, 9600, 19200), strict=True))
)
"""The speed that each baud character stands for; the others are reserved."""

_ADDRESS = re.compile(rf"[ -.0-~]{{0,{ADDRESS_MAX}}}")
_MANUFACTURER = re.compile(r"[A-Za-z]{3}")
_PRINTABLE = re.compile(r"[ -~]*")


@frozen
class Request:
    """Who is there?

    Attributes:
        address: The device that shall answer; empty for any.
    """

    address: str = field(default="")

    def __attrs_post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address) or "!" in self.address:
            raise EncodeError(f"{self.address!r} is no device address")

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly one request.

        Raises:
            FramingError: ``truncated``, ``bad-start`` or ``bad-address``.
        """
        body = _between(octets, b"/?")
        if not body.endswith("!"):
            raise FramingError("truncated", octets=octets, offset=len(octets) - len(END))
        if not _ADDRESS.fullmatch(body[:-1]) or "!" in body[:-1]:
            raise FramingError("bad-address", octets=octets, offset=2)
        return cls(body[:-1])

    def encode(self) -> bytes:
        """The message."""
        return b"/?" + self.address.encode("ascii") + b"!" + END

    def reaches(self, address: str) -> bool:
        """Whether the device with this address shall answer; leading zeros do not count."""
        return not self.address or self.address.lstrip("0") == address.lstrip("0")


@frozen(kw_only=True)
class Identification:
    """Who the meter is, and what it offers.

    Attributes:
        manufacturer: Three letters.
        baud_char: The speed it offers, as a character.
        identification: Its type, in the manufacturer's words.
        mode_e: Whether it speaks HDLC.
    """

    manufacturer: str
    baud_char: str
    identification: str = ""
    mode_e: bool = True

    def __attrs_post_init__(self) -> None:
        if not _MANUFACTURER.fullmatch(self.manufacturer):
            raise EncodeError(f"{self.manufacturer!r} is no manufacturer: three letters")
        if self.baud_char not in BAUDS:
            raise EncodeError(f"{self.baud_char!r} stands for no speed")
        if not _PRINTABLE.fullmatch(self.identification):
            raise EncodeError(f"{self.identification!r} cannot be said in seven bits")

    @property
    def baud(self) -> int:
        """The speed it offers, in baud."""
        return BAUDS[self.baud_char]

    @property
    def is_fast(self) -> bool:
        """Whether it reacts within 20 ms, not 200."""
        return self.manufacturer[2].islower()

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly one identification.

        Raises:
            FramingError: ``truncated``, ``bad-start``, ``bad-manufacturer``, ``bad-baud`` or
                ``bad-character``.
        """
        body = _between(octets, START)
        if not _MANUFACTURER.fullmatch(body[:3]):
            raise FramingError(
                "truncated" if len(body) < 3 else "bad-manufacturer", octets=octets, offset=1
            )
        _check_baud(body[3:4], octets, 4)
        if not _PRINTABLE.fullmatch(body):
            raise FramingError("bad-character", octets=octets, offset=5)
        escape = "\\" + HDLC
        mode_e = body.startswith(escape, 4)
        return cls(
            manufacturer=body[:3],
            baud_char=body[3],
            identification=body[4 + len(escape) :] if mode_e else body[4:],
            mode_e=mode_e,
        )

    def encode(self) -> bytes:
        """The message."""
        escape = "\\" + HDLC if self.mode_e else ""
        text = f"/{self.manufacturer}{self.baud_char}{escape}{self.identification}"
        return text.encode("ascii") + END


@frozen(kw_only=True)
class Acknowledgement:
    """What the reader chooses; a meter may say it back to confirm.

    Attributes:
        protocol: V: ``2`` for HDLC, ``0`` for the text protocol.
        baud_char: Z: the speed, as the identification offered it.
        mode: Y: ``2`` for HDLC, ``0`` for readout, ``1`` for programming.
    """

    protocol: str = HDLC
    baud_char: str
    mode: str = HDLC

    def __attrs_post_init__(self) -> None:
        if not (_is_digit(self.protocol) and _is_digit(self.mode)):
            raise EncodeError(f"protocol {self.protocol!r}, mode {self.mode!r}: digits")
        if self.baud_char not in BAUDS:
            raise EncodeError(f"{self.baud_char!r} stands for no speed")

    @property
    def baud(self) -> int:
        """The speed that is chosen, in baud."""
        return BAUDS[self.baud_char]

    @property
    def is_hdlc(self) -> bool:
        """Whether HDLC follows."""
        return (self.protocol, self.mode) == (HDLC, HDLC)

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly one acknowledgement.

        Raises:
            FramingError: ``truncated``, ``bad-start``, ``bad-baud``, ``bad-character`` or
                ``length-mismatch``.
        """
        body = _between(octets, ACK)
        if len(body) != 3:
            reason = "truncated" if len(body) < 3 else "length-mismatch"
            raise FramingError(reason, octets=octets, offset=1 + min(len(body), 3))
        _check_baud(body[1], octets, 2)
        if not (_is_digit(body[0]) and _is_digit(body[2])):
            raise FramingError("bad-character", octets=octets, offset=1)
        return cls(protocol=body[0], baud_char=body[1], mode=body[2])

    def encode(self) -> bytes:
        """The message."""
        return ACK + f"{self.protocol}{self.baud_char}{self.mode}".encode("ascii") + END


Message = Request | Identification | Acknowledgement


def decode(octets: bytes) -> Message:
    """Take exactly one message of any kind.

    Raises:
        FramingError: It is none; the code says why.
    """
    if octets.startswith(ACK):
        return Acknowledgement.decode(octets)
    if octets.startswith(b"/?"):
        return Request.decode(octets)
    return Identification.decode(octets)


def _between(octets: bytes, start: bytes) -> str:
    """What stands between the start and the end of a message."""
    if not octets.startswith(start):
        short = start.startswith(octets)
        raise FramingError("truncated" if short else "bad-start", octets=octets)
    if not octets.endswith(END):
        raise FramingError("truncated", octets=octets, offset=len(octets))
    try:
        return octets[len(start) : -len(END)].decode("ascii")
    except UnicodeDecodeError as error:
        offset = len(start) + error.start
        raise FramingError("bad-character", octets=octets, offset=offset) from None


def _check_baud(character: str, octets: bytes, offset: int) -> None:
    if character not in BAUDS:
        reason = "bad-baud" if character else "truncated"
        raise FramingError(reason, octets=octets, offset=offset)


def _is_digit(character: str) -> bool:
    return len(character) == 1 and character in "0123456789"
