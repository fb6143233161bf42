"""Who a meter says it is: its serial number, else the name of its logical device.

A meter is asked for each in turn until one answers; from then on, one request an association is
enough. Meters write these as octet-strings of text, as visible strings, as numbers, or in binary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

import dlmslite

SOURCES = (
    "0.0.96.1.0.255",  # device ID 1: the serial number of most meters (IEC 62056-6-1)
    "1.0.0.0.0.255",  # electricity ID 1
    "0.0.42.0.0.255",  # COSEM logical device name; every logical device has one (IEC 62056-6-2)
)
SERIAL_MAX = 64  # characters kept; a longer one is no serial number, but tells meters apart as well


@frozen
class Told:
    """Who a meter says it is.

    Attributes:
        serial: Its serial number; empty when it tells none.
        source: The object that said so; empty likewise.
    """

    serial: str = ""
    source: str = ""


class Identifier:
    """Remembers where one meter keeps its serial number, and where asking is no use."""

    def __init__(self) -> None:
        self._sources: tuple[str, ...] = SOURCES

    def ask(self, get: Callable[[str], Any], known: str = "") -> Told:
        """Who the meter is.

        Args:
            get: Reads attribute 2 of an object of class 1.
            known: The object that is known to say it; empty while none is.

        Raises:
            DlmsError: The session broke.
        """
        first = (known,) if known else ()
        for source in (*first, *(one for one in self._sources if one != known)):
            try:
                serial = text_of(get(source))
            except (dlmslite.ServiceError, dlmslite.DecodeError):
                serial = ""
            except dlmslite.DlmsError:
                # Some meters fall silent when they are asked for what they have not.
                if source != known:
                    self._forget(source)
                raise
            if serial:
                return Told(serial, source)
            self._forget(source)
        return Told()

    def _forget(self, source: str) -> None:
        self._sources = tuple(one for one in self._sources if one != source)


def text_of(value: Any) -> str:
    """A serial number as text: printable octets as they are, others in hexadecimal."""
    if isinstance(value, (bytes, bytearray)):
        octets = bytes(value).rstrip(b"\0 ")
        text = octets.decode("ascii", "replace").strip()
        value = text if text.isprintable() and "\ufffd" not in text else octets.hex()
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value).strip()[:SERIAL_MAX]
    return ""
