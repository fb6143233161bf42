"""Wrapped APDUs, sign-ons and streams of any link as plain names and values.

For people and for JSON. The names are those that ``vectors/README.md`` gives for the layers
``wrapper``, ``mode_e`` and ``stream``; octets are hexadecimal text.
"""

from __future__ import annotations

from dlmslite.errors import FramingError
from dlmslite.link.hdlc import describe as hdlc
from dlmslite.link.mbus.frames import START, MbusFrame
from dlmslite.link.mbus.stream import MbusStream
from dlmslite.link.mbus.telegrams import Telegrams
from dlmslite.link.mode_e.messages import Acknowledgement, Identification, Request, decode
from dlmslite.link.wrapper import VERSION, Wpdu, WrapperStream

Description = dict[str, object]


def describe_wrapper(octets: bytes) -> Description:
    """Explain exactly one WPDU.

    Raises:
        FramingError: ``truncated``, ``bad-version`` or ``length-mismatch``.
    """
    wpdu = Wpdu.decode(octets)
    return {
        "version": VERSION,
        "source": wpdu.source,
        "destination": wpdu.destination,
        "length": len(wpdu.apdu),
        "apdu": wpdu.apdu.hex(),
    }


def describe_mode_e(octets: bytes) -> Description:
    """Explain exactly one message of a sign-on.

    Raises:
        FramingError: It is none.
    """
    match decode(octets):
        case Request(address):
            return {"message": "request", "address": address}
        case Identification() as meter:
            return {
                "message": "identification",
                "manufacturer": meter.manufacturer,
                "baud_char": meter.baud_char,
                "baud": meter.baud,
                "mode_e": meter.mode_e,
                "identification": meter.identification,
                "fast_reaction": meter.is_fast,
            }
        case Acknowledgement() as choice:
            return {
                "message": "ack",
                "protocol": choice.protocol,
                "baud_char": choice.baud_char,
                "baud": choice.baud,
                "mode": choice.mode,
            }


def describe_stream(octets: bytes) -> Description:
    """Explain any octets: what begins like a wrapper or an M-Bus stream is one, others are HDLC.

    Raises:
        FramingError: Nothing came out of it.
    """
    if octets.startswith(VERSION.to_bytes(2)):
        return _describe_wrapper_stream(octets)
    if octets[:1] == octets[3:4] == bytes((START,)) and octets[1:2] == octets[2:3]:
        return _describe_mbus_stream(octets)
    return hdlc.describe_stream(octets)


def _describe_wrapper_stream(octets: bytes) -> Description:
    stream = WrapperStream()
    wpdus, _ = stream.feed(octets)
    if not wpdus:
        raise FramingError("truncated", octets=octets, offset=len(octets))
    return {
        "transport": "wrapper",
        "wpdus": [wpdu.encode().hex() for wpdu in wpdus],
        "apdus": [wpdu.apdu.hex() for wpdu in wpdus],
        "remaining": stream.remaining.hex(),
    }


def _describe_mbus_stream(octets: bytes) -> Description:
    found, noise = MbusStream().flush(octets)
    telegrams, complete = Telegrams(), 0
    faults = [entry.reason for entry in noise]
    for frame in found:
        try:
            complete += telegrams.add(MbusFrame.decode(frame)) is not None
        except FramingError as error:
            faults.append(error.code)
    if not complete:
        raise FramingError(faults[0] if faults else "truncated", octets=octets)
    return {"transport": "mbus", "frames": len(found), "telegrams": complete}
