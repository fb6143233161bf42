"""The six-octet logical name, its text forms and its order.

An OBIS code has six value groups, A to F: medium, channel, quantity, processing, classification
(tariff) and historical value. IEC 62056-6-1, clause 5; its text forms are those of IEC 62056-6-1
clause 5.4 (``A-B:C.D.E*F``) and of the trade (six numbers with dots, or five with F = 255).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Self

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen

LENGTH = 6  # octets of a logical name, one for each value group

# A.B.C.D.E[.F], A-B:C.D.E[*F] and mixtures of the two, as meters' data sheets print them.
_TEXT = re.compile(
    r"(\d{1,3})[.-](\d{1,3})[.:](\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[.*](\d{1,3}))?", re.ASCII
)


@frozen(order=True, repr=False)
class Obis:
    """One logical name; hashable, and ordered by its octets.

    Attributes:
        octets: The value groups A to F, one octet each.
    """

    octets: bytes

    def __attrs_post_init__(self) -> None:
        if len(self.octets) != LENGTH:
            raise DecodeError(
                "bad-length", f"a logical name has 6 octets, not {len(self.octets)}", offset=0
            )

    @classmethod
    def parse(cls, name: str | bytes | Obis) -> Obis:
        """Whatever a caller may call an object by: text, six octets, or an OBIS code.

        Args:
            name: ``1.0.1.8.0.255``, ``1.0.1.8.0`` (F is 255), ``1-0:1.8.0*255``, ``1-0:1.8.0``,
                six octets, or an ``Obis``, which is returned as it is.

        Raises:
            EncodeError: The text is no OBIS code, or a group is above 255.
            DecodeError: There are not six octets.
        """
        if isinstance(name, Obis):
            return name
        if isinstance(name, bytes):
            return cls(name)
        return _parse_text(name)

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """The logical name that six octets are.

        Raises:
            DecodeError: There are not six.
        """
        return cls(bytes(octets))

    def encode(self) -> bytes:
        """The six octets."""
        return self.octets

    def __str__(self) -> str:
        return ".".join(map(str, self.octets))

    def __repr__(self) -> str:
        return f"Obis('{self}')"


@lru_cache(maxsize=4096)  # a poller names the same few objects for ever
def _parse_text(name: str) -> Obis:
    match = _TEXT.fullmatch(name.strip())
    if match is None:
        raise EncodeError(f"{name!r} is no OBIS code", hint="write it like 1.0.1.8.0.255")
    groups = [int(group) for group in match.groups("255")]
    if max(groups) > 0xFF:
        raise EncodeError(f"{name!r} is no OBIS code: {max(groups)} is above 255")
    return Obis(bytes(groups))
