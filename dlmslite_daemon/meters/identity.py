"""Who a meter says it is: its serial number, else the name of its logical device.

A meter is asked for each in turn until one answers; from then on, one request an association is
enough. Meters write these as octet-strings of text, as visible strings, as numbers, or in binary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dlmslite

SOURCES = (
    "0.0.96.1.0.255",  # device ID 1: the serial number of most meters (IEC 62056-6-1)
    "1.0.0.0.0.255",  # electricity ID 1
    "0.0.42.0.0.255",  # COSEM logical device name; every logical device has one (IEC 62056-6-2)
)
SERIAL_MAX = 64  # characters kept; a longer one is no serial number, but tells meters apart as well


class Identifier:
    """Remembers where one meter keeps its serial number."""

    def __init__(self) -> None:
        self._sources: tuple[str, ...] = SOURCES

    def ask(self, get: Callable[[str], Any]) -> str:
        """The serial number; empty when the meter tells none.

        Args:
            get: Reads attribute 2 of an object of class 1.

        Raises:
            DlmsError: The session broke.
        """
        for source in self._sources:
            try:
                serial = text_of(get(source))
            except (dlmslite.ServiceError, dlmslite.DecodeError):
                continue
            if serial:
                self._sources = (source,)
                return serial
        self._sources = ()
        return ""


def text_of(value: Any) -> str:
    """A serial number as text: printable octets as they are, others in hexadecimal."""
    if isinstance(value, (bytes, bytearray)):
        octets = bytes(value).rstrip(b"\0 ")
        text = octets.decode("ascii", "replace").strip()
        value = text if text.isprintable() and "\ufffd" not in text else octets.hex()
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value).strip()[:SERIAL_MAX]
    return ""
