"""What TCP-to-serial converters say in plain text, and what it means.

A converter speaks for itself in a line of ASCII: it hangs up, or refuses a second client. None of
these octets are the meter's. The table holds what was seen in the field and what ser2net writes.
"""

from __future__ import annotations

from dlmslite.errors import ConnectionClosed, ConverterError
from dlmslite.records import frozen

BANNER_MAX = 256  # octets: a converter says in a line what it has to say
_FLAG = 0x7E  # an HDLC frame is no text


@frozen
class Banner:
    """One thing that converters say.

    Attributes:
        text: How it begins.
        cause: A stable name of what it means.
        meaning: The same in words.
        remedy: What to do about it.
        ends: Whether no answer can follow on this connection.
    """

    text: bytes
    cause: str
    meaning: str
    remedy: str
    ends: bool = True


_BUSY = "the converter serves one client at a time: end the other one, or wait until it leaves"
BANNERS = (
    Banner(b"Port already in use", "port-busy", "another client has the converter's port", _BUSY),
    Banner(
        b"Port's device already in use",
        "port-busy",
        "another program has the converter's serial device",
        "end the other port or program that uses the same serial device",
    ),
    Banner(
        b"Port's device failed open",
        "device-failed",
        "the converter cannot open its serial device",
        "check the device's name in the converter's configuration, and its plug",
    ),
    Banner(
        b"Closing socket due to inactivity",
        "idle",
        "the converter closed an idle connection",
        "give inactivity= or keepalive= a time below the converter's limit",
    ),
    Banner(
        b"No TCP client connected, cannot send data",
        "no-client",
        "the converter took the meter's octets while no client was connected",
        "an answer was lost to a connection that was closed before it came; ask again",
        ends=False,
    ),
    Banner(
        b"CLOSE",
        "closed",
        "the converter closed the connection",
        "connect anew; give keepalive= if it happens between two reads",
    ),
)


def recognise(octets: bytes) -> Banner | None:
    """What a converter says in these octets; None where it says nothing that is known.

    Where several things are said, the first of the table is the cause and the others follow.
    """
    return next((banner for banner in BANNERS if _says(octets, banner.text)), None)


def _says(octets: bytes, text: bytes) -> bool:
    # A word as short as CLOSE may be anywhere in a meter's octets: it must be all that is left.
    return text in octets if b" " in text else octets.strip(b"\r\n\0 ") == text


def closed(how: str, octets: bytes) -> ConnectionClosed:
    """The error for a connection that was closed.

    Args:
        how: What happened, in words.
        octets: All that arrived on it, while that is little enough to be a line of text.
    """
    said = octets if len(octets) <= BANNER_MAX and _FLAG not in octets else b""
    banner = recognise(octets[-BANNER_MAX:])
    if banner is not None:
        return complaint(banner, said or banner.text, how)
    if not said.strip() or not said.isascii():
        return ConnectionClosed(how)
    text = said.decode("ascii").strip()
    return ConnectionClosed(f"{how} after it said {text!r}", banner=said)


def complaint(banner: Banner, said: bytes, how: str = "") -> ConverterError:
    """The error for what a converter said.

    Args:
        banner: What it means.
        said: What it said.
        how: What else happened.
    """
    text = said.decode("ascii", "replace").strip()
    message = f"{banner.meaning}: {how}{' after ' if how else ''}it said {text!r}"
    return ConverterError(message, hint=banner.remedy, banner=said, cause=banner.cause)
